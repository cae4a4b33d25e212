import { type Clock, systemClock } from '../base/clock.ts';
import { nextTurn } from '../base/turn.ts';
import { evaluate } from './evaluate.ts';
import { defaultHistoryLimits, type HistoryLimits, Mvcc } from './mvcc.ts';
import type { Store } from './store.ts';
import { defaultWatchEventsMax, Watchers } from './watchers.ts';

export interface MemoryStoreOptions {
  /** For the progress that quiet watchers are told; give the virtual one in simulations. */
  readonly clock?: Clock;
  readonly history?: Partial<HistoryLimits>;
  /** Events that may wait for one watcher before it is cut. */
  readonly watchEventsMax?: number;
}

/** Versions freed per transaction once the history is over its limit; more than one transaction adds on average. */
const sweepMax = 64;
/** Transactions between two looks at the size of the history. */
const trimEvery = 64;

/** A store that lives and dies with the process: for tests and simulations. Nothing it does waits. */
export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const mvcc = new Mvcc();
  const watchers = new Watchers(mvcc, options.clock ?? systemClock, options.watchEventsMax ?? defaultWatchEventsMax);
  const limits = { ...defaultHistoryLimits, ...options.history };
  let closed = false;
  const open = () => {
    if (closed) throw new Error('the store is closed');
  };
  const close = async () => {
    closed = true;
    watchers.close();
  };
  return {
    get revision() {
      return mvcc.revision;
    },
    get compactedRevision() {
      return mvcc.compacted;
    },
    async get(key, { revision } = {}) {
      open();
      return mvcc.get(key, revision);
    },
    async range(prefix, range) {
      open();
      return mvcc.range(prefix, range);
    },
    count: (prefix) => mvcc.count(prefix),
    async txn(txn) {
      open();
      const { result, events } = evaluate(txn, mvcc.revision, (key) => mvcc.current(key));
      if (events.length === 0) return result;
      mvcc.apply(events);
      watchers.publish(mvcc.revision - 1);
      if (mvcc.revision % trimEvery === 0) mvcc.compact(mvcc.excess(limits));
      mvcc.sweep(sweepMax);
      return result;
    },
    watch: (watch) => watchers.watch(watch),
    async compact(revision) {
      open();
      mvcc.compact(revision);
      while (!mvcc.sweep(1000).done) await nextTurn();
    },
    size: async () => mvcc.bytes,
    close,
    [Symbol.asyncDispose]: close,
  };
}
