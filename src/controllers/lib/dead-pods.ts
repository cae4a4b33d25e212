import type { Node } from '../../kinds/core/node.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { readyCondition } from '../../kinds/core/lib/node-conditions.ts';
import { isPodTerminal } from './pods.ts';

const outOfServiceTaint = 'node.kubernetes.io/out-of-service';

function byWorth(a: Pod, b: Pod): number {
  const evicted = ({ status }: Pod) => status.phase === 'Failed' && status.reason === 'Evicted';
  if (evicted(a) !== evicted(b)) return evicted(a) ? -1 : 1;
  const [left, right] = [a.metadata, b.metadata];
  if (left.creationTimestamp !== right.creationTimestamp) return left.creationTimestamp < right.creationTimestamp ? -1 : 1;
  return left.name < right.name ? -1 : 1;
}

export interface DeadPods {
  /** Ended, and more than the cluster keeps of such: the oldest. */
  readonly terminated: readonly Pod[];
  /** Being deleted, on a node that is down and marked as out of service. */
  readonly outOfService: readonly Pod[];
  /** Being deleted before any node got them: there is no kubelet to do it. */
  readonly unscheduled: readonly Pod[];
  /** Names of nodes that pods are bound to and that are not there. */
  readonly missingNodes: ReadonlySet<string>;
}

/** Pods that nobody else will remove. */
export function deadPods(pods: readonly Pod[], nodes: ReadonlyMap<string, Node>, keptTerminated: number): DeadPods {
  const ended = pods.filter(isPodTerminal).sort(byWorth);
  const ending = pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  const isDown = (node: Node | undefined) =>
    node !== undefined && readyCondition(node)?.status !== 'True' && node.spec.taints?.some(({ key }) => key === outOfServiceTaint);
  return {
    terminated: ended.slice(0, Math.max(0, ended.length - keptTerminated)),
    outOfService: ending.filter(({ spec }) => isDown(nodes.get(spec.nodeName ?? ''))).sort(byWorth),
    unscheduled: ending.filter(({ spec }) => !spec.nodeName),
    missingNodes: new Set(pods.flatMap(({ spec }) => (spec.nodeName && !nodes.has(spec.nodeName) ? [spec.nodeName] : []))),
  };
}
