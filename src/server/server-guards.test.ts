import assert from 'node:assert/strict';
import { Metrics } from '../base/metrics.ts';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { catalog } from '../base/catalog.node.ts';
import { VirtualClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom } from '../base/random.ts';
import type { Call, Identity } from '../client/call.ts';
import { createClient } from '../client/client.ts';
import { loadKinds } from '../kinds/catalog.node.ts';
import { createMemoryStore } from '../store/memory.ts';
import { createAdmission } from './admission/order.ts';
import { createServiceAllocators } from './allocators/services.ts';
import { createAuthentication } from './authn/authentication.ts';
import { ensureBootstrapPolicy } from './authz/ensure-bootstrap-policy.ts';
import { type Authorization, createAuthorization } from './authz/order.ts';
import { ensureSystemObjects } from './bootstrap.ts';
import { ensureCertificates } from './certs/certificates.ts';
import { ensureServiceCidr } from './controllers/lib/service-cidr.ts';
import { createServer } from './server.ts';
import type { Subresource } from './types.ts';

const dir = mkdtempSync(join(tmpdir(), 'guards-'));
const abort = new AbortController();
after(() => {
  abort.abort();
  rmSync(dir, { recursive: true, force: true });
});
const admin: Identity = { user: 'admin', groups: ['system:masters', 'system:authenticated'] };
const eve: Identity = { user: 'eve', groups: ['system:authenticated'] };

/** The real server over a store in memory, with everything that guards it. */
async function start() {
  const clock = new VirtualClock();
  const random = seededRandom(3);
  const certificates = await ensureCertificates(dir, { clock });
  const common = { clock, log: silentLogger, signal: abort.signal };
  let authorization!: Authorization;
  let allocators!: ReturnType<typeof createServiceAllocators>;
  const server = createServer({
    store: createMemoryStore(),
    kinds: await loadKinds(),
    clock,
    random,
    log: silentLogger,
    subresources: await catalog<Subresource>(join(import.meta.dirname, 'subresources')),
    nodeConnections: { connect: () => Promise.reject(new Error('no nodes')) },
    dialer: { dial: () => Promise.reject(new Error('no network')) },
    guards(resources) {
      authorization = createAuthorization({ resources, random, ...common });
      allocators = createServiceAllocators({ resources, random, ...common });
      const { authenticator, tokens } = createAuthentication({
        flags: {},
        clientCa: certificates.clusterCa.certificatePem,
        frontProxyCa: '',
        serviceAccountKeyPem: certificates.serviceAccountKeyPem,
        resources,
        random,
        metrics: new Metrics(),
        apiServerId: 'a',
        ...common,
      });
      return {
        authenticator,
        authorizer: authorization.authorize,
        admission: createAdmission({ rbac: authorization.rbac, allocators: allocators.plugin }),
        tokens,
        rules: authorization.rules,
        companions: allocators.companions,
      };
    },
  });
  await Promise.all([authorization.ready, allocators.ready]);
  await ensureServiceCidr(createClient(server.transport(admin)), ['10.96.0.0/16'], clock);
  await ensureSystemObjects(server.resources, { clusterIp: '10.96.0.1', address: '192.0.2.1', port: 6443 });
  await ensureBootstrapPolicy(server.resources);
  const call = async (identity: Identity, verb: Call['verb'], what: string, body?: object, more: Partial<Call> = {}): Promise<any> => {
    const [names = '', where = ''] = what.split(' ');
    const [path = '', ...groupVersion] = names.split('@');
    const [group = '', version = 'v1'] = (groupVersion[0] ?? '/v1').split('/');
    const [resource = '', subresource] = path.split('/');
    const [namespace, name] = where.includes('/') ? where.split('/') : [undefined, where];
    const reply = await server.transport(identity)({
      verb,
      group,
      version,
      resource,
      subresource,
      namespace: namespace || undefined,
      name: name || undefined,
      options: {},
      body,
      ...more,
    });
    return reply.type === 'object' ? reply.object : reply.type === 'list' ? reply.list : reply;
  };
  return { server, clock, call, certificates };
}

test('a pod from creation to eviction, with everything in between', async () => {
  const { call, server } = await start();
  await call(admin, 'create', 'serviceaccounts default/', { metadata: { name: 'default', namespace: 'default' } });
  const pod = await call(admin, 'create', 'pods default/', {
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  assert.equal(pod.spec.serviceAccountName, 'default');
  assert.match(pod.spec.volumes[0].name, /^kube-api-access-/);
  assert.equal(pod.spec.priority, 0);
  assert.equal(pod.spec.tolerations.length, 2);

  const node = await call(admin, 'create', 'nodes', { metadata: { name: 'n1', labels: { 'topology.kubernetes.io/zone': 'z' } } });
  assert.deepEqual(node.spec.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
  const scheduler: Identity = { user: 'system:kube-scheduler', groups: ['system:authenticated'] };
  const bound = await call(scheduler, 'create', 'pods/binding default/web', {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name: 'web' },
    target: { kind: 'Node', name: 'n1' },
  });
  assert.equal(bound.status, 'Success');
  const placed = await call(admin, 'get', 'pods default/web');
  assert.deepEqual(
    [placed.spec.nodeName, placed.metadata.labels['topology.kubernetes.io/zone'], placed.status.conditions[0].type],
    ['n1', 'z', 'PodScheduled'],
  );

  const kubelet: Identity = { user: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
  const ref = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: pod.metadata.uid };
  const token = await call(kubelet, 'create', 'serviceaccounts/token default/default', {
    spec: { expirationSeconds: 3607, boundObjectRef: ref },
  });
  assert.ok(token.status.token.split('.').length === 3);
  const review = await call(admin, 'create', 'tokenreviews@authentication.k8s.io/v1', { spec: { token: token.status.token } });
  assert.equal(review.status.user.username, 'system:serviceaccount:default:default');
  const status = { metadata: placed.metadata, status: { ...placed.status, phase: 'Running' } };
  await call(kubelet, 'update', 'pods/status default/web', { ...placed, ...status });
  await assert.rejects(call(kubelet, 'delete', 'nodes n1'), { code: 403 });

  const debug = { spec: { ephemeralContainers: [{ name: 'debug', image: 'busybox', targetContainerName: 'c' }] } };
  const debugged = await call(admin, 'patch', 'pods/ephemeralcontainers default/web', debug, { patchType: 'strategic' });
  assert.equal(debugged.spec.ephemeralContainers[0].name, 'debug');
  const bigger = { spec: { containers: [{ name: 'c', resources: { requests: { cpu: '1' } } }] } };
  await call(admin, 'patch', 'pods/resize default/web', bigger, { patchType: 'strategic' }).catch((error: any) =>
    assert.equal(error.code, 422),
  );

  assert.equal((await call(admin, 'create', 'pods/eviction default/web', { metadata: { name: 'web' } })).status, 'Success');
  const going = await call(admin, 'get', 'pods default/web');
  assert.ok(going.metadata.deletionTimestamp);
  assert.ok(going.status.conditions.some((condition: any) => condition.type === 'DisruptionTarget'));
  await server.close();
});

test('services get addresses; deployments are scaled; who may not is told so', async () => {
  const { call, server } = await start();
  assert.equal((await call(admin, 'get', 'services default/kubernetes')).spec.clusterIP, '10.96.0.1');
  const service = (name: string, spec: object = {}) =>
    call(admin, 'create', 'services default/', { metadata: { name }, spec: { ports: [{ port: 80 }], ...spec } });
  const web = await service('web', { type: 'NodePort' });
  assert.match(web.spec.clusterIP, /^10\.96\./);
  assert.ok(web.spec.ports[0].nodePort >= 30000);
  await assert.rejects(service('again', { clusterIP: web.spec.clusterIP }), /provided IP is already allocated/);
  const plain = await call(admin, 'patch', 'services default/web', { spec: { type: 'ClusterIP' } }, { patchType: 'merge' });
  assert.deepEqual([plain.spec.clusterIP, plain.spec.ports[0].nodePort], [web.spec.clusterIP, undefined]);
  await service('port', { type: 'NodePort', ports: [{ port: 1, nodePort: web.spec.ports[0].nodePort }] });
  await call(admin, 'delete', 'services default/web');
  await service('again', { clusterIP: web.spec.clusterIP });

  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  await call(admin, 'create', 'deployments@apps/v1 default/', {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template },
  });
  const scaled = await call(admin, 'update', 'deployments/scale@apps/v1 default/d', { metadata: { name: 'd' }, spec: { replicas: 4 } });
  assert.deepEqual([scaled.spec.replicas, scaled.status.selector], [4, 'a=b']);
  assert.equal((await call(admin, 'get', 'deployments@apps/v1 default/d')).spec.replicas, 4);

  await assert.rejects(call(eve, 'list', 'pods default/'), {
    code: 403,
    message: 'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "default"',
  });
  const rules = (verbs: string[]) => ({ metadata: { name: 'r' }, rules: [{ verbs, apiGroups: [''], resources: ['pods'] }] });
  await call(admin, 'create', 'roles@rbac.authorization.k8s.io/v1 default/', rules(['get', 'list']));
  await call(admin, 'create', 'rolebindings@rbac.authorization.k8s.io/v1 default/', {
    metadata: { name: 'r' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'r' },
    subjects: [{ kind: 'User', name: 'eve', apiGroup: 'rbac.authorization.k8s.io' }],
  });
  const question = { spec: { resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'default' } } };
  for (let round = 0; ; round++) {
    const { status } = await call(eve, 'create', 'selfsubjectaccessreviews@authorization.k8s.io/v1', question);
    if (status.allowed) break;
    assert.ok(round < 100, 'the policy is followed');
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  assert.equal((await call(eve, 'list', 'pods default/')).items.length, 0);
  await assert.rejects(call(admin, 'create', 'configmaps nowhere/', { metadata: { name: 'x' } }), {
    code: 404,
    message: 'namespaces "nowhere" not found',
  });
  await assert.rejects(call(admin, 'delete', 'namespaces default'), { code: 403 });
  await server.close();
});
