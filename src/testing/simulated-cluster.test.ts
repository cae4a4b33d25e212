import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Deployment } from '../kinds/apps/deployment.ts';
import { Lease } from '../kinds/coordination/lease.ts';
import { Pod } from '../kinds/core/pod.ts';
import { SimulatedCluster } from './simulated-cluster.ts';

const labels = { app: 'web' };
const web = {
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web:1' }] } },
  },
};
const key = { namespace: 'default', name: 'web' };
const readyReplicas = async ({ client }: SimulatedCluster) => (await client.get(Deployment, key)).status.readyReplicas;

test('runs what is deployed, and days pass in no time', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 2 });
  const { client, clock } = cluster;
  await client.create(Deployment, web as never);
  await cluster.until('three pods are ready', async () => (await readyReplicas(cluster)) === 3);
  const before = clock.now();
  await cluster.advance(3_600_000);
  assert.equal(clock.now() - before, 3_600_000);
  const lease = await client.get(Lease, { namespace: 'kube-node-lease', name: 'simulated-1' });
  assert.ok(clock.now() - Date.parse(String(lease.spec?.renewTime)) <= 10_000);
});

test('pretended images satisfy pods that must not run as root', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const spec = { ...web.spec.template.spec, securityContext: { runAsNonRoot: true } };
  await cluster.client.create(Deployment, { ...web, spec: { ...web.spec, template: { ...web.spec.template, spec } } } as never);
  await cluster.until('three pods are ready', async () => (await readyReplicas(cluster)) === 3);
});

test('a node that loses its power is given up, and its pods move', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 2 });
  const { client, nodes } = cluster;
  await client.create(Deployment, web as never);
  await cluster.until('three pods are ready', async () => (await readyReplicas(cluster)) === 3);
  nodes[0]!.cutPower();
  await cluster.until('the other node has them all', async () => {
    const { items } = await client.list(Pod, { namespace: 'default', fieldSelector: 'spec.nodeName=simulated-2' });
    return items.length === 3 && (await readyReplicas(cluster)) === 3;
  });
  await nodes[0]!.kubelet.start();
  await cluster.until('what is left of its pods is gone', async () => (await client.list(Pod)).items.length === 3);
});

test('API server, controllers and kubelets may be killed at any moment', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  const creating = client.create(Deployment, web as never).catch((error: Error) => error.message);
  cluster.killServer();
  assert.equal(await creating, 'connection refused');
  await assert.rejects(client.list(Pod), /connection refused/);
  await cluster.advance(5_000);
  await cluster.server.start();
  await cluster.until('it is there again', () => client.list(Pod).catch(() => undefined));
  await client.create(Deployment, web as never).catch(() => undefined);
  await cluster.advance(100);
  cluster.controllers.kill();
  cluster.nodes[0]!.kubelet.kill();
  await cluster.advance(1_000);
  await Promise.all([cluster.controllers.start(), cluster.nodes[0]!.kubelet.start()]);
  await cluster.until('three pods are ready', async () => (await readyReplicas(cluster)) === 3);
});
