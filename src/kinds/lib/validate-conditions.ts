import type { Condition } from '../../api/meta.ts';
import { isConditionReason } from '../../api/names.ts';
import { fieldError } from '../../api/status.ts';
import { byteLength, type Errors, invalidIf, qualifiedName } from './validate.ts';

const statuses = ['False', 'True', 'Unknown'];
const longestReason = 1024;
const longestMessage = 32 * 1024;

/** metav1.Condition (k8s.io/apimachinery meta/v1/validation). */
export function* validateConditions(conditions: readonly Condition[] | undefined, path: string): Errors {
  const seen = new Set<string>();
  for (const [index, condition] of (conditions ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (seen.has(condition.type)) yield fieldError.duplicate(`${at}.type`, condition.type);
    seen.add(condition.type);
    yield* validateCondition(condition, at);
  }
}

export function* validateCondition(condition: Condition, path: string): Errors {
  yield* qualifiedName(`${path}.type`, condition.type);
  if (!statuses.includes(condition.status)) yield fieldError.notSupported(`${path}.status`, condition.status, statuses);
  const generation = condition.observedGeneration ?? 0;
  if (generation < 0) yield fieldError.invalid(`${path}.observedGeneration`, generation, 'must be greater than or equal to zero');
  if (!condition.lastTransitionTime) yield fieldError.required(`${path}.lastTransitionTime`);
  if (condition.reason === '') yield fieldError.required(`${path}.reason`);
  else {
    yield* invalidIf(isConditionReason(condition.reason), `${path}.reason`, condition.reason);
    if (byteLength(condition.reason) > longestReason) yield fieldError.tooLong(`${path}.reason`, longestReason);
  }
  if (byteLength(condition.message) > longestMessage) yield fieldError.tooLong(`${path}.message`, longestMessage);
}
