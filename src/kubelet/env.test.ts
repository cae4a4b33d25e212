import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type EnvSources, makeEnvironment } from './env.ts';
import { expand } from './expand.ts';
import { sampleContainer as container, samplePod as pod } from './lib/samples.ts';

const kubernetes = {
  name: 'kubernetes',
  namespace: 'default',
  clusterIp: '10.96.0.1',
  ports: [{ name: 'https', port: 443, protocol: 'TCP' }],
};
const sources = (more: Partial<EnvSources> = {}): EnvSources => ({
  configMap: async (name) => (name === 'config' ? { a: '1', 'b.c': '2' } : undefined),
  secret: async (name) => (name === 'secret' ? { password: 'x' } : undefined),
  services: [],
  masterNamespace: 'default',
  addresses: { podIps: ['10.0.0.5'], hostIps: ['192.0.2.1'] },
  allocatable: { cpu: '4', memory: '8Gi' },
  ...more,
});
const environment = async (own: object, more?: Partial<EnvSources>, spec: object = {}) => {
  const one = container('app', own);
  const made = pod({ containers: [one], ...spec }, { metadata: { labels: { app: 'web' } } });
  return Object.fromEntries(await makeEnvironment(made, made.spec.containers[0]!, sources(more)));
};
test('references are expanded, escaped and left alone', () => {
  const values: Record<string, string> = { A: '1' };
  const cases = { '$(A)': '1', '$$(A)': '$(A)', '$(B)': '$(B)', $A: '$A', '$(A': '$(A', 'x$(A)$$': 'x1$', $: '$' };
  for (const [input, output] of Object.entries(cases))
    assert.equal(
      expand(input, (name) => values[name]),
      output,
      input,
    );
});
test('later variables see earlier ones', async () => {
  const env = [{ name: 'A', value: 'a' }, { name: 'B', value: '$(A)-$(C)' }, { name: 'C', value: 'c' }, { name: 'E' }];
  assert.deepEqual(await environment({ env }), { A: 'a', B: 'a-$(C)', C: 'c', E: '' });
});
test('config maps, secrets, fields and resources', async () => {
  const envFrom = [{ prefix: 'P_', configMapRef: { name: 'config' } }, { secretRef: { name: 'none', optional: true } }];
  const env = [
    { name: 'K', valueFrom: { secretKeyRef: { name: 'secret', key: 'password' } } },
    { name: 'GONE', valueFrom: { configMapKeyRef: { name: 'config', key: 'zz', optional: true } } },
    { name: 'LABEL', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
    { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
    { name: 'HOST', valueFrom: { fieldRef: { fieldPath: 'status.hostIP' } } },
    { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu' } } },
    { name: 'MEMORY', valueFrom: { resourceFieldRef: { resource: 'requests.memory', divisor: '1Mi' } } },
  ];
  assert.deepEqual(await environment({ envFrom, env, resources: { requests: { memory: '64Mi' } } }), {
    P_a: '1',
    'P_b.c': '2',
    K: 'x',
    LABEL: 'web',
    IP: '10.0.0.5',
    HOST: '192.0.2.1',
    CPU: '4',
    MEMORY: '64',
  });
});
test('missing sources stop the container in plain words', async () => {
  const from = (valueFrom: object) => environment({ env: [{ name: 'A', valueFrom }] });
  await assert.rejects(from({ configMapKeyRef: { name: 'none', key: 'k' } }), { message: 'configmap "none" not found' });
  await assert.rejects(from({ configMapKeyRef: { name: 'config', key: 'k' } }), {
    message: "couldn't find key k in ConfigMap shop/config",
  });
  await assert.rejects(environment({ envFrom: [{ secretRef: { name: 'none' } }] }), { message: 'secret "none" not found' });
  await assert.rejects(from({ configMapKeyRef: { name: 'config', key: '__proto__' } }), {
    message: "couldn't find key __proto__ in ConfigMap shop/config",
  });
});
test('services become variables, the master always, others where links are wanted', async () => {
  const db = { name: 'my-db', namespace: 'shop', clusterIp: '10.96.0.7', ports: [{ name: '', port: 5432, protocol: '' }] };
  const headless = { ...db, name: 'none', clusterIp: 'None' };
  const foreign = { ...db, name: 'far', namespace: 'other' };
  const all = await environment({}, { services: [kubernetes, db, headless, foreign] });
  assert.deepEqual(all, {
    KUBERNETES_SERVICE_HOST: '10.96.0.1',
    KUBERNETES_SERVICE_PORT: '443',
    KUBERNETES_SERVICE_PORT_HTTPS: '443',
    KUBERNETES_PORT: 'tcp://10.96.0.1:443',
    KUBERNETES_PORT_443_TCP: 'tcp://10.96.0.1:443',
    KUBERNETES_PORT_443_TCP_PROTO: 'tcp',
    KUBERNETES_PORT_443_TCP_PORT: '443',
    KUBERNETES_PORT_443_TCP_ADDR: '10.96.0.1',
    MY_DB_SERVICE_HOST: '10.96.0.7',
    MY_DB_SERVICE_PORT: '5432',
    MY_DB_PORT: 'tcp://10.96.0.7:5432',
    MY_DB_PORT_5432_TCP: 'tcp://10.96.0.7:5432',
    MY_DB_PORT_5432_TCP_PROTO: 'tcp',
    MY_DB_PORT_5432_TCP_PORT: '5432',
    MY_DB_PORT_5432_TCP_ADDR: '10.96.0.7',
  });
  const bare = await environment({}, { services: [kubernetes, db] }, { enableServiceLinks: false });
  assert.deepEqual(
    Object.keys(bare).filter((name) => name.startsWith('MY_DB')),
    [],
  );
});
