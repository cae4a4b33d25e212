import { tolerates, untoleratedTaint } from '../../kinds/core/lib/taints.ts';
import { Node } from '../../kinds/core/node.ts';
import { definePlugin } from '../framework.ts';
import { invert } from '../lib/normalize.ts';

/** Refuses nodes with taints the pod does not tolerate; prefers those with fewer PreferNoSchedule taints. */
export const taintToleration = definePlugin({
  name: 'TaintToleration',
  retryOn: [
    { kind: Node, type: 'added' },
    { kind: Node, type: 'updated' },
  ],
  filter(pod, { node }) {
    const taint = untoleratedTaint(node.spec.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']);
    return taint === undefined
      ? undefined
      : { reason: `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`, resolvable: false };
  },
  score: (pod, { node }) =>
    (node.spec.taints ?? []).filter(
      (taint) => taint.effect === 'PreferNoSchedule' && pod.spec.tolerations?.some((toleration) => tolerates(toleration, taint)) !== true,
    ).length,
  normalize: invert,
});
