import { labelSelectorMatcher } from '../../../src/api/selector.ts';
import type { Change } from '../history.ts';
import type { Judged, RuleMaker } from '../rule.ts';
import { isReady } from '../workload.ts';

/** A budget's status may be this old; what changed since by other means is not the eviction's doing. */
const staleMs = 120_000;

/** No eviction takes a healthy pod that a budget wants to stay. */
export const disruptions: RuleMaker = () => {
  /** When pods of a namespace became unready other than by eviction, or a budget of it changed. */
  const disturbedMs = new Map<string, number>();
  const isEviction = (change: Change, judged: Judged) => judged.callers(change).some(({ call }) => call.subresource === 'eviction');
  return {
    onChange(change, judged) {
      const { resource, before, after, namespace, key, atMs } = change;
      if (resource === 'policy/poddisruptionbudgets' && JSON.stringify(before?.spec) !== JSON.stringify(after?.spec))
        disturbedMs.set(namespace, atMs);
      if (resource !== 'core/pods' || before === undefined || !isReady(before) || (after !== undefined && isReady(after))) return undefined;
      if (!isEviction(change, judged)) {
        disturbedMs.set(namespace, atMs);
        return undefined;
      }
      if (atMs - (disturbedMs.get(namespace) ?? Number.NEGATIVE_INFINITY) < staleMs) return undefined;
      for (const { metadata, spec } of judged.history.list('policy/poddisruptionbudgets', namespace)) {
        const { matches } = labelSelectorMatcher(spec.selector);
        if (typeof spec.minAvailable !== 'number' || !matches(before.metadata.labels)) continue;
        const healthy = judged.history.list('core/pods', namespace).filter((pod) => isReady(pod) && matches(pod.metadata.labels)).length;
        if (healthy < spec.minAvailable)
          return `${key} was evicted: ${healthy} healthy pods are left, ${metadata.name} wants ${spec.minAvailable}`;
      }
      return undefined;
    },
  };
};
