import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { Secret } from '../../src/kinds/core/secret.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'kube-system';
const secretOf = (id: string, more: Record<string, string>) => ({
  metadata: { namespace, name: `bootstrap-token-${id}` },
  type: 'bootstrap.kubernetes.io/token',
  stringData: { 'token-id': id, 'token-secret': 'f395accd246ae52d', ...more },
});

test('cluster-info is signed by each token that may, and tokens go when their time is over', async () => {
  await using plane = await SimulatedCluster.start({ nodes: 0 });
  const { client } = plane;
  const info = { namespace: 'kube-public', name: 'cluster-info' };
  await client.create(ConfigMap, { metadata: info, data: { kubeconfig: 'content', 'jws-kubeconfig-gone': 'x' } });
  const expiration = new Date(plane.clock.now() + 60_000).toISOString();
  await client.create(Secret, secretOf('aaaaaa', { 'usage-bootstrap-signing': 'true', expiration }));
  await client.create(Secret, secretOf('bbbbbb', { 'usage-bootstrap-signing': 'true' }));
  await client.create(Secret, secretOf('cccccc', {}));
  const names = async () => Object.keys((await client.get(ConfigMap, info)).data ?? {}).sort();
  await plane.until('both signatures', async () => (await names()).join() === 'jws-kubeconfig-aaaaaa,jws-kubeconfig-bbbbbb,kubeconfig');
  const [header = '', content, signature] = (await client.get(ConfigMap, info)).data!['jws-kubeconfig-aaaaaa']!.split('.');
  assert.deepEqual([atob(header), content], ['{"alg":"HS256","kid":"aaaaaa"}', '']);
  const text = `${header}.${Buffer.from('content').toString('base64url')}`;
  assert.equal(signature, createHmac('sha256', 'f395accd246ae52d').update(text).digest('base64url'));
  await plane.advance(61_000);
  await plane.until('the signature to go', async () => (await names()).join() === 'jws-kubeconfig-bbbbbb,kubeconfig');
  const left = (await client.list(Secret, { namespace })).items.map(({ metadata }) => metadata.name);
  assert.deepEqual(left.sort(), ['bootstrap-token-bbbbbb', 'bootstrap-token-cccccc']);
});
