import type { Job } from '../../kinds/batch/job.ts';
import type { JobCondition } from '../../kinds/batch/shapes/job.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { formatTime } from '../../api/gotime.ts';
import { IndexSet } from './job-indexes.ts';
import {
  allIndexFailures,
  type Backoff,
  finishedMs,
  hasValidIndex,
  indexOf,
  isIndexed,
  isIndexFailed,
  isPodFailed,
  isSuspended,
  isTracked,
  nextBackoff,
} from './job-pods.ts';
import { failureVerdict, metSuccessRule } from './job-policies.ts';
import { isPodActive, isPodReady, isPodTerminating } from './pods.ts';
import { timeMs } from './times.ts';

/** Of an Indexed Job. */
export interface IndexState {
  readonly before: IndexSet;
  readonly succeeded: IndexSet;
  /** With backoffLimitPerIndex. */
  readonly failed: IndexSet | undefined;
  /** By index: failed pods that are kept until their replacement knows how often the index failed. */
  readonly delayed: ReadonlyMap<number, Pod>;
}
/** What a Job and its pods come to. */
export interface JobState {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly nowMs: number;
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly uncountedSucceeded: ReadonlySet<string>;
  readonly uncountedFailed: ReadonlySet<string>;
  readonly indexes: IndexState | undefined;
  readonly backoff: Backoff;
}

const indexesOf = (pods: readonly Pod[]): IndexSet => IndexSet.of(pods.flatMap((pod) => indexOf(pod) ?? []));
export const activeIndexes = ({ active }: JobState): IndexSet => indexesOf(active);
export const terminatingIndexes = ({ pods }: JobState): IndexSet => indexesOf(pods.filter(isPodTerminating));

function delayedPods(job: Job, pods: readonly Pod[], settled: IndexSet): ReadonlyMap<number, Pod> {
  const delayed = new Map<number, Pod>();
  for (const pod of pods) {
    if (!isTracked(pod) || !hasValidIndex(pod, job) || !isPodFailed(pod, job)) continue;
    const index = indexOf(pod)!;
    if (settled.has(index)) continue;
    const other = delayed.get(index);
    if (other === undefined || (allIndexFailures(other) <= allIndexFailures(pod) && finishedMs(pod) >= finishedMs(other)))
      delayed.set(index, pod);
  }
  return delayed;
}

function indexState(job: Job, pods: readonly Pod[], active: readonly Pod[]): IndexState {
  const completions = job.spec.completions ?? 0;
  const before = IndexSet.parse(job.status.completedIndexes, completions);
  const counted = pods.filter((pod) => isTracked(pod) && hasValidIndex(pod, job));
  const succeeded = before.union(indexesOf(counted.filter(({ status }) => status.phase === 'Succeeded')));
  if (job.spec.backoffLimitPerIndex === undefined) return { before, succeeded, failed: undefined, delayed: new Map() };
  const known = IndexSet.parse(job.status.failedIndexes, completions);
  const failed = known.union(indexesOf(counted.filter((pod) => isIndexFailed(pod, job))));
  return { before, succeeded, failed, delayed: delayedPods(job, pods, succeeded.union(failed).union(indexesOf(active))) };
}

export function jobState(job: Job, pods: readonly Pod[], before: Backoff, nowMs: number): JobState {
  const uncountedSucceeded = new Set(job.status.uncountedTerminatedPods?.succeeded);
  const uncountedFailed = new Set(job.status.uncountedTerminatedPods?.failed);
  const active = pods.filter(isPodActive);
  const fresh = pods.filter((pod) => isTracked(pod) && hasValidIndex(pod, job));
  const newSucceeded = fresh.filter(({ metadata, status }) => status.phase === 'Succeeded' && !uncountedSucceeded.has(metadata.uid));
  const newFailed = fresh.filter((pod) => isPodFailed(pod, job) && !uncountedFailed.has(pod.metadata.uid));
  const indexes = isIndexed(job) ? indexState(job, pods, active) : undefined;
  return {
    job,
    pods,
    nowMs,
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isPodTerminating).length,
    succeeded: indexes?.succeeded.size ?? (job.status.succeeded ?? 0) + newSucceeded.length + uncountedSucceeded.size,
    failed: (job.status.failed ?? 0) + newFailed.filter((pod) => failureVerdict(job, pod).counts).length + uncountedFailed.size,
    uncountedSucceeded,
    uncountedFailed,
    indexes,
    backoff: nextBackoff(before, newSucceeded, newFailed),
  };
}

export const conditionOf = ({ status }: Pick<Job, 'status'>, type: string): JobCondition | undefined =>
  status.conditions?.find((condition) => condition.type === type);
export function newCondition(type: string, reason: string, message: string, nowMs: number, status = 'True'): JobCondition {
  const time = formatTime(nowMs);
  return { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
}

/** Restarts within pods that go on count too when containers are restarted in place. */
function restartedTooOften({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status.phase !== 'Running' && status.phase !== 'Pending') continue;
    for (const one of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) restarts += one.restartCount;
  }
  const limit = spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}
/** Milliseconds until activeDeadlineSeconds are over; undefined when they do not run. */
export function deadlineInMs({ job, nowMs }: JobState, startTime: string | undefined): number | undefined {
  const seconds = job.spec.activeDeadlineSeconds;
  if (seconds === undefined || startTime === undefined || isSuspended(job)) return undefined;
  return timeMs(startTime) + seconds * 1000 - nowMs;
}

/**
 * Why the Job is over, if it is before its completions are reached: what was decided earlier holds, then failures by policy,
 * by limits, by indexes, then success by policy. The condition is the interim one, or Failed where the interim one is written.
 */
export function outcome(state: JobState, startTime: string | undefined): JobCondition | undefined {
  const { job, pods, nowMs, indexes } = state;
  const isTrue = (condition: JobCondition | undefined) => (condition?.status === 'True' ? condition : undefined);
  const met = isTrue(conditionOf(job, 'SuccessCriteriaMet'));
  if (met !== undefined) return met;
  const target = isTrue(conditionOf(job, 'FailureTarget'));
  if (target !== undefined) return newCondition('Failed', target.reason ?? '', target.message ?? '', nowMs);
  const fails = (reason: string, message: string) => newCondition('FailureTarget', reason, message, nowMs);
  for (const pod of job.spec.podFailurePolicy === undefined ? [] : pods) {
    const message = isPodFailed(pod, job) ? failureVerdict(job, pod).message : undefined;
    if (message !== undefined) return fails('PodFailurePolicy', message);
  }
  if (state.failed > (job.spec.backoffLimit ?? 6) || restartedTooOften(job, pods))
    return fails('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if ((deadlineInMs(state, startTime) ?? 1) <= 0) return fails('DeadlineExceeded', 'Job was active longer than specified deadline');
  if (indexes === undefined) return undefined;
  const { failed, succeeded } = indexes;
  const { maxFailedIndexes, completions = 0 } = job.spec;
  if (failed !== undefined && maxFailedIndexes !== undefined && failed.size > maxFailedIndexes)
    return fails('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  if (failed !== undefined && failed.size > 0 && failed.size + succeeded.size >= completions)
    return fails('FailedIndexes', 'Job has failed indexes');
  const rule = metSuccessRule(job, succeeded);
  return rule === undefined ? undefined : newCondition('SuccessCriteriaMet', 'SuccessPolicy', rule, nowMs);
}

/** Whether all is done that was asked for, with `active` pods left. */
export function isComplete({ job, succeeded }: JobState, active: number): boolean {
  return active === 0 && (job.spec.completions === undefined ? succeeded > 0 : succeeded >= job.spec.completions);
}

const ownManager = 'kubernetes.io/job-controller';
/** Another controller than the built-in one looks after the Job. */
export const isManagedElsewhere = ({ spec }: Job): boolean => spec.managedBy !== undefined && spec.managedBy !== ownManager;
export const isFinished = (job: Job): boolean =>
  conditionOf(job, 'Complete')?.status === 'True' || conditionOf(job, 'Failed')?.status === 'True';
