import type { Clock, Timer } from '../base/clock.ts';
import { type Duplex, GrpcError } from '../base/grpc.node.ts';
import type { Logger } from '../base/log.ts';
import type { Decoded } from '../base/protobuf.ts';
import { nextTurn } from '../base/turn.ts';
import { EtcdClient, type EtcdClientOptions } from './etcd-client.ts';
import { compactCall, rangeCall, statusCall, txnCall, watchCall } from './etcd-messages.ts';
import { defaultHistoryLimits, type HistoryLimits, Mvcc } from './mvcc.ts';
import {
  type Entry,
  type RangeOptions,
  type RangeResult,
  type Store,
  type StoreBatch,
  type StoreEvent,
  StoreUnavailable,
  type Txn,
  type TxnResult,
  type WatchOptions,
} from './store.ts';
import { defaultWatchEventsMax, Watchers } from './watchers.ts';

/** Between keys of the store and keys in etcd, without the prefix. */
export interface KeyLayout {
  toPath(key: string): string;
  /** undefined: what is there is not the store's. */
  toKey(path: string): string | undefined;
}
const plainLayout: KeyLayout = { toPath: (key) => key, toKey: (path) => path };

export interface EtcdStoreOptions extends EtcdClientOptions {
  /** What every key in etcd begins with, such as '/registry/'. */
  readonly prefix: string;
  readonly layout?: KeyLayout;
  readonly clock: Clock;
  readonly log: Logger;
  readonly history?: Partial<HistoryLimits>;
  /** Events that may wait for one watcher before it is cut. */
  readonly watchEventsMax?: number;
}

const pageSize = 1000;
const retryMs = 100;
/** Opening waits this long for etcd, as upstream. */
const openLimitMs = 20_000;
/** Revisions of before the start that are read, so that watches can resume over a restart. */
const pastMax = 100_000;
/** After this long without the revision that somebody waits for, etcd is asked how far it is. */
const progressMs = 10;
const sweepMax = 500;
const trimEvery = 1000;

type Reply = Decoded<(typeof watchCall)['reply']>;
type KeyValue = NonNullable<Reply['events'][number]['kv']>;

/** The last key of a prefix, exclusive. */
function endOf(prefix: Uint8Array): Uint8Array {
  const end = Buffer.from(prefix);
  for (let at = end.length - 1; at >= 0; at--) {
    if (end[at]! < 0xff) {
      end[at]!++;
      return end.subarray(0, at + 1);
    }
  }
  return Uint8Array.of(0);
}

/**
 * The store in an etcd cluster, shared with others who write to it. Everything under the prefix is mirrored in memory by one watch, as the other
 * stores keep it: reads, pages and watches cost etcd nothing, and show only what etcd has committed. Writes are etcd's transactions; they are
 * answered once the mirror has them.
 */
class EtcdStore implements Store {
  readonly #client: EtcdClient;
  readonly #options: EtcdStoreOptions;
  readonly #layout: KeyLayout;
  readonly #prefix: string;
  readonly #limits: HistoryLimits;
  #mvcc = new Mvcc();
  #watchers: Watchers;
  #stream: Duplex<(typeof watchCall)['request'], (typeof watchCall)['reply']> | undefined;
  #waiting: { readonly revision: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  #progress: Timer | undefined;
  #syncing: Promise<void> | undefined;
  readonly #stop = new AbortController();
  #following: Promise<void> = Promise.resolve();

  constructor(options: EtcdStoreOptions) {
    this.#client = new EtcdClient(options);
    this.#options = options;
    this.#layout = options.layout ?? plainLayout;
    this.#prefix = options.prefix;
    this.#limits = { ...defaultHistoryLimits, ...options.history };
    this.#watchers = this.#newWatchers();
  }
  #newWatchers(): Watchers {
    return new Watchers(this.#mvcc, this.#options.clock, this.#options.watchEventsMax ?? defaultWatchEventsMax);
  }
  get revision(): number {
    return this.#mvcc.revision;
  }
  get compactedRevision(): number {
    return this.#mvcc.compacted;
  }
  /** Mirrors what is there. */
  async open(): Promise<void> {
    const { clock } = this.#options;
    const untilMs = clock.monotonic() + openLimitMs;
    for (;;) {
      try {
        const newest = await this.#newest();
        if (newest > pastMax) await this.#load(newest - pastMax);
        this.#following = this.#follow();
        return await this.#reached(newest);
      } catch (error) {
        if (!(error instanceof StoreUnavailable) || clock.monotonic() > untilMs) throw error;
        await clock.sleep(retryMs);
      }
    }
  }
  async #newest(): Promise<number> {
    const { header } = await this.#client.read(rangeCall, { key: Buffer.from(this.#prefix), countOnly: true });
    return header?.revision ?? 0;
  }
  /** The state at a revision, in place of what was known; the newest when that one is compacted. */
  async #load(at: number): Promise<void> {
    const first = Buffer.from(this.#prefix);
    const rangeEnd = endOf(first);
    let [key, revision]: [Uint8Array, number] = [first, at];
    let entries: Entry[] = [];
    for (;;) {
      try {
        const page = await this.#client.read(rangeCall, { key, rangeEnd, revision, limit: pageSize });
        for (const kv of page.kvs) entries.push(...this.#entryOf(kv));
        if (!page.more) break;
        key = Buffer.concat([page.kvs.at(-1)!.key, Uint8Array.of(0)]);
      } catch (error) {
        if (!(error instanceof GrpcError) || error.code !== 'OutOfRange') throw error;
        [key, revision, entries] = [first, await this.#newest(), []];
      }
    }
    const mvcc = new Mvcc(revision);
    for (const entry of entries) mvcc.seed(entry);
    const old = this.#watchers;
    this.#mvcc = mvcc;
    this.#watchers = this.#newWatchers();
    // Their readers ask again, and are told that what they want is compacted.
    old.close();
    this.#wake();
  }
  #entryOf({ key, value, createRevision, modRevision }: KeyValue): readonly Entry[] {
    const path = Buffer.from(key).toString('utf8').slice(this.#prefix.length);
    const own = this.#layout.toKey(path);
    return own === undefined ? [] : [{ key: own, value, createRevision, modRevision }];
  }
  async #follow(): Promise<void> {
    const { clock, log } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#mirror();
      } catch (error) {
        if (signal.aborted) return;
        log.warn('the watch of etcd broke; it is started again', { error });
        this.#client.failed();
        await clock.sleep(retryMs, signal).catch(() => undefined);
      }
    }
  }
  async #mirror(): Promise<void> {
    const stream = this.#client.open(watchCall);
    this.#stream = stream;
    const key = Buffer.from(this.#prefix);
    stream.write({ create: { key, rangeEnd: endOf(key), startRevision: this.#mvcc.revision + 1, prevKv: true } });
    try {
      for await (const reply of stream) {
        if (this.#stop.signal.aborted) return;
        if (reply.compactRevision > 0) return await this.#load(reply.compactRevision);
        if (reply.canceled) throw new Error('etcd ended the watch');
        if (!reply.created) this.#take(reply);
      }
    } finally {
      this.#stream = undefined;
      stream.cancel();
    }
  }
  /** Events of whole transactions in order, or only how far etcd is. */
  #take({ header, events }: Reply): void {
    const before = this.#mvcc.revision;
    for (let at = 0; at < events.length; ) {
      const revision = events[at]!.kv!.modRevision;
      const own: StoreEvent[] = [];
      for (; at < events.length && events[at]!.kv!.modRevision === revision; at++) own.push(...this.#eventOf(events[at]!));
      if (revision > this.#mvcc.revision) this.#apply(revision, own);
    }
    if (events.length === 0 && header !== undefined) this.#fill(header.revision);
    this.#watchers.publish(before);
    if (Math.floor(this.#mvcc.revision / trimEvery) > Math.floor(before / trimEvery)) this.#mvcc.compact(this.#mvcc.excess(this.#limits));
    this.#mvcc.sweep(sweepMax);
    this.#wake();
  }
  #eventOf({ type, kv, prevKv }: Reply['events'][number]): readonly StoreEvent[] {
    const revision = kv!.modRevision;
    const [entry] = this.#entryOf(kv!);
    if (entry === undefined) return [];
    const { key } = entry;
    // The mirror's own entry, so that its readers share it.
    const known = this.#mvcc.current(key);
    const [previous] = known !== undefined ? [known] : prevKv === undefined ? [] : this.#entryOf(prevKv);
    if (type === 'PUT') return [{ type: 'put', revision, key, entry, ...(previous === undefined ? {} : { previous }) }];
    return previous === undefined ? [] : [{ type: 'delete', revision, key, entry: previous, previous }];
  }
  /** Revisions that were of others' keys come and go without events. */
  #fill(revision: number): void {
    while (this.#mvcc.revision < revision) this.#mvcc.apply([]);
  }
  #apply(revision: number, events: readonly StoreEvent[]): void {
    this.#fill(revision - 1);
    this.#mvcc.apply(events);
  }
  #wake(): void {
    const { revision } = this.#mvcc;
    const ready = this.#waiting.filter((waiter) => waiter.revision <= revision);
    if (ready.length === 0) return;
    this.#waiting = this.#waiting.filter((waiter) => waiter.revision > revision);
    for (const { resolve } of ready) resolve();
  }
  /** Waits until the mirror has a revision that etcd spoke of. */
  async #reached(revision: number): Promise<void> {
    if (this.#mvcc.revision >= revision) return;
    this.#askProgress();
    await new Promise<void>((resolve, reject) => this.#waiting.push({ revision, resolve, reject }));
  }
  #askProgress(): void {
    this.#progress ??= this.#options.clock.setTimer(progressMs, () => {
      this.#progress = undefined;
      if (this.#waiting.length === 0) return;
      this.#stream?.write({ progress: {} });
      this.#askProgress();
    });
  }
  #check(): void {
    if (this.#stop.signal.aborted) throw new Error('the store is closed');
  }
  async get(key: string, { revision }: { readonly revision?: number } = {}): Promise<Entry | undefined> {
    this.#check();
    return this.#mvcc.get(key, revision);
  }
  async range(prefix: string, options?: RangeOptions): Promise<RangeResult> {
    this.#check();
    return this.#mvcc.range(prefix, options);
  }
  count(prefix: string): number {
    return this.#mvcc.count(prefix);
  }
  sync(): Promise<void> {
    this.#check();
    // Who comes while etcd is asked may not use that answer: it may be older than what he must see.
    const waiting = this.#syncing;
    if (waiting !== undefined) return waiting;
    const next = nextTurn().then(async () => {
      this.#syncing = undefined;
      await this.#reached(await this.#newest());
    });
    this.#syncing = next;
    return next;
  }
  async txn(txn: Txn): Promise<TxnResult> {
    this.#check();
    const written = new Set<string>();
    for (const { key } of txn.writes) {
      if (key === '' || written.has(key)) throw new TypeError(key === '' ? 'a key must not be empty' : `key ${key} is written twice`);
      written.add(key);
    }
    const keyOf = (key: string) => Buffer.from(this.#prefix + this.#layout.toPath(key));
    const reply = await this.#client.write(txnCall, {
      compare: txn.compare.map(({ key, modRevision }) => ({ result: 'EQUAL', target: 'MOD', key: keyOf(key), modRevision })),
      success: txn.writes.map((write) =>
        write.type === 'put' ? { put: { key: keyOf(write.key), value: write.value } } : { deleteRange: { key: keyOf(write.key) } },
      ),
    });
    const revision = reply.header!.revision;
    await this.#reached(revision);
    if (!reply.succeeded) {
      const mvcc = this.#mvcc;
      const at = Math.max(revision, mvcc.compacted);
      return { ok: false, revision, current: txn.compare.map(({ key }) => mvcc.get(key, at)) };
    }
    const changed = txn.writes.filter((write, at) => write.type === 'put' || (reply.responses[at]?.deleteRange?.deleted ?? 0) > 0);
    const events = new Map(changed.length === 0 ? [] : this.#eventsAt(revision).map((event) => [event.key, event.entry]));
    const entries = changed.map((write): Entry => {
      const entry = events.get(write.key) ?? this.#mvcc.current(write.key);
      if (entry !== undefined) return entry;
      const value = write.type === 'put' ? write.value : new Uint8Array();
      return { key: write.key, value, createRevision: revision, modRevision: revision };
    });
    return { ok: true, revision, entries };
  }
  /** Empty for what a reload has forgotten. */
  #eventsAt(revision: number): readonly StoreEvent[] {
    return revision > this.#mvcc.compacted ? this.#mvcc.eventsAt(revision) : [];
  }
  watch(options: WatchOptions): AsyncIterable<StoreBatch> {
    return this.#watchers.watch(options);
  }
  async compact(revision: number): Promise<void> {
    this.#check();
    this.#mvcc.compact(revision);
    if (revision > 0)
      await this.#client.write(compactCall, { revision }).catch((error: unknown) => {
        // Somebody else did it already.
        if (!(error instanceof GrpcError) || error.code !== 'OutOfRange') throw error;
      });
    while (!this.#mvcc.sweep(sweepMax).done) await nextTurn();
  }
  async size(): Promise<number> {
    return (await this.#client.read(statusCall, {})).dbSize;
  }
  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error('the store is closed'));
    this.#progress?.cancel();
    this.#stream?.cancel();
    this.#watchers.close();
    for (const { reject } of this.#waiting) reject(new Error('the store is closed'));
    this.#waiting = [];
    await this.#following;
    this.#client.close();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Opens the store that an etcd cluster holds. Throws StoreUnavailable when none of its members answers for a while. */
export async function openEtcdStore(options: EtcdStoreOptions): Promise<Store> {
  const store = new EtcdStore(options);
  try {
    await store.open();
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
