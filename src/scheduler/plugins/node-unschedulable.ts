import { tolerates } from '../../kinds/core/lib/taints.ts';
import { Node } from '../../kinds/core/node.ts';
import { definePlugin } from '../framework.ts';

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

/** Keeps pods off cordoned nodes, unless they tolerate the taint that stands for it. */
export const nodeUnschedulable = definePlugin({
  name: 'NodeUnschedulable',
  retryOn: [
    { kind: Node, type: 'added' },
    { kind: Node, type: 'updated' },
  ],
  filter: (pod, { node }) =>
    node.spec.unschedulable !== true || pod.spec.tolerations?.some((toleration) => tolerates(toleration, taint)) === true
      ? undefined
      : { reason: 'node(s) were unschedulable', resolvable: false },
});
