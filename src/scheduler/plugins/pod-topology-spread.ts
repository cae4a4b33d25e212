import { ReplicaSet } from '../../kinds/apps/replica-set.ts';
import { StatefulSet } from '../../kinds/apps/stateful-set.ts';
import { Node } from '../../kinds/core/node.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { ReplicationController } from '../../kinds/core/replication-controller.ts';
import { Service } from '../../kinds/core/service.ts';
import { definePlugin, type CycleState, type NodeInfo, type Snapshot } from '../framework.ts';
import { countedPods, hasAllKeys, hostname, isCounted, isIncluded, ownRules, spreadRules, type SpreadRule } from '../lib/spread.ts';

const name = 'PodTopologySpread';
interface Counted {
  readonly rule: SpreadRule;
  /** Matching pods per domain; the domains of nodes without any count as 0. */
  readonly domains: Map<string, number>;
}
interface Scored {
  readonly rule: SpreadRule;
  /** Per domain; of hostname rules per node. */
  readonly counts: ReadonlyMap<string, number>;
  /** Rules over many domains weigh more. */
  readonly weight: number;
}
interface Scoring {
  readonly rules: readonly Scored[];
  /** Nodes that lack a key of some rule. */
  readonly ignored: ReadonlySet<string>;
}
const kept = ({ data }: CycleState) => data.get(`${name}/filter`) as readonly Counted[];
const scoring = ({ data }: CycleState) => data.get(`${name}/score`) as Scoring;
const domainOf = ({ topologyKey }: SpreadRule, { metadata }: Node) => metadata.labels?.[topologyKey];

function countDomains(rule: SpreadRule, rules: readonly SpreadRule[], pod: Pod, snapshot: Snapshot): Counted {
  const domains = new Map<string, number>();
  const counts = countedPods(rule, pod, snapshot);
  for (const { name: nodeName, node } of snapshot.nodes) {
    if (!hasAllKeys(rules, node) || !isIncluded(rule, pod, node)) continue;
    const domain = domainOf(rule, node)!;
    domains.set(domain, (domains.get(domain) ?? 0) + (counts.get(nodeName) ?? 0));
  }
  return { rule, domains };
}

/** Counts what scores are made of, in the domains of the nodes that fit. */
function prepareScores(
  rules: readonly SpreadRule[],
  needsAllKeys: boolean,
  pod: Pod,
  nodes: readonly NodeInfo[],
  snapshot: Snapshot,
): Scoring {
  const isUsable = (node: Node) => !needsAllKeys || hasAllKeys(rules, node);
  const ignored = new Set(nodes.flatMap((info) => (isUsable(info.node) ? [] : [info.name])));
  const scored = rules.map((rule): Scored => {
    const counts = countedPods(rule, pod, snapshot);
    if (rule.topologyKey === hostname) return { rule, counts, weight: Math.log(nodes.length - ignored.size + 2) };
    const domains = new Map<string, number>();
    for (const info of nodes) if (!ignored.has(info.name)) domains.set(domainOf(rule, info.node) ?? '', 0);
    for (const { node } of snapshot.nodes) {
      const domain = domainOf(rule, node) ?? '';
      const present = domains.get(domain);
      if (present === undefined || !isUsable(node) || !isIncluded(rule, pod, node)) continue;
      domains.set(domain, present + (counts.get(node.metadata.name) ?? 0));
    }
    return { rule, counts: domains, weight: Math.log(domains.size + 2) };
  });
  return { rules: scored, ignored };
}

/** Whether a change of a node can move the domains of the pod's rules: it has all their keys, or had. */
function nodeHelps(pod: Pod, now: Node, old: Node | undefined): boolean {
  const rules = ownRules(pod, 'DoNotSchedule');
  return hasAllKeys(rules, now) || (old !== undefined && hasAllKeys(rules, old));
}
/** Whether a pod counts for a rule of the other, or did. */
const podHelps = (pod: Pod, now: Pod, old: Pod | undefined): boolean =>
  now.metadata.namespace === pod.metadata.namespace &&
  ownRules(pod, 'DoNotSchedule').some((rule) => rule.matches(now) || (old !== undefined && rule.matches(old)));

/**
 * Spreads pods over domains such as nodes and zones, with the cluster's default rules for pods that have none.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
export const podTopologySpread = definePlugin({
  name,
  reads: [{ kind: Service }, { kind: ReplicationController }, { kind: ReplicaSet }, { kind: StatefulSet }],
  retryOn: [
    { kind: Node, type: 'added', helps: nodeHelps },
    { kind: Node, type: 'updated', helps: nodeHelps },
    { kind: Node, type: 'deleted', helps: nodeHelps },
    { kind: Pod, type: 'added', helps: podHelps },
    { kind: Pod, type: 'updated', helps: podHelps },
    { kind: Pod, type: 'deleted', helps: podHelps },
  ],
  preFilter(pod, state) {
    const rules = spreadRules(pod, 'DoNotSchedule', state.world);
    if (rules.length === 0) return 'skip';
    state.data.set(
      `${name}/filter`,
      rules.map((rule) => countDomains(rule, rules, pod, state.snapshot)),
    );
    return undefined;
  },
  adjust(pod, other, { node }, by, state) {
    const counted = kept(state);
    if (!counted.every(({ rule }) => domainOf(rule, node) !== undefined)) return;
    for (const { rule, domains } of counted) {
      const domain = domainOf(rule, node)!;
      if (isCounted(rule, pod, other) && isIncluded(rule, pod, node)) domains.set(domain, (domains.get(domain) ?? 0) + by);
    }
  },
  filter(pod, { node }, state) {
    for (const { rule, domains } of kept(state)) {
      const domain = domainOf(rule, node);
      if (domain === undefined)
        return { reason: "node(s) didn't match pod topology spread constraints (missing required label)", resolvable: false };
      const least = domains.size < rule.minDomains ? 0 : Math.min(...domains.values());
      const skew = (domains.get(domain) ?? 0) + (rule.matches(pod) ? 1 : 0) - least;
      if (skew > rule.maxSkew) return { reason: "node(s) didn't match pod topology spread constraints", resolvable: true };
    }
    return undefined;
  },
  preScore(pod, nodes, state) {
    const rules = spreadRules(pod, 'ScheduleAnyway', state.world);
    if (rules.length === 0) return 'skip';
    const needsAllKeys = (pod.spec.topologySpreadConstraints ?? []).length > 0;
    state.data.set(`${name}/score`, prepareScores(rules, needsAllKeys, pod, nodes, state.snapshot));
    return undefined;
  },
  score(_pod, { name: nodeName, node }, state) {
    const { rules, ignored } = scoring(state);
    if (ignored.has(nodeName)) return 0;
    let total = 0;
    for (const { rule, counts, weight } of rules) {
      const domain = domainOf(rule, node);
      if (domain === undefined) continue;
      const count = counts.get(rule.topologyKey === hostname ? nodeName : domain) ?? 0;
      total += count * weight + (rule.maxSkew - 1);
    }
    return Math.round(total);
  },
  normalize(scores, _pod, state) {
    const { ignored } = scoring(state);
    const counted = [...scores].flatMap(([nodeName, score]) => (ignored.has(nodeName) ? [] : [score]));
    const [lowest, highest] = [Math.min(...counted), Math.max(0, ...counted)];
    for (const [nodeName, score] of scores) {
      const spread = highest === 0 ? 100 : Math.floor((100 * (highest + lowest - score)) / highest);
      scores.set(nodeName, ignored.has(nodeName) ? 0 : spread);
    }
  },
});
