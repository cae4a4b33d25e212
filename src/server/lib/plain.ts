import { copyEmptyList } from '../../api/decode.ts';

/** A copy of plain JSON data that shares nothing with it. */
export function copy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value.length === 0 ? copyEmptyList(value) : value.map(copy)) as T;
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const inner = (value as Record<string, unknown>)[key];
    if (key === '__proto__')
      Object.defineProperty(result, key, { value: copy(inner), enumerable: true, writable: true, configurable: true });
    else result[key] = typeof inner === 'object' ? copy(inner) : inner;
  }
  return result as T;
}
