import type { Clock, Timer } from '../../base/clock.ts';

export interface BatchOptions {
  /** What may wait; beyond that it is lost, and counted. */
  readonly bufferMax: number;
  readonly batchMax: number;
  /** A batch that is not full goes out after this long. */
  readonly waitMs: number;
  /** Batches in a second, and how many at once. Absent: any. */
  readonly throttle?: { readonly perSecond: number; readonly burst: number } | undefined;
}

/** Collects what is to be sent somewhere, so that nobody waits for it. `send` gives false, and does not throw, when a batch is lost. */
export class Batches<T> {
  readonly #send: (batch: readonly T[]) => boolean | Promise<boolean>;
  readonly #options: BatchOptions;
  readonly #clock: Clock;
  readonly #lost: (count: number) => void;
  #held: T[] = [];
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #tokens: number;
  #filledMs: number;

  constructor(
    send: (batch: readonly T[]) => boolean | Promise<boolean>,
    options: BatchOptions,
    clock: Clock,
    lost: (count: number) => void,
  ) {
    this.#send = send;
    this.#options = options;
    this.#clock = clock;
    this.#lost = lost;
    this.#tokens = options.throttle?.burst ?? 0;
    this.#filledMs = clock.monotonic();
  }
  take(items: readonly T[]): void {
    const { bufferMax, batchMax, waitMs } = this.#options;
    const room = Math.max(bufferMax - this.#held.length, 0);
    if (room < items.length) this.#lost(items.length - room);
    this.#held.push(...items.slice(0, room));
    if (this.#held.length >= batchMax) this.#start();
    else if (this.#held.length > 0) this.#timer ??= this.#clock.setTimer(waitMs, () => this.#start());
  }
  #start(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
      if (this.#held.length >= this.#options.batchMax) this.#start();
      else if (this.#held.length > 0) this.#timer ??= this.#clock.setTimer(this.#options.waitMs, () => this.#start());
    });
  }
  async #work(): Promise<void> {
    do {
      const batch = this.#held.splice(0, this.#options.batchMax);
      await this.#turn();
      const kept = await this.#send(batch);
      if (!kept) this.#lost(batch.length);
    } while (this.#held.length >= this.#options.batchMax);
  }
  /** Waits until a batch may go. */
  async #turn(): Promise<void> {
    const { throttle } = this.#options;
    if (throttle === undefined) return;
    const refill = () => {
      const now = this.#clock.monotonic();
      this.#tokens = Math.min(throttle.burst, this.#tokens + ((now - this.#filledMs) / 1000) * throttle.perSecond);
      this.#filledMs = now;
    };
    refill();
    if (this.#tokens < 1) {
      await this.#clock.sleep(((1 - this.#tokens) / throttle.perSecond) * 1000);
      refill();
    }
    this.#tokens -= 1;
  }
  /** Resolves when everything that was taken is sent or lost. */
  async close(): Promise<void> {
    while (this.#held.length > 0 || this.#working !== undefined) {
      this.#start();
      await this.#working;
    }
    this.#timer?.cancel();
  }
}
