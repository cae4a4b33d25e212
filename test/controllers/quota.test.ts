import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { ResourceQuota } from '../../src/kinds/core/resource-quota.ts';
import { ServiceAccount } from '../../src/kinds/core/service-account.ts';
import { TestControlPlane } from '../helpers/control-plane.ts';

const namespace = 'app';

test('a quota is counted when it is made, charged when objects are made, and freed when they go', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  await plane.until('the service account', () => client.get(ServiceAccount, { namespace, name: 'default' }).catch(() => undefined));
  const used = async (name: string) => (await client.get(ResourceQuota, { namespace, name: 'q' })).status.used?.[name];
  await client.create(ConfigMap, { metadata: { name: 'a', namespace } });
  const hard = { configmaps: '3', pods: '1', 'requests.cpu': '1' };
  await client.create(ResourceQuota, { metadata: { name: 'q', namespace }, spec: { hard } });
  // kube-root-ca.crt is one of them
  await plane.until('the first count', async () => (await used('configmaps')) === '2' && (await used('pods')) === '0');
  await client.create(ConfigMap, { metadata: { name: 'b', namespace } });
  assert.equal(await used('configmaps'), '3');
  await assert.rejects(client.create(ConfigMap, { metadata: { name: 'c', namespace } }), /exceeded quota: q, requested: configmaps=1/);
  await client.delete(ConfigMap, { namespace, name: 'a' });
  await plane.until('the count after a delete', async () => (await used('configmaps')) === '2');
  const containers = [{ name: 'c', image: 'i', resources: { requests: { cpu: '600m' } } }];
  const pod = (name: string) => client.create(Pod, { metadata: { name, namespace }, spec: { containers } });
  await pod('one');
  await assert.rejects(pod('two'), /exceeded quota: q, requested: pods=1,requests.cpu=600m, used: pods=1,requests.cpu=600m/);
  await client.patch(Pod, { namespace, name: 'one' }, 'merge', { status: { phase: 'Succeeded' } }, { subresource: 'status' });
  await plane.until('the count after the pod has ended', async () => (await used('pods')) === '0' && (await used('requests.cpu')) === '0');
  await pod('two');
  const quota = await client.get(ResourceQuota, { namespace, name: 'q' });
  await client.update(ResourceQuota, { ...quota, spec: { hard: { pods: '5' } } });
  await plane.until('the new limits', async () => {
    const { status } = await client.get(ResourceQuota, { namespace, name: 'q' });
    return status.hard?.pods === '5' && status.hard.configmaps === undefined && status.used?.pods === '1';
  });
});
