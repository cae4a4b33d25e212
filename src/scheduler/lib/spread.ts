import { labelMapMatcher, labelSelectorMatcher } from '../../api/selector.ts';
import { controllerOf } from '../../api/meta.ts';
import { ReplicaSet } from '../../kinds/apps/replica-set.ts';
import { StatefulSet } from '../../kinds/apps/stateful-set.ts';
import { nodeMatchesPod } from '../../kinds/core/lib/node-selector.ts';
import { untoleratedTaint } from '../../kinds/core/lib/taints.ts';
import { ReplicationController } from '../../kinds/core/replication-controller.ts';
import { Service } from '../../kinds/core/service.ts';
import type { Node, Pod, Snapshot, World } from '../framework.ts';

/** One rule of spreading, with its selector ready to use. */
export interface SpreadRule {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly minDomains: number;
  readonly matches: (pod: Pod) => boolean;
  readonly honourAffinity: boolean;
  readonly honourTaints: boolean;
}

export const hostname = 'kubernetes.io/hostname';
/** Applied to pods that say nothing: spread gently over nodes and zones (kubernetes.io: cluster-level default constraints). */
const defaults = [
  { maxSkew: 3, topologyKey: hostname },
  { maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone' },
] as const;

type Constraint = NonNullable<Pod['spec']['topologySpreadConstraints']>[number];

function ruleOf(pod: Pod, constraint: Constraint): SpreadRule {
  const selector = labelSelectorMatcher(constraint.labelSelector);
  const same = (constraint.matchLabelKeys ?? []).filter((key) => pod.metadata.labels?.[key] !== undefined);
  return {
    maxSkew: constraint.maxSkew,
    topologyKey: constraint.topologyKey,
    minDomains: constraint.minDomains ?? 1,
    matches: (other) =>
      selector.matches(other.metadata.labels) && same.every((key) => other.metadata.labels?.[key] === pod.metadata.labels?.[key]),
    honourAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
    honourTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

/** Pods that belong together with this one, by the Services that select it and by its controller; undefined: nothing says so. */
function kindred(pod: Pod, world: World): ((other: Pod) => boolean) | undefined {
  const { namespace, labels } = pod.metadata;
  const matchers = world
    .list(Service, namespace)
    .map(({ spec }) => labelMapMatcher(spec.selector))
    .filter((matcher) => matcher.matches(labels));
  const owner = controllerOf(pod);
  const key = { namespace, name: owner?.name ?? '' } as { readonly namespace: string; readonly name: string };
  const kind = `${owner?.apiVersion}/${owner?.kind}`;
  if (kind === 'v1/ReplicationController') matchers.push(labelMapMatcher(world.get(ReplicationController, key)?.spec.selector));
  if (kind === 'apps/v1/ReplicaSet') matchers.push(labelSelectorMatcher(world.get(ReplicaSet, key)?.spec.selector));
  if (kind === 'apps/v1/StatefulSet') matchers.push(labelSelectorMatcher(world.get(StatefulSet, key)?.spec.selector));
  const used = matchers.filter(({ text }) => text !== '');
  return used.length === 0 ? undefined : (other) => used.every((matcher) => matcher.matches(other.metadata.labels));
}

/** The rules of one strength that the pod has itself. */
export const ownRules = (pod: Pod, whenUnsatisfiable: Constraint['whenUnsatisfiable']): readonly SpreadRule[] =>
  (pod.spec.topologySpreadConstraints ?? []).filter((one) => one.whenUnsatisfiable === whenUnsatisfiable).map((one) => ruleOf(pod, one));

/** The pod's rules of one strength; the defaults stand in only when it has none at all and belongs to something. */
export function spreadRules(pod: Pod, whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway', world: World): readonly SpreadRule[] {
  if ((pod.spec.topologySpreadConstraints ?? []).length > 0) return ownRules(pod, whenUnsatisfiable);
  const matches = whenUnsatisfiable === 'DoNotSchedule' ? undefined : kindred(pod, world);
  if (matches === undefined) return [];
  return defaults.map((rule) => ({ ...rule, minDomains: 1, matches, honourAffinity: true, honourTaints: false }));
}

export const hasAllKeys = (rules: readonly SpreadRule[], { metadata }: Node): boolean =>
  rules.every(({ topologyKey }) => metadata.labels?.[topologyKey] !== undefined);

/** Whether the node's pods count for a rule. */
export function isIncluded(rule: SpreadRule, pod: Pod, node: Node): boolean {
  if (rule.honourAffinity && !nodeMatchesPod(pod, node)) return false;
  return !rule.honourTaints || untoleratedTaint(node.spec.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']) === undefined;
}

/** Whether a pod counts for a rule of another one, wherever it is. */
export const isCounted = (rule: SpreadRule, pod: Pod, other: Pod): boolean =>
  other.metadata.namespace === pod.metadata.namespace && other.metadata.deletionTimestamp === undefined && rule.matches(other);

/** Pods per node that count for a rule; nodes without any are left out. */
export function countedPods(rule: SpreadRule, pod: Pod, { podIndex }: Snapshot): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { sample, nodes } of podIndex.sorts([pod.metadata.namespace ?? ''])) {
    if (!isCounted(rule, pod, sample)) continue;
    for (const [name, count] of nodes) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}
