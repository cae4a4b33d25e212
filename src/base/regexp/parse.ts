/** The syntax of RE2 as Go's regexp/syntax reads it with Perl flags, with its error texts. */
import { type Ranges, folded, lastRune, negated, normalized, perlClasses, posixClass, unicodeClass } from './ranges.ts';

export type Assertion = 'beginText' | 'endText' | 'beginLine' | 'endLine' | 'wordBoundary' | 'noWordBoundary';
export type RegexpNode =
  | { readonly kind: 'empty' }
  | { readonly kind: 'set'; readonly ranges: Ranges }
  | { readonly kind: 'assert'; readonly what: Assertion }
  | { readonly kind: 'concat' | 'alternate'; readonly parts: readonly RegexpNode[] }
  | { readonly kind: 'repeat'; readonly of: RegexpNode; readonly min: number; readonly max: number; readonly lazy: boolean };

/** Its message is Go's: "error parsing regexp: missing closing ): `(a`". */
export class RegexpError extends Error {
  constructor(code: string, text: string) {
    super(`error parsing regexp: ${code}: \`${text}\``);
  }
}

const mostRepeats = 1000;
const deepest = 1000;
const empty: RegexpNode = { kind: 'empty' };
const never: RegexpNode = { kind: 'set', ranges: [] };
const anyButNewline = negated([10, 10]);
const simpleEscapes: Readonly<Record<string, number>> = { a: 7, f: 12, n: 10, r: 13, t: 9, v: 11 };

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

class Reader {
  readonly #text: string;
  #at = 0;
  #flags: Flags = { i: false, m: false, s: false, U: false };
  #depth = 0;
  readonly #names = new Set<string>();
  constructor(text: string) {
    this.#text = text;
  }

  read(): RegexpNode {
    const node = this.#alternatives();
    if (this.#at < this.#text.length) throw new RegexpError('unexpected )', this.#text);
    return node;
  }
  get #more(): boolean {
    return this.#at < this.#text.length;
  }
  #rune(): number {
    const rune = this.#text.codePointAt(this.#at)!;
    this.#at += rune > 0xffff ? 2 : 1;
    return rune;
  }
  #startsWith(part: string): boolean {
    return this.#text.startsWith(part, this.#at);
  }

  #alternatives(): RegexpNode {
    if (++this.#depth > deepest) throw new RegexpError('expression nests too deeply', this.#text);
    const flags = this.#flags;
    const parts = [this.#sequence()];
    while (this.#startsWith('|')) {
      this.#at++;
      parts.push(this.#sequence());
    }
    this.#flags = flags;
    this.#depth--;
    return parts.length === 1 ? parts[0]! : { kind: 'alternate', parts };
  }
  #sequence(): RegexpNode {
    const parts: RegexpNode[] = [];
    /** Text of the repetition right before, if there was one: two in a row are wrong. */
    let repetition = '';
    while (this.#more && !this.#startsWith('|') && !this.#startsWith(')')) {
      const start = this.#at;
      const repeat = this.#repetition();
      if (repeat !== undefined) {
        const text = this.#text.slice(start, this.#at);
        const before = parts.pop();
        if (before === undefined) throw new RegexpError('missing argument to repetition operator', text);
        if (repetition !== '') throw new RegexpError('invalid nested repetition operator', repetition + text);
        const lazy = repeat.lazy !== this.#flags.U;
        const node: RegexpNode = { kind: 'repeat', of: before, min: repeat.min, max: repeat.max, lazy };
        if ((repeat.min >= 2 || repeat.max >= 2) && repeat.counted && !repeatsAtMost(node, mostRepeats)) {
          throw new RegexpError('invalid repeat count', text);
        }
        parts.push(node);
        repetition = text;
        continue;
      }
      repetition = '';
      const node = this.#atom();
      if (node !== undefined) parts.push(...node);
    }
    return parts.length === 1 ? parts[0]! : parts.length === 0 ? empty : { kind: 'concat', parts };
  }
  #repetition(): { min: number; max: number; lazy: boolean; counted: boolean } | undefined {
    const start = this.#at;
    let min = 0;
    let max = Number.POSITIVE_INFINITY;
    let counted = false;
    switch (this.#text[this.#at]) {
      case '*':
        this.#at++;
        break;
      case '+':
        this.#at++;
        min = 1;
        break;
      case '?':
        this.#at++;
        max = 1;
        break;
      case '{': {
        const match = /^\{(0|[1-9]\d*)(?:(,)(0|[1-9]\d*)?)?\}/.exec(this.#text.slice(this.#at, this.#at + 40));
        if (match === null) return undefined;
        this.#at += match[0].length;
        counted = true;
        min = Number(match[1]);
        max = match[2] === undefined ? min : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
        const tooMany = min > mostRepeats || (max !== Number.POSITIVE_INFINITY && max > mostRepeats) || min > max;
        if (tooMany) throw new RegexpError('invalid repeat count', this.#text.slice(start, this.#at));
        break;
      }
      default:
        return undefined;
    }
    const lazy = this.#startsWith('?');
    if (lazy) this.#at++;
    return { min, max, lazy, counted };
  }

  /** undefined for what matches nothing of its own, like (?i). */
  #atom(): readonly RegexpNode[] | undefined {
    switch (this.#text[this.#at]) {
      case '(':
        return this.#group();
      case '[':
        return [this.#set(this.#class())];
      case '.':
        this.#at++;
        return [{ kind: 'set', ranges: this.#flags.s ? [0, lastRune] : anyButNewline }];
      case '^':
        this.#at++;
        return [{ kind: 'assert', what: this.#flags.m ? 'beginLine' : 'beginText' }];
      case '$':
        this.#at++;
        return [{ kind: 'assert', what: this.#flags.m ? 'endLine' : 'endText' }];
      case '\\':
        return this.#escape();
    }
    return [this.#literal(this.#rune())];
  }
  #literal(rune: number): RegexpNode {
    const ranges: Ranges = [rune, rune];
    return { kind: 'set', ranges: this.#flags.i ? folded(ranges) : ranges };
  }
  #set(ranges: Ranges): RegexpNode {
    return ranges.length === 0 ? never : { kind: 'set', ranges };
  }

  #group(): readonly RegexpNode[] | undefined {
    const start = this.#at;
    const outer = this.#flags;
    if (this.#startsWith('(?')) {
      const named = /^\(\?P?<([^>]*)(>?)/.exec(this.#text.slice(this.#at));
      const lookbehind = this.#startsWith('(?<=') || this.#startsWith('(?<!');
      if (named !== null && !lookbehind) {
        if (named[2] === '') throw new RegexpError('invalid named capture', this.#text.slice(start));
        if (!/^\w+$/.test(named[1]!)) throw new RegexpError('invalid named capture', named[0]);
        if (this.#names.has(named[1]!)) throw new RegexpError('duplicate capture group name', named[1]!);
        this.#names.add(named[1]!);
        this.#at += named[0].length;
      } else if (!this.#groupFlags(start)) return undefined;
    } else this.#at++;
    const inner = this.#alternatives();
    this.#flags = outer;
    if (!this.#startsWith(')')) throw new RegexpError('missing closing )', this.#text);
    this.#at++;
    return [inner];
  }
  /** Whether a group begins; flags alone change what follows. */
  #groupFlags(start: number): boolean {
    const wrong = (end: number) => new RegexpError('invalid or unsupported Perl syntax', this.#text.slice(start, end));
    this.#at += 2;
    const flags = { ...this.#flags };
    let on = true;
    let any = false;
    while (this.#more) {
      const rune = String.fromCodePoint(this.#rune());
      switch (rune) {
        case 'i':
        case 'm':
        case 's':
        case 'U':
          flags[rune] = on;
          any = true;
          continue;
        case '-':
          if (!on) throw wrong(this.#at);
          on = false;
          any = false;
          continue;
        case ':':
        case ')': {
          if (!on && !any) throw wrong(this.#at);
          this.#flags = flags;
          return rune === ':';
        }
      }
      throw wrong(this.#at);
    }
    throw new RegexpError('missing closing )', this.#text);
  }
  #escape(): readonly RegexpNode[] {
    const start = this.#at;
    const next = this.#text[this.#at + 1];
    switch (next) {
      case 'A':
        this.#at += 2;
        return [{ kind: 'assert', what: 'beginText' }];
      case 'b':
        this.#at += 2;
        return [{ kind: 'assert', what: 'wordBoundary' }];
      case 'B':
        this.#at += 2;
        return [{ kind: 'assert', what: 'noWordBoundary' }];
      case 'z':
        this.#at += 2;
        return [{ kind: 'assert', what: 'endText' }];
      case 'C':
        throw new RegexpError('invalid escape sequence', '\\C');
      case 'Q': {
        const end = this.#text.indexOf('\\E', start + 2);
        const quoted = this.#text.slice(start + 2, end < 0 ? undefined : end);
        this.#at = end < 0 ? this.#text.length : end + 2;
        return [...quoted].map((rune) => this.#literal(rune.codePointAt(0)!));
      }
    }
    const known = this.#escapedClass();
    if (known !== undefined) return [this.#set(this.#flags.i ? folded(known) : known)];
    return [this.#literal(this.#escapedRune())];
  }
  /** \d, \pL, \p{Greek}; undefined for other escapes. */
  #escapedClass(): Ranges | undefined {
    const start = this.#at;
    const letter = this.#text[start + 1];
    if (letter !== undefined && Object.hasOwn(perlClasses, letter)) {
      this.#at += 2;
      return perlClasses[letter]!;
    }
    if (letter !== 'p' && letter !== 'P') return undefined;
    let name: string;
    let end: number;
    if (this.#text[start + 2] === '{') {
      const close = this.#text.indexOf('}', start);
      if (close < 0) throw new RegexpError('invalid character class range', this.#text.slice(start));
      name = this.#text.slice(start + 3, close);
      end = close + 1;
    } else {
      const rune = this.#text.codePointAt(start + 2);
      if (rune === undefined) throw new RegexpError('invalid character class range', this.#text.slice(start));
      name = String.fromCodePoint(rune);
      end = start + 2 + name.length;
    }
    let negative = letter === 'P';
    if (name.startsWith('^')) {
      negative = !negative;
      name = name.slice(1);
    }
    const found = unicodeClass(name);
    if (found === undefined) throw new RegexpError('invalid character class range', this.#text.slice(start, end));
    this.#at = end;
    return negative ? negated(found) : found;
  }
  #escapedRune(): number {
    const start = this.#at;
    this.#at++;
    if (!this.#more) throw new RegexpError('trailing backslash at end of expression', '');
    const rune = this.#rune();
    const wrong = () => new RegexpError('invalid escape sequence', this.#text.slice(start, this.#at));
    const char = String.fromCodePoint(rune);
    if (/[1-7]/.test(char)) {
      // A single digit would be a back reference.
      if (!/[0-7]/.test(this.#text[this.#at] ?? '')) throw wrong();
      return this.#octal(rune - 48, 2);
    }
    if (char === '0') return this.#octal(0, 2);
    if (char === 'x') {
      const match = /^(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/.exec(this.#text.slice(this.#at, this.#at + 16));
      if (match === null) {
        this.#at = Math.min(this.#text.length, this.#at + 1);
        throw wrong();
      }
      this.#at += match[0].length;
      const value = Number.parseInt(match[1] ?? match[2]!, 16);
      if (value > lastRune) throw wrong();
      return value;
    }
    if (Object.hasOwn(simpleEscapes, char)) return simpleEscapes[char]!;
    if (rune < 0x80 && !/[0-9A-Za-z]/.test(char)) return rune;
    throw wrong();
  }
  #octal(first: number, most: number): number {
    let value = first;
    for (let count = 0; count < most && /[0-7]/.test(this.#text[this.#at] ?? ''); count++) value = value * 8 + this.#rune() - 48;
    return value;
  }

  #class(): Ranges {
    const start = this.#at;
    this.#at++;
    const negative = this.#startsWith('^');
    if (negative) this.#at++;
    const ranges: number[] = [];
    for (let first = true; first || !this.#startsWith(']'); first = false) {
      if (!this.#more) throw new RegexpError('missing closing ]', this.#text.slice(start));
      if (this.#startsWith('[:')) {
        const end = this.#text.indexOf(':]', this.#at + 2);
        if (end >= 0) {
          const found = posixClass(this.#text.slice(this.#at + 2, end));
          if (found === undefined) throw new RegexpError('invalid character class range', this.#text.slice(this.#at, end + 2));
          ranges.push(...found);
          this.#at = end + 2;
          continue;
        }
      }
      if (this.#startsWith('\\')) {
        const known = this.#escapedClass();
        if (known !== undefined) {
          ranges.push(...known);
          continue;
        }
      }
      const at = this.#at;
      const low = this.#classRune(start);
      let high = low;
      if (this.#startsWith('-') && this.#text[this.#at + 1] !== ']' && this.#at + 1 < this.#text.length) {
        this.#at++;
        high = this.#classRune(start);
        if (high < low) throw new RegexpError('invalid character class range', this.#text.slice(at, this.#at));
      }
      ranges.push(low, high);
    }
    this.#at++;
    const all = this.#flags.i ? folded(normalized(ranges)) : normalized(ranges);
    return negative ? negated(all) : all;
  }
  #classRune(start: number): number {
    if (!this.#more) throw new RegexpError('missing closing ]', this.#text.slice(start));
    return this.#startsWith('\\') ? this.#escapedRune() : this.#rune();
  }
}

/** Whether nested counts multiply to no more than this. */
function repeatsAtMost(node: RegexpNode, most: number): boolean {
  switch (node.kind) {
    case 'repeat': {
      const times = node.max === Number.POSITIVE_INFINITY ? node.min : node.max;
      if (node.max === 0) return true;
      if (times > most) return false;
      return repeatsAtMost(node.of, times > 0 ? Math.floor(most / times) : most);
    }
    case 'concat':
    case 'alternate':
      return node.parts.every((part) => repeatsAtMost(part, most));
    default:
      return true;
  }
}

/** Throws RegexpError. */
export const parseRegexp = (text: string): RegexpNode => new Reader(text).read();
