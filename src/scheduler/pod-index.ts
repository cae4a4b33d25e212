import type { Pod } from '../kinds/core/pod.ts';
import { type AffinityTerm, affinityTerms } from './lib/affinity-terms.ts';

/** How many pods of a sort each node has. */
export type NodeCounts = ReadonlyMap<string, number>;

interface Group {
  /** Any of them: what is asked of a group is the same for all. */
  readonly sample: Pod;
  readonly nodes: Map<string, number>;
}
interface TermGroup {
  readonly term: AffinityTerm;
  readonly nodes: Map<string, number>;
}

function count(nodes: Map<string, number>, nodeName: string, by: 1 | -1): void {
  const now = (nodes.get(nodeName) ?? 0) + by;
  if (now === 0) nodes.delete(nodeName);
  else nodes.set(nodeName, now);
}

/** Terms of pods that are on nodes: equal ones, such as those of the pods of a Deployment, are held once. */
export class TermIndex {
  readonly #groups = new Map<string, TermGroup>();

  *[Symbol.iterator](): Iterator<{ readonly term: AffinityTerm; readonly nodes: NodeCounts }> {
    yield* this.#groups.values();
  }
  get size(): number {
    return this.#groups.size;
  }
  count(terms: readonly AffinityTerm[], nodeName: string, by: 1 | -1): void {
    for (const term of terms) {
      const group = this.#groups.get(term.key) ?? { term, nodes: new Map() };
      count(group.nodes, nodeName, by);
      if (group.nodes.size === 0) this.#groups.delete(term.key);
      else this.#groups.set(term.key, group);
    }
  }
}

/**
 * Pods that are on nodes, by what rules of affinity and spreading ask of them: labels, and their own affinity. Kept up to date pod by
 * pod; pods that differ in nothing that is asked are one entry, so that a rule costs what there are sorts of pods, not pods.
 */
export class PodIndex {
  readonly affinity = new TermIndex();
  readonly antiAffinity = new TermIndex();
  readonly preferred = new TermIndex();
  /** By namespace, then by labels. */
  readonly #groups = new Map<string, Map<string, Group>>();

  add(pod: Pod, nodeName: string): void {
    const { namespace = '' } = pod.metadata;
    const groups = this.#groups.get(namespace) ?? new Map<string, Group>();
    const key = groupKey(pod);
    const group = groups.get(key) ?? { sample: pod, nodes: new Map() };
    count(group.nodes, nodeName, 1);
    this.#groups.set(namespace, groups.set(key, group));
    this.#countTerms(pod, nodeName, 1);
  }
  /** Takes back what `add` did for the same object. */
  remove(pod: Pod, nodeName: string): void {
    const { namespace = '' } = pod.metadata;
    const groups = this.#groups.get(namespace);
    const group = groups?.get(groupKey(pod));
    if (groups === undefined || group === undefined) return;
    count(group.nodes, nodeName, -1);
    if (group.nodes.size === 0) groups.delete(groupKey(pod));
    if (groups.size === 0) this.#groups.delete(namespace);
    this.#countTerms(pod, nodeName, -1);
  }
  #countTerms(pod: Pod, nodeName: string, by: 1 | -1): void {
    const terms = affinityTerms(pod);
    this.affinity.count(terms.affinity, nodeName, by);
    this.antiAffinity.count(terms.antiAffinity, nodeName, by);
    this.preferred.count(terms.preferred, nodeName, by);
  }
  /** The sorts of pods of these namespaces; of all without any. A sort is of one namespace, and as a whole being deleted or not. */
  *sorts(namespaces: Iterable<string> = this.#groups.keys()): Iterable<{ readonly sample: Pod; readonly nodes: NodeCounts }> {
    for (const namespace of namespaces) yield* this.#groups.get(namespace)?.values() ?? [];
  }
}

function groupKey({ metadata }: Pod): string {
  const labels = Object.entries(metadata.labels ?? {});
  if (labels.length > 1) labels.sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([metadata.deletionTimestamp !== undefined, labels]);
}
