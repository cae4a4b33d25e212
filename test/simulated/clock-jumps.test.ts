import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deployment } from '../../src/kinds/apps/deployment.ts';
import { Lease } from '../../src/kinds/coordination/lease.ts';
import { Node } from '../../src/kinds/core/node.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const hourMs = 3_600_000;

test('a cluster goes on while the wall clock is set forward and back', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 2 });
  const { client, clock } = cluster;
  const wrong: string[] = [];
  const said = new Set<string>();
  const look = async () => {
    for (const { metadata, status, spec } of (await client.list(Node, {})).items) {
      for (const { type, status: holds } of status.conditions ?? []) if (type === 'Ready') said.add(`${metadata.name} ${holds}`);
      for (const { key } of spec.taints ?? []) wrong.push(`${metadata.name} has the taint ${key}`);
    }
  };
  const advance = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await cluster.advance(1000);
      await look();
    }
  };
  await advance(5);
  await client.create(Deployment, {
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'web:v1' }] } },
    },
  } as never);
  // Between a lease that was renewed and a look at it.
  await advance(18);
  const names = async () => (await client.list(Pod, {})).items.map(({ metadata, status }) => `${metadata.name} ${status.phase}`).sort();
  const before = await names();
  assert.equal(before.filter((one) => one.endsWith('Running')).length, 4);
  for (const hours of [2, -5, 24, -21]) {
    clock.jump(hours * hourMs);
    const atMs = clock.now();
    await advance(90);
    const leases = (await client.list(Lease, { namespace: 'kube-node-lease' })).items;
    for (const { metadata, spec } of leases) {
      const ageMs = Date.parse(spec.renewTime ?? '') - atMs;
      assert(ageMs > 0 && ageMs <= 90_000, `${metadata.name} was not renewed after the clock was set by ${hours} h`);
    }
    assert.deepEqual(await names(), before, `after the clock was set by ${hours} h`);
  }
  await client.patch(Deployment, { namespace: 'default', name: 'web' }, 'merge', { spec: { replicas: 6 } });
  await advance(20);
  assert.equal((await client.get(Deployment, { namespace: 'default', name: 'web' })).status.readyReplicas, 6);
  assert.deepEqual(wrong, []);
  assert.deepEqual([...said].sort(), ['simulated-1 True', 'simulated-2 True']);
});
