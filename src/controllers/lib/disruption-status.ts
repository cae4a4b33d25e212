import { formatTime } from '../../api/gotime.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { PodDisruptionBudget } from '../../kinds/policy/pod-disruption-budget.ts';
import { isPodReady } from './pods.ts';
import { scaledValue } from './scaled-value.ts';
import { timeMs } from './times.ts';

type Status = PodDisruptionBudget['status'];
type Conditions = NonNullable<Status['conditions']>;

/** An eviction that was granted counts as a disruption until the pod goes, or this long. */
export const deletionTimeoutMs = 120_000;

/** Whether the budget is a share of what the pods' controllers ask for. */
export const needsScale = ({ spec }: PodDisruptionBudget): boolean =>
  spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string';

/** How many pods are expected, and how many of them must be healthy; `scale` is what the pods' controllers ask for. */
export function expectation({ spec }: PodDisruptionBudget, pods: number, scale: number) {
  if (spec.maxUnavailable !== undefined) {
    return { expectedPods: scale, desiredHealthy: Math.max(0, scale - scaledValue(spec.maxUnavailable, scale, true)) };
  }
  if (typeof spec.minAvailable === 'number') return { expectedPods: pods, desiredHealthy: spec.minAvailable };
  if (typeof spec.minAvailable === 'string') return { expectedPods: scale, desiredHealthy: scaledValue(spec.minAvailable, scale, true) };
  return { expectedPods: 0, desiredHealthy: 0 };
}

export interface Disrupted {
  readonly pods: Readonly<Record<string, string>>;
  /** When the first of them is to be looked at again. */
  readonly untilMs: number | undefined;
  /** Pods that should be gone and are not. */
  readonly overdue: readonly Pod[];
}

/** Of the pods whose eviction was granted, those that are still expected to go. */
export function stillDisrupted({ status }: PodDisruptionBudget, pods: readonly Pod[], nowMs: number): Disrupted {
  const kept: [string, string][] = [];
  const overdue: Pod[] = [];
  const ends: number[] = [];
  for (const pod of pods) {
    const since = status.disruptedPods?.[pod.metadata.name];
    if (since === undefined || pod.metadata.deletionTimestamp !== undefined) continue;
    const endMs = timeMs(since) + deletionTimeoutMs;
    if (endMs < nowMs) overdue.push(pod);
    else {
      kept.push([pod.metadata.name, since]);
      ends.push(endMs);
    }
  }
  return { pods: Object.fromEntries(kept), untilMs: ends.length === 0 ? undefined : Math.min(...ends), overdue };
}

export const countHealthy = (pods: readonly Pod[], disrupted: Disrupted): number =>
  pods.filter((pod) => pod.metadata.deletionTimestamp === undefined && !Object.hasOwn(disrupted.pods, pod.metadata.name) && isPodReady(pod))
    .length;

export function allowedConditions(
  present: Conditions,
  condition: { readonly status: string; readonly reason: string; readonly message: string; readonly observedGeneration: number },
  nowMs: number,
): Conditions {
  const type = 'DisruptionAllowed';
  const old = present.find((each) => each.type === type);
  const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : formatTime(nowMs);
  const next = { type, ...condition, lastTransitionTime };
  return old === undefined ? [...present, next] : present.map((each) => (each === old ? next : each));
}

/** The status of a budget. https://kubernetes.io/docs/tasks/run-application/configure-pdb/ */
export function budgetStatus(
  budget: PodDisruptionBudget,
  pods: readonly Pod[],
  scale: number,
  disrupted: Disrupted,
  nowMs: number,
): Status {
  const { expectedPods, desiredHealthy } = expectation(budget, pods.length, scale);
  const currentHealthy = countHealthy(pods, disrupted);
  const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const observedGeneration = budget.metadata.generation ?? 0;
  const [status, reason] = disruptionsAllowed > 0 ? ['True', 'SufficientPods'] : ['False', 'InsufficientPods'];
  return {
    observedGeneration,
    disruptedPods: disrupted.pods,
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods,
    conditions: allowedConditions(budget.status.conditions ?? [], { status, reason, message: '', observedGeneration }, nowMs),
  };
}
