import type { Clock } from './clock.ts';
import type { Logger } from './log.ts';

/** A long-running piece of the cluster. `run` returns when the signal aborts; returning or throwing before that is a failure. */
export interface Part {
  readonly name: string;
  /** Settles once the part does its work for the first time. */
  readonly ready: Promise<void>;
  run(signal: AbortSignal): Promise<void>;
}

const firstDelayMs = 500;
const longestDelayMs = 30_000;
/** A part that ran this long is considered healthy: the next failure starts at the first delay again. */
const healthyAfterMs = 60_000;

/** Runs a part until the signal aborts, restarting it with growing delays whenever it dies. Never throws. */
export async function supervise(part: Part, clock: Clock, log: Logger, signal: AbortSignal): Promise<void> {
  let delayMs = firstDelayMs;
  while (!signal.aborted) {
    const startedMs = clock.monotonic();
    try {
      await part.run(signal);
      if (signal.aborted) return;
      log.error('part ended by itself; restarting it', { part: part.name, delayMs });
    } catch (error) {
      if (signal.aborted) return;
      log.error('part failed; restarting it', { part: part.name, delayMs, error });
    }
    if (clock.monotonic() - startedMs > healthyAfterMs) delayMs = firstDelayMs;
    await clock.sleep(delayMs, signal).catch(() => undefined);
    delayMs = Math.min(delayMs * 2, longestDelayMs);
  }
}
