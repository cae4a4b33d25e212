import type { Clock, Timer } from '../../base/clock.ts';
import type { Backend } from './backend.ts';
import type { AuditEvent } from './record.ts';

export interface BatchOptions {
  /** Events that may wait; beyond that they are lost, and counted. */
  readonly bufferMax: number;
  readonly batchMax: number;
  /** A batch that is not full goes out after this long. */
  readonly waitMs: number;
  /** Batches in a second, and how many at once. Absent: any. */
  readonly throttle?: { readonly perSecond: number; readonly burst: number } | undefined;
}

/** Collects events and hands them on in batches, so that no request waits for them (plugin/pkg/audit/buffered). */
export class BatchBackend implements Backend {
  readonly #behind: Backend;
  readonly #options: BatchOptions;
  readonly #clock: Clock;
  readonly #lost: (count: number) => void;
  #held: AuditEvent[] = [];
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #tokens: number;
  #filledMs: number;

  constructor(behind: Backend, options: BatchOptions, clock: Clock, lost: (count: number) => void) {
    this.#behind = behind;
    this.#options = options;
    this.#clock = clock;
    this.#lost = lost;
    this.#tokens = options.throttle?.burst ?? 0;
    this.#filledMs = clock.monotonic();
  }
  get name(): Backend['name'] {
    return this.#behind.name;
  }
  take(events: readonly AuditEvent[]): boolean {
    const { bufferMax, batchMax, waitMs } = this.#options;
    const room = Math.max(bufferMax - this.#held.length, 0);
    if (room < events.length) this.#lost(events.length - room);
    this.#held.push(...events.slice(0, room));
    if (this.#held.length >= batchMax) this.#start();
    else if (this.#held.length > 0) this.#timer ??= this.#clock.setTimer(waitMs, () => this.#start());
    // Upstream takes what it loses for done.
    return true;
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
      const kept = await this.#behind.take(batch);
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
  async close(): Promise<void> {
    while (this.#held.length > 0 || this.#working !== undefined) {
      this.#start();
      await this.#working;
    }
    this.#timer?.cancel();
    await this.#behind.close();
  }
}
