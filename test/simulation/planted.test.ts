import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, Identity, Interceptor, Reply, WatchEvent } from '../../src/client/call.ts';
import type { Txn } from '../../src/store/store.ts';
import { controllerUser } from './rule.ts';
import { simulate, type SimulationOptions } from './simulate.ts';
import type { World } from './world.ts';

/**
 * Each plants one bug, of a kind that real systems have had, and demands that the rules notice it within a few seeds.
 * A simulation that finds nothing says something only if it would have found these.
 */
interface Planted {
  readonly bug: string;
  readonly plant: (world: Pick<World, 'disk' | 'network'>) => void;
  /** What must be said about it. */
  readonly noticed: RegExp;
  readonly options?: SimulationOptions;
  /** Where to begin; default 1. */
  readonly first?: number;
}
const seeds = 6;

type Rewrite = (call: Call, next: (call: Call) => Promise<Reply>) => Promise<Reply>;
const rewriting =
  (rewrite: Rewrite): Interceptor =>
  (next) =>
  (call) =>
    rewrite(call, next);
/** One part calls wrongly. */
const part =
  (user: string, rewrite: Rewrite): Planted['plant'] =>
  ({ network }) => {
    network.planted.part = (identity: Identity) => (identity.user === user ? rewriting(rewrite) : (next) => next);
  };
/** The server answers wrongly, to everybody. */
const server =
  (rewrite: Rewrite): Planted['plant'] =>
  ({ network }) => {
    network.planted.server = () => rewriting(rewrite);
  };
/** Every event of a watch passes through. */
const watching = (through: (events: AsyncIterable<WatchEvent>) => AsyncIterable<WatchEvent>): Planted['plant'] =>
  server(async (call, next) => {
    const reply = await next(call);
    return reply.type === 'watch' ? { ...reply, events: through(reply.events) } : reply;
  });
const ofStore =
  (prefix: string, corrupt: (object: any) => void): Planted['plant'] =>
  ({ disk }) => {
    disk.planted.corrupts = (txn: Txn) => ({
      ...txn,
      writes: txn.writes.map((write) => {
        if (write.type !== 'put' || !write.key.startsWith(prefix)) return write;
        const object = JSON.parse(Buffer.from(write.value).toString('utf8'));
        corrupt(object);
        return { ...write, value: Buffer.from(JSON.stringify(object)) };
      }),
    });
  };
const is = (call: Call, verb: Call['verb'], resource: string, subresource?: string) =>
  call.verb === verb && call.resource === resource && call.subresource === subresource;
const swallowed = (call: Call): Reply => ({ code: 200, type: 'object', object: call.body as object });
const calm: SimulationOptions = { calm: true, patienceMs: 300_000 };
const lateWatches: SimulationOptions = { faults: ['late watches'] };

const planted: readonly Planted[] = [
  {
    bug: 'a watch leaves an event out',
    plant: watching(async function* (events) {
      let count = 0;
      for await (const event of events) if (event.type === 'BOOKMARK' || ++count % 40 !== 0) yield event;
    }),
    noticed: /was due|was never sent/,
  },
  {
    bug: 'a watch sends an event twice',
    plant: watching(async function* (events) {
      let count = 0;
      for await (const event of events) {
        yield event;
        if (++count % 40 === 0) yield event;
      }
    }),
    noticed: /was sent revision (\d+) of \w+ after \1/,
  },
  {
    bug: 'a watch mixes up the order of events',
    plant: watching(async function* (events) {
      let held: WatchEvent | undefined;
      let count = 0;
      for await (const event of events) {
        if (held === undefined && event.type !== 'BOOKMARK' && ++count % 20 === 0) {
          held = event;
          continue;
        }
        yield event;
        if (held !== undefined) yield held;
        held = undefined;
      }
    }),
    noticed: /was sent revision \d+ of \w+ after|where .* was due/,
  },
  {
    bug: 'a bookmark runs ahead of the events',
    plant: watching(async function* (events) {
      for await (const event of events) {
        if (event.type !== 'BOOKMARK') yield event;
        else {
          const resourceVersion = String(Number(event.object.metadata.resourceVersion) + 30);
          yield { ...event, object: { ...event.object, metadata: { ...event.object.metadata, resourceVersion } } };
        }
      }
    }),
    noticed: /a bookmark says|after \d+$|was due/,
  },
  {
    bug: 'a page of a list loses an object',
    plant: server(async (call, next) => {
      const reply = await next(call);
      if (reply.type !== 'list' || call.options.continue === undefined) return reply;
      return { ...reply, list: { ...reply.list, items: reply.list.items.slice(1) } };
    }),
    noticed: /a list at revision \d+ has \d+ objects where \d+ were there/,
  },
  {
    bug: 'a transaction does not compare',
    plant: ({ disk }) => {
      disk.planted.ignoresCompare = true;
    },
    noticed: /counted \d+, acknowledged \d+|changed its uid/,
    options: { workloads: ['config-map'] },
  },
  {
    bug: 'a write is acknowledged before it is flushed',
    plant: ({ disk }) => {
      disk.planted.forgetsLast = 3;
    },
    noticed: /a list is of revision|of revision \d+, after|was sent revision|counted|Too large resource version|was due/,
    options: { faults: ['API server crashes'] },
  },
  {
    bug: 'the garbage collector believes a stale cache',
    plant: part(controllerUser('generic-garbage-collector'), async (call, next) => {
      const reply = await next(call);
      if (!is(call, 'get', 'replicasets')) return reply;
      const object = (reply as { object: any }).object;
      return { ...reply, type: 'object', object: { ...object, metadata: { ...object.metadata, uid: 'another' } } } as Reply;
    }),
    noticed: /was collected, but its owner ReplicaSet .* is there/,
    options: { ...calm, workloads: ['replica-set', 'deployment'] },
    first: 2,
  },
  {
    bug: 'a controller does not wait to see its own writes',
    plant: part(controllerUser('replicaset-controller'), async (call, next) => {
      const reply = await next(call);
      if (!is(call, 'create', 'pods')) return reply;
      const object = (reply as { object: any }).object;
      return { ...reply, object: { ...object, metadata: { ...object.metadata, resourceVersion: '1' } } } as Reply;
    }),
    noticed: /is pod \d+ of .*, which asks for \d+/,
    options: lateWatches,
  },
  {
    bug: 'an eviction does not ask the budget',
    plant: server(async (call, next) =>
      is(call, 'create', 'pods', 'eviction')
        ? await next({ ...call, verb: 'delete', subresource: undefined, body: undefined })
        : await next(call),
    ),
    noticed: /was evicted: \d+ healthy pods are left/,
    options: { ...calm, workloads: ['deployment', 'pod-disruption-budget'] },
    first: 22,
  },
  {
    bug: 'the scheduler ends a pod of the higher priority',
    plant: (() => {
      let spared: string | undefined;
      return part('system:kube-scheduler', async (call, next) => {
        if (is(call, 'create', 'pods', 'binding') && call.name?.includes('-high-')) spared = call.name;
        const isVictim = is(call, 'patch', 'pods', 'status') && JSON.stringify(call.body).includes('PreemptionByScheduler');
        if (!isVictim || spared === undefined) return await next(call);
        return await next({ ...call, name: spared, body: { status: (call.body as any).status } });
      });
    })(),
    noticed: /was preempted, and no pod of a higher one waited/,
    options: { ...calm, workloads: ['priority'] },
  },
  {
    bug: 'the namespace controller does not take its finalizer off',
    plant: part(controllerUser('namespace-controller'), async (call, next) =>
      is(call, 'update', 'namespaces', 'finalize') ? swallowed(call) : await next(call),
    ),
    noticed: /does not end|the namespace is Terminating/,
    options: { ...calm, workloads: ['namespace'] },
  },
  {
    bug: 'a controller is never content with its status',
    plant: (() => {
      let count = 0;
      return part(controllerUser('disruption-controller'), async (call, next) => {
        if (!is(call, 'update', 'poddisruptionbudgets', 'status')) return await next(call);
        const body = call.body as any;
        return await next({ ...call, body: { ...body, status: { ...body.status, expectedPods: ++count } } });
      });
    })(),
    noticed: /runs in circles|writes in a cluster at rest/,
    options: { ...calm, workloads: ['deployment', 'pod-disruption-budget'] },
  },
  {
    bug: 'a rollout does not mind maxSurge',
    plant: part(controllerUser('deployment-controller'), async (call, next) => {
      const body = call.body as any;
      const grows = is(call, 'update', 'replicasets') && body.spec.replicas > 0;
      return await next(grows ? { ...call, body: { ...body, spec: { ...body.spec, replicas: body.spec.replicas + 3 } } } : call);
    }),
    noticed: /pods in all, at most \d+ are allowed/,
    options: { ...calm, workloads: ['deployment'] },
  },
  {
    bug: 'a rollout takes all old pods at once',
    plant: (() => {
      const sizes = new Map<string, number>();
      return part(controllerUser('deployment-controller'), async (call, next) => {
        if (!is(call, 'update', 'replicasets')) return await next(call);
        const body = call.body as any;
        const { name } = body.metadata;
        const shrinks = body.spec.replicas < (sizes.get(name) ?? 0);
        sizes.set(name, body.spec.replicas);
        return await next(shrinks ? { ...call, body: { ...body, spec: { ...body.spec, replicas: 0 } } } : call);
      });
    })(),
    noticed: /was taken out of service: \d+ ready pods are left/,
    options: { ...calm, workloads: ['deployment'] },
  },
  {
    bug: 'an object goes though a finalizer holds it',
    plant: ({ disk }) => {
      disk.planted.corrupts = (txn: Txn) => ({
        ...txn,
        writes: txn.writes.map((write) => {
          if (write.type !== 'put' || !write.key.startsWith('/core/configmaps/')) return write;
          const { metadata } = JSON.parse(Buffer.from(write.value).toString('utf8'));
          return metadata.deletionTimestamp !== undefined && metadata.finalizers?.length > 0 ? { type: 'delete', key: write.key } : write;
        }),
      });
    },
    noticed: /went while example.com\/hold held it/,
    options: { ...calm, workloads: ['namespace'] },
  },
  {
    bug: 'two services get one address',
    plant: ofStore('/core/services/team', (service) => {
      if (service.spec.clusterIP === 'None') return;
      service.spec.clusterIP = '10.96.7.7';
      service.spec.clusterIPs = ['10.96.7.7'];
    }),
    noticed: /cluster IP 10\.96\.7\.7 belongs to/,
    options: { ...calm, workloads: ['service', 'namespace'] },
  },
  {
    bug: 'endpoints keep pods that are gone',
    plant: part(controllerUser('endpointslice-controller'), async (call, next) =>
      is(call, 'update', 'endpointslices') ? swallowed(call) : await next(call),
    ),
    noticed: /slices have \[.*\], ready are/,
    options: { ...calm, workloads: ['deployment', 'service'] },
  },
  {
    bug: 'a controller does what it has not declared',
    plant: part(controllerUser('root-ca-cert-publisher'), async (call, next) => {
      await next({ ...call, verb: 'list', resource: 'secrets', name: undefined, body: undefined }).catch(() => undefined);
      return await next(call);
    }),
    noticed: /root-ca-cert-publisher was refused: .*cannot list resource "secrets"/,
    options: { ...calm, workloads: ['namespace'] },
  },
  {
    bug: 'a shared object is written to',
    plant: part(controllerUser('deployment-controller'), async (call, next) => {
      const reply = await next(call);
      if (is(call, 'update', 'deployments', 'status')) (reply as { object: any }).object.metadata.name = 'another';
      return reply;
    }),
    noticed: /Cannot assign to read only property/,
    options: { ...calm, workloads: ['deployment'] },
  },
  {
    bug: 'a pod moves to another node',
    plant: (() => {
      let count = 0;
      return ofStore('/core/pods/', (pod) => {
        if (pod.status?.phase === 'Running' && ++count % 10 === 0) pod.spec.nodeName = 'simulated-1';
      });
    })(),
    noticed: /moved from simulated-\d to simulated-1/,
    options: { ...calm, workloads: ['replica-set'] },
    first: 2,
  },
];

for (const { bug, plant, noticed, options, first = 1 } of planted) {
  test(`is noticed: ${bug}`, async () => {
    const said: string[] = [];
    for (let seed = first; seed < first + seeds; seed++) {
      const { problems } = await simulate(seed, { ...options, plant, enough: noticed });
      said.push(...problems);
      if (problems.some((problem) => noticed.test(problem))) return;
    }
    assert.fail(`nobody noticed; said was only:\n${said.slice(0, 10).join('\n')}`);
  });
}
