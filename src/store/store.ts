/**
 * The contract of every store: a map of keys to bytes with one revision counter, kept over time. Keys are
 * '/<group or core>/<plural>/<namespace>/<name>' or '/<group>/<plural>/<name>', ordered by UTF-16 code units (names are ASCII).
 *
 * Promises (those of etcd's API, docs/learning/api_guarantees):
 *  - durable: an answer, a read or a watch event shows only what survives the death of the process and the machine
 *  - atomic and serial: a transaction happens whole, at one revision, one more than the last
 *  - reads at a revision see exactly the state after that revision; reads without one see the newest durable state
 *  - watches: events in order of revision, none twice, none left out, all events of a transaction together,
 *    resumable from any revision that is not compacted; a watcher that falls behind is cut, never silently skipped
 */
export interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Revision of the transaction that created the key, and of the one that wrote this value. */
  readonly createRevision: number;
  readonly modRevision: number;
}

export type Write =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'delete'; readonly key: string };

export interface Txn {
  /** All must hold, else nothing is written. `modRevision` 0 means: the key is absent. */
  readonly compare: readonly { readonly key: string; readonly modRevision: number }[];
  readonly writes: readonly Write[];
}
export type TxnResult =
  | {
      readonly ok: true;
      readonly revision: number /** one per put, in order; a delete gives the entry that was removed */;
      readonly entries: readonly Entry[];
    }
  | {
      readonly ok: false;
      readonly revision: number /** what stands now under each compared key */;
      readonly current: readonly (Entry | undefined)[];
    };

export interface RangeOptions {
  /** Read as of this revision; default the newest. */
  readonly revision?: number;
  /** Start strictly after this key (paging). */
  readonly after?: string;
  readonly limit?: number;
}
export interface RangeResult {
  /** In order of keys. */
  readonly entries: readonly Entry[];
  /** The revision this state is of. */
  readonly revision: number;
  /** Keys with the prefix beyond the last one returned. */
  readonly remaining: number;
}

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly revision: number;
  readonly key: string;
  /** put: the new entry. delete: the last entry, with the value that was deleted. */
  readonly entry: Entry;
  /** The entry before this event, when there was one. */
  readonly previous?: Entry;
}
export interface WatchOptions {
  readonly prefix: string;
  /** First revision of interest minus one: events with revision > after are delivered. Default: the newest. */
  readonly after?: number;
  readonly signal: AbortSignal;
}
/** All events of one or more whole transactions, in order; `revision` up to which the watcher is now complete. An empty list is progress only. */
export interface StoreBatch {
  readonly revision: number;
  readonly events: readonly StoreEvent[];
}

/** Thrown for reads and watches below the compacted revision, and (future: true) above the newest. */
export class RevisionError extends Error {
  readonly compacted: number;
  readonly current: number;
  readonly future: boolean;
  constructor(asked: number, compacted: number, current: number) {
    super(
      asked > current
        ? `required revision ${asked} is a future revision (current ${current})`
        : `required revision ${asked} has been compacted (oldest ${compacted})`,
    );
    this.name = 'RevisionError';
    this.compacted = compacted;
    this.current = current;
    this.future = asked > current;
  }
}
/** The store cannot write (disk full, I/O error). Reads go on. `code` is the system's: 'ENOSPC', 'EIO'. */
export class StoreUnavailable extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'StoreUnavailable';
    this.code = code;
  }
}
/** What is on disk cannot be trusted. The message says what was found and what to do. */
export class StoreCorrupted extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'StoreCorrupted';
  }
}

export interface Store extends AsyncDisposable {
  /** Newest durable revision. */
  readonly revision: number;
  /** State at and above this revision can be read; watches may resume after it. */
  readonly compactedRevision: number;
  get(key: string, options?: { readonly revision?: number }): Promise<Entry | undefined>;
  range(prefix: string, options?: RangeOptions): Promise<RangeResult>;
  /** Number of keys with the prefix, now. */
  count(prefix: string): number;
  txn(txn: Txn): Promise<TxnResult>;
  /** Ends with ChannelOverflow when the reader falls behind, RevisionError when `after` is compacted; closes when the store closes. */
  watch(options: WatchOptions): AsyncIterable<StoreBatch>;
  compact(revision: number): Promise<void>;
  /**
   * Waits until `revision` covers everything that was acknowledged to anybody before the call. Absent: it always does, since nobody else writes here.
   * Throws StoreUnavailable when that can't be told.
   */
  sync?(): Promise<void>;
  /** Whether a value that it gave would be stored otherwise now, so that a write is due though nothing changes. Absent: never. */
  isStale?(entry: Entry): Promise<boolean>;
  /** Bytes on disk or in memory, for metrics. */
  size(): Promise<number>;
  close(): Promise<void>;
}
