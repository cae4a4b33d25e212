import { isObject } from '../../base/objects.ts';
import { NumberText } from '../number-text.ts';

/**
 * Numbers of custom resources that somebody wrote as fractions though they are whole: `1e3`, `1.0`. Objects hold plain numbers; as long as one is
 * on its way into the store it is a float64 for Go, which validation and rules tell apart. Once stored it is as whole as any.
 */
interface Float {
  readonly path: readonly (string | number)[];
  readonly number: NumberText;
}
const floats = new WeakMap<object, readonly Float[]>();

/** The object with plain numbers; `of` it is known which ones were written as fractions. */
export function plainWithFloats(json: unknown): { readonly value: unknown; readonly written: readonly Float[] } {
  const written: Float[] = [];
  return { value: plain(json, [], written), written };
}
function plain(json: unknown, path: readonly (string | number)[], written: Float[]): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (json instanceof NumberText) {
    if (/[.eE]/.test(json.text)) written.push({ path, number: json });
    return Number(json.text);
  }
  if (Array.isArray(json)) {
    const items = json.map((item, index) => plain(item, [...path, index], written));
    return items.every((item, index) => item === json[index]) ? json : items;
  }
  let changed = false;
  const entries = Object.entries(json).map(([key, value]): [string, unknown] => {
    const kept = typeof value === 'object' ? plain(value, [...path, key], written) : value;
    changed ||= kept !== value;
    return [key, kept];
  });
  return changed ? Object.fromEntries(entries) : json;
}

export function rememberFloats(object: object, written: readonly Float[]): void {
  if (written.length > 0) floats.set(object, written);
}
/** A copy of an object on its way is on its way, too. */
export function asFloating<T extends object>(made: T, from: object): T {
  rememberFloats(made, floats.get(from) ?? []);
  return made;
}
/** The object as Go holds it: with a NumberText where a number was written as a fraction and nobody has changed it since. */
export function withFloats<T extends object>(object: T): T {
  return (floats.get(object) ?? []).reduce((made: any, { path, number }) => put(made, path, number), object) as T;
}
function put(value: unknown, [step, ...rest]: Float['path'], number: NumberText): unknown {
  if (step === undefined) return value === Number(number.text) ? number : value;
  if (Array.isArray(value)) return Number(step) < value.length ? value.with(Number(step), put(value[Number(step)], rest, number)) : value;
  if (!isObject(value) || !Object.hasOwn(value, step)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, key === step ? put(child, rest, number) : child]));
}
