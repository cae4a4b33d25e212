import { podRequests } from '../../kinds/core/lib/pod-requests.ts';
import { Node } from '../../kinds/core/node.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { definePlugin } from '../framework.ts';

const scored = ['cpu', 'memory'] as const;

/** The node has room for what the pod requests; the less of a node is taken, the better it scores (LeastAllocated). */
export const nodeResourcesFit = definePlugin({
  name: 'NodeResourcesFit',
  retryOn: [
    { kind: Node, type: 'added' },
    { kind: Node, type: 'updated' },
    { kind: Pod, type: 'deleted' },
    { kind: Pod, type: 'updated' },
  ],
  filter(pod, { allocatable, requested }) {
    const short: string[] = [];
    let resolvable = true;
    for (const [name, amount] of podRequests(pod).requested) {
      if (amount === 0) continue;
      const all = allocatable.get(name) ?? 0;
      if (amount <= all - (requested.get(name) ?? 0)) continue;
      short.push(name === 'pods' ? 'Too many pods' : `Insufficient ${name}`);
      if (amount > all) resolvable = false;
    }
    return short.length === 0 ? undefined : { reason: short[0]!, reasons: short, resolvable };
  },
  score(pod, { allocatable, assumed }) {
    const wanted = podRequests(pod).assumed;
    let total = 0;
    for (const name of scored) {
      const all = allocatable.get(name) ?? 0;
      const taken = (assumed.get(name) ?? 0) + (wanted.get(name) ?? 0);
      if (all > 0 && taken <= all) total += Math.floor(((all - taken) * 100) / all);
    }
    return Math.floor(total / scored.length);
  },
});
