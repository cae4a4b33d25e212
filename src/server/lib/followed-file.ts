import type { Clock } from '../../base/clock.ts';
import { readText } from './configuration.ts';
import type { Logger } from '../../base/log.ts';
import type { ReloadObserver } from './reload-metrics.ts';

export interface FollowedFileOptions {
  readonly path: string;
  /** What was read at the start. */
  readonly text: string;
  /** Takes a new text in. What it throws is logged and the old state stays in force; the text is not tried again unless `RetryLater`. */
  readonly apply: (text: string) => Promise<void> | void;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly observer?: ReloadObserver | undefined;
}
/** Thrown for what may be well later although the text stays the same, e.g. that an issuer can't be reached. */
export class RetryLater extends Error {}

const lookEveryMs = 5_000;

/** Looks at a file of configuration from time to time until the signal aborts. */
export async function followFile({ path, text, apply, clock, log, signal, observer }: FollowedFileOptions): Promise<void> {
  let known = text;
  while (!signal.aborted) {
    await clock.sleep(lookEveryMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    let read: string | undefined;
    try {
      read = readText(path);
      if (read === known) continue;
      await apply(read);
      known = read;
      observer?.reloaded(true, read);
      log.info('configuration reloaded', { path });
    } catch (error) {
      observer?.reloaded(false, '');
      if (read !== undefined && !(error instanceof RetryLater)) known = read;
      log.error('configuration could not be reloaded; the old one stays in force', { path, error });
    }
  }
}
