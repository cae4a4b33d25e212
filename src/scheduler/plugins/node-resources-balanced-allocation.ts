import { podRequests } from '../../kinds/core/lib/pod-requests.ts';
import { definePlugin } from '../framework.ts';

/** Prefers nodes whose cpu and memory are taken in like shares. */
export const nodeResourcesBalancedAllocation = definePlugin({
  name: 'NodeResourcesBalancedAllocation',
  // A pod that requests nothing changes no balance.
  preScore: (pod) => ([...podRequests(pod).requested].every(([name, amount]) => name === 'pods' || amount === 0) ? 'skip' : undefined),
  score(pod, { allocatable, requested }) {
    const wanted = podRequests(pod).requested;
    const [cpu, memory] = ['cpu', 'memory'].map((name) =>
      Math.min(((requested.get(name) ?? 0) + (wanted.get(name) ?? 0)) / Math.max(allocatable.get(name) ?? 0, 1), 1),
    );
    // The standard deviation of two values is half of their distance.
    return Math.floor((1 - Math.abs(cpu! - memory!) / 2) * 100);
  },
});
