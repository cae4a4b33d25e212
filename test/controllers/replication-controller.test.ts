import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pod } from '../../src/kinds/core/pod.ts';
import { ReplicationController } from '../../src/kinds/core/replication-controller.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';
const key = { namespace, name: 'web' };

test('a ReplicationController keeps so many pods, adopts and releases them', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  const orphan = {
    metadata: { name: 'lonely', namespace, labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'web:1' }] },
  };
  await client.create(Pod, orphan as never);
  const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'web:1' }] } };
  await client.create(ReplicationController, { metadata: { name: 'web', namespace }, spec: { replicas: 3, template } } as never);
  await cluster.until('three are there', async () => (await client.get(ReplicationController, key)).status.availableReplicas === 3);
  const owned = async () =>
    (await client.list(Pod, { namespace })).items.filter(({ metadata }) => metadata.ownerReferences?.[0]?.name === 'web');
  const pods = await owned();
  assert.equal(pods.length, 3);
  assert.ok(pods.some(({ metadata }) => metadata.name === 'lonely'));
  await client.patch(Pod, { namespace, name: 'lonely' }, 'merge', { metadata: { labels: { app: 'else' } } });
  await cluster.until(
    'another one is made',
    async () => (await owned()).length === 3 && !(await owned()).some(({ metadata }) => metadata.name === 'lonely'),
  );
  await client.patch(ReplicationController, key, 'merge', { spec: { replicas: 1 } });
  await cluster.until('two are gone', async () => (await client.get(ReplicationController, key)).status.replicas === 1);
  await client.delete(ReplicationController, key);
  await cluster.until('it is gone', async () => (await client.list(ReplicationController, { namespace })).items.length === 0);
  await cluster.advance(60_000);
  assert.equal((await client.list(Pod, { namespace })).items.length, 2);
});
