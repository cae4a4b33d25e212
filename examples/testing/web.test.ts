import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deployment } from 'skiff/kinds/apps/deployment';
import { Pod } from 'skiff/kinds/core/pod';
import { SimulatedCluster } from 'skiff/testing';

const labels = { app: 'web' };
const namespace = 'default';
const web = {
  metadata: { name: 'web', namespace },
  spec: {
    replicas: 4,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
};

test('the web survives the loss of a node', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 2, seed: 7 });
  const { client, nodes, clock } = cluster;
  const ready = async () => (await client.get(Deployment, { namespace, name: 'web' })).status.readyReplicas === 4;

  await client.create(Deployment, web);
  await cluster.until('four pods are ready', ready);

  const cutMs = clock.monotonic();
  nodes[0]!.cutPower();
  await cluster.until('the other node runs all of them', async () => {
    const pods = await client.list(Pod, { namespace, fieldSelector: 'spec.nodeName=simulated-2' });
    return pods.items.length === 4 && (await ready());
  });
  // 50 s until the node counts as lost, 300 s that pods tolerate it: minutes of the cluster's time, and well under a second of yours
  assert.ok(clock.monotonic() - cutMs > 300_000);
});
