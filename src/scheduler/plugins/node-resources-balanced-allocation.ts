import { podRequests } from '../../kinds/core/lib/pod-requests.ts';
import { definePlugin, type NodeInfo } from '../framework.ts';

type Amounts = NodeInfo['requested'];
const none: Amounts = new Map();

/** How much of a resource is taken, 1 at most; undefined when the node has none of it. */
function share(name: string, allocatable: Amounts, requested: Amounts, wanted: Amounts): number | undefined {
  const all = allocatable.get(name) ?? 0;
  return all === 0 ? undefined : Math.min(((requested.get(name) ?? 0) + (wanted.get(name) ?? 0)) / all, 1);
}

/** 100 when cpu and memory are taken in like shares; a resource that a node has none of does not count. */
function balance(allocatable: Amounts, requested: Amounts, wanted: Amounts): number {
  const cpu = share('cpu', allocatable, requested, wanted);
  const memory = share('memory', allocatable, requested, wanted);
  // The standard deviation of two values is half of their distance.
  return cpu === undefined || memory === undefined ? 100 : Math.trunc((1 - Math.abs(cpu - memory) / 2) * 100);
}

/** Prefers nodes whose cpu and memory come to be taken in more like shares than they were. */
export const nodeResourcesBalancedAllocation = definePlugin({
  name: 'NodeResourcesBalancedAllocation',
  // A pod that requests neither changes no balance.
  preScore: (pod) => (['cpu', 'memory'].every((name) => (podRequests(pod).requested.get(name) ?? 0) === 0) ? 'skip' : undefined),
  score(pod, { allocatable, requested }) {
    const wanted = podRequests(pod).requested;
    const before = balance(allocatable, requested, none);
    const after = balance(allocatable, requested, wanted);
    return 50 + Math.trunc((50 + after - before) / 2);
  },
});
