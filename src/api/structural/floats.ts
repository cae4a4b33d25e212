import { isObject } from '../../base/objects.ts';
import { NumberText } from '../number-text.ts';

/**
 * Numbers of custom resources that somebody wrote as fractions though they are whole: `1e3`, `1.0`. Objects hold plain numbers; as long as one is
 * on its way into the store it is a float64 for Go, which validation and rules tell apart. Once stored it is as whole as any.
 */
type Floats = NumberText | ReadonlyMap<string | number, Floats>;
const floats = new WeakMap<object, Floats>();

interface Plain {
  readonly value: unknown;
  /** Those within it; undefined: none. */
  readonly written: Floats | undefined;
}
/** A value with plain numbers, and which of them were written as fractions. */
export function plainWithFloats(json: unknown): Plain {
  if (typeof json !== 'object' || json === null) return { value: json, written: undefined };
  if (json instanceof NumberText) return { value: Number(json.text), written: /[.eE]/.test(json.text) ? json : undefined };
  const below = new Map<string | number, Floats>();
  let changed = false;
  const kept = (child: unknown, step: string | number): unknown => {
    if (typeof child !== 'object') return child;
    const { value, written } = plainWithFloats(child);
    changed ||= value !== child;
    if (written !== undefined) below.set(step, written);
    return value;
  };
  const made = Array.isArray(json)
    ? json.map(kept)
    : Object.fromEntries(Object.entries(json).map(([key, child]): [string, unknown] => [key, kept(child, key)]));
  return { value: changed ? made : json, written: below.size === 0 ? undefined : below };
}

export function rememberFloats(object: object, written: Floats | undefined): void {
  if (written !== undefined) floats.set(object, written);
}
/** A copy of an object on its way is on its way, too. */
export function asFloating<T extends object>(made: T, from: object): T {
  rememberFloats(made, floats.get(from));
  return made;
}
/** The object as Go holds it: with a NumberText where a number was written as a fraction and nobody has changed it since. */
export function withFloats<T extends object>(object: T): T {
  const written = floats.get(object);
  return written === undefined ? object : (put(object, written) as T);
}
function put(value: unknown, written: Floats): unknown {
  if (written instanceof NumberText) return value === Number(written.text) ? written : value;
  const within = (child: unknown, step: string | number) => {
    const below = written.get(step);
    return below === undefined ? child : put(child, below);
  };
  if (Array.isArray(value)) return value.map(within);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, within(child, key)]));
}
