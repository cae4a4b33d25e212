const alphabet = 'bcdfghjklmnpqrstvwxz2456789';

/** JSON with keys in order, so that equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, each: unknown) =>
    each !== null && typeof each === 'object' && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}

const basis = 0x811c9dc5;
const prime = 0x01000193;
/** FNV-1, 32 bits. */
export function fnv32(bytes: Uint8Array): number {
  let hash = basis;
  for (const byte of bytes) hash = Math.imul(hash, prime) ^ byte;
  return hash >>> 0;
}
/** FNV-1a, 32 bits. */
export function fnv32a(bytes: Uint8Array): number {
  let hash = basis;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, prime);
  return hash >>> 0;
}

/** Letters that can't spell words, one for each byte, as upstream's SafeEncodeString. */
export const safeEncode = (text: string): string =>
  [...new TextEncoder().encode(text)].map((byte) => alphabet[byte % alphabet.length]).join('');

/** Names the content of a pod template; another `collisionCount` gives another name. */
export function templateHash(template: object, collisionCount?: number): string {
  const text = canonicalJson(template) + (collisionCount === undefined ? '' : `#${collisionCount}`);
  return safeEncode(String(fnv32a(new TextEncoder().encode(text))));
}
