import type { Pod } from '../../kinds/core/pod.ts';
import { byActivity } from './deletion-rank.ts';
import { indexOf, indexWaitMs, isSuspended, replacesFailedOnly, waitMs } from './job-pods.ts';
import { activeIndexes, type JobState, terminatingIndexes } from './job-state.ts';

/** Pods created or deleted before the world is looked at again. */
const most = 500;
/** After failures, pods are not made more often than this. */
const leastWaitMs = 1_000;

export interface JobPlan {
  readonly remove: readonly Pod[];
  /** One pod each: its index, or undefined without indexes. */
  readonly create: readonly (number | undefined)[];
  /** Look again then, since pods that failed are not replaced at once. */
  readonly afterMs?: number;
}

/** Of active pods with the same index all but the best; and those whose index is none, or none of the Job's. */
function surplus(pods: readonly Pod[], completions: number): Pod[] {
  const remove: Pod[] = [];
  const byIndex = new Map<number, Pod[]>();
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index === undefined || index >= completions) remove.push(pod);
    else byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
  }
  for (const same of byIndex.values()) remove.push(...[...same].sort(byActivity).slice(0, -1));
  return remove;
}
function toRemove({ job, active, indexes }: JobState, atLeast: number): readonly Pod[] {
  const remove = indexes === undefined ? [] : surplus(active, job.spec.completions ?? 0);
  const left = active.filter((pod) => !remove.includes(pod)).sort(byActivity);
  return [...remove, ...left.slice(0, Math.max(0, atLeast - remove.length))];
}

function wantedActive({ job, succeeded, active }: JobState): number {
  const { completions, parallelism = 1 } = job.spec;
  if (completions === undefined) return succeeded > 0 ? active.length : parallelism;
  return Math.max(0, Math.min(parallelism, completions - succeeded));
}

function indexesToCreate(state: JobState, count: number): readonly number[] {
  const { job, indexes } = state;
  let taken = indexes!.succeeded.union(activeIndexes(state));
  if (replacesFailedOnly(job)) taken = taken.union(terminatingIndexes(state));
  if (indexes!.failed !== undefined) taken = taken.union(indexes!.failed);
  return taken.missing(count, job.spec.completions ?? 0);
}

/** Brings the number of active pods to what the Job needs now; deletes or creates, never both at once. */
export function jobPlan(state: JobState): JobPlan {
  const { job, active, terminating, indexes, nowMs } = state;
  if (isSuspended(job)) return { remove: toRemove(state, active.length), create: [] };
  const wanted = wantedActive(state);
  const remove = toRemove(state, active.length - wanted).slice(0, most);
  if (remove.length > 0) return { remove, create: [] };
  const count = Math.min(most, wanted - active.length - (replacesFailedOnly(job) ? terminating : 0));
  if (count <= 0) return { remove: [], create: [] };
  const later = (ms: number): JobPlan => ({ remove: [], create: [], afterMs: Math.max(ms, leastWaitMs) });
  const perIndex = job.spec.backoffLimitPerIndex !== undefined;
  const commonMs = perIndex ? 0 : waitMs(state.backoff, nowMs);
  if (commonMs > 0) return later(commonMs);
  if (indexes === undefined) return { remove: [], create: Array.from({ length: count }, () => undefined) };
  const candidates = indexesToCreate(state, count);
  if (!perIndex) return { remove: [], create: candidates };
  const waits = new Map(candidates.map((index) => [index, indexWaitMs(indexes.delayed.get(index), nowMs)]));
  const create = candidates.filter((index) => waits.get(index) === 0);
  if (create.length > 0 || candidates.length === 0) return { remove: [], create };
  return later(Math.min(...waits.values()));
}
