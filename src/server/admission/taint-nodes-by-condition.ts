import type { AdmissionPlugin } from '../types.ts';
import { isCore } from './lib/refuse.ts';

const key = 'node.kubernetes.io/not-ready';

/** A new node takes no pods until its conditions have been seen. */
export const taintNodesByCondition: AdmissionPlugin = {
  name: 'TaintNodesByCondition',
  mutate(context) {
    if (!isCore(context, 'Node') || context.operation !== 'CREATE') return;
    context.object.spec ??= {};
    const spec = context.object.spec;
    const taints: readonly any[] = spec.taints ?? [];
    if (!taints.some((taint) => taint.key === key && taint.effect === 'NoSchedule'))
      spec.taints = [...taints, { key, effect: 'NoSchedule' }];
  },
};
