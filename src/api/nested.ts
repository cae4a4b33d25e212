import { isObject } from '../base/objects.ts';
import { goValue } from './go-value.ts';
import { NumberText } from './number-text.ts';

/** Values at dotted paths of free-form objects, with the errors of k8s.io/apimachinery's unstructured helpers. */
function goType(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (value instanceof NumberText) return 'float64';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}';
}
const wrong = (path: readonly string[], value: unknown, wanted: string) =>
  new Error(
    `.${path.join('.')} accessor error: ${goValue(value instanceof NumberText ? Number(value.text) : value)} is of the type ${goType(value)}, expected ${wanted}`,
  );

export const splitPath = (path: string): readonly string[] => path.replace(/^\./, '').split('.');

/** undefined: there is none. Throws Error for what can't be walked. */
export function nestedField(object: unknown, path: readonly string[]): unknown {
  let value: unknown = object;
  for (const [index, name] of path.entries()) {
    if (value === null) return undefined;
    if (!isObject(value) || value instanceof NumberText) throw wrong(path.slice(0, index + 1), value, 'map[string]interface{}');
    if (!Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}
export function nestedInteger(object: unknown, path: readonly string[]): number | undefined {
  const value = nestedField(object, path);
  if (value === undefined || (typeof value === 'number' && Number.isInteger(value))) return value;
  throw wrong(path, value, 'int64');
}
export function nestedText(object: unknown, path: readonly string[]): string | undefined {
  const value = nestedField(object, path);
  if (value === undefined || typeof value === 'string') return value;
  throw wrong(path, value, 'string');
}
