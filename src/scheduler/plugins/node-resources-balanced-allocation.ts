import { podRequests } from '../../kinds/core/lib/pod-requests.ts';
import { definePlugin, type NodeInfo } from '../framework.ts';

type Amounts = NodeInfo['requested'];

/** 100 when cpu and memory are taken in like shares; a resource that a node has none of does not count. */
function balance(allocatable: Amounts, taken: (name: string) => number): number {
  const shares = ['cpu', 'memory'].flatMap((name) => {
    const all = allocatable.get(name) ?? 0;
    return all === 0 ? [] : [Math.min(taken(name) / all, 1)];
  });
  // The standard deviation of two values is half of their distance.
  return Math.trunc((1 - (shares.length < 2 ? 0 : Math.abs(shares[0]! - shares[1]!) / 2)) * 100);
}

/** Prefers nodes whose cpu and memory come to be taken in more like shares than they were. */
export const nodeResourcesBalancedAllocation = definePlugin({
  name: 'NodeResourcesBalancedAllocation',
  // A pod that requests neither changes no balance.
  preScore: (pod) => (['cpu', 'memory'].every((name) => (podRequests(pod).requested.get(name) ?? 0) === 0) ? 'skip' : undefined),
  score(pod, { allocatable, requested }) {
    const wanted = podRequests(pod).requested;
    const before = balance(allocatable, (name) => requested.get(name) ?? 0);
    const after = balance(allocatable, (name) => (requested.get(name) ?? 0) + (wanted.get(name) ?? 0));
    return 50 + Math.trunc((50 + after - before) / 2);
  },
});
