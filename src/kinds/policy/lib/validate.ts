import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { goShown } from '../../lib/go-shown.ts';
import { validateConditions } from '../../lib/validate-conditions.ts';
import { type Errors, intOrPercent, nonNegative, notMoreThan100Percent, oneOf } from '../../lib/validate.ts';
import { type PodDisruptionBudgetSpec, podDisruptionBudgetSpec, type PodDisruptionBudgetStatus } from '../shapes/pod-disruption-budget.ts';

/** pkg/apis/policy/validation. */
interface BudgetLike extends ApiObject {
  readonly spec: PodDisruptionBudgetSpec;
  readonly status: PodDisruptionBudgetStatus;
}

export function* validateBudget({ spec, status }: BudgetLike, { subresource }: ValidationContext<BudgetLike>): Errors {
  if (subresource === 'status') {
    yield* validateConditions(status.conditions, 'status.conditions');
    for (const field of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const)
      yield* nonNegative(`status.${field}`, status[field]);
    return;
  }
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    yield fieldError.invalid('spec', goShown(podDisruptionBudgetSpec, spec), 'minAvailable and maxUnavailable cannot be both set');
  for (const field of ['minAvailable', 'maxUnavailable'] as const) {
    yield* intOrPercent(`spec.${field}`, spec[field]);
    yield* notMoreThan100Percent(`spec.${field}`, spec[field]);
  }
  yield* validateLabelSelector(spec.selector, 'spec.selector');
  yield* oneOf('spec.unhealthyPodEvictionPolicy', spec.unhealthyPodEvictionPolicy, ['AlwaysAllow', 'IfHealthyBudget']);
}
