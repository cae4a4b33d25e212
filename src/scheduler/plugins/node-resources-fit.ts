import { amountsOf, podRequests } from '../../kinds/core/lib/pod-requests.ts';
import { Node } from '../../kinds/core/node.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { definePlugin } from '../framework.ts';

/** Amounts that a pod asks for, without those of which it asks nothing. */
const wantedOf = (pod: Pod) => [...podRequests(pod).requested].filter(([, amount]) => amount > 0);

/** Whether the node could take the pod if it were empty, and has more of something that the pod wants than it had. */
function nodeHelps(pod: Pod, now: Node, old: Node | undefined): boolean {
  const wanted = wantedOf(pod);
  const all = amountsOf(now.status.allocatable);
  if (wanted.some(([name, amount]) => amount > (all.get(name) ?? 0))) return false;
  if (old === undefined) return true;
  const before = amountsOf(old.status.allocatable);
  return wanted.some(([name]) => (all.get(name) ?? 0) > (before.get(name) ?? 0));
}

/** Whether a pod that is on a node came to ask for less of something that the other wants. */
function resizeHelps(pod: Pod, now: Pod, old: Pod): boolean {
  const [before, after] = [podRequests(old).requested, podRequests(now).requested];
  return wantedOf(pod).some(([name]) => (after.get(name) ?? 0) < (before.get(name) ?? 0));
}

const scored = ['cpu', 'memory'] as const;

/** The node has room for what the pod requests; the less of a node is taken, the better it scores (LeastAllocated). */
export const nodeResourcesFit = definePlugin({
  name: 'NodeResourcesFit',
  retryOn: [
    { kind: Node, type: 'added', helps: nodeHelps },
    { kind: Node, type: 'updated', helps: nodeHelps },
    { kind: Pod, type: 'deleted' },
    { kind: Pod, type: 'updated', helps: resizeHelps },
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
