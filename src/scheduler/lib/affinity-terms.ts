import { labelSelectorMatcher, type Labels } from '../../api/selector.ts';
import { Namespace } from '../../kinds/core/namespace.ts';
import type { Pod, World } from '../framework.ts';

type Affinity = NonNullable<Pod['spec']['affinity']>;
type Term = NonNullable<NonNullable<Affinity['podAffinity']>['requiredDuringSchedulingIgnoredDuringExecution']>[number];

/** A pod's wish to be near other pods, or away from them. */
export interface AffinityTerm {
  /** The same for terms that say the same, whatever pod has them. */
  readonly key: string;
  readonly topologyKey: string;
  /** Of preferences: below zero for those to be away. 1 for what is required. */
  readonly weight: number;
  /** Namespaces where it looks whatever their labels are. */
  readonly namespaces: ReadonlySet<string>;
  readonly looksByNamespaceLabels: boolean;
  /** Whether it means a pod in a namespace with these labels. */
  matches(other: Pod, namespaceLabels: Labels): boolean;
}

/** All such wishes of a pod. */
export interface AffinityTerms {
  readonly affinity: readonly AffinityTerm[];
  readonly antiAffinity: readonly AffinityTerm[];
  readonly preferred: readonly AffinityTerm[];
}

const none: AffinityTerms = { affinity: [], antiAffinity: [], preferred: [] };
const memo = new WeakMap<Pod, AffinityTerms>();

function termOf(pod: Pod, term: Term, weight: number): AffinityTerm {
  const { topologyKey, labelSelector, namespaceSelector } = term;
  const isOwnOnly = (term.namespaces ?? []).length === 0 && (namespaceSelector ?? undefined) === undefined;
  const namespaces = new Set(isOwnOnly ? [pod.metadata.namespace ?? ''] : term.namespaces);
  const selector = labelSelectorMatcher(labelSelector);
  const namespaceMatcher = labelSelectorMatcher(namespaceSelector);
  return {
    key: JSON.stringify([topologyKey, weight, [...namespaces].sort(), labelSelector, namespaceSelector]),
    topologyKey,
    weight,
    namespaces,
    looksByNamespaceLabels: (namespaceSelector ?? undefined) !== undefined,
    matches: ({ metadata }, namespaceLabels) =>
      (namespaces.has(metadata.namespace ?? '') || namespaceMatcher.matches(namespaceLabels)) && selector.matches(metadata.labels),
  };
}

/**
 * What a pod says of other pods; matchLabelKeys are in the selectors since it was created. Memoised by object, which is immutable.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
export function affinityTerms(pod: Pod): AffinityTerms {
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  if (!podAffinity && !podAntiAffinity) return none;
  let terms = memo.get(pod);
  if (terms === undefined) {
    const preferred = (of: typeof podAffinity, sign: 1 | -1) =>
      (of?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => termOf(pod, one.podAffinityTerm, sign * one.weight));
    terms = {
      affinity: (podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => termOf(pod, one, 1)),
      antiAffinity: (podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => termOf(pod, one, 1)),
      preferred: [...preferred(podAffinity, 1), ...preferred(podAntiAffinity, -1)],
    };
    memo.set(pod, terms);
  }
  return terms;
}

/** Whether there are terms and all mean the pod. */
export const allMatch = (terms: readonly AffinityTerm[], other: Pod, namespaceLabels: Labels): boolean =>
  terms.length > 0 && terms.every((term) => term.matches(other, namespaceLabels));

export const namespaceLabelsOf = ({ metadata }: Pod, world: World): Labels =>
  world.get(Namespace, { name: metadata.namespace ?? '' })?.metadata.labels;
