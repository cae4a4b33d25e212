import { NumberText } from './number-text.ts';

/** Not a value that stands for a number. */
const isPlain = (value: unknown): value is object => typeof value === 'object' && value !== null && !(value instanceof NumberText);

/** JSON merge patch (RFC 7386): null removes, objects merge, everything else replaces. Keys come out in order, as upstream writes them. */
export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (Array.isArray(patch)) return patch.map((item) => (isPlain(item) ? applyMergePatch(undefined, item) : item));
  if (!isPlain(patch)) return patch;
  const result = new Map<string, unknown>(
    typeof target === 'object' && target !== null && !Array.isArray(target) ? Object.entries(target) : [],
  );
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, applyMergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}
