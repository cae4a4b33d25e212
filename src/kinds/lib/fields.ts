import { byBytes } from '../../base/byte-order.ts';
import { sameJson } from '../../base/equal.ts';

/** Small things that the rules of many kinds say. */

/** As `sameJson`, and an empty list or null is as good as absent; an empty object is not, as it may be a choice ('emptyDir: {}'). */
export function sameOrEmpty(a: unknown, b: unknown): boolean {
  return sameJson(withoutEmpty(a), withoutEmpty(b));
}
function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value === null ? undefined : value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]) => [key, withoutEmpty(item)] as const)
      .filter(([, item]) => item !== undefined),
  );
}

/** A map as upstream prints it: by its keys in order. */
export const inOrder = <T>(map: Readonly<Record<string, T>> | undefined): Record<string, T> | null =>
  map === undefined ? null : Object.fromEntries(Object.entries(map).sort(([a], [b]) => byBytes(a, b)));
