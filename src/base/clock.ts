/** A timer that can be cancelled; leaving a `using` scope cancels it. */
export interface Timer extends Disposable {
  cancel(): void;
}

/** Where all time comes from. Nothing outside `base/` reads the system's clock or sets a timer by other means. */
export interface Clock {
  /** Milliseconds since the epoch, on the wall clock. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. For intervals and back-off. */
  monotonic(): number;
  /** Resolves after `ms`, or rejects with the signal's reason as soon as it aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls `run` once after `ms`. */
  setTimer(ms: number, run: () => void): Timer;
}

function sleepOn(clock: Pick<Clock, 'setTimer'>, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = clock.setTimer(ms, () => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    });
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** setTimeout takes at most a 32-bit number of milliseconds; longer waits go in hops. */
const longestTimeoutMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) => sleepOn(systemClock, ms, signal),
  setTimer(ms, run) {
    let handle: ReturnType<typeof setTimeout>;
    const arm = (leftMs: number) => {
      handle = setTimeout(
        () => (leftMs > longestTimeoutMs ? arm(leftMs - longestTimeoutMs) : run()),
        Math.min(Math.max(leftMs, 0), longestTimeoutMs),
      );
    };
    arm(ms);
    const cancel = () => clearTimeout(handle);
    return { cancel, [Symbol.dispose]: cancel };
  },
};

/** A clock that stands still until it is advanced; timers fire in the order of their times, ties in the order they were set. */
export class VirtualClock implements Clock {
  #nowMs: number;
  readonly #startMs: number;
  #sequence = 0;
  #timers: { atMs: number; sequence: number; run: () => void }[] = [];

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = this.#startMs = startMs;
  }
  now(): number {
    return this.#nowMs;
  }
  monotonic(): number {
    return this.#nowMs - this.#startMs;
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }
  setTimer(ms: number, run: () => void): Timer {
    const timer = { atMs: this.#nowMs + Math.max(ms, 0), sequence: this.#sequence++, run };
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#timers[middle]!.atMs <= timer.atMs) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, timer);
    const cancel = () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
    return { cancel, [Symbol.dispose]: cancel };
  }
  /** Time of the next timer, or undefined when none is set. */
  get nextAtMs(): number | undefined {
    return this.#timers[0]?.atMs;
  }
  /** Moves time forward by `ms`, firing timers on the way and letting promises settle between them. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#nowMs + ms;
    await settle();
    for (;;) {
      const timer = this.#timers[0];
      if (timer === undefined || timer.atMs > targetMs) break;
      this.#timers.shift();
      this.#nowMs = Math.max(this.#nowMs, timer.atMs);
      timer.run();
      await settle();
    }
    this.#nowMs = targetMs;
  }
}

/** Lets everything that is ready to run do so: promise jobs, and the immediates they queue. */
async function settle(): Promise<void> {
  for (let round = 0; round < 4; round++) await new Promise<void>((resolve) => setImmediate(resolve));
}
