import { definePlugin } from '../framework.ts';

/** Pods with scheduling gates wait until all are removed (KEP-3521). */
export const schedulingGates = definePlugin({
  name: 'SchedulingGates',
  preEnqueue(pod) {
    return (pod.spec.schedulingGates ?? []).length === 0
      ? undefined
      : { reason: 'Scheduling is blocked due to non-empty scheduling gates', resolvable: false };
  },
});
