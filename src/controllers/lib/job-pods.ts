import type { Job } from '../../kinds/batch/job.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { PodSpec } from '../../kinds/core/shapes/pod-spec.ts';
import { failureVerdict } from './job-policies.ts';
import type { PodChanges } from './pod-control.ts';
import { podCondition } from './pods.ts';
import { timeMs } from './times.ts';

/** A pod keeps this until it is counted in the status of its Job (KEP-2307). */
export const trackingFinalizer = 'batch.kubernetes.io/job-tracking';
const indexKey = 'batch.kubernetes.io/job-completion-index';
const failureCountKey = 'batch.kubernetes.io/job-index-failure-count';
const ignoredCountKey = 'batch.kubernetes.io/job-index-ignored-failure-count';
const indexVariable = 'JOB_COMPLETION_INDEX';
const longestGeneratedBase = 58;
const firstDelayMs = 10_000;
const longestDelayMs = 600_000;

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed';
export const isSuspended = ({ spec }: Job): boolean => spec.suspend === true;
export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) === true;
export const untrackPatch = { metadata: { '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } };

const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\+?\d+$/.test(text) ? Number(text) : undefined;
export const indexOf = (pod: Pod): number | undefined => wholeNumber(pod.metadata.annotations?.[indexKey]);
/** Its index is one that the Job has now; pods of Jobs without indexes always count. */
export function hasValidIndex(pod: Pod, job: Job): boolean {
  const index = indexOf(pod);
  return !isIndexed(job) || (index !== undefined && index < (job.spec.completions ?? 0));
}

/** Only what has failed is replaced, not what is about to end (KEP-3939). */
export const replacesFailedOnly = ({ spec }: Job): boolean => spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;
/** A pod that is being deleted counts as failed, since it may never get so far, unless it has to. */
export function isPodFailed({ metadata, status }: Pod, job: Job): boolean {
  if (status.phase === 'Failed') return true;
  return !replacesFailedOnly(job) && metadata.deletionTimestamp !== undefined && status.phase !== 'Succeeded';
}

const count32 = (text: string | undefined): number => {
  const count = wholeNumber(text) ?? 0;
  return count > 2147483647 ? 0 : count;
};
/** How often the index of a pod failed before it, counted towards the limit and ignored. */
export function indexFailures({ metadata }: Pod): { readonly counted: number; readonly ignored: number } {
  return { counted: count32(metadata.annotations?.[failureCountKey]), ignored: count32(metadata.annotations?.[ignoredCountKey]) };
}
export const allIndexFailures = (pod: Pod): number => indexFailures(pod).counted + indexFailures(pod).ignored;
export function isIndexFailed(pod: Pod, job: Job): boolean {
  if (!isPodFailed(pod, job)) return false;
  const { action, counts } = failureVerdict(job, pod);
  return action === 'FailIndex' || (counts && indexFailures(pod).counted >= (job.spec.backoffLimitPerIndex ?? 0));
}

function containersFinishedMs({ spec, status }: Pod): number | undefined {
  const sidecars = new Set((spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name));
  const statuses = [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name))];
  const ends = statuses.map(({ state }) => timeMs(state.terminated?.finishedAt));
  return ends.length === 0 || ends.includes(0) ? undefined : Math.max(...ends);
}
/** When a pod ended, as well as can be told. */
export function finishedMs(pod: Pod): number {
  const byContainers = containersFinishedMs(pod);
  if (byContainers !== undefined) return byContainers;
  const ready = podCondition(pod, 'Ready');
  if (ready?.status === 'False' && timeMs(ready.lastTransitionTime) > 0) return timeMs(ready.lastTransitionTime);
  const { deletionTimestamp, deletionGracePeriodSeconds = 0, creationTimestamp } = pod.metadata;
  return deletionTimestamp === undefined ? timeMs(creationTimestamp) : timeMs(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
}

/** Failures since the last success: how long the next pod has to wait. */
export interface Backoff {
  readonly failures: number;
  readonly lastFailureMs: number;
}
export const noBackoff: Backoff = { failures: 0, lastFailureMs: 0 };

export function nextBackoff(before: Backoff, succeeded: readonly Pod[], failed: readonly Pod[]): Backoff {
  const failures = failed.map(finishedMs);
  if (succeeded.length === 0) {
    if (failures.length === 0) return before;
    return { failures: before.failures + failures.length, lastFailureMs: Math.max(...failures) };
  }
  const lastSuccessMs = Math.max(...succeeded.map(finishedMs));
  const later = failures.filter((ms) => ms > lastSuccessMs);
  return later.length === 0 ? noBackoff : { failures: later.length, lastFailureMs: Math.max(...later) };
}
export function waitMs({ failures, lastFailureMs }: Backoff, nowMs: number): number {
  if (failures === 0) return 0;
  const delayMs = Math.min(firstDelayMs * 2 ** Math.min(failures - 1, 30), longestDelayMs);
  return Math.max(0, delayMs - (nowMs - lastFailureMs));
}
/** Of one index, whose last failed pod tells how often it failed. */
export const indexWaitMs = (last: Pod | undefined, nowMs: number): number =>
  last === undefined ? 0 : waitMs({ failures: allIndexFailures(last) + 1, lastFailureMs: finishedMs(last) }, nowMs);

function withIndexVariable<C extends { readonly env?: PodSpec['containers'][number]['env'] }>(containers: readonly C[]): readonly C[] {
  const variable = { name: indexVariable, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${indexKey}']` } } };
  return containers.map((container) =>
    container.env?.some(({ name }) => name === indexVariable) ? container : { ...container, env: [...(container.env ?? []), variable] },
  );
}
function failureAnnotations(job: Job, replaced: Pod | undefined): Readonly<Record<string, string>> {
  if (job.spec.backoffLimitPerIndex === undefined) return {};
  let { counted, ignored } = replaced === undefined ? { counted: 0, ignored: 0 } : indexFailures(replaced);
  if (replaced !== undefined && failureVerdict(job, replaced).counts) counted++;
  else if (replaced !== undefined) ignored++;
  return { [failureCountKey]: String(counted), ...(ignored > 0 ? { [ignoredCountKey]: String(ignored) } : {}) };
}

/** What makes the template's pod a pod of the Job; `index` of Indexed Jobs, with the failed pod of that index it replaces. */
export function jobPodChanges(job: Job, index: number | undefined, replaced: Pod | undefined): PodChanges {
  const { metadata, spec } = job.spec.template;
  const present = metadata.finalizers ?? [];
  const finalizers = present.includes(trackingFinalizer) ? present : [...present, trackingFinalizer];
  if (index === undefined) return { finalizers };
  const suffix = `-${index}-`;
  const base = job.metadata.name + suffix;
  const { name } = job.metadata;
  return {
    finalizers,
    generateName: base.length > longestGeneratedBase ? base.slice(0, longestGeneratedBase - suffix.length) + suffix : base,
    labels: { ...metadata.labels, [indexKey]: String(index) },
    annotations: { ...metadata.annotations, [indexKey]: String(index), ...failureAnnotations(job, replaced) },
    spec: {
      ...spec,
      hostname: `${name}-${index}`,
      containers: withIndexVariable(spec.containers),
      ...(spec.initContainers === undefined ? {} : { initContainers: withIndexVariable(spec.initContainers) }),
    },
  };
}
