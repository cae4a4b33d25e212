import { labelOf } from '../../api/meta.ts';
import { Node } from '../../kinds/core/node.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { definePlugin, type CycleState } from '../framework.ts';
import { domainCounts, spreadRules, type SpreadRule } from '../lib/spread.ts';

const name = 'PodTopologySpread';
interface Counted {
  readonly rule: SpreadRule;
  readonly domains: Map<string, number>;
}
const kept = (state: CycleState, part: 'filter' | 'score') => state.data.get(`${name}/${part}`) as readonly Counted[];

/** Spreads pods over domains such as nodes and zones (KEP-895), with the cluster's default rules for pods that have none. */
export const podTopologySpread = definePlugin({
  name,
  retryOn: [
    { kind: Node, type: 'added' },
    { kind: Node, type: 'updated' },
    { kind: Node, type: 'deleted' },
    { kind: Pod, type: 'added' },
    { kind: Pod, type: 'updated' },
    { kind: Pod, type: 'deleted' },
  ],
  preFilter(pod, state) {
    const rules = spreadRules(pod, 'DoNotSchedule');
    if (rules.length === 0) return 'skip';
    state.data.set(
      `${name}/filter`,
      rules.map((rule) => ({ rule, domains: domainCounts(rule, pod, state.snapshot.nodes) })),
    );
    return undefined;
  },
  filter(pod, { node }, state) {
    for (const { rule, domains } of kept(state, 'filter')) {
      const domain = labelOf(node, rule.topologyKey);
      if (domain === undefined)
        return { reason: "node(s) didn't match pod topology spread constraints (missing required label)", resolvable: false };
      const least = domains.size < rule.minDomains ? 0 : Math.min(...domains.values());
      const skew = (domains.get(domain) ?? 0) + (rule.matches(pod) ? 1 : 0) - least;
      if (skew > rule.maxSkew) return { reason: "node(s) didn't match pod topology spread constraints", resolvable: true };
    }
    return undefined;
  },
  preScore(pod, nodes, state) {
    const rules = spreadRules(pod, 'ScheduleAnyway');
    if (rules.length === 0) return 'skip';
    const usable = rules.filter((rule) => nodes.some(({ node }) => labelOf(node, rule.topologyKey) !== undefined));
    if (usable.length === 0) return 'skip';
    state.data.set(
      `${name}/score`,
      usable.map((rule) => ({ rule, domains: domainCounts(rule, pod, state.snapshot.nodes) })),
    );
    return undefined;
  },
  score(_pod, { node }, state) {
    let total = 0;
    for (const { rule, domains } of kept(state, 'score')) {
      const domain = labelOf(node, rule.topologyKey);
      // Rules over many domains weigh more; upstream's formula.
      if (domain !== undefined) total += (domains.get(domain) ?? 0) * Math.log(domains.size + 2) + (rule.maxSkew - 1);
    }
    return Math.round(total);
  },
  normalize(scores) {
    const highest = Math.max(...scores.values());
    const lowest = Math.min(...scores.values());
    for (const [node, score] of scores) scores.set(node, highest === 0 ? 100 : Math.floor((100 * (highest + lowest - score)) / highest));
  },
});
