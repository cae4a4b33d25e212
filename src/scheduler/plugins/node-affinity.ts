import { matchesNodeSelectorTerm, nodeMatchesPod } from '../../kinds/core/lib/node-selector.ts';
import { Node } from '../../kinds/core/node.ts';
import { definePlugin } from '../framework.ts';
import { stretch } from '../lib/normalize.ts';

/** nodeSelector and node affinity, required and preferred. */
export const nodeAffinity = definePlugin({
  name: 'NodeAffinity',
  retryOn: [
    { kind: Node, type: 'added', helps: (pod, node) => nodeMatchesPod(pod, node) },
    { kind: Node, type: 'updated', helps: (pod, node) => nodeMatchesPod(pod, node) },
  ],
  preFilter(pod) {
    const terms = pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms;
    if (terms === undefined) return Object.keys(pod.spec.nodeSelector ?? {}).length === 0 ? 'skip' : undefined;
    const named = terms.map((term) => term.matchFields?.find((field) => field.key === 'metadata.name' && field.operator === 'In')?.values);
    if (terms.length === 0 || named.some((names) => names === undefined)) return undefined;
    return { nodeNames: new Set(named.flatMap((names) => names ?? [])) };
  },
  filter: (pod, { node }) =>
    nodeMatchesPod(pod, node) ? undefined : { reason: "node(s) didn't match Pod's node affinity/selector", resolvable: false },
  preScore: (pod) =>
    (pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).length === 0 ? 'skip' : undefined,
  score: (pod, { node }) =>
    (pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      .filter((term) => matchesNodeSelectorTerm(term.preference, node))
      .reduce((total, term) => total + term.weight, 0),
  normalize: stretch,
});
