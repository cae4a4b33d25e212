import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Resources } from '../types.ts';

/** What keeps an index up to date. `reset` gets everything there is and replaces what was known. */
export interface Follower {
  reset(objects: readonly ApiObject[]): void;
  put(object: ApiObject): void;
  remove(object: ApiObject): void;
}

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Logger;
  /** Begins once this has resolved. */
  readonly after?: Promise<void>;
}

const tellAtFailure = 3;

/** Feeds an index from a watch until the signal aborts; starts over when the watch breaks. Resolves after the first reset. */
export function follow(
  resources: Pick<Resources, 'watch'>,
  kind: AnyKind,
  follower: Follower,
  { signal, clock, log, after }: FollowOptions,
): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    const once = async () => {
      let initial: ApiObject[] | undefined = [];
      for await (const event of resources.watch(kind, signal)) {
        if (event.type === 'BOOKMARK') {
          if (initial === undefined) continue;
          follower.reset(initial);
          initial = undefined;
          resolve();
        } else if (initial !== undefined) initial.push(event.object);
        else if (event.type === 'DELETED') follower.remove(event.object);
        else follower.put(event.object);
      }
    };
    const run = async () => {
      for (let failures = 0; !signal.aborted; failures++) {
        try {
          await once();
          failures = 0;
        } catch (error) {
          // What fails again and again may hold up the whole server.
          const level = failures === tellAtFailure ? 'warn' : 'debug';
          if (!signal.aborted) log[level]('watch ended; starting it again', { kind: kind.kind, error });
        }
        await clock.sleep(backoffMs(failures, 10, 5_000), signal).catch(() => undefined);
      }
    };
    // Later, since what is followed may still be under construction.
    void (after ?? Promise.resolve()).then(run);
  });
}
