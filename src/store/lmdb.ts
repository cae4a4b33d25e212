import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, statfsSync, statSync, writeSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import { nextTurn, slicer } from '../base/turn.ts';
import { evaluate, type Outcome } from './evaluate.ts';
import { lockFolder } from './folder-lock.ts';
import { checkLmdbFile } from './lmdb-file.ts';
import { Loader } from './load.ts';
import { defaultHistoryLimits, type Dropped, type HistoryLimits, type Mvcc } from './mvcc.ts';
import { decodeMeta, decodeRecord, encodeMeta, encodeRecord, firstRecordKey, metaKey, physicalKey, recordSize } from './record.ts';
import { type Entry, type Store, StoreCorrupted, StoreUnavailable, type Txn, type TxnResult } from './store.ts';
import { defaultWatchEventsMax, Watchers } from './watchers.ts';

export interface LmdbStoreOptions {
  readonly clock: Clock;
  readonly log: Logger;
  readonly history?: Partial<HistoryLimits>;
  /** Events that may wait for one watcher before it is cut. */
  readonly watchEventsMax?: number;
}

/** Address space reserved for the file; LMDB enlarges it when that is not enough. */
const mapBytes = 64 * 1024 ** 3;
/** What goes to disk in one flush at most; encoding it stays well under 10 ms. */
const flushTxnsMax = 2000;
const flushBytesMax = 4 * 1024 ** 2;
/** Versions freed, and their records deleted, in one go. */
const sweepMax = 500;
/** With less free space than one flush takes, a write that failed half-way is put down to that. */
const fullBelowBytes = 2 * flushBytesMax;
/** Small enough that a few values of it that live on do not hold much. */
const slabBytes = 64 * 1024;
/** Loading gives way to others after this long. */
/** Revisions between two looks at the size of the history. */
const trimEvery = 1000;
/** The database could not take the write, and is as it was: the next write may succeed. After any other error it is not asked again. */
const passing = new Set(['ENOSPC', 'EDQUOT', 'ENOMEM', 'MDB_MAP_FULL']);

interface Waiting {
  readonly outcome: Outcome;
  readonly resolve: (result: TxnResult) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Opens the store kept in a folder, or makes a new one in an empty folder. One process at a time: FolderLocked for the
 * second. StoreCorrupted when what is there cannot be trusted; it is then left as it was found.
 */
export async function openLmdbStore(dir: string, options: LmdbStoreOptions): Promise<Store> {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const unlock = lockFolder(dir);
  let database: RootDatabase<Buffer, Buffer> | undefined;
  try {
    const file = join(dir, 'data.mdb');
    const marker = join(dir, 'format');
    const wasMade = existsSync(marker);
    const isThere = existsSync(file) && statSync(file).size > 0;
    if (wasMade && !isThere) throw new StoreCorrupted('the file is missing or empty');
    const slice = slicer(options.clock);
    if (isThere) for (const _ of checkLmdbFile(file)) await slice();
    database = openDatabase(dir);
    if (!wasMade && database.getBinary(metaKey) === undefined) {
      if ([...database.getKeys({ start: Buffer.from([0]), limit: 1 })].length > 0)
        throw new StoreCorrupted('it is not a database of Skiff');
      await database.put(metaKey, encodeMeta(0));
    }
    const { mvcc, garbage } = await load(database, slice);
    if (!wasMade) mark(dir, marker);
    return new LmdbStore(dir, database, mvcc, garbage, unlock, options);
  } catch (error) {
    await database?.close();
    unlock();
    if (!(error instanceof StoreCorrupted)) throw error;
    throw new StoreCorrupted(
      `the database in ${dir} cannot be trusted: ${error.message}. Nothing was changed. ` +
        'Restore the folder from a backup, or, to begin with an empty cluster, move it away.',
    );
  }
}

function openDatabase(dir: string): RootDatabase<Buffer, Buffer> {
  return open<Buffer, Buffer>({
    path: join(dir, 'data.mdb'),
    keyEncoding: 'binary',
    encoder: { encode: (bytes: Buffer) => bytes, decode: createCopier() },
    mapSize: mapBytes,
    // A commit is answered when it is on disk, not when it is visible.
    overlappingSync: false,
    // All writes of a flush are put in one batch, which is one transaction of LMDB.
    eventTurnBatching: false,
    commitDelay: 0,
    noMemInit: true,
  });
}

/**
 * Copies what LMDB lends into slabs: a buffer of its own for each of many small values would take most of the time of loading.
 */
function createCopier(): (bytes: Buffer, size: number) => Buffer {
  let slab = Buffer.alloc(0);
  return (bytes, size) => {
    if (size > slabBytes / 4) return Buffer.from(bytes.subarray(0, size));
    if (size > slab.length) slab = Buffer.allocUnsafeSlow(slabBytes);
    const copy = slab.subarray(0, size);
    slab = slab.subarray(size);
    copy.set(bytes.subarray(0, size));
    return copy;
  };
}

/** Leaves a sign that a database was made here, so that its loss is noticed. */
function mark(dir: string, marker: string): void {
  const file = openSync(marker, 'w', 0o600);
  writeSync(file, 'skiff store 1\n');
  fsyncSync(file);
  closeSync(file);
  const folder = openSync(dir, 'r');
  fsyncSync(folder);
  closeSync(folder);
}

async function load(
  database: RootDatabase<Buffer, Buffer>,
  slice: () => Promise<void> | undefined,
): Promise<{ mvcc: Mvcc; garbage: readonly Dropped[] }> {
  const loader = new Loader(decodeMeta(database.getBinary(metaKey)));
  let count = 0;
  for (const { key, value } of database.getRange({ start: firstRecordKey })) {
    loader.add(decodeRecord(key, value));
    if (++count % 64 === 0) await slice();
  }
  return { mvcc: loader.finish(), garbage: loader.garbage };
}

/**
 * What the system called the error: 'ENOSPC', 'EIO', or LMDB's own name. LMDB says EIO when only part of what it wrote
 * found room, so the free space decides what that was.
 */
async function codeOf(error: unknown, dir: string): Promise<string> {
  const { commitError } = error as { commitError?: Promise<never> };
  const cause = commitError === undefined ? error : await commitError.catch((reason: unknown) => reason);
  const { code, message } = cause as { code?: number | string; message?: string };
  const known = Object.entries(constants.errno).find(([, number]) => number === code);
  const name = known?.[0] ?? /\b(MDB_[A-Z_]+|E[A-Z]{2,})\b/.exec(String(message))?.[0] ?? 'EIO';
  if (name !== 'EIO') return name;
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize < fullBelowBytes ? 'ENOSPC' : 'EIO';
}

class LmdbStore implements Store {
  readonly #dir: string;
  readonly #database: RootDatabase<Buffer, Buffer>;
  /** What is durable; all reads and watches see only this. */
  readonly #mvcc: Mvcc;
  readonly #watchers: Watchers;
  readonly #unlock: () => void;
  readonly #log: Logger;
  readonly #limits: HistoryLimits;
  /** Keys written by transactions that are decided but not yet durable. */
  readonly #ahead = new Map<string, { readonly revision: number; readonly entry: Entry | undefined }>();
  /** Revision of the newest decided transaction. */
  #decided: number;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #compacting: Promise<void> = Promise.resolve();
  #writing: Promise<unknown> = Promise.resolve();
  #trimming = false;
  #failed: StoreUnavailable | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    dir: string,
    database: RootDatabase<Buffer, Buffer>,
    mvcc: Mvcc,
    garbage: readonly Dropped[],
    unlock: () => void,
    options: LmdbStoreOptions,
  ) {
    this.#dir = dir;
    this.#database = database;
    this.#mvcc = mvcc;
    this.#decided = mvcc.revision;
    this.#unlock = unlock;
    this.#log = options.log;
    this.#limits = { ...defaultHistoryLimits, ...options.history };
    this.#watchers = new Watchers(mvcc, options.clock, options.watchEventsMax ?? defaultWatchEventsMax);
    if (garbage.length > 0)
      this.#compacting = this.#discard(garbage).catch((error: unknown) => this.#log.warn('cleaning up the store failed', { error }));
  }
  get revision(): number {
    return this.#mvcc.revision;
  }
  get compactedRevision(): number {
    return this.#mvcc.compacted;
  }
  #checkOpen(): void {
    if (this.#closing !== undefined) throw new Error('the store is closed');
  }
  async get(key: string, options: { readonly revision?: number } = {}): Promise<Entry | undefined> {
    this.#checkOpen();
    return this.#mvcc.get(key, options.revision);
  }
  async range(...[prefix, options]: Parameters<Store['range']>): ReturnType<Store['range']> {
    this.#checkOpen();
    return this.#mvcc.range(prefix, options);
  }
  count(prefix: string): number {
    return this.#mvcc.count(prefix);
  }
  watch(options: Parameters<Store['watch']>[0]): ReturnType<Store['watch']> {
    return this.#watchers.watch(options);
  }
  async size(): Promise<number> {
    return statSync(join(this.#dir, 'data.mdb')).size;
  }

  /** Decided at once against what all transactions before it come to; answered when that, and its own writes, are durable. */
  async txn(txn: Txn): Promise<TxnResult> {
    this.#checkOpen();
    if (this.#failed !== undefined && txn.writes.length > 0) throw this.#failed;
    for (const { key } of txn.writes) physicalKey(key, 0);
    const outcome = evaluate(txn, this.#decided, (key) => (this.#ahead.get(key) ?? { entry: this.#mvcc.current(key) }).entry);
    if (outcome.events.length === 0 && this.#flushing === undefined) return outcome.result;
    for (const { key, revision, type, entry } of outcome.events)
      this.#ahead.set(key, { revision, entry: type === 'put' ? entry : undefined });
    this.#decided = outcome.result.revision;
    return await new Promise<TxnResult>((resolve, reject) => {
      this.#waiting.push({ outcome, resolve, reject });
      this.#flushing ??= this.#flushAll();
    });
  }
  async #flushAll(): Promise<void> {
    await nextTurn();
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      try {
        if (batch.some(({ outcome }) => outcome.events.length > 0)) await this.#write(() => this.#putEvents(batch));
        this.#makeVisible(batch);
      } catch (error) {
        await this.#drop(batch, error);
      }
      // Those just answered often have more to write: it joins the next flush.
      await nextTurn();
    }
    this.#flushing = undefined;
  }
  #takeBatch(): Waiting[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#waiting.length && count < flushTxnsMax && bytes < flushBytesMax) {
      for (const event of this.#waiting[count++]!.outcome.events) bytes += recordSize(event);
    }
    return this.#waiting.splice(0, count);
  }
  #putEvents(batch: readonly Waiting[]): void {
    let size = 0;
    for (const { outcome } of batch) for (const event of outcome.events) size += recordSize(event);
    const bytes = Buffer.allocUnsafeSlow(size);
    let at = 0;
    for (const { outcome } of batch) {
      outcome.events.forEach((event, index) => {
        const record = bytes.subarray(at, at + recordSize(event));
        at += record.length;
        const physical = physicalKey(event.key, event.revision);
        encodeRecord(record, physical, event, index, outcome.events.length);
        this.#database.put(physical, record);
      });
    }
  }
  #makeVisible(batch: readonly Waiting[]): void {
    const before = this.#mvcc.revision;
    for (const { outcome } of batch) if (outcome.events.length > 0) this.#mvcc.apply(outcome.events);
    for (const { outcome } of batch) {
      for (const { key, revision } of outcome.events) if (this.#ahead.get(key)?.revision === revision) this.#ahead.delete(key);
    }
    this.#watchers.publish(before);
    for (const { outcome, resolve } of batch) resolve(outcome.result);
    if (Math.floor(before / trimEvery) !== Math.floor(this.#mvcc.revision / trimEvery)) this.#trim();
  }
  /** What was decided after a transaction that did not become durable is void with it. */
  async #drop(batch: readonly Waiting[], error: unknown): Promise<void> {
    const code = await codeOf(error, this.#dir);
    const unavailable = new StoreUnavailable(code, `the store cannot write: ${code}`);
    if (!passing.has(code)) this.#failed = unavailable;
    this.#log.error('the store cannot write', { code, transactions: batch.length + this.#waiting.length, error });
    const dropped = [...batch, ...this.#waiting];
    this.#waiting = [];
    this.#ahead.clear();
    this.#decided = this.#mvcc.revision;
    for (const { reject } of dropped) reject(unavailable);
  }
  /** Runs `put` as one transaction of LMDB, after those asked for before; settles when it is durable. */
  #write(put: () => void): Promise<void> {
    const done = this.#writing.then(async () => {
      if (this.#failed !== undefined) throw this.#failed;
      await this.#database.batch(put);
    });
    this.#writing = done.catch(() => undefined);
    return done;
  }

  async compact(revision: number): Promise<void> {
    this.#checkOpen();
    this.#mvcc.check(revision);
    const done = this.#compacting.then(() => this.#compactNow(revision));
    this.#compacting = done.catch(() => undefined);
    try {
      await done;
    } catch (error) {
      if (error instanceof StoreUnavailable || !(error instanceof Error) || !('commitError' in error)) throw error;
      const code = await codeOf(error, this.#dir);
      if (!passing.has(code)) this.#failed = new StoreUnavailable(code, `the store cannot write: ${code}`);
      throw new StoreUnavailable(code, `the store cannot compact: ${code}`);
    }
  }
  async #compactNow(revision: number): Promise<void> {
    this.#mvcc.check(revision);
    await this.#write(() => void this.#database.put(metaKey, encodeMeta(revision)));
    this.#mvcc.compact(revision);
    for (;;) {
      const { dropped, done } = this.#mvcc.sweep(sweepMax);
      await this.#discard(dropped);
      if (done || this.#closing !== undefined) return;
      await nextTurn();
    }
  }
  async #discard(dropped: readonly Dropped[]): Promise<void> {
    for (let at = 0; at < dropped.length && this.#closing === undefined; at += sweepMax) {
      const some = dropped.slice(at, at + sweepMax);
      await this.#write(() => {
        for (const { key, revision } of some) this.#database.remove(physicalKey(key, revision));
      });
    }
  }
  #trim(): void {
    const revision = this.#mvcc.excess(this.#limits);
    if (revision <= this.#mvcc.compacted || this.#trimming || this.#closing !== undefined) return;
    this.#trimming = true;
    void this.compact(revision)
      .catch((error: unknown) => this.#log.warn('limiting the history of the store failed', { error }))
      .finally(() => {
        this.#trimming = false;
      });
  }

  /** Waits for what was asked for, and frees the folder. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }
  async #close(): Promise<void> {
    await nextTurn();
    await this.#flushing;
    await this.#compacting;
    await this.#writing;
    this.#watchers.close();
    await this.#database.close();
    this.#unlock();
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
