import { jobsDone, nextTurn, turnsWaiting } from './turn.ts';

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

/** Waits by the timers of a clock, as `Clock.sleep` says. */
export function sleepOn(clock: Pick<Clock, 'setTimer'>, ms: number, signal?: AbortSignal): Promise<void> {
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

/** Turns of the event loop that may pass without virtual time moving, before somebody is taken to be running in circles. */
const mostTurns = 100_000;
/** Timers fired between two turns of the event loop: real input may be waiting. */
const timersPerTurn = 500;

/** A clock that stands still until it is advanced; timers fire in the order of their times, ties in the order they were set. */
export class VirtualClock implements Clock {
  #elapsedMs = 0;
  /** What the wall clock shows when nothing has elapsed. */
  #originMs: number;
  #sequence = 0;
  #timers: { atMs: number; sequence: number; run: () => void }[] = [];

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#originMs = startMs;
  }
  now(): number {
    return this.#originMs + this.#elapsedMs;
  }
  monotonic(): number {
    return this.#elapsedMs;
  }
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, ms, signal);
  }
  setTimer(ms: number, run: () => void): Timer {
    const timer = { atMs: this.#elapsedMs + Math.max(ms, 0), sequence: this.#sequence++, run };
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
  /** Sets the wall clock forward or back; timers and `monotonic` do not notice. */
  jump(ms: number): void {
    this.#originMs += ms;
  }
  /** Milliseconds until the next timer, or undefined when none is set. */
  get nextInMs(): number | undefined {
    const next = this.#timers[0];
    return next && next.atMs - this.#elapsedMs;
  }
  /** Moves time forward by `ms`, firing timers on the way; between two of them everything runs that can. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#elapsedMs + ms;
    await settle(true);
    for (let fired = 1; ; fired++) {
      const timer = this.#timers[0];
      if (timer === undefined || timer.atMs > targetMs) break;
      this.#timers.shift();
      this.#elapsedMs = Math.max(this.#elapsedMs, timer.atMs);
      timer.run();
      await settle(fired % timersPerTurn === 0);
    }
    this.#elapsedMs = targetMs;
    await settle(true);
  }
}

/** Lets everything that is ready to run do so: promise jobs, and what waits for a turn. `input`: gives real I/O a chance too. */
async function settle(input: boolean): Promise<void> {
  if (input) for (let turn = 0; turn < 4; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  await jobsDone();
  for (let turns = 0; turnsWaiting() > 0; turns++) {
    if (turns > mostTurns) throw new Error('the simulation does not come to rest: somebody runs in circles without waiting');
    await nextTurn();
    await jobsDone();
  }
}
