import { fieldError } from '../../../api/status.ts';
import { type Errors, nothing } from '../../lib/validate.ts';

/** Paths inside volumes and on hosts. */
export const noBacksteps = (path: string, value: string): Errors =>
  value.includes('..') && value.split('/').includes('..') ? [fieldError.invalid(path, value, "must not contain '..'")] : nothing;
export const descendingPath = (path: string, value: string): Errors =>
  value.startsWith('/')
    ? [fieldError.invalid(path, value, 'must be a relative path'), ...noBacksteps(path, value)]
    : noBacksteps(path, value);
export const localPath = (path: string, value: string): Errors =>
  value.startsWith('..') && !value.startsWith('../')
    ? [...descendingPath(path, value), fieldError.invalid(path, value, "must not start with '..'")]
    : descendingPath(path, value);
export const fileMode = (path: string, mode: number | undefined): Errors =>
  mode !== undefined && (mode < 0 || mode > 0o777)
    ? [fieldError.invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive')]
    : nothing;
