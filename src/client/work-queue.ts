import { backoffMs } from '../base/backoff.ts';
import type { Clock, Timer } from '../base/clock.ts';

/** What a queue reports, for metrics. All are optional. */
export interface WorkQueueHooks {
  readonly added?: () => void;
  readonly retried?: () => void;
  readonly depth?: (waiting: number) => void;
  readonly started?: (waitedMs: number) => void;
  readonly finished?: (workedMs: number) => void;
  /** Handed once: tells, for each key that is being worked on, for how many milliseconds so far. */
  readonly running?: (tell: () => readonly number[]) => void;
}

const firstRetryMs = 5;
const longestRetryMs = 1_000_000;

/**
 * Keys to work on, each at most once in the queue and never handed to two workers at a time: a key added while it is
 * worked on comes again after `done`. So its size is bounded by the number of distinct keys. As client-go's workqueue.
 */
export class WorkQueue {
  readonly #clock: Clock;
  readonly #hooks: WorkQueueHooks;
  /** Waiting for a worker, in order, with the time of arrival. */
  readonly #waiting = new Map<string, number>();
  /** Being worked on, with the time of start. */
  readonly #processing = new Map<string, number>();
  /** Added while being worked on. */
  readonly #again = new Set<string>();
  readonly #later = new Map<string, { readonly atMs: number; readonly timer: Timer }>();
  readonly #failures = new Map<string, number>();
  readonly #takers: ((key: string | undefined) => void)[] = [];
  #stopped = false;

  constructor(clock: Clock, hooks: WorkQueueHooks = {}) {
    this.#clock = clock;
    this.#hooks = hooks;
    hooks.running?.(() => {
      const nowMs = clock.monotonic();
      return [...this.#processing.values()].map((startedMs) => nowMs - startedMs);
    });
  }
  /** Keys that wait for a worker. */
  get length(): number {
    return this.#waiting.size;
  }
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#processing.size === 0;
  }
  add(key: string): void {
    if (this.#stopped || this.#waiting.has(key) || this.#again.has(key)) return;
    this.#hooks.added?.();
    if (this.#processing.has(key)) this.#again.add(key);
    else this.#enqueue(key);
  }
  /** Adds the key after `ms`; of several times asked for, the earliest holds. */
  addAfter(key: string, ms: number): void {
    if (this.#stopped) return;
    if (ms <= 0) {
      this.add(key);
      return;
    }
    const atMs = this.#clock.monotonic() + ms;
    const planned = this.#later.get(key);
    if (planned !== undefined) {
      if (planned.atMs <= atMs) return;
      planned.timer.cancel();
    }
    const timer = this.#clock.setTimer(ms, () => {
      this.#later.delete(key);
      this.add(key);
    });
    this.#later.set(key, { atMs, timer });
  }
  /** Adds the key after 5 ms, doubling with each call until `forget`, up to 1000 s. */
  addRateLimited(key: string): void {
    const failures = this.failures(key) + 1;
    this.#failures.set(key, failures);
    this.#hooks.retried?.();
    this.addAfter(key, backoffMs(failures, firstRetryMs, longestRetryMs));
  }
  forget(key: string): void {
    this.#failures.delete(key);
  }
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }
  /** The next key; waits for one. Undefined once the queue is shut down. Every key got must be given to `done`. */
  async get(): Promise<string | undefined> {
    const [next] = this.#waiting;
    if (next !== undefined) {
      this.#waiting.delete(next[0]);
      this.#hooks.depth?.(this.#waiting.size);
      return this.#start(next[0], next[1]);
    }
    if (this.#stopped) return undefined;
    return new Promise((resolve) => this.#takers.push(resolve));
  }
  done(key: string): void {
    const startedMs = this.#processing.get(key);
    if (startedMs === undefined) return;
    this.#processing.delete(key);
    this.#hooks.finished?.(this.#clock.monotonic() - startedMs);
    if (this.#again.delete(key) && !this.#stopped) this.#enqueue(key);
  }
  shutDown(): void {
    this.#stopped = true;
    for (const { timer } of this.#later.values()) timer.cancel();
    this.#later.clear();
    this.#waiting.clear();
    this.#again.clear();
    for (const take of this.#takers.splice(0)) take(undefined);
  }
  #enqueue(key: string): void {
    const nowMs = this.#clock.monotonic();
    const take = this.#takers.shift();
    if (take !== undefined) {
      take(this.#start(key, nowMs));
      return;
    }
    this.#waiting.set(key, nowMs);
    this.#hooks.depth?.(this.#waiting.size);
  }
  #start(key: string, arrivedMs: number): string {
    const nowMs = this.#clock.monotonic();
    this.#processing.set(key, nowMs);
    this.#hooks.started?.(nowMs - arrivedMs);
    return key;
  }
}
