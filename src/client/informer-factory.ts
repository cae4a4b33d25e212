import { kindId, type Kind } from '../api/kind.ts';
import { type ApiObject, keyText } from '../api/meta.ts';
import { StatusError } from '../api/status.ts';
import { backoffMs } from '../base/backoff.ts';
import { ChannelOverflow } from '../base/channel.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { type Random, systemRandom } from '../base/random.ts';
import { nextTurn } from '../base/turn.ts';
import type { WatchEvent } from './call.ts';
import type { Client } from './client.ts';
import type { Informer, InformerFactory, InformerHandler } from './informer.ts';
import { ObjectCache } from './object-cache.ts';

type Selection = NonNullable<Parameters<InformerFactory['of']>[1]>;

const pageSize = 500;
const firstDelayMs = 200;
const longestDelayMs = 30_000;
/** A watch is asked to end between this and twice this, so that a dead connection can't go unnoticed for ever. */
const watchSeconds = 300;
/** Events applied between two turns of the event loop. */
const eventsPerTurn = 100;
/** A watch that lived this long without an error is not a failure when it ends. */
const healthyWatchMs = 1_000;

const isExpired = (error: unknown) => error instanceof StatusError && error.code === 410;

interface Tools {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

class ListWatch<T extends ApiObject> implements Informer<T> {
  readonly kind: Kind<T>;
  readonly cache = new ObjectCache<T>();
  readonly synced: Promise<void>;
  hasSynced = false;
  readonly #selection: Selection;
  readonly #tools: Tools;
  readonly #log: Logger;
  readonly #handlers = new Set<InformerHandler<T>>();
  #markSynced: () => void;

  constructor(kind: Kind<T>, selection: Selection, tools: Tools) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.kind = kind;
    this.synced = promise;
    this.#markSynced = resolve;
    this.#selection = selection;
    this.#tools = tools;
    this.#log = tools.log.with({ informer: kindId(kind) });
  }

  subscribe(handler: InformerHandler<T>): () => void {
    this.#handlers.add(handler);
    for (const object of this.cache.list()) this.#notify(() => handler.added?.(object));
    return () => this.#handlers.delete(handler);
  }

  index(name: string, values: (object: T) => readonly string[]): void {
    this.cache.addIndex(name, values);
  }

  /** Follows the kind until the signal aborts. Never throws. */
  async run(): Promise<void> {
    const { clock, random, signal } = this.#tools;
    let failures = 0;
    let listed = false;
    while (!signal.aborted) {
      const startedMs = clock.monotonic();
      try {
        if (!listed) await this.#list();
        listed = true;
        await this.#watch();
        failures = clock.monotonic() - startedMs >= healthyWatchMs ? 0 : failures + 1;
      } catch (error) {
        if (signal.aborted) return;
        if (isExpired(error) || error instanceof ChannelOverflow) listed = false;
        failures = clock.monotonic() - startedMs >= longestDelayMs ? 1 : failures + 1;
        this.#log.debug('list or watch failed; trying again', { error, failures });
      }
      const delayMs = backoffMs(failures, firstDelayMs, longestDelayMs);
      if (delayMs > 0) await clock.sleep(delayMs * (0.5 + random.next() / 2), signal).catch(() => undefined);
    }
  }

  /** Brings the cache to the state of one revision. Pages are applied as they come; what is gone is dropped at the end. */
  async #list(): Promise<void> {
    const { client, signal } = this.#tools;
    const present = new Set<string>();
    let token: string | undefined;
    for (;;) {
      const page = await client.list(this.kind, {
        ...this.#selection,
        limit: pageSize,
        ...(token ? { continue: token } : {}),
        signal,
      });
      for (const object of page.items) {
        const key = keyText(object.metadata);
        present.add(key);
        this.#put(key, object);
      }
      token = page.metadata.continue;
      if (!token) {
        for (const key of [...this.cache.keys()]) if (!present.has(key)) this.#remove(key);
        this.cache.resourceVersion = page.metadata.resourceVersion ?? '';
        break;
      }
      await nextTurn();
    }
    this.hasSynced = true;
    this.#markSynced();
  }

  async #watch(): Promise<void> {
    const { client, random, signal } = this.#tools;
    const stop = new AbortController();
    try {
      const events = await client.watch(this.kind, {
        ...this.#selection,
        resourceVersion: this.cache.resourceVersion,
        allowWatchBookmarks: true,
        timeoutSeconds: watchSeconds + random.int(watchSeconds),
        signal: AbortSignal.any([signal, stop.signal]),
      });
      let count = 0;
      for await (const event of events) {
        if (signal.aborted) return;
        this.#apply(event);
        if (++count % eventsPerTurn === 0) await nextTurn();
      }
    } finally {
      stop.abort();
    }
  }

  #apply(event: WatchEvent<T>): void {
    const { object } = event;
    if (event.type === 'ERROR') throw StatusError.from(object as never);
    if (event.type !== 'BOOKMARK') {
      const key = keyText(object.metadata);
      if (event.type === 'DELETED') this.#remove(key, object);
      else this.#put(key, object);
    }
    this.cache.resourceVersion = object.metadata.resourceVersion;
  }

  #put(key: string, object: T): void {
    const old = this.cache.find(key);
    if (old !== undefined && old.metadata.uid !== object.metadata.uid) {
      this.#remove(key);
      this.#put(key, object);
      return;
    }
    if (old?.metadata.resourceVersion === object.metadata.resourceVersion) return;
    this.cache.set(key, object);
    for (const handler of this.#handlers) {
      this.#notify(() => (old === undefined ? handler.added?.(object) : handler.updated?.(object, old)));
    }
  }

  /** `last` is the final state, when the server told it. */
  #remove(key: string, last?: T): void {
    const old = this.cache.find(key);
    if (old === undefined) return;
    this.cache.remove(key);
    const gone = last?.metadata.uid === old.metadata.uid ? last : old;
    for (const handler of this.#handlers) this.#notify(() => handler.deleted?.(gone));
  }

  #notify(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#log.error('a handler failed', { error });
    }
  }
}

/**
 * Informers over `client`: list by pages, then watch, resuming from the last event or bookmark, listing again after 410 or
 * when this reader fell behind. Failures are retried with growing, jittered delays until `signal` aborts.
 */
export function createInformerFactory(
  client: Client,
  clock: Clock,
  log: Logger,
  signal: AbortSignal,
  random: Random = systemRandom,
): InformerFactory {
  const informers = new Map<string, { readonly informer: ListWatch<any>; readonly stop: AbortController }>();
  return {
    of<T extends ApiObject>(kind: Kind<T>, selection: Selection = {}) {
      const id = JSON.stringify([kindId(kind), selection.namespace ?? '', selection.labelSelector ?? '', selection.fieldSelector ?? '']);
      const present = informers.get(id);
      if (present !== undefined) return present.informer;
      const stop = new AbortController();
      const informer = new ListWatch<T>(kind, selection, { client, clock, random, log, signal: AbortSignal.any([signal, stop.signal]) });
      informers.set(id, { informer, stop });
      void informer.run();
      return informer;
    },
    end(informer) {
      for (const [id, present] of informers) {
        if (present.informer !== informer) continue;
        present.stop.abort();
        informers.delete(id);
      }
    },
    async synced() {
      await Promise.all([...informers.values()].map(({ informer }) => informer.synced));
    },
  };
}
