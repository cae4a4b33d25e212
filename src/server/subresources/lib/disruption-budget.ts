import type { ApiObject } from '../../../api/meta.ts';
import { labelSelectorMatcher } from '../../../api/selector.ts';
import { forbidden, type StatusError, tooManyRequests } from '../../../api/status.ts';

const disruptedPodsMax = 2000;
const about = { group: 'policy', resource: 'poddisruptionbudget' };
const refusal = "Cannot evict pod as it would violate the pod's disruption budget.";

export interface Budget extends ApiObject {
  readonly spec: { readonly selector?: any; readonly unhealthyPodEvictionPolicy?: string };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly disruptionsAllowed?: number;
    readonly currentHealthy?: number;
    readonly desiredHealthy?: number;
    readonly disruptedPods?: Readonly<Record<string, string>>;
    readonly conditions?: readonly { readonly type: string; readonly status: string; readonly reason: string; readonly message: string }[];
  };
}

export function budgetsOf(pod: ApiObject, budgets: readonly Budget[]): readonly Budget[] {
  return budgets.filter((budget) => {
    if (budget.spec.selector === undefined) return false;
    try {
      return labelSelectorMatcher(budget.spec.selector).matches(pod.metadata.labels);
    } catch {
      // A selector that can't be read selects nothing.
      return false;
    }
  });
}

/** 429 that asks the client to try again: the budget's controller has not caught up. */
export const stillProcessed = (name: string): StatusError =>
  tooManyRequests(refusal, 10, [
    { reason: 'DisruptionBudget', message: `The disruption budget ${name} is still being processed by the server.` },
  ]);

function whyNone({ metadata: { name }, status = {} }: Budget): string {
  const condition = status.conditions?.find(
    (candidate) => candidate.type === 'DisruptionAllowed' && candidate.status === 'False' && candidate.message !== '',
  );
  const { currentHealthy = 0, desiredHealthy = 0 } = status;
  if (condition?.reason === 'SyncFailed')
    return `The disruption budget ${name} does not allow evicting pods currently because it failed sync: ${condition.message}`;
  if (currentHealthy <= desiredHealthy)
    return `The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`;
  if (condition !== undefined)
    return `The disruption budget ${name} does not allow evicting pods currently (${condition.reason}): ${condition.message}`;
  return `The disruption budget ${name} does not allow evicting pods currently`;
}

/** Throws when the budget allows no disruption now. */
export function checkBudget(budget: Budget): void {
  const { name, generation = 0 } = budget.metadata;
  const status = budget.status ?? {};
  if ((status.observedGeneration ?? 0) < generation) throw stillProcessed(name);
  const allowed = status.disruptionsAllowed ?? 0;
  if (allowed < 0) throw forbidden(about, name, 'pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > disruptedPodsMax)
    throw forbidden(about, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (allowed === 0) throw tooManyRequests(refusal, 0, [{ reason: 'DisruptionBudget', message: whyNone(budget) }]);
}
