import { fieldError } from '../../../api/status.ts';
import type { Errors } from '../../lib/validate.ts';

/** Paths inside volumes and on hosts. */
export function* noBacksteps(path: string, value: string): Errors {
  if (value.split('/').includes('..')) yield fieldError.invalid(path, value, "must not contain '..'");
}
export function* descendingPath(path: string, value: string): Errors {
  if (value.startsWith('/')) yield fieldError.invalid(path, value, 'must be a relative path');
  yield* noBacksteps(path, value);
}
export function* localPath(path: string, value: string): Errors {
  yield* descendingPath(path, value);
  if (value.startsWith('..') && !value.startsWith('../')) yield fieldError.invalid(path, value, "must not start with '..'");
}
export function* fileMode(path: string, mode: number | undefined): Errors {
  if (mode !== undefined && (mode < 0 || mode > 0o777))
    yield fieldError.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}
