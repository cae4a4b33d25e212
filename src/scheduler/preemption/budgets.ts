import { labelSelectorMatcher } from '../../api/selector.ts';
import type { PodDisruptionBudget } from '../../kinds/policy/pod-disruption-budget.ts';
import type { Pod } from '../framework.ts';

/** Parts pods into those whose removal, after that of those before them, a budget forbids, and the others. */
export function partByBudgets(
  pods: readonly Pod[],
  budgets: readonly PodDisruptionBudget[],
): { readonly guarded: readonly Pod[]; readonly free: readonly Pod[] } {
  const allowed = budgets.map(({ status }) => status.disruptionsAllowed);
  const guarded: Pod[] = [];
  const free: Pod[] = [];
  for (const pod of pods) {
    let isGuarded = false;
    for (const [index, budget] of budgets.entries()) {
      if (!guards(budget, pod)) continue;
      allowed[index]!--;
      if (allowed[index]! < 0) isGuarded = true;
    }
    (isGuarded ? guarded : free).push(pod);
  }
  return { guarded, free };
}

/** Whether the pod's removal counts against the budget: it is the budget's, and not on its way out already. */
function guards({ metadata, spec, status }: PodDisruptionBudget, pod: Pod): boolean {
  const { labels, namespace, name } = pod.metadata;
  if (metadata.namespace !== namespace || Object.keys(labels ?? {}).length === 0) return false;
  const matcher = labelSelectorMatcher(spec.selector);
  return matcher.text !== '' && matcher.matches(labels) && status.disruptedPods?.[name] === undefined;
}
