import { setLatest } from './latest.ts';
const maxEntries = 10_000;

interface Entry {
  delayMs: number;
  /** When the delay last grew, which is when the thing was tried again. */
  updatedMs: number;
}

/**
 * Growing delays by key: `firstMs` doubling to `longestMs`, forgotten once it went well for twice that. Upstream's
 * flowcontrol.Backoff. All times are of the monotonic clock.
 */
export class BackoffTable {
  readonly #entries = new Map<string, Entry>();
  /** The failure that was noticed last, and when. */
  readonly #failures = new Map<string, { readonly id: string; readonly atMs: number }>();
  readonly #firstMs: number;
  readonly #longestMs: number;

  constructor(firstMs = 10_000, longestMs = 300_000) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
  }
  /** When the failure `id` of `key` was first noticed: now, unless it was asked about before. */
  noticed(key: string, id: string, nowMs: number): number {
    const known = this.#failures.get(key);
    if (known?.id === id) return known.atMs;
    setLatest(this.#failures, key, { id, atMs: nowMs }, maxEntries);
    return nowMs;
  }
  /** Whether `key` still has to wait at `nowMs` when its last failure was at `sinceMs`. */
  isWaiting(key: string, sinceMs: number, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && !this.#hasExpired(entry, sinceMs) && nowMs - sinceMs < entry.delayMs;
  }
  /** Whether `key` still has to wait since its delay last grew. */
  isWaitingSinceUpdate(key: string, nowMs: number): boolean {
    const entry = this.#entries.get(key);
    return entry !== undefined && !this.#hasExpired(entry, nowMs) && nowMs - entry.updatedMs < entry.delayMs;
  }
  /** Notes at `nowMs` that `key`, whose last failure was at `sinceMs`, is tried again; or that it failed now. */
  next(key: string, sinceMs: number, nowMs = sinceMs): void {
    const entry = this.#entries.get(key);
    const fresh = entry === undefined || this.#hasExpired(entry, sinceMs);
    const delayMs = fresh ? this.#firstMs : Math.min(entry.delayMs * 2, this.#longestMs);
    setLatest(this.#entries, key, { delayMs, updatedMs: nowMs }, maxEntries);
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
    for (const key of this.#failures.keys()) if (key.startsWith(prefix)) this.#failures.delete(key);
  }
  #hasExpired(entry: Entry, failedMs: number): boolean {
    return failedMs - entry.updatedMs > 2 * this.#longestMs;
  }
}
