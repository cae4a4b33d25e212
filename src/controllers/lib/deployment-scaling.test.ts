import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment } from '../../kinds/apps/deployment.ts';
import type { ReplicaSet } from '../../kinds/apps/replica-set.ts';
import { newestAnnotations } from './deployment-replica-sets.ts';
import { fenceposts, growStep, newestSize, scalingSteps, shrinkSteps, wasScaled } from './deployment-scaling.ts';
import { countedStatus, progressCheckMs, rolloutStatus } from './deployment-status.ts';

interface Options {
  readonly surge?: number | string;
  readonly unavailable?: number | string;
  readonly type?: string;
}
const nowMs = Date.UTC(2026, 0, 1);
const deployment = (replicas: number, { surge = '25%', unavailable = '25%', type = 'RollingUpdate' }: Options = {}, status: object = {}) =>
  ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      namespace: 'a',
      uid: 'd',
      generation: 2,
      annotations: { note: 'x', 'deployment.kubernetes.io/revision': '9' },
    },
    spec: {
      replicas,
      progressDeadlineSeconds: 600,
      strategy: { type, rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
      template: {},
    },
    status,
  }) as unknown as Deployment;
const replicaSet = (name: string, size: number, available: number, annotations: Record<string, string> = {}) =>
  ({
    metadata: { name, uid: name, creationTimestamp: `2026-01-01T00:00:0${name.slice(-1)}Z`, annotations },
    spec: { replicas: size },
    status: { replicas: size, readyReplicas: available, availableReplicas: available },
  }) as unknown as ReplicaSet;
const told = (steps: readonly { replicaSet: ReplicaSet; size: number }[]) =>
  Object.fromEntries(steps.map((step) => [step.replicaSet.metadata.name, step.size]));

test('maxSurge rounds up, maxUnavailable down, and one of them is at least 1', () => {
  const cases: [number, number | string, number | string, number, number][] = [
    [10, '25%', '25%', 3, 2],
    [1, '25%', '25%', 1, 0],
    [2, 0, '1%', 0, 1],
    [1, 0, '1%', 0, 1],
    [3, 0, 5, 0, 3],
    [4, '100%', 0, 4, 0],
  ];
  for (const [replicas, surge, unavailable, ...expected] of cases) {
    const posts = fenceposts(deployment(replicas, { surge, unavailable }));
    assert.deepEqual([posts.surge, posts.unavailable], expected);
  }
  assert.deepEqual(fenceposts(deployment(4, { type: 'Recreate' })), { surge: 0, unavailable: 0 });
});

test('a rolling update goes up as far as the surge allows', () => {
  assert.equal(newestSize(deployment(10), [replicaSet('old1', 10, 10)], 0), 3);
  assert.equal(newestSize(deployment(10), [replicaSet('old1', 13, 10)], 0), 0);
  assert.equal(newestSize(deployment(10), [], 0), 10);
  assert.equal(newestSize(deployment(10, { type: 'Recreate' }), [replicaSet('old1', 10, 10)], 0), 10);
  assert.deepEqual(told([growStep(deployment(10), replicaSet('new2', 3, 3), [replicaSet('old1', 8, 8)])!]), { new2: 5 });
  assert.deepEqual(told([growStep(deployment(3), replicaSet('new2', 5, 5), [])!]), { new2: 3 });
  assert.equal(growStep(deployment(3), replicaSet('new2', 3, 0), []), undefined);
});

test('a rolling update goes down without losing what is available', () => {
  const ten = deployment(10, { surge: 3, unavailable: 2 });
  // nothing of the new one is available: 13 - 8 - 3 may go
  assert.deepEqual(told(shrinkSteps(ten, replicaSet('new2', 3, 0), [replicaSet('old1', 10, 10)])), { old1: 8 });
  assert.deepEqual(told(shrinkSteps(ten, replicaSet('new2', 5, 0), [replicaSet('old1', 8, 8)])), {});
  // the status of the old one still counts a pod that was given up a moment ago
  assert.deepEqual(told(shrinkSteps(deployment(5, { surge: 2, unavailable: 1 }), replicaSet('new2', 5, 3), [replicaSet('old1', 2, 3)])), {
    old1: 1,
  });
  // crashing pods of an old one go first
  const crashing = [replicaSet('old1', 3, 0), replicaSet('old2', 8, 8)];
  assert.deepEqual(told(shrinkSteps(ten, replicaSet('new3', 0, 0), crashing)), { old1: 0 });
  assert.deepEqual(told(shrinkSteps(ten, replicaSet('new2', 10, 10), [replicaSet('old1', 3, 3)])), { old1: 0 });
});

test('scaling during a rollout is shared out by size', () => {
  const before = { 'deployment.kubernetes.io/desired-replicas': '10', 'deployment.kubernetes.io/max-replicas': '13' };
  const [newest, old] = [replicaSet('new2', 5, 5, before), replicaSet('old1', 8, 8, before)];
  const scaled = deployment(15, { surge: 3, unavailable: 2 });
  assert.ok(wasScaled(scaled, [newest, old]));
  assert.deepEqual(told(scalingSteps(scaled, { newest, old: [old] })), { old1: 11, new2: 7 });
  assert.deepEqual(told(scalingSteps(deployment(0, { surge: 3, unavailable: 2 }), { newest, old: [old] })), { old1: 0, new2: 0 });
  assert.deepEqual(told(scalingSteps(scaled, { newest, old: [] })), { new2: 15 });
  assert.deepEqual(told(scalingSteps(deployment(5), { newest: undefined, old: [replicaSet('old1', 0, 0), replicaSet('old2', 0, 0)] })), {
    old2: 5,
  });
});

test('annotations go along, revisions only up', () => {
  const revision = 'deployment.kubernetes.io/revision';
  assert.deepEqual(newestAnnotations(deployment(1), {}, 3n), { note: 'x', [revision]: '3' });
  const back = newestAnnotations(deployment(1), { [revision]: '1', 'deployment.kubernetes.io/revision-history': '0' }, 3n);
  assert.equal(back[revision], '3');
  assert.equal(back['deployment.kubernetes.io/revision-history'], '0,1');
  assert.equal(newestAnnotations(deployment(1), { [revision]: '5' }, 3n)[revision], '5');
  assert.equal(newestAnnotations(deployment(1), {}, 3546343826724305833n)[revision], '3546343826724305833');
});

test('conditions tell availability, progress and its end', () => {
  const status = { conditions: [], replicas: 0, updatedReplicas: 0 };
  const web = deployment(2, {}, status);
  const newest = replicaSet('new1', 2, 1);
  const moving = rolloutStatus(web, web.status, [newest], newest, nowMs);
  const reasons = ({ conditions }: Deployment['status']) => Object.fromEntries((conditions ?? []).map((each) => [each.type, each.reason]));
  assert.deepEqual(reasons(moving), { Available: 'MinimumReplicasUnavailable', Progressing: 'ReplicaSetUpdated' });
  assert.equal(moving.unavailableReplicas, 1);
  const still = rolloutStatus(web, moving, [newest], newest, nowMs + 599_000);
  assert.deepEqual(still.conditions, moving.conditions);
  assert.equal(progressCheckMs(web, moving, nowMs + 599_000), 2_000);
  const late = rolloutStatus(web, moving, [newest], newest, nowMs + 601_000);
  assert.equal(reasons(late).Progressing, 'ProgressDeadlineExceeded');
  const done = replicaSet('new1', 2, 2);
  const complete = rolloutStatus(web, late, [done], done, nowMs + 700_000);
  assert.deepEqual(reasons(complete), { Available: 'MinimumReplicasAvailable', Progressing: 'NewReplicaSetAvailable' });
  assert.equal(countedStatus(web, complete, [], undefined, nowMs).replicas, 0);
});
