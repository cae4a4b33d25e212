import type { Clock } from '../../base/clock.ts';

/** How long a value is kept for a write that has not shown up in the store. Longer than any write takes. */
const pendingMs = 60_000;

/**
 * Which owner holds which value: what the store says, and what was handed out a moment ago. A write that failed lets its
 * value go by time; a write that succeeded shows up through `hold`.
 */
export class Allocations<T> {
  readonly #clock: Clock;
  readonly #held = new Map<T, string>();
  readonly #byOwner = new Map<string, readonly T[]>();
  readonly #pending = new Map<T, { readonly owner: string; readonly untilMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  /** What the store says now: `owner` has exactly these values. */
  hold(owner: string, values: readonly T[]): void {
    this.release(owner);
    if (values.length > 0) this.#byOwner.set(owner, values);
    for (const value of values) {
      this.#held.set(value, owner);
      this.#pending.delete(value);
    }
  }
  release(owner: string): void {
    for (const value of this.#byOwner.get(owner) ?? []) if (this.#held.get(value) === owner) this.#held.delete(value);
    this.#byOwner.delete(owner);
  }
  /** How many values are taken by what the store says. */
  get size(): number {
    return this.#held.size;
  }
  get owners(): readonly string[] {
    return [...this.#byOwner.keys()];
  }
  /** Who has the value, other than `owner`. */
  takenBy(value: T, owner: string): { readonly owner: string; readonly stored: boolean } | undefined {
    const holder = this.#held.get(value);
    if (holder !== undefined && holder !== owner) return { owner: holder, stored: true };
    const pending = this.#pending.get(value);
    if (pending === undefined || pending.owner === owner) return undefined;
    if (pending.untilMs > this.#clock.monotonic()) return { owner: pending.owner, stored: false };
    this.#pending.delete(value);
    return undefined;
  }
  isFree(value: T): boolean {
    return this.takenBy(value, '') === undefined;
  }
  reserve(value: T, owner: string): void {
    this.#pending.set(value, { owner, untilMs: this.#clock.monotonic() + pendingMs });
  }
}
