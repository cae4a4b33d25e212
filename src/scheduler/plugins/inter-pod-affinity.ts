import { Namespace } from '../../kinds/core/namespace.ts';
import { Node } from '../../kinds/core/node.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { type CycleState, definePlugin, type NodeInfo, type Snapshot, type World } from '../framework.ts';
import { allMatch, type AffinityTerm, type AffinityTerms, affinityTerms, namespaceLabelsOf } from '../lib/affinity-terms.ts';
import { DomainCounts } from '../lib/domain-counts.ts';

const name = 'InterPodAffinity';
/** What a pod gains where another one that requires its company is; upstream's default. */
const requiredAffinityWeight = 1;

interface Counted {
  readonly terms: AffinityTerms;
  /** Pods that all affinity terms of the pod mean, once for each term. */
  readonly affinity: DomainCounts;
  /** Pods that an anti-affinity term of the pod means. */
  readonly antiAffinity: DomainCounts;
  /** Pods with an anti-affinity term that means the pod. */
  readonly existing: DomainCounts;
}
const kept = ({ data }: CycleState) => data.get(`${name}/filter`) as Counted;

/** Namespaces whose pods a term can mean; undefined: any. */
const placesOf = (terms: readonly AffinityTerm[]) =>
  terms.some((term) => term.looksByNamespaceLabels) ? undefined : terms[0] === undefined ? [] : terms[0].namespaces;

/** Adds up where the pods are that terms mean: `all` of them, or each term for itself. */
function countMeant(
  counts: DomainCounts,
  terms: readonly AffinityTerm[],
  how: 'all' | 'each',
  { podIndex, byName }: Snapshot,
  world: World,
): void {
  if (terms.length === 0) return;
  const count = (means: (sample: Pod) => boolean, meant: readonly AffinityTerm[]) => {
    for (const { sample, nodes } of podIndex.sorts(placesOf(meant))) {
      if (means(sample)) for (const term of meant) counts.addNodes(term.topologyKey, nodes, byName, term.weight);
    }
  };
  if (how === 'all') count((sample) => allMatch(terms, sample, namespaceLabelsOf(sample, world)), terms);
  else for (const term of terms) count((sample) => term.matches(sample, namespaceLabelsOf(sample, world)), [term]);
}

function countExisting(pod: Pod, { podIndex, byName }: Snapshot, world: World): DomainCounts {
  const counts = new DomainCounts();
  if (podIndex.antiAffinity.size === 0) return counts;
  const labels = namespaceLabelsOf(pod, world);
  for (const { term, nodes } of podIndex.antiAffinity) {
    if (term.matches(pod, labels)) counts.addNodes(term.topologyKey, nodes, byName, 1);
  }
  return counts;
}

/** The first of a group that is to stay together finds nobody yet. */
function meetsAffinity(pod: Pod, { terms, affinity }: Counted, { node }: NodeInfo, world: World): boolean {
  if (!terms.affinity.every(({ topologyKey }) => node.metadata.labels?.[topologyKey] !== undefined)) return false;
  if (terms.affinity.every(({ topologyKey }) => affinity.at(topologyKey, node) > 0)) return true;
  return affinity.isEmpty && allMatch(terms.affinity, pod, namespaceLabelsOf(pod, world));
}

const isUnscheduled = ({ spec, status }: Pod) => (spec.nodeName ?? '') === '' && (status.nominatedNodeName ?? '') === '';

/** Whether a pod that came, changed or went lets another one in. */
function podHelps(pod: Pod, now: Pod | undefined, old: Pod | undefined): boolean {
  if ((now !== undefined && isUnscheduled(now)) || (old !== undefined && isUnscheduled(old))) return false;
  const { affinity, antiAffinity } = affinityTerms(pod);
  const means = (terms: readonly AffinityTerm[], other: Pod | undefined) => other !== undefined && allMatch(terms, other, undefined);
  if (now !== undefined) {
    if (means(affinity, now) && !means(affinity, old)) return true;
    return old !== undefined && means(antiAffinity, old) && !means(antiAffinity, now);
  }
  return means(antiAffinity, old) || (old !== undefined && allMatch(affinityTerms(old).antiAffinity, pod, undefined));
}

function nodeHelps(pod: Pod, now: Node, old: Node | undefined): boolean {
  const { affinity, antiAffinity } = affinityTerms(pod);
  const domains = ({ topologyKey }: AffinityTerm) => [old?.metadata.labels?.[topologyKey], now.metadata.labels?.[topologyKey]];
  const getsInto = (term: AffinityTerm) => {
    const [before, after] = domains(term);
    return after !== undefined && after !== before;
  };
  const getsOut = (term: AffinityTerm) => {
    const [before, after] = domains(term);
    return old === undefined || (before !== undefined && after !== before);
  };
  return affinity.some(getsInto) || antiAffinity.some(getsOut);
}

/** Hints see terms before namespace selectors are looked up: a pod whose rules have one is woken by any pod. */
const looksByLabels = (pod: Pod) => {
  const { affinity, antiAffinity } = affinityTerms(pod);
  return [...affinity, ...antiAffinity].some((term) => term.looksByNamespaceLabels);
};

/**
 * Pods near other pods, or away from them.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
export const interPodAffinity = definePlugin({
  name,
  reads: [{ kind: Namespace }],
  retryOn: [
    { kind: Pod, type: 'added', helps: (pod, now) => looksByLabels(pod) || podHelps(pod, now, undefined) },
    { kind: Pod, type: 'updated', helps: (pod, now, old) => looksByLabels(pod) || podHelps(pod, now, old) },
    {
      kind: Pod,
      type: 'deleted',
      helps: (pod, gone: Pod) => looksByLabels(pod) || looksByLabels(gone) || podHelps(pod, undefined, gone),
    },
    { kind: Node, type: 'added', helps: nodeHelps },
    { kind: Node, type: 'updated', helps: nodeHelps },
  ],
  preFilter(pod, state) {
    const { snapshot, world } = state;
    const terms = affinityTerms(pod);
    const existing = countExisting(pod, snapshot, world);
    if (existing.isEmpty && terms.affinity.length === 0 && terms.antiAffinity.length === 0) return 'skip';
    const counted: Counted = { terms, affinity: new DomainCounts(), antiAffinity: new DomainCounts(), existing };
    countMeant(counted.affinity, terms.affinity, 'all', snapshot, world);
    countMeant(counted.antiAffinity, terms.antiAffinity, 'each', snapshot, world);
    state.data.set(`${name}/filter`, counted);
    return undefined;
  },
  adjust(pod, other, { node }, by, state) {
    const { terms, affinity, antiAffinity, existing } = kept(state);
    const labels = namespaceLabelsOf(other, state.world);
    if (allMatch(terms.affinity, other, labels)) for (const { topologyKey } of terms.affinity) affinity.add(topologyKey, node, by);
    for (const term of terms.antiAffinity) if (term.matches(other, labels)) antiAffinity.add(term.topologyKey, node, by);
    const theirs = affinityTerms(other).antiAffinity;
    if (theirs.length === 0) return;
    const ownLabels = namespaceLabelsOf(pod, state.world);
    for (const term of theirs) if (term.matches(pod, ownLabels)) existing.add(term.topologyKey, node, by);
  },
  filter(pod, info, state) {
    const counted = kept(state);
    if (!meetsAffinity(pod, counted, info, state.world)) return { reason: "node(s) didn't match pod affinity rules", resolvable: false };
    if (counted.terms.antiAffinity.some(({ topologyKey }) => counted.antiAffinity.at(topologyKey, info.node) > 0))
      return { reason: "node(s) didn't match pod anti-affinity rules", resolvable: true };
    if (counted.existing.isAnyAt(info.node))
      return { reason: "node(s) didn't satisfy existing pods anti-affinity rules", resolvable: true };
    return undefined;
  },
  preScore(pod, _nodes, state) {
    const { snapshot, world } = state;
    const { podIndex, byName } = snapshot;
    const counts = new DomainCounts();
    countMeant(counts, affinityTerms(pod).preferred, 'each', snapshot, world);
    if (podIndex.preferred.size + podIndex.affinity.size > 0) {
      const labels = namespaceLabelsOf(pod, world);
      for (const { term, nodes } of podIndex.preferred) {
        if (term.matches(pod, labels)) counts.addNodes(term.topologyKey, nodes, byName, term.weight);
      }
      for (const { term, nodes } of podIndex.affinity) {
        if (term.matches(pod, labels)) counts.addNodes(term.topologyKey, nodes, byName, requiredAffinityWeight);
      }
    }
    if (counts.isEmpty) return 'skip';
    state.data.set(`${name}/score`, counts);
    return undefined;
  },
  score: (_pod, { node }, { data }) => (data.get(`${name}/score`) as DomainCounts).sumAt(node),
  normalize(scores) {
    const [least, most] = [Math.min(...scores.values()), Math.max(...scores.values())];
    for (const [node, score] of scores) scores.set(node, most === least ? 0 : Math.trunc(100 * ((score - least) / (most - least))));
  },
});
