/** A set of completion indexes, kept as ordered intervals that do not touch. Immutable. */
interface Interval {
  readonly first: number;
  readonly last: number;
}

export class IndexSet {
  static readonly empty = new IndexSet([]);
  readonly #intervals: readonly Interval[];

  private constructor(intervals: readonly Interval[]) {
    this.#intervals = intervals;
  }
  static of(indexes: Iterable<number>): IndexSet {
    return IndexSet.empty.with(indexes);
  }
  /** Reads '1,3-5'; what is no interval, or lies beyond `completions`, is left out. */
  static parse(text: string | undefined, completions: number): IndexSet {
    const intervals: Interval[] = [];
    for (const part of (text ?? '') === '' ? [] : text!.split(',')) {
      const [low, high = low] = part.split('-') as [string, string?];
      if (!/^\d+$/.test(low) || !/^\d+$/.test(high!)) continue;
      if (Number(low) >= completions) break;
      intervals.push({ first: Number(low), last: Math.min(Number(high), completions - 1) });
    }
    return IndexSet.empty.#merged(intervals);
  }
  with(indexes: Iterable<number>): IndexSet {
    const sorted = [...indexes].sort((a, b) => a - b);
    return this.#merged(sorted.map((index) => ({ first: index, last: index })));
  }
  union(other: IndexSet): IndexSet {
    return this.#merged(other.#intervals);
  }
  #merged(more: readonly Interval[]): IndexSet {
    const merged: { first: number; last: number }[] = [];
    for (const { first, last } of [...this.#intervals, ...more].sort((a, b) => a.first - b.first)) {
      const before = merged.at(-1);
      if (before === undefined || first > before.last + 1) merged.push({ first, last });
      else before.last = Math.max(before.last, last);
    }
    return new IndexSet(merged);
  }
  get size(): number {
    return this.#intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }
  has(index: number): boolean {
    let [low, high] = [0, this.#intervals.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#intervals[middle]!.last >= index) high = middle;
      else low = middle + 1;
    }
    return low < this.#intervals.length && this.#intervals[low]!.first <= index;
  }
  /** How many indexes both have. */
  overlap(other: IndexSet): number {
    const [left, right] = [this.#intervals, other.#intervals];
    let common = 0;
    for (let [i, j] = [0, 0]; i < left.length && j < right.length; ) {
      const [a, b] = [left[i]!, right[j]!];
      common += Math.max(0, Math.min(a.last, b.last) - Math.max(a.first, b.first) + 1);
      if (a.last <= b.last) i++;
      if (b.last <= a.last) j++;
    }
    return common;
  }
  /** The first `count` indexes below `completions` that are not in the set. */
  missing(count: number, completions: number): number[] {
    const found: number[] = [];
    let candidate = 0;
    const fill = (end: number) => {
      while (found.length < count && candidate < Math.min(end, completions)) found.push(candidate++);
    };
    for (const { first, last } of this.#intervals) {
      fill(first);
      candidate = Math.max(candidate, last + 1);
    }
    fill(completions);
    return found;
  }
  /** '1,3-5'; two neighbours are written '1,2'. */
  toString(): string {
    return this.#intervals
      .map(({ first, last }) => (first === last ? `${first}` : `${first}${last === first + 1 ? ',' : '-'}${last}`))
      .join(',');
  }
}
