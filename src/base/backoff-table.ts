const maxEntries = 10_000;

/** Growing delays by key: `firstMs` doubling to `longestMs`, forgotten after twice that without trouble. Upstream's flowcontrol.Backoff. */
export class BackoffTable {
  readonly #entries = new Map<string, { delayMs: number; updatedMs: number }>();
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #forgetAfterMs: number;

  constructor(firstMs = 10_000, longestMs = 300_000) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#forgetAfterMs = 2 * longestMs;
  }
  /** Whether `key` still has to wait at `nowMs` when its last failure was at `sinceMs`. */
  isWaiting(key: string, sinceMs: number, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || sinceMs - entry.updatedMs > this.#forgetAfterMs) return false;
    return nowMs - sinceMs < entry.delayMs;
  }
  /** Whether `key` still has to wait since its delay last grew. */
  isWaitingSinceUpdate(key: string, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && nowMs - entry.updatedMs <= this.#forgetAfterMs && nowMs - entry.updatedMs < entry.delayMs;
  }
  /** Notes one more failure at `atMs`. */
  next(key: string, atMs: number): void {
    const entry = this.#entries.get(key);
    const fresh = entry === undefined || atMs - entry.updatedMs > this.#forgetAfterMs;
    this.#entries.delete(key);
    this.#entries.set(key, { delayMs: fresh ? this.#firstMs : Math.min(entry.delayMs * 2, this.#longestMs), updatedMs: atMs });
    if (this.#entries.size > maxEntries) this.#entries.delete(this.#entries.keys().next().value!);
  }
  delayMs(key: string): number {
    return this.#entries.get(key)?.delayMs ?? 0;
  }
  /** When the wait that began with `next` is over. */
  untilMs(key: string): number {
    const entry = this.#entries.get(key);
    return entry === undefined ? 0 : entry.updatedMs + entry.delayMs;
  }
  forget(prefix: string): void {
    for (const key of this.#entries.keys()) if (key.startsWith(prefix)) this.#entries.delete(key);
  }
}
