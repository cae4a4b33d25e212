import { StatusError } from '../../api/status.ts';
import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Call, Interceptor } from '../call.ts';

const firstDelayMs = 250;
const longestDelayMs = 10_000;
const longestRetryAfterMs = 60_000;

const changesNothing = (call: Call) => call.verb === 'get' || call.verb === 'list' || call.verb === 'watch';

/** Milliseconds until the next try, or undefined when trying again can't help or might do the work twice. */
function delayAfter(error: unknown, call: Call, failures: number, random: Random): number | undefined {
  if (!(error instanceof StatusError)) return undefined;
  const asked = error.details?.retryAfterSeconds;
  const told = asked !== undefined && asked > 0;
  const retriable = error.code === 429 || (error.code >= 500 && (told || (changesNothing(call) && error.code !== 501)));
  if (!retriable) return undefined;
  if (told) return Math.min(asked * 1000, longestRetryAfterMs);
  return backoffMs(failures, firstDelayMs, longestDelayMs) * (0.5 + random.next() / 2);
}

/**
 * Tries again after 429 and after 5xx: as long as the server asks for, else with growing, jittered delays. Writes are
 * tried again only when the server says that it did not take them up (429, or Retry-After). A 429 that carries causes
 * is a decision, not load (an eviction that a disruption budget refuses), and is handed through.
 */
export function retry(clock: Clock, random: Random, tries = 10): Interceptor {
  return (next) => async (call) => {
    for (let failures = 1; ; failures++) {
      try {
        return await next(call);
      } catch (error) {
        const decided = error instanceof StatusError && (error.details?.causes?.length ?? 0) > 0 && error.code === 429;
        const delayMs = decided || failures >= tries ? undefined : delayAfter(error, call, failures, random);
        if (delayMs === undefined) throw error;
        await clock.sleep(delayMs, call.signal);
      }
    }
  };
}
