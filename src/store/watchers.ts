import { Channel, ChannelOverflow } from '../base/channel.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Mvcc } from './mvcc.ts';
import { RevisionError, type StoreBatch, type StoreEvent, type WatchOptions } from './store.ts';

/** Events that may wait for a reader before it is cut. They are references to what the store holds anyway. */
export const defaultWatchEventsMax = 20_000;
/** A watcher without events of its own learns this often how far it is complete. */
const progressMs = 100;
/** Revisions looked at in one go while a watcher catches up with the past. */
const catchUpMax = 2000;

interface Watcher {
  readonly channel: Channel<StoreBatch>;
  /** Events pushed and not yet read. */
  waiting: number;
  /** The watcher was given everything up to here. */
  complete: number;
}

/** The readers of a store's events. `publish` must be called after the events are in the map. */
export class Watchers {
  readonly #mvcc: Mvcc;
  readonly #clock: Clock;
  readonly #eventsMax: number;
  readonly #byPrefix = new Map<string, Set<Watcher>>();
  #progress: Timer | undefined;
  #closed = false;

  constructor(mvcc: Mvcc, clock: Clock, eventsMax: number = defaultWatchEventsMax) {
    this.#mvcc = mvcc;
    this.#clock = clock;
    this.#eventsMax = eventsMax;
  }
  /** Hands the events of all revisions in (`after`, newest] to those who asked for them. */
  publish(after: number): void {
    const revision = this.#mvcc.revision;
    if (this.#byPrefix.size === 0 || revision === after) return;
    const events: StoreEvent[] = [];
    for (let at = after + 1; at <= revision; at++) for (const event of this.#mvcc.eventsAt(at)) events.push(event);
    let quiet = false;
    for (const [prefix, watchers] of this.#byPrefix) {
      const matching = events.filter((event) => event.key.startsWith(prefix));
      if (matching.length === 0) {
        quiet = true;
        continue;
      }
      const batch = { revision, events: matching };
      for (const watcher of [...watchers]) this.#push(watcher, batch);
    }
    if (quiet) this.#progress ??= this.#clock.setTimer(progressMs, () => this.#tellProgress());
  }
  #push(watcher: Watcher, batch: StoreBatch): void {
    if (watcher.waiting > 0 && watcher.waiting + batch.events.length > this.#eventsMax) {
      watcher.channel.fail(new ChannelOverflow(this.#eventsMax));
      return;
    }
    watcher.waiting += batch.events.length;
    watcher.complete = batch.revision;
    watcher.channel.push(batch);
  }
  #tellProgress(): void {
    this.#progress = undefined;
    const batch: StoreBatch = { revision: this.#mvcc.revision, events: [] };
    for (const watchers of this.#byPrefix.values()) {
      for (const watcher of [...watchers]) {
        if (watcher.waiting === 0 && watcher.complete < batch.revision) this.#push(watcher, batch);
      }
    }
  }
  /** The starting point is fixed now, also when reading begins later. Ends quietly when the signal aborts. */
  watch(options: WatchOptions): AsyncIterable<StoreBatch> {
    return this.#read(options, options.after ?? this.#mvcc.revision);
  }
  async *#read({ prefix, signal }: WatchOptions, after: number): AsyncGenerator<StoreBatch, void, undefined> {
    const { revision: current, compacted } = this.#mvcc;
    if (after > current) throw new RevisionError(after, compacted, current);
    for (let complete = after; !signal.aborted && !this.#closed; ) {
      if (complete < this.#mvcc.compacted) throw new RevisionError(complete, this.#mvcc.compacted, this.#mvcc.revision);
      const upTo = Math.min(this.#mvcc.revision, complete + catchUpMax);
      const events: StoreEvent[] = [];
      for (let at = complete + 1; at <= upTo; at++) {
        for (const event of this.#mvcc.eventsAt(at)) if (event.key.startsWith(prefix)) events.push(event);
      }
      complete = upTo;
      const batch = { revision: complete, events };
      // Joining before giving way leaves no moment in which a publication could be missed.
      if (complete === this.#mvcc.revision) return yield* this.#live(this.#join(prefix, complete, signal), batch);
      yield batch;
    }
  }
  #join(prefix: string, complete: number, signal: AbortSignal): Watcher {
    const leave = () => {
      signal.removeEventListener('abort', stop);
      group.delete(watcher);
      if (group.size === 0 && this.#byPrefix.get(prefix) === group) this.#byPrefix.delete(prefix);
    };
    const watcher: Watcher = { channel: new Channel(this.#eventsMax, leave), waiting: 0, complete };
    const stop = () => watcher.channel.close();
    const group = this.#byPrefix.get(prefix) ?? new Set();
    this.#byPrefix.set(prefix, group.add(watcher));
    signal.addEventListener('abort', stop, { once: true });
    return watcher;
  }
  async *#live(watcher: Watcher, first: StoreBatch): AsyncGenerator<StoreBatch, void, undefined> {
    try {
      yield first;
      for await (const batch of watcher.channel) {
        watcher.waiting -= batch.events.length;
        yield batch;
      }
    } finally {
      watcher.channel.close();
    }
  }
  close(): void {
    this.#closed = true;
    this.#progress?.cancel();
    this.#progress = undefined;
    for (const watchers of [...this.#byPrefix.values()]) for (const watcher of [...watchers]) watcher.channel.close();
  }
}
