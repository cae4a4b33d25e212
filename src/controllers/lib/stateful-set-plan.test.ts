import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatefulSet } from '../../kinds/apps/stateful-set.ts';
import { made } from '../../kinds/lib/testing.ts';
import {
  condemnedStep,
  firstUnavailable,
  isNewStatus,
  membersOf,
  outdated,
  replicaStep,
  revisionFor,
  statefulSetStatus,
} from './stateful-set-plan.ts';
import { claimsOf, isClaimOf, isMemberOf, memberPod, ordinalOf } from './stateful-set-pods.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const labels = { app: 'db' };
const setOf = (spec: object = {}, status: object = {}) =>
  made(StatefulSet, {
    metadata: { name: 'db', uid: 'set', generation: 2 },
    spec: {
      replicas: 3,
      serviceName: 'db',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'db', image: 'db:2' }], volumes: [{ name: 'data', emptyDir: {} }] } },
      ...spec,
    },
    status,
  });
const revision = (name: string) => ({ metadata: { name }, data: {} }) as never;
type State = 'ready' | 'unready' | 'pending' | 'failed' | 'ending';
/** 'db-0:old:ready' */
const podOf = (text: string) => {
  const [name, revision, state] = text.split(':') as [string, string, State];
  const phase = { ready: 'Running', unready: 'Running', pending: 'Pending', failed: 'Failed', ending: 'Running' }[state];
  const ready = state === 'ready' || state === 'ending' ? 'True' : 'False';
  return {
    metadata: { name, labels: { 'controller-revision-hash': revision }, ...(state === 'ending' ? { deletionTimestamp: 'x' } : {}) },
    spec: {},
    status: { phase, conditions: [{ type: 'Ready', status: ready, lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  } as any;
};
const members = (pods: readonly string[], spec: object = {}, status: object = {}) =>
  membersOf(setOf(spec, status), pods.map(podOf), revision('old'), revision('new'), nowMs);
const steps = (pods: readonly string[], spec: object = {}) => {
  const found = members(pods, spec);
  return found.replicas.map((_, i) => {
    const { actions, stops } = replicaStep(found, i);
    return `${actions.join('+')}${stops ? '!' : ''}`;
  });
};

test('names and numbers', () => {
  const ordinal = (name: string) => ordinalOf({ metadata: { name } });
  assert.deepEqual(['db-0', 'db-12', 'db-007', 'db', 'db-x', 'db-99999999999'].map(ordinal), [0, 12, 7, -1, -1, -1]);
  const isMember = (name: string) => isMemberOf(setOf(), { metadata: { name } } as never);
  assert.deepEqual(['db-1', 'db-1-1', 'other-1', 'db'].map(isMember), [true, false, false, false]);
  assert.ok(isClaimOf(setOf(), 'data', 'data-db-3'));
  assert.ok(!isClaimOf(setOf(), 'data', 'data-db-x'));
});

test('a pod of a set', () => {
  const set = setOf({
    volumeClaimTemplates: [{ metadata: { name: 'data', labels: { a: 'b' } }, spec: { accessModes: ['ReadWriteOnce'] } }],
  });
  const pod = memberPod(set, 4, 'db-abc');
  assert.deepEqual(pod.metadata, {
    name: 'db-4',
    namespace: 'default',
    labels: {
      app: 'db',
      'apps.kubernetes.io/pod-index': '4',
      'controller-revision-hash': 'db-abc',
      'statefulset.kubernetes.io/pod-name': 'db-4',
    },
    annotations: undefined,
    finalizers: undefined,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'set', controller: true, blockOwnerDeletion: true }],
  });
  const { hostname, subdomain, volumes } = pod.spec as any;
  assert.deepEqual([hostname, subdomain, volumes], ['db-4', 'db', [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-4' } }]]);
  const [claim] = claimsOf(set, 4);
  assert.deepEqual(claim!.metadata, { name: 'data-db-4', namespace: 'default', labels: { a: 'b', app: 'db' } });
});

test('what is done for replicas, in order', () => {
  assert.deepEqual(steps([]), ['create!', 'create!', 'create!']);
  assert.deepEqual(steps(['db-0:new:ready', 'db-1:new:pending', 'db-2:new:unready']), ['repair', 'claims!', '!']);
  assert.deepEqual(steps(['db-0:new:failed', 'db-1:new:ending']), ['delete!', '!', 'create!']);
  assert.deepEqual(steps(['db-0:new:ready'], { minReadySeconds: 3600 }), ['!', 'create!', 'create!']);
  assert.deepEqual(steps(['db-5:new:ready'], { replicas: 2, ordinals: { start: 5 } }), ['repair', 'create!']);
});
test('and in parallel', () => {
  const parallel = { podManagementPolicy: 'Parallel' };
  assert.deepEqual(steps(['db-0:new:failed', 'db-1:new:pending', 'db-2:new:unready'], parallel), ['delete', 'claims+repair', 'repair']);
  assert.deepEqual(steps(['db-0:new:ending'], parallel), ['repair', 'create', 'create']);
});

test('pods beyond the wanted number go from the top, and none that would leave a broken one behind', () => {
  const condemned = (pods: readonly string[], spec: object) => {
    const found = members(pods, spec);
    const first = firstUnavailable(found);
    return found.condemned.map((pod) => {
      const { deletes, stops } = condemnedStep(found, pod, first);
      return `${pod.metadata.name}${deletes ? ' delete' : ''}${stops ? ' stop' : ''}`;
    });
  };
  const one = { replicas: 1 };
  assert.deepEqual(condemned(['db-0:new:ready', 'db-1:new:ready', 'db-2:new:ready'], one), ['db-2 delete stop', 'db-1 delete stop']);
  assert.deepEqual(condemned(['db-0:new:ready', 'db-1:new:ready', 'db-2:new:unready'], one), ['db-2 delete stop', 'db-1 delete stop']);
  assert.deepEqual(condemned(['db-0:new:ready', 'db-1:new:unready', 'db-2:new:unready'], one), ['db-2 stop', 'db-1 delete stop']);
  assert.deepEqual(condemned(['db-0:new:ready', 'db-1:new:ending'], one), ['db-1 stop']);
  assert.deepEqual(condemned(['db-1:new:unready', 'db-2:new:ending'], { ...one, podManagementPolicy: 'Parallel' }), [
    'db-2',
    'db-1 delete',
  ]);
});

test('which pod makes room for the new revision', () => {
  const next = (pods: readonly string[], spec: object = {}) => outdated(members(pods, spec))?.metadata.name;
  const all = (state: State) => ['db-0', 'db-1', 'db-2'].map((name) => `${name}:old:${state}`);
  assert.equal(next(all('ready')), 'db-2');
  assert.equal(next(all('unready')), 'db-2');
  assert.equal(next(['db-0:old:ready', 'db-1:old:ready', 'db-2:new:ready']), 'db-1');
  assert.equal(next(['db-0:old:ready', 'db-1:old:ready', 'db-2:new:unready']), undefined);
  assert.equal(next(['db-0:old:ready', 'db-1:old:ready', 'db-2:old:ending']), undefined);
  assert.equal(next(all('ready'), { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } }), undefined);
  assert.equal(
    next(['db-0:old:ready', 'db-1:old:ready', 'db-2:new:ready'], { updateStrategy: { rollingUpdate: { partition: 2 } } }),
    undefined,
  );
  assert.equal(next(all('ready'), { updateStrategy: { type: 'OnDelete' } }), undefined);
});

test('below the partition pods are made of the current revision', () => {
  const names = (spec: object, status: object = {}) => {
    const found = members([], spec, status);
    return [0, 1, 2].map((ordinal) => revisionFor(found, ordinal + (found.set.spec.ordinals?.start ?? 0)).metadata.name).join();
  };
  assert.equal(names({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }), 'old,old,new');
  assert.equal(
    names({ ordinals: { start: 7 }, updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }),
    'old,new,new',
  );
  assert.equal(names({ updateStrategy: { type: 'OnDelete' } }), 'new,new,new');
  assert.equal(names({ updateStrategy: { type: 'RollingUpdate' } }, { currentReplicas: 1 }), 'old,new,new');
});

test('the status, and when an update is complete', () => {
  const status = (pods: readonly string[], taken = 0, spec: object = {}) => {
    const found = members(pods, spec);
    return statefulSetStatus(found, pods.map(podOf), 0, taken);
  };
  assert.deepEqual(status(['db-0:old:ready', 'db-1:old:unready', 'db-2:new:ready', 'db-3:old:ending'], 1), {
    observedGeneration: 2,
    replicas: 4,
    readyReplicas: 3,
    currentReplicas: 1,
    updatedReplicas: 1,
    currentRevision: 'old',
    updateRevision: 'new',
    collisionCount: 0,
    availableReplicas: 3,
  });
  const done = status(['db-0:new:ready', 'db-1:new:ready', 'db-2:new:ready']);
  assert.deepEqual([done.currentRevision, done.currentReplicas], ['new', 3]);
  const onDelete = status(['db-0:new:ready', 'db-1:new:ready', 'db-2:new:ready'], 0, { updateStrategy: { type: 'OnDelete' } });
  assert.equal(onDelete.currentRevision, 'old');
  assert.ok(!isNewStatus(done, { ...done, collisionCount: 5 }));
  assert.ok(isNewStatus(done, { ...done, observedGeneration: 1 }));
  assert.ok(isNewStatus(done, { ...done, availableReplicas: 2 }));
});
