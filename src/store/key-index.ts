/** What an index holds: a key, and whether it counts as present in the newest state. */
export interface Indexed {
  readonly key: string;
  readonly live: boolean;
  /** Newest revision that touched the key. */
  readonly touched: number;
}

interface Chunk<T> {
  items: T[];
  /** Items that are live. */
  live: number;
  /** No item of the chunk was touched after this revision. */
  touched: number;
}

const chunkMax = 512;
const chunkMin = 64;

/** First position in `items` whose key is at or above `key` (above it, when `after`). */
function lowerBound(items: readonly Indexed[], key: string, after: boolean): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const at = items[middle]!.key;
    if (at < key || (after && at === key)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A place in the index: a chunk and a position in it. */
interface Place {
  chunk: number;
  item: number;
}

/**
 * Keys in order, in chunks of at most 512, so that inserting and removing stay cheap at any size and counting a prefix
 * adds up chunks instead of keys. Invariant: no chunk is empty, chunks and their items are in order of keys.
 */
export class KeyIndex<T extends Indexed> {
  readonly #byKey = new Map<string, T>();
  readonly #chunks: Chunk<T>[] = [];

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }
  get size(): number {
    return this.#byKey.size;
  }
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { items } = this.#chunks[middle]!;
      if (items[items.length - 1]!.key < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
  #place(key: string, after: boolean): Place {
    const chunk = this.#chunkOf(key);
    if (chunk === this.#chunks.length) return { chunk, item: 0 };
    const item = lowerBound(this.#chunks[chunk]!.items, key, after);
    return item < this.#chunks[chunk]!.items.length ? { chunk, item } : { chunk: chunk + 1, item: 0 };
  }
  /** Adds an item whose key is not yet there. */
  insert(item: T): void {
    this.#byKey.set(item.key, item);
    const at = Math.min(this.#chunkOf(item.key), this.#chunks.length - 1);
    const chunk = this.#chunks[at];
    if (chunk === undefined) {
      this.#chunks.push({ items: [item], live: item.live ? 1 : 0, touched: item.touched });
      return;
    }
    const { items } = chunk;
    if (items[items.length - 1]!.key < item.key) items.push(item);
    else items.splice(lowerBound(items, item.key, false), 0, item);
    if (item.live) chunk.live++;
    chunk.touched = Math.max(chunk.touched, item.touched);
    if (items.length > chunkMax) this.#split(at, chunk);
  }
  #split(at: number, chunk: Chunk<T>): void {
    // The last chunk mostly grows at its end (names in rising order): leave it nearly full there.
    const upper = chunk.items.splice(at === this.#chunks.length - 1 ? chunkMax - chunkMin : chunkMax >> 1);
    const live = upper.reduce((sum, item) => sum + (item.live ? 1 : 0), 0);
    chunk.live -= live;
    this.#chunks.splice(at + 1, 0, { items: upper, live, touched: chunk.touched });
  }
  /** Must be called when an item's `live` or `touched` changed; `wasLive` is what it was before. */
  changed(item: T, wasLive: boolean): void {
    const chunk = this.#chunks[this.#chunkOf(item.key)]!;
    chunk.live += (item.live ? 1 : 0) - (wasLive ? 1 : 0);
    chunk.touched = Math.max(chunk.touched, item.touched);
  }
  remove(item: T): void {
    this.#byKey.delete(item.key);
    const at = this.#chunkOf(item.key);
    const chunk = this.#chunks[at]!;
    chunk.items.splice(lowerBound(chunk.items, item.key, false), 1);
    if (item.live) chunk.live--;
    const next = this.#chunks[at + 1];
    if (chunk.items.length === 0) this.#chunks.splice(at, 1);
    else if (next !== undefined && chunk.items.length < chunkMin && next.items.length < chunkMax - chunkMin) {
      for (const moved of next.items) chunk.items.push(moved);
      chunk.live += next.live;
      chunk.touched = Math.max(chunk.touched, next.touched);
      this.#chunks.splice(at + 1, 1);
    }
  }
  /** The place after the last key with the prefix. */
  #endOf(prefix: string): Place {
    if (prefix === '') return { chunk: this.#chunks.length, item: 0 };
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { items } = this.#chunks[middle]!;
      const last = items[items.length - 1]!.key;
      if (last < prefix || last.startsWith(prefix)) low = middle + 1;
      else high = middle;
    }
    if (low === this.#chunks.length) return { chunk: low, item: 0 };
    const { items } = this.#chunks[low]!;
    let item = 0;
    let top = items.length;
    while (item < top) {
      const middle = (item + top) >> 1;
      const key = items[middle]!.key;
      if (key < prefix || key.startsWith(prefix)) item = middle + 1;
      else top = middle;
    }
    return { chunk: low, item };
  }
  /** Calls `visit` for the items with the prefix, in order, strictly after `after` if given, until it returns false. */
  scan(prefix: string, after: string | undefined, visit: (item: T) => boolean): void {
    const past = after !== undefined && after >= prefix;
    let { chunk, item } = this.#place(past ? after : prefix, past);
    for (; chunk < this.#chunks.length; chunk++, item = 0) {
      const { items } = this.#chunks[chunk]!;
      for (; item < items.length; item++) {
        if (!items[item]!.key.startsWith(prefix) || !visit(items[item]!)) return;
      }
    }
  }
  /**
   * How many items with the prefix, strictly after `after` if given, are counted by `counts`. Where no item of a whole
   * chunk was touched after `revision`, its count of live items stands instead of asking.
   */
  count(prefix: string, after: string | undefined, revision: number, counts: (item: T) => boolean): number {
    const past = after !== undefined && after >= prefix;
    const start = this.#place(past ? after : prefix, past);
    const end = this.#endOf(prefix);
    let total = 0;
    for (let at = start.chunk; at <= end.chunk && at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at]!;
      const from = at === start.chunk ? start.item : 0;
      const to = at === end.chunk ? end.item : chunk.items.length;
      if (from === 0 && to === chunk.items.length && chunk.touched <= revision) total += chunk.live;
      else for (let item = from; item < to; item++) if (counts(chunk.items[item]!)) total++;
    }
    return total;
  }
}
