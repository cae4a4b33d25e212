import type { Clock } from '../base/clock.ts';

/** Lets those wait that can only go on when something has changed. */
export class Changes {
  readonly #clock: Clock;
  readonly #waiting = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  happened(): void {
    for (const look of [...this.#waiting]) look();
  }
  /** Resolves when `test` holds; rejects with what it throws, after `timeoutMs`, and when the signal aborts. */
  until(test: () => boolean, timeoutMs: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      try {
        if (test()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    const abort = () => reject(signal.reason);
    const timer = this.#clock.setTimer(timeoutMs, () => reject(new Error('context deadline exceeded')));
    this.#waiting.add(look);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    else look();
    return promise.finally(() => {
      this.#waiting.delete(look);
      signal.removeEventListener('abort', abort);
      timer.cancel();
    });
  }
}
