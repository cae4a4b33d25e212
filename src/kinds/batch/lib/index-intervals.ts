import { goQuote } from '../../../api/go-text.ts';

/** Indexes of an Indexed Job as its status writes them: '1,3-5,7'. */
export interface Interval {
  readonly first: number;
  readonly last: number;
}

function parseIndex(text: string, completions: number): number {
  if (!/^[+-]?\d+$/.test(text)) throw new Error(`cannot convert string to integer for index: ${goQuote(text)}`);
  const index = Number(text);
  if (index >= completions) throw new Error(`too large index: ${JSON.stringify(text)}`);
  return index;
}
function parseInterval(text: string, completions: number): Interval {
  const parts = text.split('-');
  if (parts.length > 2) {
    const rule = "violates the requirement that an index interval can have at most two parts separated by '-'";
    throw new Error(`the fragment ${JSON.stringify(text)} ${rule}`);
  }
  const first = parseIndex(parts[0]!, completions);
  if (parts[1] === undefined) return { first, last: first };
  const last = parseIndex(parts[1], completions);
  if (first >= last) throw new Error(`non-increasing order, previous: ${first}, current: ${last}`);
  return { first, last };
}

/** How many indexes a text names. Throws an Error in upstream's words for what is no ordered list below `completions`. */
export function countIndexes(text: string, completions: number): number {
  let total = 0;
  let before: number | undefined;
  for (const part of text === '' ? [] : text.split(',')) {
    const { first, last } = parseInterval(part, completions);
    if (before !== undefined && before >= first) throw new Error(`non-increasing order, previous: ${before}, current: ${first}`);
    total += last - first + 1;
    before = last;
  }
  return total;
}

/** The intervals that can be read; others are left out. */
function readable(text: string, completions: number): readonly Interval[] {
  return text.split(',').flatMap((part) => {
    try {
      return [parseInterval(part, completions)];
    } catch {
      return [];
    }
  });
}
/** The first index that both ordered lists name. */
export function commonIndex(a: string, b: string, completions: number): number | undefined {
  const [left, right] = [readable(a, completions), readable(b, completions)];
  let [i, j] = [0, 0];
  while (i < left.length && j < right.length) {
    const [one, other] = [left[i]!, right[j]!];
    if (one.first <= other.last && other.first <= one.last) return Math.max(one.first, other.first);
    if (one.first <= other.first) i++;
    else j++;
  }
  return undefined;
}
