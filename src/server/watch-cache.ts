import { expired, serviceUnavailable, StatusError } from '../api/status.ts';
import { ChannelOverflow } from '../base/channel.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { RevisionError, type Store, type StoreBatch, StoreUnavailable } from '../store/store.ts';
import { KindCache } from './cache/kind-cache.ts';
import type { ReadCounts } from './cache/read-counts.ts';
import { bookmarkEvent, errorEvent } from './cache/watch-events.ts';
import type { Watcher } from './cache/watcher.ts';

export interface WatchCacheOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Logger;
  /** Changes kept per kind for watches that resume. */
  readonly historyMax?: number;
}

const bookmarkEveryMs = 60_000;
const restartDelayMs = 100;
/** How long a request waits for a revision that is not there yet, as upstream. */
const freshWaitMs = 3_000;

/**
 * What the store holds, as shared objects, kept current by one watch over the whole store; so one counter says how complete
 * everything is. Reads that wait for `fresh()` see everything that was acknowledged before.
 */
export class WatchCache {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #historyMax: number;
  readonly #kinds = new Map<string, KindCache>();
  readonly #stop = new AbortController();
  #revision: number;
  #waiting: { revision: number; resolve: () => void }[] = [];
  #bookmarks: Timer | undefined;
  readonly #pump: Promise<void>;

  constructor({ store, clock, log, historyMax = 2048 }: WatchCacheOptions) {
    this.#store = store;
    this.#clock = clock;
    this.#log = log;
    this.#historyMax = historyMax;
    this.#revision = store.revision;
    this.#pump = this.#follow();
    this.#armBookmarks();
  }
  /** Every change up to here has been taken in and handed to the watchers. */
  get revision(): number {
    return this.#revision;
  }
  kinds(): Iterable<KindCache> {
    return this.#kinds.values();
  }
  /** Changes kept per kind: at least so many, at most twice as many. */
  get capacity(): number {
    return this.#historyMax;
  }
  /** What reading the kind counts. */
  reads(prefix: string): ReadCounts {
    return this.#of(prefix).reads;
  }
  /** What is known of a kind; undefined when nobody asked for it yet. */
  known(prefix: string): KindCache | undefined {
    const kind = this.#kinds.get(prefix);
    return kind?.loaded === true ? kind : undefined;
  }
  async #follow(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        for await (const batch of this.#store.watch({ prefix: '/', after: this.#revision, signal })) this.#take(batch);
        if (!signal.aborted) await this.#clock.sleep(restartDelayMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof RevisionError) this.#startOver();
        if (!(error instanceof ChannelOverflow)) this.#log.error('the watch of the store failed', { error });
        await this.#clock.sleep(restartDelayMs, signal).catch(() => undefined);
      }
    }
  }
  /** Changes were missed for good: forget the state, end the watches; clients list again. */
  #startOver(): void {
    for (const kind of this.#kinds.values()) kind.reset();
    this.#revision = this.#store.revision;
    this.#wake();
  }
  #take(batch: StoreBatch): void {
    for (const event of batch.events) {
      const end = event.key.indexOf('/', event.key.indexOf('/', 1) + 1) + 1;
      const kind = this.#kinds.get(event.key.slice(0, end));
      try {
        kind?.apply(event);
      } catch (error) {
        // An object that can't be read concerns those who ask for its kind: they are told when they load it anew.
        this.#log.error('an object in the store cannot be read', { key: event.key, error });
        kind?.reset();
      }
    }
    this.#revision = Math.max(this.#revision, batch.revision);
    if (this.#waiting.length > 0) this.#wake();
  }
  #wake(): void {
    const ready = this.#waiting.filter((waiter) => waiter.revision <= this.#revision);
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter((waiter) => waiter.revision > this.#revision);
    for (const waiter of ready) waiter.resolve();
  }
  #reached(revision: number): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ revision, resolve }));
  }
  /** The kind, loaded, with everything in it that the store has acknowledged. */
  fresh(prefix: string): KindCache | Promise<KindCache> {
    const kind = this.#of(prefix);
    const isFresh = kind.loaded && this.#store.sync === undefined && this.#revision >= this.#store.revision;
    return isFresh ? kind : this.#freshened(kind);
  }
  async #freshened(kind: KindCache): Promise<KindCache> {
    if (this.#store.sync !== undefined) await synced(this.#store as Store & Required<Pick<Store, 'sync'>>);
    let wanted = this.#store.revision;
    // What comes meanwhile may show that the state is no longer good.
    do {
      if (!kind.loaded) {
        await kind.load();
        wanted = Math.max(wanted, kind.loadedRevision);
      }
      if (this.#revision < wanted) await this.#reached(wanted);
    } while (!kind.loaded);
    return kind;
  }
  /** Waits a little for a revision to come. Throws Timeout, as upstream, when it is ahead of the store. */
  async atLeast(revision: number): Promise<void> {
    if (revision <= this.#revision) return;
    if (revision > this.#store.revision) {
      const giveUp = Promise.withResolvers<'late'>();
      const timer = this.#clock.setTimer(freshWaitMs, () => giveUp.resolve('late'));
      const outcome = await Promise.race([this.#reached(revision), giveUp.promise]);
      timer.cancel();
      if (outcome === 'late') throw tooLarge(revision, this.#store.revision);
      return;
    }
    await this.#reached(revision);
  }
  #of(prefix: string): KindCache {
    let kind = this.#kinds.get(prefix);
    if (kind === undefined) {
      kind = new KindCache(this.#store, prefix, this.#historyMax);
      this.#kinds.set(prefix, kind);
    }
    return kind;
  }
  /**
   * Delivers to the watcher everything after `revision`. What is no longer in memory is read from the store's history first.
   * A revision that is compacted gives an ERROR event, 410, and ends the watch.
   */
  async watchFrom(prefix: string, watcher: Watcher, revision: number): Promise<void> {
    const kind = this.#of(prefix);
    if (!kind.loaded) await this.fresh(prefix);
    if (revision >= kind.oldest) kind.attach(watcher, revision);
    else void this.#catchUp(kind, watcher, revision);
  }
  async #catchUp(kind: KindCache, watcher: Watcher, revision: number): Promise<void> {
    const over = new AbortController();
    watcher.onEnd(() => over.abort());
    const { namespace, name } = watcher.options;
    const prefix = namespace === undefined ? kind.prefix : `${kind.prefix}${namespace}/`;
    try {
      for await (const batch of this.#store.watch({ prefix, after: revision, signal: over.signal })) {
        for (const event of batch.events) {
          const change = kind.pastChange(event);
          if (name === undefined || change.name === name) watcher.offer(change);
        }
        if (watcher.ended) return;
        if (batch.revision >= kind.oldest) return kind.attach(watcher, batch.revision);
      }
    } catch (error) {
      if (error instanceof RevisionError) {
        watcher.push(errorEvent(expired(`too old resource version: ${revision} (${error.compacted})`).toStatus()));
      } else if (!over.signal.aborted) this.#log.warn('a watch could not catch up', { error });
    }
    watcher.end();
  }
  /** Ends the watches of a kind: what they show is shown otherwise now, or no more. */
  endWatches(prefix: string): void {
    for (const watcher of [...(this.#kinds.get(prefix)?.watchers() ?? [])]) watcher.end();
  }
  #armBookmarks(): void {
    this.#bookmarks = this.#clock.setTimer(bookmarkEveryMs, () => {
      for (const kind of this.#kinds.values()) for (const watcher of kind.watchers()) this.bookmark(watcher);
      this.#armBookmarks();
    });
  }
  /** Tells the watcher how far it is, if it asked for that. */
  bookmark(watcher: Watcher): void {
    if (watcher.options.bookmarks) watcher.push(bookmarkEvent(watcher.options.kind, this.#revision, false));
  }
  async close(): Promise<void> {
    this.#bookmarks?.cancel();
    this.#stop.abort(new Error('the server is closing'));
    for (const kind of this.#kinds.values()) for (const watcher of [...kind.watchers()]) watcher.end();
    await this.#pump;
  }
}

/** Others write to this store, too: what they wrote before is seen. */
async function synced(store: Required<Pick<Store, 'sync'>>): Promise<void> {
  try {
    await store.sync();
  } catch (error) {
    if (error instanceof StoreUnavailable) throw serviceUnavailable(`the server cannot read: ${error.message}`);
    throw error;
  }
}

/** Upstream's answer to a resourceVersion that is not there yet. */
export const tooLarge = (asked: number, current: number, retryAfterSeconds = 1): StatusError =>
  new StatusError(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    ...(retryAfterSeconds === 0 ? {} : { retryAfterSeconds }),
  });
