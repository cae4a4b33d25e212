/** Delay before try `failures + 1`: `firstMs` doubling per failure up to `longestMs`. Zero before the first failure. */
export function backoffMs(failures: number, firstMs: number, longestMs: number): number {
  return failures <= 0 ? 0 : Math.min(firstMs * 2 ** Math.min(failures - 1, 52), longestMs);
}
