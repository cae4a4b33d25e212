import { fieldError } from '../../../api/status.ts';
import type { Errors } from '../../lib/validate.ts';

/** Lists of a bounded length; one that is too long is not looked into. */
export function* eachOf<T>(
  items: readonly T[] | undefined,
  most: number,
  path: string,
  check: (item: T, path: string) => Errors,
  /** Set: items must differ in it. Shown as upstream shows it. */
  key?: (item: T) => unknown,
): Errors {
  if (items === undefined) return;
  if (items.length > most) return yield fieldError.tooMany(path, items.length, most);
  for (const [index, item] of items.entries()) yield* check(item, `${path}[${index}]`);
  if (key === undefined) return;
  const seen = new Set<string>();
  for (const [index, item] of items.entries()) {
    const value = key(item);
    const text = JSON.stringify(value);
    if (seen.has(text)) yield fieldError.duplicate(`${path}[${index}]`, value);
    seen.add(text);
  }
}

const longestShownKey = 96;
const shortened = (key: string, most: number): string => {
  if (key.length <= most) return key;
  const rest = most - 3;
  return `${key.slice(0, Math.floor((rest + 1) / 2))}...${key.slice(key.length - Math.floor(rest / 2))}`;
};
/** Maps of a bounded size, in the order of their keys. */
export function* eachEntry<T>(
  entries: Readonly<Record<string, T>> | undefined,
  most: number,
  path: string,
  checkKey: (path: string, key: string) => Errors,
  check: (item: T, path: string) => Errors,
  mostShown = longestShownKey,
): Errors {
  const keys = Object.keys(entries ?? {}).sort();
  if (keys.length > most) return yield fieldError.tooMany(path, keys.length, most);
  for (const key of keys) {
    yield* checkKey(path, key);
    yield* check(entries![key]!, `${path}[${shortened(key, mostShown)}]`);
  }
}
