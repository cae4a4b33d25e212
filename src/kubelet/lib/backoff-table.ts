const firstMs = 10_000;
const longestMs = 300_000;
const forgetAfterMs = 2 * longestMs;
const maxEntries = 10_000;

/** Growing delays by key: 10 s doubling to 5 min, forgotten after 10 min without trouble. Upstream's flowcontrol.Backoff. */
export class BackoffTable {
  readonly #entries = new Map<string, { delayMs: number; updatedMs: number }>();

  /** Whether `key` still has to wait at `nowMs` when its last failure was at `sinceMs`. A failure in the future waits for nothing: the clock was set back. */
  isWaiting(key: string, sinceMs: number, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || sinceMs - entry.updatedMs > forgetAfterMs) return false;
    return nowMs >= sinceMs && nowMs - sinceMs < entry.delayMs;
  }
  /** Whether `key` still has to wait since its delay last grew. */
  isWaitingSinceUpdate(key: string, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && nowMs - entry.updatedMs <= forgetAfterMs && nowMs - entry.updatedMs < entry.delayMs;
  }
  /** Notes one more failure at `atMs`. */
  next(key: string, atMs: number): void {
    const entry = this.#entries.get(key);
    const fresh = entry === undefined || atMs - entry.updatedMs > forgetAfterMs;
    this.#entries.delete(key);
    this.#entries.set(key, { delayMs: fresh ? firstMs : Math.min(entry.delayMs * 2, longestMs), updatedMs: atMs });
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
