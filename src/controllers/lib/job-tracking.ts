import { formatTime } from '../../api/gotime.ts';
import type { Job } from '../../kinds/batch/job.ts';
import type { JobCondition } from '../../kinds/batch/shapes/job.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { hasValidIndex, indexOf, isIndexed, isPodFailed, isTracked } from './job-pods.ts';
import { failureVerdict } from './job-policies.ts';
import { type JobState, newCondition } from './job-state.ts';

/**
 * How pods that ended get into the counters of a Job once each, whatever crashes (KEP-2307): their uids are written into the
 * status, then they lose their finalizer, then the uids become numbers.
 */
export type Status = Job['status'];

/** Pods that wait in the status to be counted; keeps it below 20 KB. */
const mostUncounted = 500;

export interface Tracking {
  readonly status: Status;
  /** Pods whose finalizer may go once the status is written. */
  readonly release: readonly Pod[];
  readonly changed: boolean;
  /** There was more to count than one look takes. */
  readonly isCut: boolean;
  /** The last condition, to be written when all pods are counted and gone. */
  readonly final: JobCondition | undefined;
}

/** Uids of pods that lost their finalizer become numbers. */
export function countReleased(status: Status, tracked: ReadonlySet<string>): { readonly status: Status; readonly changed: boolean } {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const left = { succeeded: succeeded.filter((uid) => tracked.has(uid)), failed: failed.filter((uid) => tracked.has(uid)) };
  const done = { succeeded: succeeded.length - left.succeeded.length, failed: failed.length - left.failed.length };
  if (done.succeeded + done.failed === 0) return { status, changed: false };
  const counted = {
    ...status,
    succeeded: (status.succeeded ?? 0) + done.succeeded,
    failed: (status.failed ?? 0) + done.failed,
    uncountedTerminatedPods: left,
  };
  return { status: counted, changed: true };
}
export const trackedUids = (pods: readonly Pod[]): Set<string> => new Set(pods.filter(isTracked).map(({ metadata }) => metadata.uid));

/** A pod may go when it counts for good: it succeeded, or failed and is not kept for its replacement's sake, or the Job is over. */
function mayRelease({ job, indexes }: JobState, pod: Pod, isOver: boolean): boolean {
  if (job.metadata.deletionTimestamp !== undefined || isOver || pod.status.phase === 'Succeeded') return true;
  if (!isPodFailed(pod, job)) return false;
  const index = indexOf(pod);
  return index === undefined || indexes?.delayed.get(index)?.metadata.uid !== pod.metadata.uid;
}

/** Adds one condition, unless it says nothing new. */
function withCondition(status: Status, condition: JobCondition): Status {
  const others = (status.conditions ?? []).filter(({ type }) => type !== condition.type);
  return { ...status, conditions: [...others, condition] };
}

/** What ended is noted in the status; `finish` is why the Job is over, if it is. */
export function trackPods(state: JobState, before: Status, finish: JobCondition | undefined): Tracking {
  const { job, indexes } = state;
  const pods = isIndexed(job) ? [...state.pods].sort((a, b) => (indexOf(a) ?? -1) - (indexOf(b) ?? -1)) : state.pods;
  let { status, changed } = countReleased(before, trackedUids(pods));
  const succeeded = [...(status.uncountedTerminatedPods?.succeeded ?? [])];
  const failed = [...(status.uncountedTerminatedPods?.failed ?? [])];
  const noted = succeeded.length + failed.length;
  const release: Pod[] = [];
  const newIndexes = new Set<number>();
  let isCut = false;
  for (const pod of pods) {
    const { uid } = pod.metadata;
    if (!isTracked(pod) || !mayRelease(state, pod, finish !== undefined)) continue;
    release.push(pod);
    const isEnded = pod.status.phase === 'Succeeded' && !state.uncountedFailed.has(uid);
    if (isEnded) {
      if (indexes === undefined) {
        if (!state.uncountedSucceeded.has(uid)) succeeded.push(uid);
      } else if (hasValidIndex(pod, job) && !indexes.before.has(indexOf(pod)!)) newIndexes.add(indexOf(pod)!);
    } else if (isPodFailed(pod, job) || (finish !== undefined && finish.type !== 'SuccessCriteriaMet')) {
      if (!state.uncountedFailed.has(uid) && hasValidIndex(pod, job) && failureVerdict(job, pod).counts) failed.push(uid);
    }
    if (newIndexes.size + succeeded.length + failed.length >= mostUncounted) {
      isCut = true;
      break;
    }
  }
  changed ||= newIndexes.size > 0 || succeeded.length + failed.length > noted;
  status = { ...status, uncountedTerminatedPods: { succeeded, failed } };
  if (indexes !== undefined) {
    const all = indexes.succeeded.with(newIndexes);
    const completedIndexes = all.toString();
    const failedIndexes = indexes.failed?.toString();
    changed ||= completedIndexes !== (status.completedIndexes ?? '') || failedIndexes !== status.failedIndexes;
    status = { ...status, succeeded: all.size, completedIndexes, failedIndexes };
  }
  return { ...interim(state, status, changed, finish), release, isCut };
}

/** The interim condition is written before the finalizers go; the final one after. */
function interim({ job, nowMs }: JobState, status: Status, changed: boolean, finish: JobCondition | undefined) {
  const { reason = '', message = '' } = finish ?? {};
  if (finish?.type === 'FailureTarget')
    return { status: withCondition(status, finish), changed: true, final: newCondition('Failed', reason, message, nowMs) };
  if (finish?.type !== 'SuccessCriteriaMet') return { status, changed, final: finish };
  const isKnown = job.status.conditions?.some(({ type, status: value }) => type === 'SuccessCriteriaMet' && value === 'True') === true;
  const final = newCondition('Complete', reason, message, nowMs);
  return isKnown ? { status, changed, final } : { status: withCondition(status, finish), changed: true, final };
}

/** The last status of a Job; undefined while pods wait to be counted or to end. */
export function finishedStatus(status: Status, final: JobCondition | undefined, nowMs: number): Status | undefined {
  if (final === undefined || (status.terminating ?? 0) > 0) return undefined;
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  if (succeeded.length + failed.length > 0) return undefined;
  const ended = withCondition(status, final);
  return final.type === 'Complete' ? { ...ended, completionTime: formatTime(nowMs) } : ended;
}
