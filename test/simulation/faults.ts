import type { Random } from '../../src/base/random.ts';
import { type Conditions, goodConditions } from './network.ts';
import type { World } from './world.ts';
import { pick } from './workload.ts';

/** Something that goes wrong for a while. */
export interface Fault {
  readonly name: string;
  /** Lets it happen; gives what ends it. */
  readonly begin: (world: World, random: Random) => (() => void) | void;
}

const network = (name: string, worsen: (random: Random) => Partial<Conditions>): Fault => ({
  name,
  begin({ network: { conditions } }, random) {
    const worse = worsen(random);
    Object.assign(conditions, worse);
    return () => {
      for (const key of Object.keys(worse) as (keyof Conditions)[]) conditions[key] = goodConditions[key];
    };
  },
});
const seconds = (random: Random, most: number) => 1 + random.int(most * 1000);
const nodeOf = (world: World, random: Random) => pick(random, world.nodes);

/** Kills who calls, at one of its next calls: before it is carried out, or after, when the caller does not know yet. */
function trip(world: World, random: Random, user: string, kill: () => void): () => void {
  let left = 1 + random.int(20);
  const moment = pick(random, ['before', 'after'] as const);
  world.network.tripwires.set(user, (now) => {
    if (now !== moment || --left > 0) return;
    world.network.tripwires.delete(user);
    kill();
  });
  return () => world.network.tripwires.delete(user);
}

export const faults: readonly Fault[] = [
  network('slow network', (random) => ({ slowMs: 10 + random.int(3_000) })),
  network('refused calls', (random) => ({ refused: random.next() * 0.4 })),
  network('lost answers', (random) => ({ lost: random.next() * 0.4 })),
  network('conflicts', (random) => ({ conflicting: random.next() * 0.5 })),
  network('late watches', (random) => ({ lagMs: 100 + random.int(15_000) })),
  network('broken watches', (random) => ({ cut: random.next() * 0.3 })),
  network('repeated events', (random) => ({ repeated: random.next() * 0.5 })),
  network('expired watches', (random) => ({ expired: random.next(), cut: random.next() * 0.1 })),
  {
    name: 'controllers crash',
    begin(world, random) {
      const users = [
        'deployment-controller',
        'replicaset-controller',
        'generic-garbage-collector',
        'endpointslice-controller',
        'namespace-controller',
      ];
      const user = pick(random, [...users.map((name) => `system:serviceaccount:kube-system:${name}`), 'system:kube-scheduler']);
      const downMs = seconds(random, 40);
      return trip(world, random, user, () => world.crash(world.cluster.controllers, downMs));
    },
  },
  {
    name: 'kubelet crashes',
    begin(world, random) {
      const { name, kubelet } = nodeOf(world, random);
      const downMs = seconds(random, 60);
      return trip(world, random, `system:node:${name}`, () => world.crash(kubelet, downMs));
    },
  },
  {
    name: 'power cut',
    begin(world, random) {
      const node = nodeOf(world, random);
      world.crash(node.kubelet, seconds(random, 500), () => node.cutPower());
    },
  },
  {
    name: 'node partitioned',
    begin({ network: { partitions }, nodes }, random) {
      const users = nodes.filter(() => random.int(2) === 0).map(({ name }) => `system:node:${name}`);
      for (const user of users) partitions.set(user, pick(random, ['both', 'both', 'answers']));
      return () => {
        for (const user of users) partitions.delete(user);
      };
    },
  },
  {
    name: 'API server crashes',
    begin(world, random) {
      let left = 1 + random.int(30);
      const when = pick(random, ['before', 'after'] as const);
      const downMs = seconds(random, 30);
      world.disk.onFlush = (moment) => {
        if (moment !== when || --left > 0) return;
        world.disk.onFlush = undefined;
        world.crashServer(downMs);
      };
      return () => {
        world.disk.onFlush = undefined;
      };
    },
  },
  {
    name: 'API server restarts',
    begin(world, random) {
      const { server } = world.cluster;
      if (!server.running) return;
      const downMs = seconds(random, 5);
      void server.stop().then(() => world.clock.setTimer(downMs, () => void server.start()));
    },
  },
  {
    name: 'slow store',
    begin({ disk }, random) {
      disk.slowMs = 5 + random.int(2_000);
      return () => {
        disk.slowMs = 0;
      };
    },
  },
  {
    name: 'full store',
    begin({ disk }) {
      disk.full = true;
      return () => {
        disk.full = false;
      };
    },
  },
  {
    name: 'clock jumps',
    begin: ({ clock }, random) => clock.jump((random.int(2) === 0 ? -1 : 1) * random.int(pick(random, [2_000, 90_000, 3_600_000]))),
  },
  {
    name: 'clock of a node is off',
    begin(world, random) {
      nodeOf(world, random).kubelet.skewMs = (random.int(2) === 0 ? -1 : 1) * random.int(pick(random, [2_000, 60_000, 600_000]));
    },
  },
  {
    name: 'containers die',
    begin(world, random) {
      for (const { runtime } of world.nodes) {
        for (const { id, state } of runtime.containersNow()) {
          if (state !== 'RUNNING' || random.int(3) > 0) continue;
          if (random.int(2) === 0) runtime.endContainer(id, 137, 'OOMKilled');
          else runtime.endContainer(id, random.int(3));
        }
      }
    },
  },
];
