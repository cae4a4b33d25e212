import { joined } from './mutate.ts';

const longestMs = 30_000;

/** The same failure with fewer bytes: pieces, large ones first, are left out as long as it still fails. `tries` bounds the work, and time does. */
export async function shrink(input: Uint8Array, fails: (input: Uint8Array) => Promise<boolean>, tries = 2_000): Promise<Uint8Array> {
  const endMs = performance.now() + longestMs;
  let best = input;
  let left = tries;
  for (let size = 2 ** Math.ceil(Math.log2(input.length + 1)); size >= 1; size /= 2) {
    for (let at = 0; at < best.length && left > 0 && performance.now() < endMs; ) {
      left--;
      const candidate = joined(best.subarray(0, at), best.subarray(at + size));
      if (await fails(candidate)) best = candidate;
      else at += size;
    }
  }
  return best;
}
