import type { RuleMaker } from '../rule.ts';

/** So long after a pod is placed or gone, others may still be ended for it. */
const lateMs = 60_000;

const priorityOf = (pod: any): number => pod.spec.priority ?? 0;
const waits = (pod: any): boolean => pod !== undefined && (pod.spec.nodeName ?? '') === '';
const isPreempted = (pod: any): boolean =>
  pod?.status?.conditions?.some(
    ({ type, status, reason }: any) => type === 'DisruptionTarget' && status === 'True' && reason === 'PreemptionByScheduler',
  ) === true;

/** No pod is ended for one of the same or a lower priority. */
export const preemption: RuleMaker = () => {
  /** Pods that waited for a place, by key: their priority, and when they were last seen to wait. */
  const waiting = new Map<string, { readonly priority: number; lastMs: number }>();
  return {
    onChange({ resource, key, before, after, atMs }) {
      if (resource !== 'core/pods') return undefined;
      if (waits(after) || waits(before))
        waiting.set(key, { priority: priorityOf(after ?? before), lastMs: waits(after) ? Number.POSITIVE_INFINITY : atMs });
      if (!isPreempted(after) || isPreempted(before)) return undefined;
      const highest = Math.max(...[...waiting.values()].filter(({ lastMs }) => atMs - lastMs < lateMs).map(({ priority }) => priority));
      return highest > priorityOf(after)
        ? undefined
        : `${key} of priority ${priorityOf(after)} was preempted, and no pod of a higher one waited`;
    },
  };
};
