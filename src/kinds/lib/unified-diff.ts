/**
 * Unified diffs as Go's port of Python's difflib makes them, line for line: upstream's messages quote them.
 * https://docs.python.org/3/library/difflib.html#difflib.SequenceMatcher
 */
interface Match {
  readonly a: number;
  readonly b: number;
  readonly size: number;
}
/** Lines of a range of both texts: `equal`, or replaced, where either range may be empty. */
interface Step {
  readonly equal: boolean;
  readonly a: readonly [from: number, to: number];
  readonly b: readonly [from: number, to: number];
}
const contextLines = 3;
/** From so many lines on, those that stand in more than a hundredth of all places say nothing of where they belong. */
const manyLines = 200;

function placesOf(lines: readonly string[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [index, line] of lines.entries()) {
    const known = places.get(line);
    if (known === undefined) places.set(line, [index]);
    else known.push(index);
  }
  const most = Math.floor(lines.length / 100) + 1;
  if (lines.length >= manyLines) for (const [line, { length }] of places) if (length > most) places.delete(line);
  return places;
}

type Range = readonly [aFrom: number, aTo: number, bFrom: number, bTo: number];
function longestMatch(a: readonly string[], b: readonly string[], places: ReadonlyMap<string, readonly number[]>, range: Range): Match {
  const [aFrom, aTo, bFrom, bTo] = range;
  let best: Match = { a: aFrom, b: bFrom, size: 0 };
  let lengths = new Map<number, number>();
  for (let i = aFrom; i < aTo; i++) {
    const next = new Map<number, number>();
    for (const j of places.get(a[i]!) ?? []) {
      if (j < bFrom) continue;
      if (j >= bTo) break;
      const size = (lengths.get(j - 1) ?? 0) + 1;
      next.set(j, size);
      if (size > best.size) best = { a: i - size + 1, b: j - size + 1, size };
    }
    lengths = next;
  }
  let { a: i, b: j, size } = best;
  while (i > aFrom && j > bFrom && a[i - 1] === b[j - 1]) [i, j, size] = [i - 1, j - 1, size + 1];
  while (i + size < aTo && j + size < bTo && a[i + size] === b[j + size]) size++;
  return { a: i, b: j, size };
}

/** In order; what follows on another is one with it. */
function matches(a: readonly string[], b: readonly string[]): readonly Match[] {
  const places = placesOf(b);
  const found: Match[] = [];
  const pending: Range[] = [[0, a.length, 0, b.length]];
  for (let range = pending.pop(); range !== undefined; range = pending.pop()) {
    const [aFrom, aTo, bFrom, bTo] = range;
    if (aFrom === aTo || bFrom === bTo) continue;
    const match = longestMatch(a, b, places, range);
    if (match.size === 0) continue;
    found.push(match);
    pending.push([aFrom, match.a, bFrom, match.b], [match.a + match.size, aTo, match.b + match.size, bTo]);
  }
  const joined: Match[] = [];
  for (const match of found.sort((one, other) => one.a - other.a)) {
    const last = joined.at(-1);
    const follows = last !== undefined && last.a + last.size === match.a && last.b + last.size === match.b;
    if (follows) joined[joined.length - 1] = { ...last, size: last.size + match.size };
    else joined.push(match);
  }
  return joined;
}

function* steps(a: readonly string[], b: readonly string[]): Generator<Step> {
  let [i, j] = [0, 0];
  for (const match of [...matches(a, b), { a: a.length, b: b.length, size: 0 }]) {
    if (i < match.a || j < match.b) yield { equal: false, a: [i, match.a], b: [j, match.b] };
    [i, j] = [match.a + match.size, match.b + match.size];
    if (match.size > 0) yield { equal: true, a: [match.a, i], b: [match.b, j] };
  }
}

/** What is equal gives way but for the lines next to what is not. */
function hunks(all: readonly Step[]): readonly (readonly Step[])[] {
  const found: Step[][] = [];
  let hunk: Step[] = [];
  for (const [index, step] of all.entries()) {
    const { equal, a, b } = step;
    if (!equal) {
      hunk.push(step);
      continue;
    }
    const size = a[1] - a[0];
    const ends = index === all.length - 1;
    const lead = Math.min(size, contextLines);
    if (index > 0 && (ends || size > 2 * contextLines)) {
      hunk.push({ equal, a: [a[0], a[0] + lead], b: [b[0], b[0] + lead] });
      found.push(hunk);
      hunk = [];
    }
    if (ends) return found;
    const kept = index === 0 || size > 2 * contextLines ? lead : size;
    hunk.push({ equal, a: [a[1] - kept, a[1]], b: [b[1] - kept, b[1]] });
  }
  return hunk.length === 0 ? found : [...found, hunk];
}

function shownRange(from: number, to: number): string {
  if (to - from === 1) return String(from + 1);
  return `${to === from ? from : from + 1},${to - from}`;
}

/** What differs between two texts, with three lines around it; empty when nothing does. */
export function unifiedDiff(before: string, after: string): string {
  const [a, b] = [before.split('\n'), after.split('\n')];
  const lines: string[] = [];
  for (const hunk of hunks([...steps(a, b)])) {
    const [first, last] = [hunk[0]!, hunk.at(-1)!];
    lines.push(`@@ -${shownRange(first.a[0], last.a[1])} +${shownRange(first.b[0], last.b[1])} @@`);
    for (const { equal, a: old, b: now } of hunk) {
      for (const line of a.slice(...old)) lines.push(`${equal ? ' ' : '-'}${line}`);
      if (!equal) for (const line of b.slice(...now)) lines.push(`+${line}`);
    }
  }
  return lines.map((line) => `${line}\n`).join('');
}
