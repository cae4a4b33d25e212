import { isLabelValue } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { type Errors, invalidIf, oneOf, qualifiedName } from '../../lib/validate.ts';
import type { DeviceToleration } from '../shapes/resource-claim.ts';
import type { DeviceTaint } from '../shapes/resource-slice.ts';
import { eachOf } from './validate-lists.ts';

const effects = ['NoExecute', 'NoSchedule', 'None'];

export function* validateTaint({ key, value = '', effect }: DeviceTaint, path: string): Errors {
  yield* qualifiedName(`${path}.key`, key);
  if (value !== '') yield* invalidIf(isLabelValue(value), `${path}.value`, value);
  if (effect === '') yield fieldError.required(`${path}.effect`);
  else yield* oneOf(`${path}.effect`, effect, effects);
}
export function* validateToleration({ key = '', operator = '', value = '', effect = '' }: DeviceToleration, path: string): Errors {
  if (key !== '') yield* qualifiedName(`${path}.key`, key);
  if (operator === 'Exists') {
    if (value !== '') yield fieldError.invalid(`${path}.value`, value, 'must be empty for operator `Exists`');
  } else if (operator === 'Equal') yield* invalidIf(isLabelValue(value), `${path}.value`, value);
  else if (operator === '') yield fieldError.required(`${path}.operator`);
  else yield fieldError.notSupported(`${path}.operator`, operator, ['Equal', 'Exists']);
  if (effect !== '') yield* oneOf(`${path}.effect`, effect, effects);
}

interface Bound {
  readonly bindingConditions?: readonly string[] | undefined;
  readonly bindingFailureConditions?: readonly string[] | undefined;
}
const mostConditions = 4;
function* repeated(conditions: readonly string[], path: string, others: readonly string[]): Errors {
  const seen = new Set<string>();
  for (const [index, condition] of conditions.entries()) {
    if (seen.has(condition)) yield fieldError.duplicate(`${path}[${index}]`, condition);
    seen.add(condition);
    if (others.includes(condition))
      yield fieldError.invalid(`${path}[${index}]`, condition, 'bindingFailureConditions must not overlap with bindingConditions');
  }
}
/** What must come true, or must not, before a device is bound (KEP-5007). */
export function* validateBinding({ bindingConditions: good, bindingFailureConditions: bad }: Bound, path: string): Errors {
  const [goodAt, badAt] = [`${path}.bindingConditions`, `${path}.bindingFailureConditions`];
  const check = (name: string, at: string) => qualifiedName(at, name);
  yield* eachOf(good, mostConditions, goodAt, check);
  yield* eachOf(bad, mostConditions, badAt, check);
  yield* repeated(good ?? [], goodAt, []);
  yield* repeated(bad ?? [], badAt, good ?? []);
  const [some, others] = [(good ?? []).length > 0, (bad ?? []).length > 0];
  if (!some && others) yield fieldError.invalid(goodAt, good ?? null, 'bindingConditions are required to use bindingFailureConditions');
  if (!others && some) yield fieldError.invalid(badAt, bad ?? null, 'bindingFailureConditions are required to use bindingConditions');
}
