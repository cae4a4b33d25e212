import { labelSelectorMatcher } from '../../api/selector.ts';
import type { ClusterRole } from '../../kinds/rbac/cluster-role.ts';

type Rule = NonNullable<ClusterRole['rules']>[number];

const parts = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;
/** One text for rules that say the same. */
export const ruleText = (rule: Rule) => JSON.stringify(parts.map((part) => rule[part] ?? []));
export const selectorsOf = (role: ClusterRole) => role.aggregationRule?.clusterRoleSelectors ?? [];

/** The rules of all roles that an aggregated role selects: roles in order of names, each rule once. */
export function aggregatedRules(role: ClusterRole, roles: readonly ClusterRole[]): readonly Rule[] {
  const rules = new Map<string, Rule>();
  const byName = [...roles].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  for (const selector of selectorsOf(role)) {
    const matcher = labelSelectorMatcher(selector);
    for (const other of byName) {
      if (other.metadata.name === role.metadata.name || !matcher.matches(other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) if (!rules.has(ruleText(rule))) rules.set(ruleText(rule), rule);
    }
  }
  return [...rules.values()];
}
