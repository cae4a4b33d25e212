import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import type { Identity } from '../../client/call.ts';
import type { Attributes } from '../types.ts';
import { ensureBootstrapPolicy } from './ensure-bootstrap-policy.ts';
import { createAuthorization } from './order.ts';
import { missingRules } from './rules.ts';

const rbac = 'rbac.authorization.k8s.io';
const user = (name: string, ...groups: string[]): Identity => ({ user: name, groups: [...groups, 'system:authenticated'] });
const anonymous: Identity = { user: 'system:anonymous', groups: ['system:unauthenticated'] };
/** 'get pods/log.apps shop/web' or 'get /healthz' */
function request(identity: Identity, text: string, more: Partial<Attributes> = {}): Attributes {
  const [verb = '', what = '', where = ''] = text.split(' ');
  const none = { group: '', version: 'v1', resource: '', subresource: '', namespace: '', name: '', path: '', isResource: true };
  if (what.startsWith('/')) return { ...none, identity, verb, path: what, isResource: false };
  const [resource = '', ...group] = what.split('.');
  const [plural = '', subresource = ''] = resource.split('/');
  const [namespace = '', name = ''] = where.split('/');
  return { ...none, identity, verb, group: group.join('.'), resource: plural, subresource, namespace, name, ...more };
}
async function cluster() {
  const resources = new MemoryResources();
  await ensureBootstrapPolicy(resources);
  const abort = new AbortController();
  const {
    authorize,
    ready,
    rbac: rules,
  } = createAuthorization({ resources, clock: new VirtualClock(), random: seededRandom(1), log: silentLogger, signal: abort.signal });
  await ready;
  const ask = async (identity: Identity, text: string, more?: Partial<Attributes>) =>
    (await authorize(request(identity, text, more))).decision;
  return {
    resources,
    authorize,
    rules,
    ask,
    settle: () => new Promise<void>((resolve) => setImmediate(resolve)),
    stop: () => abort.abort(),
  };
}

test('default policy', async () => {
  const { ask, authorize, stop } = await cluster();
  const table: readonly [Identity, string, 'allow' | 'noOpinion'][] = [
    [user('root', 'system:masters'), 'delete nodes', 'allow'],
    [anonymous, 'get /healthz', 'allow'],
    [anonymous, 'get /version', 'allow'],
    [anonymous, 'get /api', 'noOpinion'],
    [anonymous, 'get /metrics', 'noOpinion'],
    [user('eve'), 'get /api/v1', 'allow'],
    [user('eve'), 'get /metrics', 'noOpinion'],
    [user('eve'), 'create selfsubjectaccessreviews.authorization.k8s.io', 'allow'],
    [user('eve'), 'list pods default/', 'noOpinion'],
    [user('system:kube-scheduler'), 'create pods/binding shop/web', 'allow'],
    [user('system:serviceaccount:kube-system:deployment-controller'), 'update deployments/status.apps shop/web', 'allow'],
    [user('system:serviceaccount:kube-system:deployment-controller'), 'delete nodes /n1', 'noOpinion'],
  ];
  for (const [who, what, decision] of table) assert.equal(await ask(who, what), decision, `${who.user} ${what}`);
  const verdict = await authorize(request(anonymous, 'get /healthz'));
  assert.equal(
    verdict.reason,
    'RBAC: allowed by ClusterRoleBinding "system:public-info-viewer" of ClusterRole "system:public-info-viewer" to Group "system:unauthenticated"',
  );
  stop();
});

test('bindings, names, subresources and wildcards; the index follows writes', async () => {
  const { resources, ask, authorize, rules, settle, stop } = await cluster();
  const role = resources.kinds.byKind(rbac, 'Role')!;
  const binding = resources.kinds.byKind(rbac, 'RoleBinding')!;
  await resources.create(role, {
    metadata: { name: 'reader', namespace: 'shop' },
    rules: [
      { verbs: ['get'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['one'] },
      { verbs: ['*'], apiGroups: ['apps'], resources: ['*/scale', 'deployments'] },
    ],
  });
  await resources.create(binding, {
    metadata: { name: 'reader', namespace: 'shop' },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'reader' },
    subjects: [
      { kind: 'User', name: 'bob' },
      { kind: 'ServiceAccount', name: 'robot' },
    ],
  });
  await settle();
  const bob = user('bob');
  const robot = user('system:serviceaccount:shop:robot');
  const table: readonly [Identity, string, string][] = [
    [bob, 'get configmaps shop/one', 'allow'],
    [bob, 'get configmaps shop/two', 'noOpinion'],
    [bob, 'list configmaps shop/', 'noOpinion'],
    [bob, 'get configmaps other/one', 'noOpinion'],
    [bob, 'patch deployments/scale.apps shop/web', 'allow'],
    [bob, 'patch deployments/status.apps shop/web', 'noOpinion'],
    [bob, 'delete deployments.apps shop/web', 'allow'],
    [robot, 'delete deployments.apps shop/web', 'allow'],
    [user('system:serviceaccount:other:robot'), 'delete deployments.apps shop/web', 'noOpinion'],
  ];
  for (const [who, what, decision] of table) assert.equal(await ask(who, what), decision, `${who.user} ${what}`);
  assert.equal(rules.rulesFor(bob, 'shop').rules.filter((rule) => rule.apiGroups?.includes('apps')).length, 1);
  await resources.delete(role, { namespace: 'shop', name: 'reader' });
  await settle();
  const verdict = await authorize(request(bob, 'get configmaps shop/one'));
  assert.deepEqual(verdict, { decision: 'noOpinion', reason: 'RBAC: role.rbac.authorization.k8s.io "reader" not found' });
  await resources.delete(binding, { namespace: 'shop', name: 'reader' });
  await settle();
  assert.equal((await authorize(request(bob, 'get configmaps shop/one'))).reason, '');
  stop();
});

test('nodes read what their own pods refer to', async () => {
  const { resources, ask, settle, stop } = await cluster();
  const pods = resources.kinds.byKind('', 'Pod')!;
  await resources.create(pods, {
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      nodeName: 'n1',
      serviceAccountName: 'default',
      containers: [{ env: [{ valueFrom: { secretKeyRef: { name: 'key' } } }] }],
      volumes: [
        { name: 'token', projected: { sources: [{ configMap: { name: 'kube-root-ca.crt' } }] } },
        { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      ],
    },
    status: { resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'web-gpu' }] },
  });
  const volumes = resources.kinds.byKind('', 'PersistentVolume')!;
  await resources.create(volumes, { metadata: { name: 'v' }, spec: { claimRef: { namespace: 'shop', name: 'data' } } });
  await resources.create(volumes, { metadata: { name: 'w' }, spec: { claimRef: { namespace: 'shop', name: 'other' } } });
  const node = (name: string) => user(`system:node:${name}`, 'system:nodes');
  const check = async () => {
    const table: readonly [string, string, string][] = [
      ['n1', 'get secrets shop/key', 'allow'],
      ['n1', 'watch secrets shop/key', 'allow'],
      ['n1', 'list secrets shop/', 'noOpinion'],
      ['n1', 'update secrets shop/key', 'noOpinion'],
      ['n1', 'get secrets shop/other', 'noOpinion'],
      ['n2', 'get secrets shop/key', 'noOpinion'],
      ['n1', 'get configmaps shop/kube-root-ca.crt', 'allow'],
      ['n1', 'create serviceaccounts/token shop/default', 'allow'],
      ['n2', 'create serviceaccounts/token shop/default', 'noOpinion'],
      ['n1', 'get nodes /n1', 'allow'],
      ['n1', 'get nodes /n2', 'noOpinion'],
      ['n1', 'update leases.coordination.k8s.io kube-node-lease/n1', 'allow'],
      ['n1', 'update leases.coordination.k8s.io kube-node-lease/n2', 'noOpinion'],
      ['n1', 'get pods shop/web', 'allow'],
      ['n2', 'get pods shop/web', 'noOpinion'],
      ['n1', 'get persistentvolumeclaims shop/data', 'allow'],
      ['n1', 'get persistentvolumes /v', 'allow'],
      ['n1', 'get persistentvolumes /w', 'noOpinion'],
      ['n2', 'get persistentvolumes /v', 'noOpinion'],
      ['n1', 'list persistentvolumes', 'noOpinion'],
      ['n1', 'get resourceclaims.resource.k8s.io shop/web-gpu', 'allow'],
      ['n2', 'get resourceclaims.resource.k8s.io shop/web-gpu', 'noOpinion'],
      ['n1', 'create csinodes.storage.k8s.io /n1', 'allow'],
      ['n1', 'list services', 'allow'],
      ['n1', 'create events shop/', 'allow'],
    ];
    for (const [name, what, decision] of table) assert.equal(await ask(node(name), what), decision, `${name} ${what}`);
  };
  await check();
  await settle();
  await check();
  assert.equal(await ask(node('n1'), 'watch pods', { fieldSelector: 'spec.nodeName=n1' }), 'allow');
  assert.equal(await ask(node('n1'), 'watch pods', { fieldSelector: 'spec.nodeName=n2' }), 'noOpinion');
  await resources.delete(pods, { namespace: 'shop', name: 'web' });
  await settle();
  assert.equal(await ask(node('n1'), 'get secrets shop/key'), 'noOpinion');
  stop();
});

test('the default policy is repaired, unless told not to', async () => {
  const resources = new MemoryResources();
  await ensureBootstrapPolicy(resources);
  const kind = resources.kinds.byKind(rbac, 'ClusterRole')!;
  const wreck = (name: string, annotation: string) =>
    resources.change(kind, { name }, '', (draft) => {
      draft.rules = [{ verbs: ['get'], apiGroups: ['mine'], resources: ['things'] }];
      draft.metadata.annotations['rbac.authorization.kubernetes.io/autoupdate'] = annotation;
    });
  const before = (await resources.get(kind, { name: 'system:basic-user' })).rules;
  await wreck('system:basic-user', 'true');
  await wreck('system:discovery', 'false');
  await ensureBootstrapPolicy(resources);
  const after = (await resources.get(kind, { name: 'system:basic-user' })).rules;
  assert.deepEqual(missingRules(after, before), []);
  assert.equal(after[0].apiGroups[0], 'mine');
  assert.equal((await resources.get(kind, { name: 'system:discovery' })).rules.length, 1);
});
