import { labelSelectorMatcher, type LabelMatcher } from '../../api/selector.ts';
import { labelOf, controllerOf } from '../../api/meta.ts';
import { nodeMatchesPod } from '../../kinds/core/lib/node-selector.ts';
import { untoleratedTaint } from '../../kinds/core/lib/taints.ts';
import type { NodeInfo, Pod } from '../framework.ts';

/** One rule of spreading, with its selector ready to use. */
export interface SpreadRule {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly minDomains: number;
  readonly matches: (pod: Pod) => boolean;
  readonly honourAffinity: boolean;
  readonly honourTaints: boolean;
}

const hostname = 'kubernetes.io/hostname';
/** Applied to pods that say nothing: spread gently over nodes and zones (kubernetes.io: cluster-level default constraints). */
const defaults = [
  { maxSkew: 3, topologyKey: hostname },
  { maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone' },
] as const;

type Constraint = NonNullable<Pod['spec']['topologySpreadConstraints']>[number];

function ruleOf(pod: Pod, constraint: Constraint): SpreadRule {
  const selector: LabelMatcher = labelSelectorMatcher(constraint.labelSelector);
  const same = (constraint.matchLabelKeys ?? []).filter((key) => labelOf(pod, key) !== undefined);
  return {
    maxSkew: constraint.maxSkew,
    topologyKey: constraint.topologyKey,
    minDomains: constraint.minDomains ?? 1,
    matches: (other) => selector.matches(other.metadata.labels) && same.every((key) => labelOf(other, key) === labelOf(pod, key)),
    honourAffinity: constraint.nodeAffinityPolicy !== 'Ignore',
    honourTaints: constraint.nodeTaintsPolicy === 'Honor',
  };
}

/** The pod's rules of one strength; the defaults stand in only when it has none at all and somebody controls it. */
export function spreadRules(pod: Pod, whenUnsatisfiable: 'DoNotSchedule' | 'ScheduleAnyway'): readonly SpreadRule[] {
  const own = pod.spec.topologySpreadConstraints ?? [];
  if (own.length > 0) return own.filter((one) => one.whenUnsatisfiable === whenUnsatisfiable).map((one) => ruleOf(pod, one));
  const controller = controllerOf(pod);
  if (whenUnsatisfiable === 'DoNotSchedule' || controller === undefined) return [];
  return defaults.map((rule) => ({
    ...rule,
    minDomains: 1,
    matches: (other) => controllerOf(other)?.uid === controller.uid,
    honourAffinity: true,
    honourTaints: false,
  }));
}

/** Nodes whose pods count for a rule. */
export function counts(rule: SpreadRule, pod: Pod, { node }: NodeInfo): boolean {
  if (labelOf(node, rule.topologyKey) === undefined) return false;
  if (rule.honourAffinity && !nodeMatchesPod(pod, node)) return false;
  return !rule.honourTaints || untoleratedTaint(node.spec.taints, pod.spec.tolerations, ['NoSchedule', 'NoExecute']) === undefined;
}

/** Matching pods per domain; domains without any count as 0. */
export function domainCounts(rule: SpreadRule, pod: Pod, nodes: readonly NodeInfo[]): Map<string, number> {
  const domains = new Map<string, number>();
  for (const info of nodes) {
    if (!counts(rule, pod, info)) continue;
    const domain = labelOf(info.node, rule.topologyKey)!;
    let matching = 0;
    for (const other of info.pods) {
      if (other.metadata.namespace === pod.metadata.namespace && other.metadata.deletionTimestamp === undefined && rule.matches(other))
        matching++;
    }
    domains.set(domain, (domains.get(domain) ?? 0) + matching);
  }
  return domains;
}
