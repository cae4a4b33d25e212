import { type Indexed, KeyIndex } from './key-index.ts';
import { type Entry, type RangeOptions, type RangeResult, RevisionError, type StoreEvent } from './store.ts';

/** A key's value at a revision; without an entry it was deleted there. */
interface Version {
  readonly revision: number;
  readonly entry: Entry | undefined;
}

/** One key over time: the newest version, and those before it that may still be read, oldest first. */
class KeyRecord implements Indexed {
  readonly key: string;
  touched: number;
  entry: Entry | undefined;
  older: Version[] | undefined;

  constructor(key: string, entry: Entry | undefined, revision: number) {
    this.key = key;
    this.entry = entry;
    this.touched = revision;
  }
  get live(): boolean {
    return this.entry !== undefined;
  }
  at(revision: number): Entry | undefined {
    if (this.touched <= revision) return this.entry;
    for (let index = (this.older?.length ?? 0) - 1; index >= 0; index--) {
      if (this.older![index]!.revision <= revision) return this.older![index]!.entry;
    }
    return undefined;
  }
}

/** A version that no read and no watch can reach any more. */
export interface Dropped {
  readonly key: string;
  readonly revision: number;
}

/** How much of the past is kept at most; beyond it the oldest is compacted. */
export interface HistoryLimits {
  readonly revisions: number;
  readonly bytes: number;
}
export const defaultHistoryLimits: HistoryLimits = { revisions: 500_000, bytes: 1024 ** 3 };

const entryOverheadBytes = 200;

/** Memory an event keeps alive: its new value, and what it costs to hold it. */
function bytesOf(event: StoreEvent): number {
  return (event.type === 'put' ? event.entry.value.byteLength : 0) + event.key.length + entryOverheadBytes;
}

/**
 * All versions of all keys since the compacted revision, in memory; no I/O. Reads of the past, paging, and the log of
 * events from which watches resume. Invariant: the log has one item for each revision in (swept, revision], in order.
 */
export class Mvcc {
  readonly #index = new KeyIndex<KeyRecord>();
  #log: (readonly StoreEvent[])[] = [];
  /** Items of the log before this one have been swept. */
  #logStart = 0;
  #revision: number;
  #compacted: number;
  /** Revisions up to here have been swept: no version that one of them superseded is left. */
  #swept: number;
  #bytes = 0;
  #logBytes = 0;

  /** Starts empty, as of a revision; what comes before it counts as compacted. */
  constructor(revision = 0) {
    this.#revision = this.#compacted = this.#swept = revision;
  }
  get revision(): number {
    return this.#revision;
  }
  get compacted(): number {
    return this.#compacted;
  }
  /** Keys and values held, with history, roughly. */
  get bytes(): number {
    return this.#bytes;
  }
  /** The newest state of a key. */
  current(key: string): Entry | undefined {
    return this.#index.get(key)?.entry;
  }
  /** Throws RevisionError unless the state at the revision can be read. */
  check(revision: number): void {
    if (revision > this.#revision || revision < this.#compacted) throw new RevisionError(revision, this.#compacted, this.#revision);
  }
  /** Puts entries of before the compacted revision in place, while loading. */
  seed(entry: Entry): void {
    this.#index.insert(new KeyRecord(entry.key, entry, entry.modRevision));
    this.#bytes += entry.value.byteLength + entry.key.length + entryOverheadBytes;
  }
  /** Appends the events of the next transaction; their revision must be one more than the newest. */
  apply(events: readonly StoreEvent[]): void {
    const revision = this.#revision + 1;
    for (const event of events) {
      if (event.revision !== revision) throw new Error(`event of revision ${event.revision} where ${revision} was due`);
      this.#bytes += bytesOf(event);
      this.#logBytes += bytesOf(event);
      const entry = event.type === 'put' ? event.entry : undefined;
      const record = this.#index.get(event.key);
      if (record === undefined) {
        this.#index.insert(new KeyRecord(event.key, entry, revision));
        continue;
      }
      const wasLive = record.live;
      record.older ??= [];
      record.older.push({ revision: record.touched, entry: record.entry });
      record.entry = entry;
      record.touched = revision;
      this.#index.changed(record, wasLive);
    }
    this.#log.push(events);
    this.#revision = revision;
  }
  get(key: string, revision: number = this.#revision): Entry | undefined {
    this.check(revision);
    return this.#index.get(key)?.at(revision);
  }
  range(prefix: string, options: RangeOptions = {}): RangeResult {
    const revision = options.revision ?? this.#revision;
    this.check(revision);
    const limit = options.limit === undefined || options.limit <= 0 ? Number.POSITIVE_INFINITY : options.limit;
    const entries: Entry[] = [];
    let more = false;
    this.#index.scan(prefix, options.after, (record) => {
      const entry = record.at(revision);
      if (entry === undefined) return true;
      more = entries.length >= limit;
      if (!more) entries.push(entry);
      return !more;
    });
    const counts = (record: KeyRecord) => record.at(revision) !== undefined;
    const remaining = more ? this.#index.count(prefix, entries.at(-1)!.key, revision, counts) : 0;
    return { entries, revision, remaining };
  }
  count(prefix: string): number {
    return this.#index.count(prefix, undefined, this.#revision, (record) => record.live);
  }
  /** The events of one transaction. Its revision must be above the compacted one and not above the newest. */
  eventsAt(revision: number): readonly StoreEvent[] {
    return this.#log[this.#logStart + revision - this.#swept - 1]!;
  }
  /** Declares everything before the revision gone. What can no longer be reached is then freed by `sweep`. */
  compact(revision: number): void {
    this.check(revision);
    this.#compacted = revision;
  }
  /** The revision to compact at so that the past stays within the limits; the compacted one when it does. */
  excess(limits: HistoryLimits): number {
    let revision = Math.max(this.#compacted, this.#revision - limits.revisions);
    let over = this.#logBytes - limits.bytes;
    for (let at = this.#swept + 1; over > 0 && at <= this.#revision; at++) {
      for (const event of this.eventsAt(at)) over -= bytesOf(event);
      revision = Math.max(revision, at);
    }
    return revision;
  }
  /**
   * Frees versions superseded at or before the compacted revision, looking at about `max` events, and says which those
   * were, in order of the revisions that superseded them. Empty and with `done` once nothing is left to free.
   */
  sweep(max: number): { readonly dropped: readonly Dropped[]; readonly done: boolean } {
    const dropped: Dropped[] = [];
    let seen = 0;
    while (this.#swept < this.#compacted && seen < max) {
      const events = this.#log[this.#logStart]!;
      for (const event of events) {
        this.#logBytes -= bytesOf(event);
        this.#sweepEvent(event, dropped);
      }
      this.#log[this.#logStart++] = [];
      this.#swept++;
      seen += 1 + events.length;
    }
    const done = this.#swept >= this.#compacted;
    if (this.#logStart > 0 && (done || this.#logStart > this.#log.length / 2)) {
      this.#log = this.#log.slice(this.#logStart);
      this.#logStart = 0;
    }
    return { dropped, done };
  }
  #sweepEvent(event: StoreEvent, dropped: Dropped[]): void {
    const { key, revision } = event;
    const record = this.#index.get(key);
    if (record === undefined) return;
    const superseded = (version: Version) => version.revision < revision || (version.revision === revision && version.entry === undefined);
    const older = record.older;
    let count = 0;
    for (; older !== undefined && count < older.length && superseded(older[count]!); count++) this.#drop(key, older[count]!, dropped);
    if (older !== undefined && count > 0) record.older = count === older.length ? undefined : older.slice(count);
    const newest: Version = { revision: record.touched, entry: record.entry };
    if (record.older !== undefined || !superseded(newest)) return;
    this.#drop(key, newest, dropped);
    this.#index.remove(record);
  }
  #drop(key: string, version: Version, dropped: Dropped[]): void {
    this.#bytes -= (version.entry?.value.byteLength ?? 0) + key.length + entryOverheadBytes;
    dropped.push({ key, revision: version.revision });
  }
}
