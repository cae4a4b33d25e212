import type { ApiObject } from '../../api/meta.ts';
import type { Clock } from '../../base/clock.ts';
import type { Cache } from '../../client/informer.ts';

interface Pending {
  readonly revisions: Map<Cache<any>, number>;
  deletions: { readonly cache: Cache<any>; readonly object: ApiObject }[];
  sinceMs: number;
}

/** After this long an own write that was never seen is no longer waited for. */
const patienceMs = 300_000;

/**
 * What a controller wrote for each of its keys and has not yet seen in its caches. Deciding from a cache that does not yet
 * show one's own last writes would do the work twice (KEP-5647): ask `settled` before deciding.
 */
export class OwnWrites {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }
  /** `object` is the answer to a create, update or patch of a kind that `cache` follows. */
  wrote(key: string, cache: Cache<any>, object: ApiObject): void {
    const pending = this.#of(key);
    const revision = Number(object.metadata.resourceVersion);
    pending.revisions.set(cache, Math.max(pending.revisions.get(cache) ?? 0, revision));
  }
  /** `object` was deleted, or is being deleted; seen once the cache shows it terminating or gone. */
  deleted(key: string, cache: Cache<any>, object: ApiObject): void {
    this.#of(key).deletions.push({ cache, object });
  }
  settled(key: string): boolean {
    const pending = this.#pending.get(key);
    if (pending === undefined) return true;
    pending.deletions = pending.deletions.filter(({ cache, object }) => {
      const now = cache.get(object.metadata);
      return now?.metadata.uid === object.metadata.uid && now?.metadata.deletionTimestamp === undefined;
    });
    const behind = [...pending.revisions].some(([cache, revision]) => Number(cache.resourceVersion) < revision);
    if ((behind || pending.deletions.length > 0) && this.#clock.monotonic() - pending.sinceMs < patienceMs) return false;
    this.#pending.delete(key);
    return true;
  }
  forget(key: string): void {
    this.#pending.delete(key);
  }
  #of(key: string): Pending {
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = { revisions: new Map(), deletions: [], sinceMs: 0 };
      this.#pending.set(key, pending);
    }
    pending.sinceMs = this.#clock.monotonic();
    return pending;
  }
}
