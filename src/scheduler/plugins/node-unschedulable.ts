import { tolerates } from '../../kinds/core/lib/taints.ts';
import { Node } from '../../kinds/core/node.ts';
import { definePlugin, type Pod } from '../framework.ts';

const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' };

const isShut = (pod: Pod, { spec }: Node) =>
  spec.unschedulable === true && pod.spec.tolerations?.some((toleration) => tolerates(toleration, taint)) !== true;
const nodeHelps = (pod: Pod, now: Node, old: Node | undefined) => !isShut(pod, now) && (old === undefined || isShut(pod, old));

/** Keeps pods off cordoned nodes, unless they tolerate the taint that stands for it. */
export const nodeUnschedulable = definePlugin({
  name: 'NodeUnschedulable',
  retryOn: [
    { kind: Node, type: 'added', helps: nodeHelps },
    { kind: Node, type: 'updated', helps: nodeHelps },
  ],
  filter: (pod, { node }) => (isShut(pod, node) ? { reason: 'node(s) were unschedulable', resolvable: false } : undefined),
});
