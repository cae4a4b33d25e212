import type { ApiObject } from '../../api/meta.ts';
import type { Entry, Store, StoreEvent } from '../../store/store.ts';
import { StoredChange } from './stored-change.ts';
import { ReadCounts } from './read-counts.ts';
import { objectOf } from './stored-object.ts';
import type { Change, Watcher } from './watcher.ts';

export interface Item {
  readonly entry: Entry;
  readonly object: ApiObject;
}

const pageSize = 500;
/** How many of the latest changes keep their decoded objects and encoded events. */
const warmMax = 128;

/**
 * The present objects of one stored kind in the order of their keys, and its latest changes. Loaded from the store on first
 * use, then kept by the changes that the watch cache hands over, in order.
 */
export class KindCache {
  readonly prefix: string;
  readonly #store: Store;
  readonly #historyMax: number;
  #items = new Map<string, Item>();
  #keys: string[] = [];
  #bytes = 0;
  #history: StoredChange[] = [];
  #pending: StoreEvent[] = [];
  #loading: Promise<void> | undefined;
  #loaded = false;
  /** For metrics: changes that were taken in, and times that it was loaded. */
  received = 0;
  loads = 0;
  readonly reads = new ReadCounts();
  /** State and history hold everything up to here that concerns this kind (it may be complete further on). */
  #loadedRevision = 0;
  /** Watches can resume from this revision on without asking the store. */
  #oldest = 0;
  /** Revision of the last change of this kind. */
  lastChange = 0;
  readonly #everywhere = new Set<Watcher>();
  readonly #byNamespace = new Map<string, Set<Watcher>>();
  readonly #byName = new Map<string, Set<Watcher>>();

  constructor(store: Store, prefix: string, historyMax: number) {
    this.#store = store;
    this.prefix = prefix;
    this.#historyMax = historyMax;
  }
  get loaded(): boolean {
    return this.#loaded;
  }
  /** The state is at least this new. */
  get loadedRevision(): number {
    return this.#loadedRevision;
  }
  get oldest(): number {
    return this.#oldest;
  }
  get size(): number {
    return this.#items.size;
  }
  /** Of the values of all items. */
  get bytes(): number {
    return this.#bytes;
  }
  /** Watches that a change in this namespace, of this name would concern; '' for what is not known. */
  watchersOf(namespace: string, name: string): number {
    let count = this.#everywhere.size;
    if (namespace !== '') count += this.#byNamespace.get(namespace)?.size ?? 0;
    if (name !== '') count += (this.#byName.get(nameKey(namespace, name))?.size ?? 0) + (this.#byName.get(nameKey('', name))?.size ?? 0);
    return count;
  }
  watchers(): Iterable<Watcher> {
    return this.#allWatchers();
  }
  *#allWatchers() {
    yield* this.#everywhere;
    for (const set of this.#byNamespace.values()) yield* set;
    for (const set of this.#byName.values()) yield* set;
  }
  /** Reads the kind from the store unless that was done. */
  load(): Promise<void> {
    this.#loading ??= this.#load().catch((error: unknown) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }
  async #load(): Promise<void> {
    const items = new Map<string, Item>();
    let page = await this.#store.range(this.prefix, { limit: pageSize });
    const revision = page.revision;
    for (;;) {
      for (const entry of page.entries) items.set(entry.key, { entry, object: objectOf(entry) });
      const last = page.entries.at(-1);
      if (page.remaining === 0 || last === undefined) break;
      page = await this.#store.range(this.prefix, { revision, after: last.key, limit: pageSize });
    }
    this.#items = items;
    this.#keys = [...items.keys()];
    this.#bytes = 0;
    for (const { entry } of items.values()) this.#bytes += entry.value.byteLength;
    this.#loadedRevision = this.#oldest = this.lastChange = revision;
    this.#history = [];
    this.#loaded = true;
    this.loads++;
    this.reads.read(items.size, items.size, items.size);
    const pending = this.#pending;
    this.#pending = [];
    for (const event of pending) this.apply(event);
  }
  /** Forgets everything; the watches end. For when changes were missed. */
  reset(): void {
    this.#loaded = false;
    this.#loading = undefined;
    this.#pending = [];
    for (const watcher of [...this.#allWatchers()]) watcher.end();
  }
  get(key: string): Item | undefined {
    return this.#items.get(key);
  }
  /** Items whose key begins with `prefix`, after the key `after`, in order. */
  *range(prefix: string, after?: string): IterableIterator<Item> {
    const start = this.#startOf(prefix, after);
    const keys = this.#keys;
    for (let index = start; index < keys.length; index++) {
      const key = keys[index]!;
      if (!key.startsWith(prefix)) return;
      yield this.#items.get(key)!;
    }
  }
  /** How many items `range` would give. `prefix` ends in a slash. */
  count(prefix: string, after?: string): number {
    // '0' is what comes after a slash.
    return this.#position(`${prefix.slice(0, -1)}0`, false) - this.#startOf(prefix, after);
  }
  #startOf(prefix: string, after: string | undefined): number {
    return after !== undefined && after >= prefix ? this.#position(after, true) : this.#position(prefix, false);
  }
  /** Index of the first key at (or, `beyond`, after) `key`. */
  #position(key: string, beyond: boolean): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const there = this.#keys[middle]!;
      if (there < key || (beyond && there === key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  /** A change from the store, in order. */
  apply(event: StoreEvent): void {
    if (!this.#loaded) {
      if (this.#loading !== undefined) this.#pending.push(event);
      return;
    }
    if (event.revision <= this.#loadedRevision) return;
    this.received++;
    const change = new StoredChange(event, this.prefix);
    this.#bytes -= this.#items.get(event.key)?.entry.value.byteLength ?? 0;
    if (event.type === 'put') {
      const object = objectOf(event.entry);
      this.#bytes += event.entry.value.byteLength;
      if (!this.#items.has(event.key)) this.#keys.splice(this.#position(event.key, false), 0, event.key);
      this.#items.set(event.key, { entry: event.entry, object });
    } else if (this.#items.delete(event.key)) {
      this.#keys.splice(this.#position(event.key, false), 1);
    }
    this.lastChange = event.revision;
    this.#remember(change);
    for (const watcher of this.#everywhere) watcher.offer(change);
    if (change.namespace !== '') for (const watcher of this.#byNamespace.get(change.namespace) ?? []) watcher.offer(change);
    for (const watcher of this.#byName.get(nameKey(change.namespace, change.name)) ?? []) watcher.offer(change);
    for (const watcher of this.#byName.get(nameKey('', change.name)) ?? []) {
      if (change.namespace !== '') watcher.offer(change);
    }
  }
  #remember(change: StoredChange): void {
    this.#history.push(change);
    this.#history.at(-1 - warmMax)?.cool();
    if (this.#history.length < this.#historyMax * 2) return;
    // Whole transactions only: the oldest revision to resume from is the last one dropped.
    let cut = this.#history.length - this.#historyMax;
    while (cut < this.#history.length && this.#history[cut]!.revision === this.#history[cut - 1]!.revision) cut++;
    this.#oldest = this.#history[cut - 1]!.revision;
    this.#history = this.#history.slice(cut);
  }
  /** A change of the past, read from the store's history: what stood before comes with the event. */
  pastChange(event: StoreEvent): Change {
    const change = new StoredChange(event, this.prefix);
    change.cool();
    return change;
  }
  /** Starts to deliver: first what changed after `revision` (at least `oldest`), then everything as it comes. */
  attach(watcher: Watcher, revision: number): void {
    const { namespace, name } = watcher.options;
    const concerns = (change: Change) =>
      (namespace === undefined || change.namespace === namespace) && (name === undefined || change.name === name);
    const first = this.#after(revision);
    this.reads.initialEvents += this.#history.length - first;
    for (let index = first; index < this.#history.length; index++) {
      if (concerns(this.#history[index]!)) watcher.offer(this.#history[index]!);
    }
    const [index, key] =
      name !== undefined
        ? [this.#byName, nameKey(namespace ?? '', name)]
        : namespace !== undefined
          ? [this.#byNamespace, namespace]
          : [undefined, ''];
    const set = index === undefined ? this.#everywhere : (index.get(key) ?? new Set());
    index?.set(key, set);
    set.add(watcher);
    watcher.onEnd(() => {
      set.delete(watcher);
      if (set.size === 0) index?.delete(key);
      if (watcher.cut) this.reads.cutWatches++;
    });
  }
  #after(revision: number): number {
    let low = 0;
    let high = this.#history.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#history[middle]!.revision <= revision) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const nameKey = (namespace: string, name: string) => `${namespace}/${name}`;
