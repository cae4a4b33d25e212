/** Sets of code points: sorted, separate, inclusive ranges, flat: [low, high, low, high, ...]. */
export type Ranges = readonly number[];
export const lastRune = 0x10ffff;

export function normalized(ranges: Ranges): Ranges {
  const pairs: [number, number][] = [];
  for (let index = 0; index < ranges.length; index += 2) pairs.push([ranges[index]!, ranges[index + 1]!]);
  pairs.sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [low, high] of pairs) {
    if (out.length > 0 && low <= out.at(-1)! + 1) out[out.length - 1] = Math.max(out.at(-1)!, high);
    else out.push(low, high);
  }
  return out;
}
/** All other code points; of a normalized set. */
export function negated(ranges: Ranges): Ranges {
  const out: number[] = [];
  let next = 0;
  for (let index = 0; index < ranges.length; index += 2) {
    if (ranges[index]! > next) out.push(next, ranges[index]! - 1);
    next = ranges[index + 1]! + 1;
  }
  if (next <= lastRune) out.push(next, lastRune);
  return out;
}

const digit: Ranges = [48, 57];
const space: Ranges = [9, 10, 12, 13, 32, 32];
const word: Ranges = [48, 57, 65, 90, 95, 95, 97, 122];
export const perlClasses: Readonly<Record<string, Ranges>> = {
  d: digit,
  D: negated(digit),
  s: space,
  S: negated(space),
  w: word,
  W: negated(word),
};
const posix: Readonly<Record<string, Ranges>> = {
  alnum: [48, 57, 65, 90, 97, 122],
  alpha: [65, 90, 97, 122],
  ascii: [0, 127],
  blank: [9, 9, 32, 32],
  cntrl: [0, 31, 127, 127],
  digit,
  graph: [33, 126],
  lower: [97, 122],
  print: [32, 126],
  punct: [33, 47, 58, 64, 91, 96, 123, 126],
  space: [9, 13, 32, 32],
  upper: [65, 90],
  word,
  xdigit: [48, 57, 65, 70, 97, 102],
};
/** [:alpha:] and [:^alpha:], by the name between the colons. */
export function posixClass(name: string): Ranges | undefined {
  const plain = name.startsWith('^') ? name.slice(1) : name;
  if (!Object.hasOwn(posix, plain)) return undefined;
  return plain === name ? posix[plain]! : negated(posix[plain]!);
}

/** Planes that have assigned or private characters; the rest is unassigned. */
const scanned: readonly (readonly [number, number])[] = [
  [0, 0xd7ff],
  [0xd800, 0x3ffff],
  [0xe0000, 0xe01ff],
];
const unicodeClasses = new Map<string, Ranges | undefined>();
function scan(test: RegExp): Ranges {
  const out: number[] = [];
  for (const [low, high] of scanned) {
    for (let rune = low; rune <= high; rune++) {
      if (!test.test(String.fromCodePoint(rune))) continue;
      if (out.length > 0 && out.at(-1) === rune - 1) out[out.length - 1] = rune;
      else out.push(rune, rune);
    }
  }
  if (test.test('\u{f0000}')) out.push(0xf0000, 0xffffd, 0x100000, 0x10fffd);
  return out;
}
const categories = /^(?:C[cfos]?|L[lmotu]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?)$/;
/** \p{Name}: a general category or a script; undefined for other names. */
export function unicodeClass(name: string): Ranges | undefined {
  if (name === 'Any') return [0, lastRune];
  if (unicodeClasses.has(name)) return unicodeClasses.get(name);
  let found: Ranges | undefined;
  if (categories.test(name)) {
    // Go's C has no unassigned code points.
    found = scan(new RegExp(name === 'C' ? '[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}]' : `\\p{${name}}`, 'u'));
  } else if (/^[A-Z][A-Za-z_]+$/.test(name)) {
    try {
      found = scan(new RegExp(`\\p{Script=${name}}`, 'u'));
    } catch {
      found = undefined;
    }
  }
  if (unicodeClasses.size < 400) unicodeClasses.set(name, found);
  return found;
}

let orbits: Map<number, number[]> | undefined;
const single = (text: string): number | undefined =>
  text.length === (text.codePointAt(0)! > 0xffff ? 2 : 1) ? text.codePointAt(0) : undefined;
/** Code points that differ only in case, each with all of its kind. */
function foldOrbits(): Map<number, number[]> {
  if (orbits !== undefined) return orbits;
  const byKey = new Map<number, number[]>();
  for (let rune = 0; rune < 0x1e944; rune++) {
    if (rune === 0xd800) rune = 0xe000;
    if (rune === 0x130 || rune === 0x131) continue;
    const text = String.fromCodePoint(rune);
    const upper = single(text.toUpperCase());
    const key = single((upper === undefined ? text : String.fromCodePoint(upper)).toLowerCase()) ?? rune;
    const known = byKey.get(key);
    if (known === undefined) byKey.set(key, [rune]);
    else known.push(rune);
  }
  orbits = new Map();
  for (const all of byKey.values()) if (all.length > 1) for (const rune of all) orbits.set(rune, all);
  return orbits;
}
const asciiOrbit = (rune: number): number[] => {
  const other = rune ^ 32;
  if (rune === 75 || rune === 107) return [75, 107, 0x212a];
  return rune === 83 || rune === 115 ? [83, 115, 0x17f] : [rune, other];
};
const isLetter = (rune: number) => (rune >= 65 && rune <= 90) || (rune >= 97 && rune <= 122);
/** The set and all that differs from its members only in case. */
export function folded(ranges: Ranges): Ranges {
  const out: number[] = [...ranges];
  for (let index = 0; index < ranges.length; index += 2) {
    const high = ranges[index + 1]!;
    for (let rune = ranges[index]!; rune <= Math.min(high, 127); rune++) {
      if (isLetter(rune)) for (const one of asciiOrbit(rune)) out.push(one, one);
    }
    if (high <= 127) continue;
    for (const [rune, all] of foldOrbits()) {
      if (rune > 127 && rune >= ranges[index]! && rune <= high) for (const one of all) out.push(one, one);
    }
  }
  return normalized(out);
}
