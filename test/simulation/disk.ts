import { createHash } from 'node:crypto';
import type { VirtualClock } from '../../src/base/clock.ts';
import type { Random } from '../../src/base/random.ts';
import { createMemoryStore } from '../../src/store/memory.ts';
import { type Store, StoreUnavailable, type Txn, type TxnResult, type Write } from '../../src/store/store.ts';

const never = () => new Promise<never>(() => undefined);

interface Waiting {
  readonly txn: Txn;
  readonly resolve: (result: TxnResult | Promise<TxnResult>) => void;
}

/**
 * What survives a crash of the API server: transactions, in order. A store opened on it holds what was flushed and no more. It can
 * be slow (transactions are flushed together, later), full, and can tell the moments just before and after a flush.
 */
export class Disk {
  /** Longest time that a flush takes. */
  slowMs = 0;
  full = false;
  /** Runs when a transaction is about to be flushed, and when it has been but nobody knows yet. */
  onFlush: ((moment: 'before' | 'after') => void) | undefined;
  /** Planted faults, for tests of the rules: see planted.test.ts. */
  readonly planted = { forgetsLast: 0, ignoresCompare: false, corrupts: (txn: Txn): Txn => txn };
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #record: (revision: number, writes: readonly Write[]) => void;
  readonly #flushed: Txn[] = [];
  #compacted = 0;
  #opened = 0;
  #halted = 0;
  readonly #hash = createHash('sha256');

  constructor(clock: VirtualClock, random: Random, record: (revision: number, writes: readonly Write[]) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#record = record;
  }
  /** Of every transaction with its time: two runs that agree in it did the same. */
  get digest(): string {
    return this.#hash.copy().digest('hex');
  }
  note(text: string): void {
    this.#hash.update(text);
  }
  /** Who has the store open dies: what it has not flushed never will be. */
  halt(): void {
    this.#halted = this.#opened;
  }
  /** A store with what was flushed. One opened before takes no part any more. */
  open(): Store {
    const generation = ++this.#opened;
    if (generation > 1) this.#flushed.splice(this.#flushed.length - this.planted.forgetsLast);
    const store = createMemoryStore({ clock: this.#clock });
    for (const { writes } of this.#flushed) void store.txn({ compare: [], writes });
    if (this.#compacted > 0) void store.compact(Math.min(this.#compacted, store.revision));
    const current = () => this.#opened === generation && this.#halted < generation;
    let waiting: Waiting[] = [];
    const flush = () => {
      const batch = waiting;
      waiting = [];
      for (const { txn, resolve } of batch) if (current()) resolve(this.#flush(store, txn, current));
    };
    return {
      get revision() {
        return store.revision;
      },
      get compactedRevision() {
        return store.compactedRevision;
      },
      get: (key, options) => store.get(key, options),
      range: (prefix, options) => store.range(prefix, options),
      count: (prefix) => store.count(prefix),
      watch: (options) => store.watch(options),
      size: () => store.size(),
      compact: async (revision) => {
        this.#compacted = revision;
        await store.compact(revision);
      },
      txn: async (txn) => {
        if (!current()) return await never();
        if (this.full) throw new StoreUnavailable('ENOSPC', 'no space left on device');
        if (this.slowMs === 0 && waiting.length === 0) return await this.#flush(store, txn, current);
        return await new Promise((resolve) => {
          if (waiting.length === 0) this.#clock.setTimer(this.#random.int(this.slowMs + 1), flush);
          waiting.push({ txn, resolve });
        });
      },
      close: () => store.close(),
      [Symbol.asyncDispose]: () => store.close(),
    };
  }
  /** The store in memory carries a transaction out at once, before its promise is even returned. */
  async #flush(store: Store, given: Txn, current: () => boolean): Promise<TxnResult> {
    this.onFlush?.('before');
    if (!current()) return await never();
    const txn = this.planted.corrupts(this.planted.ignoresCompare ? { ...given, compare: [] } : given);
    const before = store.revision;
    const result = store.txn(txn);
    if (store.revision > before) {
      this.#flushed.push(txn);
      for (const write of txn.writes) {
        this.note(`${this.#clock.monotonic()} ${store.revision} ${write.type} ${write.key} `);
        if (write.type === 'put') this.#hash.update(write.value);
      }
      this.#record(store.revision, txn.writes);
    }
    this.onFlush?.('after');
    return current() ? await result : await never();
  }
}
