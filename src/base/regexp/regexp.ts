/**
 * Regular expressions with the syntax and the results of Go's regexp package (RE2). Time is linear in the text, whatever the
 * pattern: `test` runs a DFA that is built as it goes, `find` all threads of the NFA at once.
 */
import { type Assertion, RegexpError, type RegexpNode, parseRegexp } from './parse.ts';
import type { Ranges } from './ranges.ts';

type Instruction =
  | { readonly op: 'set'; readonly ranges: Ranges; next: number }
  | { readonly op: 'split'; next: number; other: number }
  | { readonly op: 'assert'; readonly what: Assertion; next: number }
  | { readonly op: 'match' };

const largestProgram = 100_000;

class Compiler {
  readonly program: Instruction[] = [];
  #emit(instruction: Instruction): number {
    if (this.program.length >= largestProgram) throw new RangeError('expression too large');
    this.program.push(instruction);
    return this.program.length - 1;
  }
  /** Code that matches the node and goes on at `next`; made from the end, so that what follows is known. */
  compile(node: RegexpNode, next: number): number {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'set':
        return this.#emit({ op: 'set', ranges: node.ranges, next });
      case 'assert':
        return this.#emit({ op: 'assert', what: node.what, next });
      case 'concat':
        return node.parts.reduceRight((after, part) => this.compile(part, after), next);
      case 'alternate': {
        const starts = node.parts.map((part) => this.compile(part, next));
        return starts.reduceRight((other, start) => this.#emit({ op: 'split', next: start, other }));
      }
      case 'repeat':
        return this.#repeat(node, next);
    }
  }
  #split(into: number, past: number, lazy: boolean): number {
    return this.#emit({ op: 'split', next: lazy ? past : into, other: lazy ? into : past });
  }
  #repeat({ of, min, max, lazy }: RegexpNode & { kind: 'repeat' }, next: number): number {
    let at = next;
    if (max === Number.POSITIVE_INFINITY) {
      const loop = this.#emit({ op: 'split', next: 0, other: 0 }) as number;
      const body = this.compile(of, loop);
      const split = this.program[loop] as Instruction & { op: 'split' };
      split.next = lazy ? next : body;
      split.other = lazy ? body : next;
      at = loop;
      // One copy is the loop's own: x+ is a body that the loop comes back to.
      if (min > 0) at = body;
      for (let count = 1; count < min; count++) at = this.compile(of, at);
      return at;
    }
    for (let count = min; count < max; count++) at = this.#split(this.compile(of, at), next, lazy);
    for (let count = 0; count < min; count++) at = this.compile(of, at);
    return at;
  }
}

const isWord = (rune: number) => (rune >= 48 && rune <= 57) || (rune >= 65 && rune <= 90) || rune === 95 || (rune >= 97 && rune <= 122);
const noRune = -1;
/** Whether the assertion holds between these two code points. */
function holds(what: Assertion, before: number, after: number): boolean {
  switch (what) {
    case 'beginText':
      return before === noRune;
    case 'endText':
      return after === noRune;
    case 'beginLine':
      return before === noRune || before === 10;
    case 'endLine':
      return after === noRune || after === 10;
    case 'wordBoundary':
      return isWord(before) !== isWord(after);
    case 'noWordBoundary':
      return isWord(before) === isWord(after);
  }
}
function includes(ranges: Ranges, rune: number): boolean {
  if (ranges.length === 2) return rune >= ranges[0]! && rune <= ranges[1]!;
  let low = 0;
  let high = ranges.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (rune < ranges[2 * middle]!) high = middle - 1;
    else if (rune > ranges[2 * middle + 1]!) low = middle + 1;
    else return true;
  }
  return false;
}
const runeAt = (text: string, at: number): number => text.codePointAt(at) ?? noRune;
function runeBefore(text: string, at: number): number {
  if (at === 0) return noRune;
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit < 0xe000 && at > 1 ? runeAt(text, at - 2) : unit;
}

/** A set of places in the program, in order of preference. */
class Threads {
  readonly pcs: number[] = [];
  readonly starts: number[] = [];
  readonly #seen: Uint32Array;
  #mark = 1;
  constructor(size: number) {
    this.#seen = new Uint32Array(size);
  }
  clear(): void {
    this.pcs.length = 0;
    this.starts.length = 0;
    this.#mark++;
  }
  /** Adds the place and all that is reached from it without reading. */
  add(program: readonly Instruction[], from: number, start: number, before: number, after: number): void {
    const pending = [from];
    while (pending.length > 0) {
      const pc = pending.pop()!;
      if (this.#seen[pc] === this.#mark) continue;
      this.#seen[pc] = this.#mark;
      const instruction = program[pc]!;
      if (instruction.op === 'split') pending.push(instruction.other, instruction.next);
      else if (instruction.op === 'assert') {
        if (holds(instruction.what, before, after)) pending.push(instruction.next);
      } else {
        this.pcs.push(pc);
        this.starts.push(start);
      }
    }
  }
}

interface State {
  readonly pcs: readonly number[];
  readonly matched: boolean;
  readonly next: (State | undefined)[];
  /** Whether it matches if the text ends here. */
  atEnd: boolean | undefined;
}
const mostStates = 2_000;

export class Regexp {
  readonly #program: readonly Instruction[];
  readonly #start: number;
  /** Boundaries of classes of code points that the program treats alike. */
  readonly #classes: readonly number[];
  readonly #asciiClass: Uint16Array;
  /** Assertions look at neighbours in other ways than begin and end of the text: no DFA. */
  readonly #contextual: boolean;
  #states = new Map<string, State>();
  #begin: State | undefined;

  constructor(node: RegexpNode) {
    const compiler = new Compiler();
    compiler.program.push({ op: 'match' });
    this.#start = compiler.compile(node, 0);
    this.#program = compiler.program;
    const bounds = new Set<number>([0]);
    for (const instruction of this.#program) {
      if (instruction.op !== 'set') continue;
      for (let index = 0; index < instruction.ranges.length; index += 2) {
        bounds.add(instruction.ranges[index]!);
        bounds.add(instruction.ranges[index + 1]! + 1);
      }
    }
    this.#classes = [...bounds].sort((a, b) => a - b);
    this.#asciiClass = Uint16Array.from({ length: 128 }, (_, rune) => this.#findClass(rune));
    this.#contextual = this.#program.some(
      (instruction) => instruction.op === 'assert' && instruction.what !== 'beginText' && instruction.what !== 'endText',
    );
  }

  #findClass(rune: number): number {
    let low = 0;
    let high = this.#classes.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#classes[middle]! <= rune) low = middle;
      else high = middle - 1;
    }
    return low;
  }
  #state(threads: Threads): State {
    const sorted = threads.pcs.toSorted((a, b) => a - b);
    const key = sorted.join();
    let state = this.#states.get(key);
    if (state === undefined) {
      if (this.#states.size >= mostStates) {
        this.#states = new Map();
        this.#begin = undefined;
      }
      state = { pcs: sorted, matched: sorted[0] === 0, next: [], atEnd: undefined };
      this.#states.set(key, state);
    }
    return state;
  }
  /** Reached from the state with a code point; threads that begin behind it come in, too. Assertions that the text ends wait. */
  #step(state: State, rune: number): State {
    const threads = new Threads(this.#program.length);
    for (const pc of state.pcs) {
      const instruction = this.#program[pc]!;
      if (instruction.op === 'set' && includes(instruction.ranges, rune)) this.#addWaiting(threads, instruction.next, false);
    }
    this.#addWaiting(threads, this.#start, false);
    return this.#state(threads);
  }
  /** Adds what is reached; places that assert the end stay in the set as they are. */
  #addWaiting(threads: Threads, from: number, begin: boolean): void {
    const pending = [from];
    const { pcs } = threads;
    const known = new Set(pcs);
    const seen = new Set<number>();
    while (pending.length > 0) {
      const pc = pending.pop()!;
      if (seen.has(pc)) continue;
      seen.add(pc);
      const instruction = this.#program[pc]!;
      if (instruction.op === 'split') pending.push(instruction.other, instruction.next);
      else if (instruction.op === 'assert' && instruction.what === 'beginText') {
        if (begin) pending.push(instruction.next);
      } else if (!known.has(pc)) {
        known.add(pc);
        pcs.push(pc);
      }
    }
  }
  #matchesAtEnd(state: State, begin: boolean): boolean {
    if (!begin && state.atEnd !== undefined) return state.atEnd;
    const threads = new Threads(this.#program.length);
    for (const pc of state.pcs) threads.add(this.#program, pc, 0, begin ? noRune : 0, noRune);
    const result = threads.pcs.includes(0);
    if (!begin) state.atEnd = result;
    return result;
  }

  /** Whether it matches anywhere in the text. */
  test(text: string): boolean {
    if (this.#contextual) return this.findIndex(text, 0) !== undefined;
    if (this.#begin === undefined) {
      const threads = new Threads(this.#program.length);
      this.#addWaiting(threads, this.#start, true);
      this.#begin = this.#state(threads);
    }
    let state = this.#begin;
    for (let at = 0; at < text.length; at++) {
      if (state.matched) return true;
      let rune = text.charCodeAt(at);
      if (rune >= 0xd800 && rune < 0xdc00) {
        rune = text.codePointAt(at)!;
        if (rune > 0xffff) at++;
      }
      const of = rune < 128 ? this.#asciiClass[rune]! : this.#findClass(rune);
      let next: State | undefined = state.next[of];
      if (next === undefined) {
        next = this.#step(state, rune);
        state.next[of] = next;
      }
      state = next;
    }
    return state.matched || this.#matchesAtEnd(state, text.length === 0);
  }

  /** Where the leftmost match from this offset on begins and ends, in UTF-16 units; as Perl would choose among several. */
  findIndex(text: string, from: number): readonly [number, number] | undefined {
    const program = this.#program;
    let current = new Threads(program.length);
    let next = new Threads(program.length);
    let found: readonly [number, number] | undefined;
    let before = runeBefore(text, from);
    for (let at = from; ; ) {
      const rune = runeAt(text, at);
      if (found === undefined) current.add(program, this.#start, at, before, rune);
      if (current.pcs.length === 0) return found;
      const width = rune > 0xffff ? 2 : 1;
      const after = runeAt(text, at + width);
      next.clear();
      for (let index = 0; index < current.pcs.length; index++) {
        const instruction = program[current.pcs[index]!]!;
        if (instruction.op === 'match') {
          found = [current.starts[index]!, at];
          break;
        }
        if (instruction.op === 'set' && rune !== noRune && includes(instruction.ranges, rune)) {
          next.add(program, instruction.next, current.starts[index]!, rune, after);
        }
      }
      if (rune === noRune) return found;
      [current, next] = [next, current];
      before = rune;
      at += width;
    }
  }
  /** The leftmost match; undefined when there is none. */
  find(text: string): string | undefined {
    const found = this.findIndex(text, 0);
    return found && text.slice(found[0], found[1]);
  }
  /** Matches that do not overlap, at most so many; all if the count is negative. */
  findAll(text: string, most: number): string[] {
    const out: string[] = [];
    let previousEnd = -1;
    for (let at = 0; at <= text.length && (most < 0 || out.length < most); ) {
      const found = this.findIndex(text, at);
      if (found === undefined) break;
      const [start, end] = found;
      const accept = end !== at || start !== end || start !== previousEnd;
      if (end === at) at += runeAt(text, at) > 0xffff ? 2 : 1;
      else at = end;
      previousEnd = end;
      if (accept) out.push(text.slice(start, end));
    }
    return out;
  }
}

const mostCompiled = 500;
let compiled = new Map<string, Regexp | string>();
let olderCompiled = new Map<string, Regexp | string>();
/** A pattern, ready to use; the text of Go's error if it is none. Results are shared and remembered (bounded). */
export function compileRegexp(pattern: string): Regexp | string {
  let known = compiled.get(pattern) ?? olderCompiled.get(pattern);
  if (known === undefined) {
    try {
      known = new Regexp(parseRegexp(pattern));
    } catch (error) {
      if (error instanceof RegexpError) known = error.message;
      else if (error instanceof RangeError) known = new RegexpError('expression too large', pattern).message;
      else throw error;
    }
  }
  if (pattern.length > 10_000) return known;
  if (compiled.size >= mostCompiled) {
    olderCompiled = compiled;
    compiled = new Map();
  }
  compiled.set(pattern, known);
  return known;
}
