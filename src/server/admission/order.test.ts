import assert from 'node:assert/strict';
import { test } from 'node:test';
import { depsOf, MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import type { Identity } from '../../client/call.ts';
import { createAuthorization } from '../authz/order.ts';
import type { AdmissionContext, Operation } from '../types.ts';
import { createAdmission } from './order.ts';

const rbacGroup = 'rbac.authorization.k8s.io';
const someone: Identity = { user: 'eve', groups: ['dev', 'system:authenticated'] };
const node = (name: string): Identity => ({ user: `system:node:${name}`, groups: ['system:nodes'] });

async function cluster() {
  const resources = new MemoryResources();
  resources.add('', 'Namespace', { metadata: { name: 'shop' }, status: { phase: 'Active' } });
  resources.add('', 'Namespace', { metadata: { name: 'going' }, status: { phase: 'Terminating' } });
  resources.add('', 'ServiceAccount', { metadata: { name: 'default', namespace: 'shop' }, imagePullSecrets: [{ name: 'pull' }] });
  const abort = new AbortController();
  const settings = { resources, clock: new VirtualClock(), random: seededRandom(1), log: silentLogger, signal: abort.signal };
  const { authorize, rbac, ready } = createAuthorization(settings);
  const admission = createAdmission({ rbac, allocators: { name: 'ServiceAllocators' } });
  await ready;
  const deps = depsOf(resources, authorize);
  const admit = async (operation: Operation, group: string, kind: string, object: any, more: Partial<AdmissionContext> = {}) => {
    const metadata = object?.metadata ?? more.old?.metadata ?? {};
    const context: AdmissionContext = {
      operation,
      verb: operation.toLowerCase(),
      kind: resources.kinds.byKind(group, kind)!,
      subresource: '',
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      object,
      old: undefined,
      options: {},
      identity: someone,
      dryRun: false,
      warn: () => undefined,
      annotate: () => undefined,
      together: () => undefined,
      deps,
      ...more,
    };
    await admission.mutate(context);
    await admission.validate(context);
    return object;
  };
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { resources, admission, deps, admit, settle, stop: () => abort.abort() };
}
const pod = (spec: object = {}, metadata: object = {}): any => ({
  metadata: { name: 'web', namespace: 'shop', ...metadata },
  spec: { containers: [{ name: 'c' }], ...spec },
});

test('namespaces: missing, terminating, immortal', async () => {
  const { admit, stop } = await cluster();
  await assert.rejects(admit('CREATE', '', 'ConfigMap', { metadata: { name: 'x', namespace: 'nowhere' } }), {
    code: 404,
    message: 'namespaces "nowhere" not found',
  });
  await assert.rejects(admit('CREATE', '', 'ConfigMap', { metadata: { name: 'x', namespace: 'going' } }), {
    code: 403,
    message: 'configmaps "x" is forbidden: unable to create new content in namespace going because it is being terminated',
    details: {
      name: 'x',
      kind: 'configmaps',
      causes: [{ reason: 'NamespaceTerminating', message: 'namespace going is being terminated', field: 'metadata.namespace' }],
    },
  });
  await admit('UPDATE', '', 'ConfigMap', { metadata: { name: 'x', namespace: 'going' } }, { old: { metadata: { name: 'x' } } as any });
  await admit('DELETE', '', 'ConfigMap', undefined, { namespace: 'nowhere', name: 'x' });
  await assert.rejects(admit('DELETE', '', 'Namespace', undefined, { name: 'kube-system', namespace: 'kube-system' }), {
    code: 403,
    message: 'namespaces "kube-system" is forbidden: this namespace may not be deleted',
  });
  stop();
});

test('a pod gets its service account, token volume, pull secrets, priority and tolerations', async () => {
  const { admit, resources, stop } = await cluster();
  const { spec } = await admit(
    'CREATE',
    '',
    'Pod',
    pod({ initContainers: [{ name: 'i', volumeMounts: [{ name: 'own', mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] }] }),
  );
  assert.equal(spec.serviceAccountName, 'default');
  assert.deepEqual(spec.imagePullSecrets, [{ name: 'pull' }]);
  assert.match(spec.volumes[0].name, /^kube-api-access-[a-z0-9]{5}$/);
  assert.equal(spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds, 3607);
  assert.deepEqual(spec.containers[0].volumeMounts, [
    { name: spec.volumes[0].name, readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
  ]);
  assert.equal(spec.initContainers[0].volumeMounts.length, 1);
  assert.deepEqual([spec.priority, spec.preemptionPolicy], [0, 'PreemptLowerPriority']);
  assert.deepEqual(
    spec.tolerations.map((toleration: any) => [toleration.key, toleration.tolerationSeconds]),
    [
      ['node.kubernetes.io/not-ready', 300],
      ['node.kubernetes.io/unreachable', 300],
    ],
  );
  assert.equal((await admit('CREATE', '', 'Pod', pod({ automountServiceAccountToken: false }))).spec.volumes, undefined);
  await assert.rejects(admit('CREATE', '', 'Pod', pod({ serviceAccountName: 'no' })), {
    code: 403,
    message: 'pods "web" is forbidden: error looking up service account shop/no: serviceaccount "no" not found',
  });
  resources.add('', 'ServiceAccount', {
    metadata: { name: 'strict', namespace: 'shop', annotations: { 'kubernetes.io/enforce-mountable-secrets': 'true' } },
  });
  await assert.rejects(
    admit('CREATE', '', 'Pod', pod({ serviceAccountName: 'strict', volumes: [{ name: 'v', secret: { secretName: 's' } }] })),
    /volume with secret.secretName="s" is not allowed because service account strict does not reference that secret/,
  );
  stop();
});

test('priority classes', async () => {
  const { admit, resources, stop } = await cluster();
  const group = 'scheduling.k8s.io';
  resources.add(group, 'PriorityClass', { metadata: { name: 'high' }, value: 1000, preemptionPolicy: 'Never' });
  const { spec } = await admit('CREATE', '', 'Pod', pod({ priorityClassName: 'high' }));
  assert.deepEqual([spec.priority, spec.preemptionPolicy], [1000, 'Never']);
  await assert.rejects(
    admit('CREATE', '', 'Pod', pod({ priorityClassName: 'no' })),
    /pods "web" is forbidden: no PriorityClass with name no was found/,
  );
  await assert.rejects(
    admit('CREATE', '', 'Pod', pod({ priority: 5 })),
    /the integer value of priority \(5\) must not be provided in pod spec; priority admission controller computed 0/,
  );
  resources.add(group, 'PriorityClass', { metadata: { name: 'usual' }, value: 7, globalDefault: true });
  assert.deepEqual((await admit('CREATE', '', 'Pod', pod())).spec.priorityClassName, 'usual');
  await assert.rejects(
    admit('CREATE', group, 'PriorityClass', { metadata: { name: 'second' }, value: 1, globalDefault: true }),
    /PriorityClass usual is already marked as default. Only one default can exist/,
  );
  stop();
});

test('nodes: a new one is tainted; a kubelet touches only what is its own', async () => {
  const { admit, resources, stop } = await cluster();
  const fresh = await admit('CREATE', '', 'Node', { metadata: { name: 'n1' } }, { identity: node('n1') });
  assert.deepEqual(fresh.spec.taints, [{ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' }]);
  await assert.rejects(
    admit('CREATE', '', 'Node', { metadata: { name: 'n2' } }, { identity: node('n1') }),
    /node "n1" is not allowed to modify node "n2"/,
  );
  const old: any = { metadata: { name: 'n1', labels: { a: 'b' } }, spec: { taints: [{ key: 'x', effect: 'NoSchedule' }] } };
  const changed = (change: (draft: any) => void) => {
    const object = structuredClone(old);
    change(object);
    return admit('UPDATE', '', 'Node', object, { identity: node('n1'), old });
  };
  await changed((draft) => Object.assign(draft.metadata.labels, { 'kubernetes.io/os': 'linux', 'mine.org/x': 'y' }));
  await assert.rejects(
    changed((draft) => Object.assign(draft.spec, { taints: [] })),
    /node "n1" is not allowed to modify taints/,
  );
  await assert.rejects(
    changed((draft) => Object.assign(draft.metadata.labels, { 'node-role.kubernetes.io/x': '' })),
    /is not allowed to modify labels: node-role.kubernetes.io\/x/,
  );
  const bound: any = resources.add('', 'Pod', {
    metadata: { name: 'web', namespace: 'shop', labels: {} },
    spec: { nodeName: 'n1', volumes: [{ projected: { sources: [{ serviceAccountToken: {} }] } }] },
  });
  const status = (who: string) =>
    admit('UPDATE', '', 'Pod', structuredClone(bound), { identity: node(who), old: bound, subresource: 'status' });
  await status('n1');
  await assert.rejects(status('n2'), /can only update pod status for pods with spec.nodeName set to itself/);
  await assert.rejects(
    admit('DELETE', '', 'Pod', undefined, { identity: node('n2'), old: bound, namespace: 'shop', name: 'web' }),
    /can only delete pods with spec.nodeName set to itself/,
  );
  await assert.rejects(admit('CREATE', '', 'Pod', pod({ nodeName: 'n1' }), { identity: node('n1') }), /can only create mirror pods/);
  const token = (who: string, ref: object | undefined, audiences: string[] = []) =>
    admit(
      'CREATE',
      '',
      'ServiceAccount',
      { metadata: {}, spec: { audiences, boundObjectRef: ref } },
      { identity: node(who), subresource: 'token', namespace: 'shop', name: 'default' },
    );
  const ref = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: bound.metadata.uid };
  await token('n1', ref);
  await assert.rejects(token('n2', ref), /token bound to a pod scheduled on a different node/);
  await assert.rejects(token('n1', undefined), /node requested token not bound to a pod/);
  await assert.rejects(token('n1', ref, ['vault']), /audience "vault" not found in pod spec volume/);
  await assert.rejects(
    admit('CREATE', 'coordination.k8s.io', 'Lease', { metadata: { name: 'n1', namespace: 'shop' } }, { identity: node('n1') }),
    /kube-node-lease/,
  );
  stop();
});

test('nobody grants what he does not hold', async () => {
  const { admit, resources, settle, stop } = await cluster();
  resources.add(rbacGroup, 'ClusterRole', {
    metadata: { name: 'reader' },
    rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['pods'] }],
  });
  resources.add(rbacGroup, 'RoleBinding', {
    metadata: { name: 'eve', namespace: 'shop' },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'reader' },
    subjects: [{ kind: 'User', name: 'eve' }],
  });
  resources.add(rbacGroup, 'ClusterRole', {
    metadata: { name: 'binder' },
    rules: [{ verbs: ['bind'], apiGroups: [rbacGroup], resources: ['clusterroles'], resourceNames: ['admin'] }],
  });
  resources.add(rbacGroup, 'ClusterRole', { metadata: { name: 'admin' }, rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] });
  await settle();
  const role = (rules: object[]) => ({ metadata: { name: 'r', namespace: 'shop' }, rules });
  await admit('CREATE', rbacGroup, 'Role', role([{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }]));
  await assert.rejects(
    admit('CREATE', rbacGroup, 'Role', role([{ verbs: ['get', 'delete', 'watch'], apiGroups: [''], resources: ['pods'] }])),
    {
      code: 403,
      message:
        'roles.rbac.authorization.k8s.io "r" is forbidden: user "eve" (groups=["dev" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete" "watch"]}',
    },
  );
  const binding = (name: string) => ({
    metadata: { name: 'b', namespace: 'shop' },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name },
    subjects: [],
  });
  await admit('CREATE', rbacGroup, 'RoleBinding', binding('reader'));
  await assert.rejects(
    admit('CREATE', rbacGroup, 'RoleBinding', binding('admin')),
    /is attempting to grant RBAC permissions not currently held/,
  );
  await assert.rejects(admit('CREATE', rbacGroup, 'RoleBinding', binding('none')), { code: 404 });
  await admit('CREATE', rbacGroup, 'RoleBinding', binding('admin'), { identity: { user: 'root', groups: ['system:masters'] } });
  resources.add(rbacGroup, 'RoleBinding', {
    metadata: { name: 'eve2', namespace: 'shop' },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'binder' },
    subjects: [{ kind: 'Group', name: 'dev' }],
  });
  await settle();
  await admit('CREATE', rbacGroup, 'RoleBinding', binding('admin'));
  stop();
});

test('devices: admin access needs a labelled namespace, an allocation needs a right of its own', async () => {
  const { resources, admission, deps, admit, settle, stop } = await cluster();
  const group = 'resource.k8s.io';
  const claim = (status: object = {}, adminAccess = false): any => ({
    metadata: { name: 'c', namespace: 'shop' },
    spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'd', adminAccess } }] } },
    status,
  });
  await admit('CREATE', group, 'ResourceClaim', claim());
  await assert.rejects(admit('CREATE', group, 'ResourceClaim', claim({}, true)), {
    code: 422,
    message:
      'ResourceClaim.resource.k8s.io "c" is invalid: spec.devices.requests[0].adminAccess: Forbidden: admin access to devices requires the `resource.kubernetes.io/admin-access: true` label on the containing namespace',
  });
  // Beside what else is wrong it is told too.
  const context = {
    operation: 'CREATE',
    kind: resources.kinds.byKind(group, 'ResourceClaim')!,
    object: claim({}, true),
    namespace: 'shop',
  };
  const found = await admission.find!({ ...context, identity: someone, deps } as AdmissionContext);
  assert.deepEqual(
    found.map(({ path }) => path),
    ['spec.devices.requests[0].adminAccess'],
  );
  const allocation = { devices: { results: [{ request: 'r', driver: 'd', pool: 'p', device: 'x' }] } };
  const allocate = () =>
    admit('UPDATE', group, 'ResourceClaim', claim({ allocation }), { old: claim(), subresource: 'status', verb: 'patch' });
  await assert.rejects(allocate(), {
    code: 422,
    message:
      'ResourceClaim.resource.k8s.io "c" is invalid: status.allocation: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="patch" permission: resourceclaims.resource.k8s.io is forbidden: User "eve" cannot patch resource "resourceclaims/binding" in API group "resource.k8s.io" at the cluster scope',
  });
  const rules = [{ verbs: ['patch'], apiGroups: [group], resources: ['resourceclaims/binding'] }];
  resources.add(rbacGroup, 'ClusterRole', { metadata: { name: 'binder' }, rules });
  resources.add(rbacGroup, 'ClusterRoleBinding', {
    metadata: { name: 'binder' },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: 'binder' },
    subjects: [{ kind: 'User', name: 'eve' }],
  });
  await settle();
  await allocate();
  const devices = [{ driver: 'd', pool: 'p', device: 'x' }];
  const report = admit('UPDATE', group, 'ResourceClaim', claim({ allocation, devices }), {
    old: claim({ allocation }),
    subresource: 'status',
    verb: 'update',
  });
  await assert.rejects(
    report,
    /changing status.devices requires resource="resourceclaims\/driver", verb="\[arbitrary-node:update\]" permission/,
  );
  stop();
});

test('limit ranges fill in what containers do not say, and refuse what is too much', async () => {
  const { resources, admit, stop } = await cluster();
  const limits = [{ type: 'Container', default: { cpu: '500m', memory: '64Mi' }, defaultRequest: { cpu: '100m' }, max: { cpu: '1' } }];
  resources.add('', 'LimitRange', { metadata: { name: 'l', namespace: 'shop' }, spec: { limits } });
  const made = await admit('CREATE', '', 'Pod', pod({ initContainers: [{ name: 'i', resources: { limits: { cpu: '1' } } }] }));
  assert.deepEqual(made.spec.containers[0].resources, { requests: { cpu: '100m' }, limits: { cpu: '500m', memory: '64Mi' } });
  assert.equal(
    made.metadata.annotations['kubernetes.io/limit-ranger'],
    'LimitRanger plugin set: cpu request for container c; cpu, memory limit for container c; cpu request for init container i; memory limit for init container i',
  );
  await assert.rejects(admit('CREATE', '', 'Pod', pod({ containers: [{ name: 'c', resources: { limits: { cpu: '2' } } }] })), {
    code: 403,
    message: 'pods "web" is forbidden: maximum cpu usage per Container is 1, but limit is 2',
  });
  stop();
});

test('claims get the default class and protection, and grow when their class lets them', async () => {
  const { resources, admit, stop } = await cluster();
  const isDefault = { 'storageclass.kubernetes.io/is-default-class': 'true' };
  const storage = 'storage.k8s.io';
  resources.add(storage, 'StorageClass', { metadata: { name: 'old', annotations: isDefault, creationTimestamp: '2026-01-01T00:00:00Z' } });
  resources.add(storage, 'StorageClass', {
    metadata: { name: 'new', annotations: isDefault, creationTimestamp: '2026-02-01T00:00:00Z' },
    allowVolumeExpansion: true,
  });
  const claim = (spec: object = {}, status: object = {}): any => ({ metadata: { name: 'c', namespace: 'shop' }, spec, status });
  const made = await admit('CREATE', '', 'PersistentVolumeClaim', claim());
  assert.equal(made.spec.storageClassName, 'new');
  assert.deepEqual(made.metadata.finalizers, ['kubernetes.io/pvc-protection']);
  assert.equal((await admit('CREATE', '', 'PersistentVolumeClaim', claim({ storageClassName: '' }))).spec.storageClassName, '');
  const size = (storage: string, storageClassName: string) => ({ resources: { requests: { storage } }, storageClassName });
  const grow = (name: string, phase: string) =>
    admit('UPDATE', '', 'PersistentVolumeClaim', claim(size('2Gi', name)), { old: claim(size('1Gi', name), { phase }) });
  await grow('new', 'Bound');
  await assert.rejects(grow('new', 'Pending'), /Only bound persistent volume claims can be expanded$/);
  await assert.rejects(grow('old', 'Bound'), /only dynamically provisioned pvc can be resized/);
  stop();
});

test('an Ingress without a class gets the newest default one', async () => {
  const { admit, resources, stop } = await cluster();
  const ingress = (more: object = {}, annotations: object = {}) =>
    admit('CREATE', 'networking.k8s.io', 'Ingress', { metadata: { name: 'i', namespace: 'shop', annotations }, spec: { ...more } });
  const classOf = async (...args: Parameters<typeof ingress>) => (await ingress(...args)).spec.ingressClassName;
  assert.equal(await classOf(), undefined);
  const add = (name: string, isDefault: string, creationTimestamp: string) =>
    resources.add('networking.k8s.io', 'IngressClass', {
      metadata: { name, creationTimestamp, annotations: { 'ingressclass.kubernetes.io/is-default-class': isDefault } },
    });
  add('old', 'true', '2026-01-01T00:00:00Z');
  add('new-b', 'true', '2026-01-02T00:00:00Z');
  add('new-a', 'true', '2026-01-02T00:00:00Z');
  add('newest', 'false', '2026-01-03T00:00:00Z');
  assert.equal(await classOf(), 'new-a');
  assert.equal(await classOf({ ingressClassName: 'own' }), 'own');
  assert.equal(await classOf({}, { 'kubernetes.io/ingress.class': '' }), undefined);
  stop();
});
