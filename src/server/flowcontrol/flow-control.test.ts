import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import type { FlowSchema } from '../../kinds/flowcontrol/flow-schema.ts';
import { bootstrapLevels, bootstrapSchemas } from '../../kinds/flowcontrol/lib/bootstrap.ts';
import type { PriorityLevelConfiguration } from '../../kinds/flowcontrol/priority-level-configuration.ts';
import { parseQuery } from '../options.ts';
import { requestInfo } from '../request-info.ts';
import { allocate } from './allocation.ts';
import { DemandIntegrator, smoothed } from './demand.ts';
import { dump } from './dump.ts';
import { FlowControl, type Seat, TooManyRequests } from './flow-control.ts';
import { matcherOf } from './match.ts';
import { RetryAfter } from './retry-after.ts';
import { deal, hashOfFlow } from './shuffle-sharding.ts';
import { estimate, type KindStats } from './work.ts';

const levels = bootstrapLevels.map(
  ({ name, spec }) => ({ metadata: { name, uid: `pl-${name}` }, spec }) as unknown as PriorityLevelConfiguration,
);
const schemas = bootstrapSchemas.map(({ name, spec }) => ({ metadata: { name, uid: `fs-${name}` }, spec }) as unknown as FlowSchema);

/** Levels of one seat that lend none. */
const narrow = levels.map((level) =>
  level.spec.limited === undefined ? level : { ...level, spec: { ...level.spec, limited: { ...level.spec.limited, lendablePercent: 0 } } },
);

function setUp(seats = 600, wanted = levels) {
  const clock = new VirtualClock();
  const flow = new FlowControl({ clock, seats, statsOf: () => undefined });
  flow.configureLevels(wanted);
  flow.configureSchemas(schemas);
  return { clock, flow };
}
const account = (name: string) => ({
  user: `system:serviceaccount:default:${name}`,
  groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
});
const info = (method: string, path: string) => requestInfo(method, path, {});
const pods = info('GET', '/api/v1/namespaces/default/pods/a');

test('each request finds its schema and level by precedence', () => {
  const { flow } = setUp();
  const found = (method: string, path: string, identity: { user: string; groups: string[] }) => {
    const { schemaUid, levelUid } = flow.enter(info(method, path), identity, {}) as Seat;
    return [schemaUid, levelUid];
  };
  const node = { user: 'system:node:a', groups: ['system:nodes', 'system:authenticated'] };
  assert.deepEqual(found('GET', '/api/v1/pods', account('x')), ['fs-service-accounts', 'pl-workload-low']);
  assert.deepEqual(found('GET', '/healthz', { user: 'u', groups: ['system:unauthenticated'] }), ['fs-probes', 'pl-exempt']);
  assert.deepEqual(found('PATCH', '/api/v1/nodes/a/status', node), ['fs-system-node-high', 'pl-node-high']);
  assert.deepEqual(found('GET', '/api/v1/pods', node), ['fs-system-nodes', 'pl-system']);
  assert.deepEqual(found('GET', '/api/v1/pods', { user: 'jane', groups: ['system:authenticated'] }), [
    'fs-global-default',
    'pl-global-default',
  ]);
  assert.deepEqual(found('GET', '/api/v1/pods', { user: 'root', groups: ['system:masters'] }), ['fs-exempt', 'pl-exempt']);
  assert.deepEqual(found('GET', '/api/v1/pods', { user: 'nobody', groups: [] }), ['fs-catch-all', 'pl-catch-all']);
});

test("shares of the server's seats are upstream's", () => {
  const { flow } = setUp();
  const limits = Object.fromEntries(flow.levels.map(({ name, nominal, lowest }) => [name, [nominal, lowest]]));
  assert.deepEqual(limits, {
    system: [74, 50],
    'node-high': [98, 73],
    'leader-election': [25, 25],
    'workload-high': [98, 49],
    'workload-low': [245, 24],
    'global-default': [49, 24],
    'catch-all': [13, 13],
    exempt: [0, 0],
  });
});

test('who waits is let in when somebody leaves, or turned away in time', async () => {
  const { clock, flow } = setUp(1, narrow);
  const [holder] = [flow.enter(pods, account('a'), {}) as Seat];
  const waiting = flow.enter(pods, account('b'), {}) as Promise<Seat>;
  assert.ok(waiting instanceof Promise);
  assert.equal(flow.now.readingWaits, 1);
  holder!.leave();
  const seat = await waiting;
  assert.equal(flow.now.reading, 1);
  const late = assert.rejects(flow.enter(pods, account('c'), {}) as Promise<Seat>, (error) => {
    assert.ok(error instanceof TooManyRequests);
    assert.deepEqual([error.code, error.details?.retryAfterSeconds, error.schemaUid], [429, 1, 'fs-service-accounts']);
    return true;
  });
  await clock.advance(15_000);
  await late;
  seat.leave();
  assert.deepEqual(flow.now, { reading: 0, changing: 0, readingWaits: 0, changingWaits: 0 });
});

test('one flow that asks too much does not keep others out of their seats', async () => {
  const { flow } = setUp(20);
  const noisy: (Seat | Promise<Seat>)[] = [];
  let refused = 0;
  for (let count = 0; count < 2_000; count++) {
    try {
      noisy.push(flow.enter(pods, account('noisy'), {}));
    } catch {
      refused++;
    }
  }
  assert.ok(refused > 1_000);
  const quiet = flow.enter(pods, account('quiet'), {});
  const first = noisy[0]!;
  if (!(first instanceof Promise)) first.leave();
  // Of the many that wait before, one at most is let in before it.
  const second = noisy[1]!;
  if (!(second instanceof Promise)) second.leave();
  (await quiet).leave();
  assert.ok(flow.enter(pods, { user: 'root', groups: ['system:masters'] }, {}));
});

test('seats move to where they are wanted, and back', async () => {
  const { clock, flow } = setUp();
  const seats: Seat[] = [];
  const level = () => flow.levels.find(({ name }) => name === 'workload-low')!;
  for (let count = 0; count < 2_000; count++) {
    try {
      const entered = flow.enter(pods, account(`a${count % 50}`), {});
      if (entered instanceof Promise) void entered.then((seat) => seats.push(seat)).catch(() => undefined);
      else seats.push(entered);
    } catch {
      // Its queue is full.
    }
  }
  await clock.advance(10_000);
  // Other levels keep what they do not lend.
  assert.equal(level().current, 600 + 2 - (50 + 73 + 25 + 49 + 24 + 13));
  for (;;) {
    const seat = seats.pop();
    if (seat === undefined) break;
    seat.leave();
    await Promise.resolve();
  }
  await clock.advance(3_600_000);
  assert.ok(level().current < 400, String(level().current));
});

test('a level that is gone stays until nobody is in it; schemas without a level are not asked', () => {
  const { flow } = setUp();
  const seat = flow.enter(pods, account('a'), {}) as Seat;
  flow.configureLevels(levels.filter(({ metadata }) => metadata.name !== 'workload-low'));
  assert.equal(flow.levels.find(({ name }) => name === 'workload-low')?.isQuiescing, true);
  assert.equal((flow.enter(pods, account('a'), {}) as Seat).schemaUid, 'fs-global-default');
  seat.leave();
  assert.equal(
    flow.levels.find(({ name }) => name === 'workload-low'),
    undefined,
  );
});

test('what is needed is there without any objects', () => {
  const flow = new FlowControl({ clock: new VirtualClock(), seats: 10, statsOf: () => undefined });
  assert.equal((flow.enter(pods, account('a'), {}) as Seat).levelUid, '');
  assert.deepEqual(
    flow.levels.map(({ name }) => name),
    ['catch-all', 'exempt'],
  );
});

test('tables tell of levels, queues and requests', () => {
  const { flow } = setUp(1, narrow);
  flow.enter(pods, account('a'), {});
  void (flow.enter(pods, account('a'), {}) as Promise<Seat>).catch(() => undefined);
  const [head, ...rows] = dump(flow, 'dump_priority_levels', false)!.split('\n');
  assert.match(head!, /^PriorityLevelName, +ActiveQueues, +IsIdle, +IsQuiescing, +WaitingRequests, +ExecutingRequests, /);
  assert.match(rows.find((row) => row.startsWith('workload-low'))!, /^workload-low, +1, +false, +false, +1, +1, +1, +0, +0, +0$/);
  assert.match(dump(flow, 'dump_queues', false)!, /workload-low, +\d+, +1, +0, +0, /);
  assert.match(
    dump(flow, 'dump_requests', true)!,
    /workload-low, +service-accounts, +\d+, +0, +system:serviceaccount:default:a, .*, +get, +\/api\/v1\/namespaces\/default\/pods\/a, +default, +a, +v1, +pods, *\n/,
  );
  assert.equal(dump(flow, 'other', false), undefined);
});

test('hands are those of k8s.io/apiserver', () => {
  // util/shufflesharding: for a deck of 128 and a hand of 4.
  assert.deepEqual(deal(0n, 128, 4), [0, 1, 2, 3]);
  assert.deepEqual(deal(256n + 5n, 128, 4), [5, 2, 0, 1]);
  for (const user of ['a', 'b', 'c']) {
    const hand = deal(hashOfFlow('service-accounts', user), 128, 6);
    assert.equal(new Set(hand).size, 6);
    assert.ok(hand.every((card) => card >= 0 && card < 128));
  }
});

test('seats are dealt in proportion within bounds', () => {
  const claims = [
    { target: 10, lowerBound: 0, upperBound: 100 },
    { target: 30, lowerBound: 0, upperBound: 100 },
  ];
  assert.deepEqual(allocate(40, claims), { shares: [10, 30], fraction: 1 });
  const bounded = allocate(100, [
    { ...claims[0]!, lowerBound: 9 },
    { ...claims[1]!, upperBound: 60 },
  ]);
  assert.deepEqual(bounded.shares, [40, 60]);
  assert.deepEqual(allocate(0, claims).shares, [0, 0]);
  assert.throws(() => allocate(300, claims), /upper bounds sum to 200, which is lower/);
});

test('demand is weighted by time, and forgotten slowly', () => {
  let now = 0;
  const demand = new DemandIntegrator(() => now);
  demand.set(4);
  now = 5;
  demand.set(0);
  now = 10;
  const first = demand.reset();
  assert.deepEqual(first, { average: 2, deviation: 2, highest: 4, seconds: 10 });
  assert.equal(smoothed(0, first), 4);
  now = 20;
  assert.ok(Math.abs(smoothed(4, demand.reset()) - 3.908) < 1e-9);
});

test('clients that keep coming are told to wait longer', () => {
  const retry = new RetryAfter();
  for (let second = 100; second < 130; second++) for (let count = 0; count < 50; count++) retry.dropped(second);
  assert.ok(retry.seconds > 8);
  for (let second = 1_000; second < 1_100; second += 10) retry.dropped(second);
  assert.ok(retry.seconds < 32);
});

test('widths of lists and writes', () => {
  const stats: KindStats = { count: 1_000, bytes: 5_000_000, watchersOf: (namespace) => (namespace === 'busy' ? 250 : 9) };
  const work = (method: string, target: string, levelMax = 0) => {
    const [path = '', search = ''] = target.split('?');
    const query = parseQuery(search);
    return estimate(requestInfo(method, path, query), query, levelMax, () => stats);
  };
  assert.equal(work('GET', '/api/v1/pods/a').initialSeats, 1);
  assert.equal(work('GET', '/api/v1/pods').initialSeats, 10, 'a streamed list needs a megabyte at most');
  assert.equal(work('GET', '/api/v1/pods?limit=50').initialSeats, 3);
  assert.equal(work('GET', '/api/v1/pods', 4).initialSeats, 4);
  assert.equal(work('GET', '/api/v1/pods?resourceVersion=5&resourceVersionMatch=Exact').initialSeats, 50);
  assert.equal(work('GET', '/api/v1/pods?watch=1&resourceVersion=9').initialSeats, 1);
  assert.equal(work('GET', '/api/v1/pods?watch=1').initialSeats, 10);
  assert.deepEqual(work('POST', '/api/v1/namespaces/default/pods'), { initialSeats: 1, finalSeats: 0, lingerSeconds: 0, watchers: 9 });
  assert.deepEqual(work('POST', '/api/v1/namespaces/busy/pods'), { initialSeats: 1, finalSeats: 10, lingerSeconds: 0.0125, watchers: 250 });
});

test('rules look at verbs, places and namespaces', () => {
  const matches = matcherOf({
    rules: [
      {
        subjects: [{ kind: 'User', user: { name: 'jane' } }],
        resourceRules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods', 'pods/log'], namespaces: ['shop'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['/health*', '/a/b'] }],
      },
    ],
  } as never);
  const jane = { user: 'jane', groups: [] };
  const asked = (path: string, method = 'GET') => matches(info(method, path), jane);
  assert.ok(asked('/api/v1/namespaces/shop/pods/a'));
  assert.ok(asked('/api/v1/namespaces/shop/pods/a/log'));
  for (const path of ['/api/v1/namespaces/shop/pods/a/exec', '/api/v1/namespaces/other/pods/a', '/api/v1/nodes/a', '/apis/x/v1/pods/a'])
    assert.ok(!asked(path), path);
  assert.ok(!asked('/api/v1/namespaces/shop/pods/a', 'DELETE'));
  assert.ok(asked('/a/b/c') && !asked('/a/bc') && asked('/health/z'));
  assert.ok(!matches(pods, { user: 'joe', groups: [] }));
});
