import { tolerates, untoleratedTaint } from '../../kinds/core/lib/taints.ts';
import { Node } from '../../kinds/core/node.ts';
import { definePlugin, type Pod } from '../framework.ts';
import { invert } from '../lib/normalize.ts';

const untolerated = (pod: Pod, { spec }: Node) => untoleratedTaint(spec.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']);
const nodeHelps = (pod: Pod, now: Node, old: Node | undefined) =>
  untolerated(pod, now) === undefined && (old === undefined || untolerated(pod, old) !== undefined);

/** Refuses nodes with taints the pod does not tolerate; prefers those with fewer PreferNoSchedule taints. */
export const taintToleration = definePlugin({
  name: 'TaintToleration',
  retryOn: [
    { kind: Node, type: 'added', helps: nodeHelps },
    { kind: Node, type: 'updated', helps: nodeHelps },
  ],
  filter(pod, { node }) {
    const taint = untolerated(pod, node);
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
