import type { PodDisruptionBudget } from '../../kinds/policy/pod-disruption-budget.ts';
import { priorityOf } from '../filtering.ts';
import type { NodeInfo, Pod, Trial } from '../framework.ts';
import { partByBudgets } from './budgets.ts';

/** Pods of a node whose end would make room; the most important first. */
export interface Victims {
  readonly nodeName: string;
  readonly pods: readonly Pod[];
  /** How many of them a budget protects. */
  readonly violations: number;
}

/** Milliseconds since the epoch; a pod that has not started counts as started now. */
export const startedMs = ({ status }: Pod, nowMs: number): number => {
  const { startTime } = status;
  return startTime === undefined || startTime === null ? nowMs : Date.parse(String(startTime));
};

/** Sorts the more important first: of higher priority, or else running for longer. */
export const byImportance =
  (nowMs: number) =>
  (a: Pod, b: Pod): number =>
    priorityOf(b) - priorityOf(a) || startedMs(a, nowMs) - startedMs(b, nowMs);

/** For whom room is sought, and by what rules. */
export interface Search {
  readonly pod: Pod;
  readonly trial: Trial;
  readonly budgets: readonly PodDisruptionBudget[];
  readonly nowMs: number;
  /** The pod with its status of now; snapshots may hold an older one. */
  readonly latest: (pod: Pod) => Pod;
}

/**
 * The fewest pods of lower priority, as good as one pass finds them, without which the node takes the pod; or the reasons why it would not
 * even without all of them. Those that budgets protect are the first to be spared.
 */
export function victimsOn(node: NodeInfo, { pod, trial, budgets, nowMs, latest }: Search): Victims | readonly string[] {
  const lower = node.pods
    .filter((other) => priorityOf(other) < priorityOf(pod))
    .map(latest)
    .sort(byImportance(nowMs));
  if (lower.length === 0) return ['No preemption victims found for incoming pod'];
  const gone = new Set<Pod>();
  let rest = node;
  const remove = (other: Pod) => {
    rest = trial.remove(rest, other);
    gone.add(other);
  };
  const restore = (other: Pod) => {
    rest = trial.add(rest, other);
    gone.delete(other);
  };
  try {
    for (const other of lower) remove(other);
    const refusal = trial.refusal(rest);
    if (refusal !== undefined) return refusal.reasons;
    const { guarded, free } = partByBudgets(lower, budgets);
    for (const other of [...guarded, ...free]) {
      restore(other);
      if (trial.refusal(rest) !== undefined) remove(other);
    }
    const pods = lower.filter((other) => gone.has(other));
    return { nodeName: node.name, pods, violations: guarded.filter((other) => gone.has(other)).length };
  } finally {
    for (const other of [...gone]) restore(other);
  }
}
