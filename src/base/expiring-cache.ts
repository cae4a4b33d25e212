import { setLatest } from './latest.ts';
import type { Clock } from './clock.ts';

/** A map of at most `max` entries that forgets each after its time, and those that were not asked for the longest when it is full. */
export class ExpiringCache<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly untilMs: number }>();
  readonly #clock: Clock;
  readonly #max: number;
  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }
  get size(): number {
    return this.#entries.size;
  }
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    if (entry.untilMs <= this.#clock.monotonic()) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }
  /** A time of 0 keeps nothing. */
  set(key: string, value: V, forMs: number): void {
    if (forMs <= 0) this.#entries.delete(key);
    else setLatest(this.#entries, key, { value, untilMs: this.#clock.monotonic() + forMs }, this.#max);
  }
  clear(): void {
    this.#entries.clear();
  }
}
