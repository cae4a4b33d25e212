import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConfigMap } from '../../kinds/core/config-map.ts';
import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { ResourceQuota } from '../../kinds/core/resource-quota.ts';
import { Service } from '../../kinds/core/service.ts';
import { createTestServer } from '../lib/testing.ts';
import { resourceQuota } from './resource-quota.ts';

async function cluster(hard: Record<string, string>, spec: object = {}) {
  const { server, one } = createTestServer({
    kinds: [ConfigMap, PersistentVolumeClaim, Pod, ResourceQuota, Service],
    admission: { validate: (context) => resourceQuota.validate!(context) },
  });
  const write = (kind: any, verb: 'create' | 'update' | 'patch', body: any, more: object = {}) =>
    one(kind, { verb, body, namespace: 'default', ...(verb === 'create' ? {} : { name: body.metadata.name }), ...more });
  const quota = await write(ResourceQuota, 'create', { metadata: { name: 'q' }, spec: { hard, ...spec } });
  const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']));
  await write(ResourceQuota, 'update', { ...quota, status: { hard, used } }, { subresource: 'status' });
  const usage = async () => (await one(ResourceQuota, { verb: 'get', namespace: 'default', name: 'q' })).status.used;
  return { server, write, usage, one };
}
const map = (name: string) => ({ metadata: { name } });
const pod = (name: string, requests: object = {}, more: object = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i', resources: { requests } }], ...more },
});

test('a race makes no more than is allowed, and what fails is not charged', async () => {
  const { server, write, usage } = await cluster({ configmaps: '10', 'count/configmaps': '10' });
  const results = await Promise.allSettled(Array.from({ length: 30 }, (_, index) => write(ConfigMap, 'create', map(`m${index}`))));
  assert.equal(results.filter((result) => result.status === 'fulfilled').length, 10);
  const refused = results.find((result) => result.status === 'rejected')!;
  assert.match(
    refused.reason.message,
    /^configmaps "m\d+" is forbidden: exceeded quota: q, requested: configmaps=1,count\/configmaps=1, used: configmaps=10,count\/configmaps=10, limited: configmaps=10,count\/configmaps=10$/,
  );
  assert.deepEqual(await usage(), { configmaps: '10', 'count/configmaps': '10' });
  await server.close();
  const again = await cluster({ configmaps: '3' });
  await again.write(ConfigMap, 'create', map('a'));
  await assert.rejects(again.write(ConfigMap, 'create', map('a')), { reason: 'AlreadyExists' });
  assert.deepEqual(await again.usage(), { configmaps: '1' });
  const { metadata } = await again.one(ResourceQuota, { verb: 'get', namespace: 'default', name: 'q' });
  assert.ok(metadata.managedFields.some((one: any) => one.manager === 'kube-apiserver' && one.subresource === 'status'));
  await again.write(ConfigMap, 'create', map('b'), { options: { dryRun: true } });
  assert.deepEqual(await again.usage(), { configmaps: '1' });
});

test('pods are charged for what they ask for, and must ask for it', async () => {
  const { write, usage } = await cluster({ pods: '3', 'requests.cpu': '1', 'limits.memory': '1Gi' });
  await assert.rejects(write(Pod, 'create', pod('a')), {
    message: 'pods "a" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
  });
  const full = (name: string, cpu: string) => {
    const made = pod(name, { cpu });
    made.spec.containers[0]!.resources = { requests: { cpu }, limits: { memory: '100Mi' } } as never;
    return made;
  };
  await write(Pod, 'create', full('a', '600m'));
  await assert.rejects(write(Pod, 'create', full('b', '500m')), {
    message: 'pods "b" is forbidden: exceeded quota: q, requested: requests.cpu=500m, used: requests.cpu=600m, limited: requests.cpu=1',
  });
  await write(Pod, 'create', full('b', '400m'));
  assert.deepEqual(await usage(), { pods: '2', 'requests.cpu': '1', 'limits.memory': '200Mi' });
});

test('scopes: only what a quota is about is charged', async () => {
  const high = { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] };
  const { write, usage } = await cluster({ pods: '1' }, { scopeSelector: high });
  await write(Pod, 'create', pod('low'));
  await write(Pod, 'create', pod('high', {}, { priorityClassName: 'high' }));
  await assert.rejects(write(Pod, 'create', pod('more', {}, { priorityClassName: 'high' })), /exceeded quota: q, requested: pods=1/);
  assert.deepEqual(await usage(), { pods: '1' });
});

test('services and claims are charged when they change, too', async () => {
  const { write, usage } = await cluster({
    'services.nodeports': '2',
    'requests.storage': '10Gi',
    'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
  });
  const service = (type: string, count: number) => ({
    metadata: { name: 's' },
    spec: { type, ports: Array.from({ length: count }, (_, index) => ({ name: `p${index}`, port: index + 1 })) },
  });
  await write(Service, 'create', service('ClusterIP', 3));
  await assert.rejects(write(Service, 'update', service('NodePort', 3)), /requested: services.nodeports=3, used: services.nodeports=0/);
  await write(Service, 'update', service('NodePort', 2));
  const claim = (name: string, storage: string) => ({
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'gold', resources: { requests: { storage } } },
  });
  await write(PersistentVolumeClaim, 'create', claim('a', '1500m'));
  await assert.rejects(
    write(PersistentVolumeClaim, 'create', claim('b', '1')),
    /requested: gold.storageclass.storage.k8s.io\/persistentvolumeclaims=1/,
  );
  assert.deepEqual(await usage(), {
    'services.nodeports': '2',
    'requests.storage': '2',
    'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
  });
});

test('a quota whose use is not known yet lets nothing through', async () => {
  const { write, one } = await cluster({ configmaps: '1' });
  const quota = await one(ResourceQuota, { verb: 'get', namespace: 'default', name: 'q' });
  await write(ResourceQuota, 'update', { ...quota, status: { hard: { configmaps: '1' } } }, { subresource: 'status' });
  await assert.rejects(write(ConfigMap, 'create', map('a')), {
    message: 'configmaps "a" is forbidden: status unknown for quota: q, resources: configmaps',
  });
});
