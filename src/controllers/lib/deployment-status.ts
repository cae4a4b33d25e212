import { formatTime } from '../../api/gotime.ts';
import type { Deployment } from '../../kinds/apps/deployment.ts';
import type { ReplicaSet } from '../../kinds/apps/replica-set.ts';
import { totalSize } from './deployment-replica-sets.ts';
import { fenceposts, replicasOf } from './deployment-scaling.ts';
import { timeMs } from './times.ts';

export type Status = Deployment['status'];
export type Condition = NonNullable<Status['conditions']>[number];

/** The largest deadline means none. */
const never = 2147483647;

export const conditionOf = (status: Status, type: string): Condition | undefined => status.conditions?.find((each) => each.type === type);
export const deadlineMs = (deployment: Deployment): number | undefined => {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds === undefined || seconds === never ? undefined : seconds * 1000;
};

export function newCondition(type: string, status: string, reason: string, message: string, nowMs: number): Condition {
  const time = formatTime(nowMs);
  return { type, status, reason, message, lastUpdateTime: time, lastTransitionTime: time };
}
export const withoutCondition = (status: Status, type: string): Status => ({
  ...status,
  conditions: (status.conditions ?? []).filter((each) => each.type !== type),
});
/** Leaves a condition of the same status and reason as it is; keeps the time of the last transition when the status stays. */
export function withCondition(status: Status, condition: Condition): Status {
  const present = conditionOf(status, condition.type);
  if (present?.status === condition.status && present.reason === condition.reason) return status;
  const kept = present?.status === condition.status ? { ...condition, lastTransitionTime: present.lastTransitionTime } : condition;
  return { ...status, conditions: [...(withoutCondition(status, condition.type).conditions ?? []), kept] };
}

const sum = (replicaSets: readonly ReplicaSet[], count: (status: ReplicaSet['status']) => number | undefined): number =>
  replicaSets.reduce((total, { status }) => total + (count(status) ?? 0), 0);

/** Counts and the Available condition; `before` is the status so far, `all` includes `newest`. */
export function countedStatus(
  deployment: Deployment,
  before: Status,
  all: readonly ReplicaSet[],
  newest: ReplicaSet | undefined,
  nowMs: number,
): Status {
  const available = sum(all, (status) => status.availableReplicas);
  const knownTerminating = all.every(({ status }) => status.terminatingReplicas !== undefined);
  const status: Status = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(all, ({ replicas }) => replicas),
    updatedReplicas: newest?.status.replicas ?? 0,
    readyReplicas: sum(all, ({ readyReplicas }) => readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, totalSize(all) - available),
    ...(knownTerminating ? { terminatingReplicas: sum(all, ({ terminatingReplicas }) => terminatingReplicas) } : {}),
    ...(before.collisionCount === undefined ? {} : { collisionCount: before.collisionCount }),
    conditions: before.conditions ?? [],
  };
  const enough = available >= replicasOf(deployment) - fenceposts(deployment).unavailable;
  return withCondition(
    status,
    enough
      ? newCondition('Available', 'True', 'MinimumReplicasAvailable', 'Deployment has minimum availability.', nowMs)
      : newCondition('Available', 'False', 'MinimumReplicasUnavailable', 'Deployment does not have minimum availability.', nowMs),
  );
}

/** All pods are of the newest template, available, and no others are left. */
export function isComplete(deployment: Deployment, status: Status): boolean {
  const replicas = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(before: Status, after: Status): boolean {
  const old = (status: Status) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function hasTimedOut(status: Status, limitMs: number, nowMs: number): boolean {
  const condition = conditionOf(status, 'Progressing');
  if (condition === undefined || condition.reason === 'NewReplicaSetAvailable') return false;
  return condition.reason === 'ProgressDeadlineExceeded' || timeMs(condition.lastUpdateTime) + limitMs < nowMs;
}

function withProgress(deployment: Deployment, before: Status, status: Status, newest: ReplicaSet | undefined, nowMs: number): Status {
  const limitMs = deadlineMs(deployment);
  if (limitMs === undefined) return withoutCondition(status, 'Progressing');
  const current = conditionOf(before, 'Progressing');
  if ((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable') return status;
  const what = newest === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newest.metadata.name}"`;
  if (isComplete(deployment, status)) {
    return withCondition(
      status,
      newCondition('Progressing', 'True', 'NewReplicaSetAvailable', `${what} has successfully progressed.`, nowMs),
    );
  }
  if (hasProgressed(before, status)) {
    const condition = newCondition('Progressing', 'True', 'ReplicaSetUpdated', `${what} is progressing.`, nowMs);
    const kept = current?.status === 'True' ? { ...condition, lastTransitionTime: current.lastTransitionTime } : condition;
    return withCondition(withoutCondition(status, 'Progressing'), kept);
  }
  if (!hasTimedOut(status, limitMs, nowMs)) return status;
  return withCondition(
    status,
    newCondition('Progressing', 'False', 'ProgressDeadlineExceeded', `${what} has timed out progressing.`, nowMs),
  );
}

function replicaFailure(all: readonly ReplicaSet[], newest: ReplicaSet | undefined): Condition | undefined {
  for (const each of newest === undefined ? all : [newest, ...all]) {
    const failure = each.status.conditions?.find(({ type }) => type === 'ReplicaFailure');
    if (failure === undefined) continue;
    const { type, status, reason, message, lastTransitionTime } = failure;
    return { type, status, reason, message, lastTransitionTime, lastUpdateTime: lastTransitionTime } as Condition;
  }
  return undefined;
}

/** Status during a rollout: counts, progress against the deadline, failures of ReplicaSets. */
export function rolloutStatus(
  deployment: Deployment,
  before: Status,
  all: readonly ReplicaSet[],
  newest: ReplicaSet | undefined,
  nowMs: number,
): Status {
  const counted = countedStatus(deployment, before, all, newest, nowMs);
  const status = withProgress(deployment, before, counted, newest, nowMs);
  const failure = replicaFailure(all, newest);
  return failure === undefined ? withoutCondition(status, 'ReplicaFailure') : withCondition(status, failure);
}

/** When the deadline has to be checked again: a second after it ends, since the condition's time has no milliseconds. */
export function progressCheckMs(deployment: Deployment, status: Status, nowMs: number): number | undefined {
  const limitMs = deadlineMs(deployment);
  const current = conditionOf(status, 'Progressing');
  if (limitMs === undefined || current === undefined || current.reason === 'ProgressDeadlineExceeded') return undefined;
  if (isComplete(deployment, status)) return undefined;
  return Math.max(0, timeMs(current.lastUpdateTime) + limitMs - nowMs) + 1000;
}

/** Pausing and resuming restart the clock of the deadline. */
export function withPauseCondition(deployment: Deployment, status: Status, nowMs: number): Status {
  const current = conditionOf(status, 'Progressing');
  if (deadlineMs(deployment) === undefined || current?.reason === 'ProgressDeadlineExceeded') return status;
  const paused = deployment.spec.paused === true;
  const told = current?.reason === 'DeploymentPaused';
  if (paused === told) return status;
  return withCondition(
    status,
    paused
      ? newCondition('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused', nowMs)
      : newCondition('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed', nowMs),
  );
}
