import { goJson, inOrder } from '../go-text.ts';
import { type FieldError, fieldError } from '../status.ts';
import type { Fault, Result } from './result.ts';

/** What validation found, as errors of an object's fields. `path` is where the value stands in it; '' is the object itself. */
export function fieldErrorsOf(result: Result, path = ''): FieldError[] {
  return result.faults.map((one) => fieldErrorOf(one, path));
}
/** Upstream's name of the object itself. */
export const wholeObject = '<nil>';

function fieldErrorOf(one: Fault, path: string): FieldError {
  if (one.kind === 'plain') return fieldError.invalid(path === '' ? wholeObject : path, '', one.message);
  const name = one.path === '.' ? '' : one.path.replace(/^\./, '');
  const at = name === '' ? path || wholeObject : path === '' ? name : `${path}.${name}`;
  switch (one.kind) {
    case 'required':
      return fieldError.required(at);
    case 'enum':
      return fieldError.notSupported(
        at,
        inOrder(one.value),
        one.values!.map((value) => (typeof value === 'string' ? value : goJson(value))),
        'as given',
      );
    case 'tooLong':
      return fieldError.tooLong(at, one.limit!);
    case 'maxItems':
    case 'maxProperties':
      return fieldError.tooMany(at, one.value as number, one.limit!);
    case 'type':
      return fieldError.typeInvalid(at, one.value ?? '', one.message);
    default:
      if (one.shown !== undefined) return { type: 'FieldValueInvalid', path: at, text: `Invalid value: ${one.shown}: ${one.message}` };
      return fieldError.invalid(at, one.value ?? '', one.message);
  }
}
