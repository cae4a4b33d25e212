import type { Condition } from '../../api/meta.ts';
import { fieldError } from '../../api/status.ts';
import { byteLength, type Errors, qualifiedName } from './validate.ts';

const reasonPattern = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonRegex = new RegExp(`^${reasonPattern}$`);
const reasonExamples = ['my_name', 'MY_NAME', 'MyName', 'ReasonA,ReasonB', 'ReasonA:ReasonB'].map((one) => `'${one}'`).join(',  or ');
const reasonRule = `a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_' (e.g. ${reasonExamples}, regex used for validation is '${reasonPattern}')`;

function* validateCondition(condition: Condition, path: string): Errors {
  const { type, status, observedGeneration = 0, lastTransitionTime, reason, message } = condition;
  yield* qualifiedName(`${path}.type`, type);
  const statuses = ['False', 'True', 'Unknown'];
  if (!statuses.includes(status)) yield fieldError.notSupported(`${path}.status`, status, statuses);
  if (observedGeneration < 0)
    yield fieldError.invalid(`${path}.observedGeneration`, observedGeneration, 'must be greater than or equal to zero');
  if (!lastTransitionTime) yield fieldError.required(`${path}.lastTransitionTime`);
  if (reason === '') yield fieldError.required(`${path}.reason`);
  else {
    if (!reasonRegex.test(reason)) yield fieldError.invalid(`${path}.reason`, reason, reasonRule);
    if (byteLength(reason) > 1024) yield fieldError.tooLong(`${path}.reason`, 1024);
  }
  if (byteLength(message) > 32 * 1024) yield fieldError.tooLong(`${path}.message`, 32 * 1024);
}
/** metav1 conditions, one of each type (apimachinery ValidateConditions). */
export function* validateConditions(conditions: readonly Condition[] | undefined, path: string): Errors {
  const seen = new Set<string>();
  for (const [index, condition] of (conditions ?? []).entries()) {
    if (seen.has(condition.type)) yield fieldError.duplicate(`${path}[${index}].type`, condition.type);
    seen.add(condition.type);
    yield* validateCondition(condition, `${path}[${index}]`);
  }
}
