import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootstrapPolicy, type PolicyObject } from '../server/authz/bootstrap/policy.ts';
import { missingRules, ruleText } from '../server/authz/rules.ts';
import { partRights } from './control-plane.ts';
import * as identities from './identities.ts';

/** What our parts may do beyond upstream's default policy: rules in Go's form, and why. Everything else is covered by upstream's roles. */
const beyondUpstream: Readonly<Record<string, { readonly why: string; readonly rules: readonly string[] }>> = {
  'system:controller:event-expiry-controller': {
    why: 'upstream lets etcd drop old events after an hour; here a controller deletes them',
    rules: ['{APIGroups:[""], Resources:["events"], Verbs:["delete"]}', '{APIGroups:[""], Resources:["events"], Verbs:["list"]}'],
  },
  'system:controller:local-path-provisioner': {
    why: 'upstream leaves volumes on demand to provisioners that run as pods; here one is built in',
    rules: [
      ...['create', 'patch', 'update'].flatMap((verb) =>
        ['', 'events.k8s.io'].map((group) => `{APIGroups:["${group}"], Resources:["events"], Verbs:["${verb}"]}`),
      ),
      ...['get', 'list', 'watch'].flatMap((verb) => [
        ...['nodes', 'persistentvolumeclaims', 'persistentvolumes'].map(
          (name) => `{APIGroups:[""], Resources:["${name}"], Verbs:["${verb}"]}`,
        ),
        `{APIGroups:["storage.k8s.io"], Resources:["storageclasses"], Verbs:["${verb}"]}`,
      ]),
      ...['create', 'delete', 'update'].map((verb) => `{APIGroups:[""], Resources:["persistentvolumes"], Verbs:["${verb}"]}`),
      '{APIGroups:[""], Resources:["persistentvolumeclaims"], Verbs:["update"]}',
      '{APIGroups:["storage.k8s.io"], Resources:["storageclasses"], Verbs:["create"]}',
    ],
  },
  'system:coredns': {
    why: 'the role that kubeadm makes for CoreDNS, without what ours does not read',
    rules: [
      '{APIGroups:[""], Resources:["namespaces"], Verbs:["list"]}',
      '{APIGroups:[""], Resources:["namespaces"], Verbs:["watch"]}',
      '{APIGroups:[""], Resources:["services"], Verbs:["list"]}',
      '{APIGroups:[""], Resources:["services"], Verbs:["watch"]}',
      '{APIGroups:["discovery.k8s.io"], Resources:["endpointslices"], Verbs:["list"]}',
      '{APIGroups:["discovery.k8s.io"], Resources:["endpointslices"], Verbs:["watch"]}',
    ],
  },
};

const isRole = ({ kind }: PolicyObject) => kind === 'ClusterRole' || kind === 'Role';
const idOf = ({ kind, metadata }: PolicyObject) => `${kind}/${metadata.namespace ?? ''}/${metadata.name}`;

test('what a part declares is covered by upstream’s role, or listed here with its reason', async () => {
  const upstream = new Map(bootstrapPolicy().map((object) => [idOf(object), object]));
  const differences: Record<string, readonly string[]> = {};
  for (const object of bootstrapPolicy(await partRights()).filter(isRole)) {
    const missing = missingRules(upstream.get(idOf(object))?.rules ?? [], object.rules ?? []);
    if (missing.length > 0) differences[object.metadata.name] = missing.map(ruleText).sort();
  }
  assert.deepEqual(differences, Object.fromEntries(Object.entries(beyondUpstream).map(([role, { rules }]) => [role, [...rules].sort()])));
});

test('each part is bound to its role, by upstream’s binding where there is one', async () => {
  const policy = bootstrapPolicy(await partRights());
  for (const { role, account } of await partRights()) {
    const bindings = policy.filter(({ kind, roleRef }) => kind === 'ClusterRoleBinding' && roleRef?.name === role);
    assert.deepEqual(
      bindings.map(({ subjects }) => subjects),
      [[{ kind: 'ServiceAccount', name: account, namespace: 'kube-system' }]],
      role,
    );
  }
});

test('no part of the cluster is a member of system:masters', () => {
  const { controllerManager, scheduler, proxy, dns, controller, node } = identities;
  const all = [controllerManager, scheduler, proxy, dns, controller({ name: 'x', can: [] }), node('x')];
  assert.deepEqual(
    all.filter(({ groups }) => groups.includes('system:masters')),
    [],
  );
});
