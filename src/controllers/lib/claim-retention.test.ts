import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasOtherController, isStaleFor, ownersAreRight, rightOwners } from './claim-retention.ts';

const reference = (text: string) => {
  const [kind, name, uid, controller = 'controller'] = text.split('/');
  const apiVersion = kind === 'StatefulSet' ? 'apps/v1' : 'v1';
  return { apiVersion, kind, name, uid, ...(controller === 'controller' ? { controller: true, blockOwnerDeletion: true } : {}) };
};
/** Policy 'when deleted, when scaled'; owners 'Kind/name/uid'. */
const owned = (policy: string, owners: readonly string[], pod = 'db-1', uid: string | undefined = 'pod') => {
  const [whenDeleted, whenScaled] = policy.split(' ');
  return {
    claim: { metadata: { name: 'data-db-1', ownerReferences: owners.map(reference) } },
    set: {
      metadata: { name: 'db', uid: 'set' },
      spec: { replicas: 2, persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } },
    },
    pod: { metadata: { name: pod, ...(uid === undefined ? {} : { uid }) } },
  } as never;
};
const result = (policy: string, owners: readonly string[], pod?: string) => {
  const what = owned(policy, owners, pod);
  return `${ownersAreRight(what)} ${rightOwners(what).map(({ kind, uid }) => `${kind}/${uid}`)}`;
};
const [set, one, three] = ['StatefulSet/db/set', 'Pod/db-1/pod', 'Pod/db-3/pod'];

test('who owns a claim by the policy', () => {
  assert.equal(result('Retain Retain', []), 'true ');
  assert.equal(result('Retain Retain', [set]), 'false ');
  assert.equal(result('Delete Retain', []), 'false StatefulSet/set');
  assert.equal(result('Delete Retain', [set]), 'true StatefulSet/set');
  assert.equal(result('Delete Retain', [set], 'db-3'), 'true StatefulSet/set');
  assert.equal(result('Retain Delete', []), 'true ');
  assert.equal(result('Retain Delete', [], 'db-3'), 'false Pod/pod');
  assert.equal(result('Retain Delete', [three], 'db-3'), 'true Pod/pod');
  assert.equal(result('Retain Delete', [one]), 'false ');
  assert.equal(result('Delete Delete', []), 'false StatefulSet/set');
  assert.equal(result('Delete Delete', [set], 'db-3'), 'false Pod/pod');
  assert.equal(result('Delete Delete', [three], 'db-3'), 'true Pod/pod');
});

test('owners that are none of ours stay, and controllers among them win', () => {
  assert.equal(result('Delete Retain', ['ConfigMap/x/x/plain', set]), 'true ConfigMap/x,StatefulSet/set');
  assert.equal(result('Delete Retain', ['StatefulSet/db/set/plain']), 'false StatefulSet/set');
  assert.equal(result('Delete Retain', ['ReplicaSet/x/x']), 'true ReplicaSet/x');
  assert.equal(result('Delete Retain', ['ReplicaSet/x/x', set]), 'false ReplicaSet/x');
  assert.ok(hasOtherController(owned('Delete Retain', ['ReplicaSet/x/x'])));
  assert.ok(!hasOtherController(owned('Retain Retain', ['ReplicaSet/x/x'])));
});

test('a claim of a former pod or set is not touched', () => {
  assert.ok(ownersAreRight(owned('Delete Delete', ['StatefulSet/db/former'])));
  assert.ok(ownersAreRight(owned('Delete Delete', ['Pod/db-1/former'])));
  assert.ok(isStaleFor(owned('Retain Delete', ['Pod/db-1/former'], 'db-1', undefined)));
  assert.ok(!isStaleFor(owned('Delete Retain', ['Pod/db-1/former'], 'db-1', undefined)));
});
