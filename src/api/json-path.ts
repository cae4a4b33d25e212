/**
 * JSONPath as kubectl speaks it (https://kubernetes.io/docs/reference/kubectl/jsonpath/), for one expression without its braces:
 * fields, indexes, slices, unions, filters, wildcards, recursive descent. `range` finds nothing.
 */
export type JsonPath = (root: unknown) => readonly unknown[];

type Step = (values: readonly unknown[]) => readonly unknown[];
type Slice = readonly [Bound, Bound, Bound];
interface Bound {
  readonly value: number | undefined;
  /** The end of a single index. */
  readonly derived?: boolean;
}

const isSpace = (character: string) => character === ' ' || character === '\t';
const isEnd = (character: string) => character === '' || '.,[]$@{}\r\n'.includes(character) || isSpace(character);
const isWord = (character: string) => /[_\p{L}\p{Nd}]/u.test(character);

/** Go's %#U. */
function shownCharacter(code: number): string {
  const text = String.fromCodePoint(code);
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}${/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(text) ? ` '${text}'` : ''}`;
}

class Parser {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }
  get #next(): string {
    return this.#text.charAt(this.#at);
  }
  /** Throws Error for what is no expression. */
  parse(): Step[] {
    const steps: Step[] = [];
    let wasRecursive = false;
    // A brace ends the expression: what follows is text around it.
    while (this.#at < this.#text.length && this.#next !== '}') {
      if (this.#text.startsWith('..', this.#at)) {
        if (wasRecursive) throw new Error('invalid multiple recursive descent');
        this.#at += 2;
        steps.push(descend);
        if (isWord(this.#next)) steps.push(this.#field());
        else wasRecursive = true;
        continue;
      }
      wasRecursive = false;
      steps.push(...this.#step());
    }
    return steps;
  }
  #step(): readonly Step[] {
    if (this.#text.startsWith('[?(', this.#at)) return [this.#filter()];
    const character = this.#next;
    if (character === '\r' || character === '\n') throw new Error('unclosed action');
    if (character === ' ' || character === '@' || character === '$') {
      this.#at++;
      return [];
    }
    if (character === '[') return this.#array();
    if (character === '"' || character === "'") return [this.#quoted(character)];
    if (character === '.') {
      this.#at++;
      return [this.#field()];
    }
    if (/[+\-\p{Nd}]/u.test(character)) return [this.#number()];
    if (isWord(character)) return [this.#identifier()];
    throw new Error(`unrecognized character in action: ${shownCharacter(this.#text.codePointAt(this.#at)!)}`);
  }
  #field(): Step {
    let name = '';
    while (!isEnd(this.#next)) {
      if (this.#next === '\\') this.#at++;
      name += this.#text.charAt(this.#at++);
    }
    return name === '*' ? everything : fieldStep(name);
  }
  #number(): Step {
    const text = /^[+-]?[.\d]*/.exec(this.#text.slice(this.#at))![0];
    this.#at += text.length;
    const value = Number(text);
    if (text === '' || !/\d/.test(text) || Number.isNaN(value)) throw new Error(`cannot parse number ${text}`);
    return constant(value);
  }
  #identifier(): Step {
    const start = this.#at;
    while (!isEnd(this.#next)) this.#at++;
    const word = this.#text.slice(start, this.#at);
    if (word === 'true' || word === 'false') return constant(word === 'true');
    return () => {
      if (word === 'range') return [];
      throw new Error(word === 'end' ? 'not in range, nothing to end' : `unrecognized identifier ${word}`);
    };
  }
  #quoted(quote: string): Step {
    const start = ++this.#at;
    while (this.#next !== quote || this.#text.charAt(this.#at - 1) === '\\') {
      if (this.#next === '' || this.#next === '\n') throw new Error('unterminated quoted string');
      this.#at++;
    }
    const text = this.#text.slice(start, this.#at++);
    const plain = text.replaceAll(/\\(.)/g, '$1');
    return () => [plain];
  }
  #array(): readonly Step[] {
    const close = this.#text.indexOf(']', this.#at);
    const line = this.#text.indexOf('\n', this.#at);
    if (close < 0 || (line >= 0 && line < close)) throw new Error('unterminated array');
    const text = this.#text.slice(this.#at + 1, close);
    this.#at = close + 1;
    const parts = text.split(',');
    if (parts.length > 1) {
      const paths = parts.map((part) => new Parser(`[${part.replaceAll(/^ +| +$/g, '')}]`).parse());
      return [(values) => paths.flatMap((steps) => run(steps, values))];
    }
    const key = /^'([^']*)'$/.exec(text);
    if (key !== null) return new Parser(`.${key[1]}`).parse();
    return [sliceStep(sliceOf(text === '*' ? ':' : text))];
  }
  #filter(): Step {
    this.#at += 3;
    const start = this.#at;
    let quote = '';
    let closed = false;
    for (; ; this.#at++) {
      const character = this.#next;
      if (character === '' || character === '\n') throw new Error('unterminated filter');
      if (character === '"' || character === "'") {
        if (quote === '') quote = character;
        else if (this.#text.charAt(this.#at - 1) !== '\\' && character === quote) closed = true;
      } else if (character === ')' && (quote !== '') === closed) break;
    }
    const text = this.#text.slice(start, this.#at++);
    if (this.#next !== ']') throw new Error('unclosed array expect ]');
    this.#at++;
    const match = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(text);
    if (match === null) {
      const steps = new Parser(text).parse();
      return filterStep((item) => run(steps, [item]).length > 0);
    }
    const [left, right] = [new Parser(match[1]!).parse(), new Parser(match[3]!).parse()];
    return filterStep((item) => compares(match[2]!, run(left, [item]), () => run(right, [item])));
  }
}

const run = (steps: readonly Step[], values: readonly unknown[]): readonly unknown[] =>
  steps.reduce<readonly unknown[]>((current, step) => step(current), values);

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const constant =
  (value: unknown): Step =>
  (values) =>
    values.map(() => value);
const fieldStep =
  (name: string): Step =>
  (values) =>
    values.flatMap((value) => (isMap(value) && Object.hasOwn(value, name) ? [value[name]] : []));
const childrenOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : isMap(value) ? Object.values(value) : []);
const everything: Step = (values) => values.flatMap(childrenOf);
const descend: Step = (values) =>
  values.flatMap((value) => {
    const children = childrenOf(value);
    return children.length === 0 ? [] : [value, ...descend(children)];
  });
function filterStep(keeps: (item: unknown) => boolean): Step {
  return (values) =>
    values.flatMap((value) => {
      if (!Array.isArray(value)) throw new Error('value is not array or slice and cannot be filtered');
      return value.filter(keeps);
    });
}

function sliceOf(text: string): Slice {
  const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
  if (match === null) throw new Error(`invalid array index ${text}`);
  const numberOf = (part: string): number => {
    if (part === '-') throw new Error(`array index ${part} is not a number`);
    return Number(part);
  };
  const [, first = '', second, third] = match;
  const from = first === '' ? undefined : numberOf(first);
  const bound = (part: string | undefined): Bound => ({ value: part === undefined || part === ':' ? undefined : numberOf(part.slice(1)) });
  return [{ value: from }, second === undefined ? { value: (from ?? 0) + 1, derived: true } : bound(second), bound(third)];
}
function sliceStep([first, second, third]: Slice): Step {
  return (values) =>
    values.flatMap((value) => {
      if (value === null) return [];
      if (!Array.isArray(value)) throw new Error('value is not array or slice');
      const { length } = value;
      let from = first.value ?? 0;
      if (from < 0) from += length;
      let to = second.value ?? length;
      if (to < 0 || (to === 0 && second.derived === true)) to += length;
      if (from === to) return [];
      if (from >= length || from < 0) throw new Error(`array index out of bounds: index ${from}, length ${length}`);
      if (to > length || to < 0) throw new Error(`array index out of bounds: index ${to - 1}, length ${length}`);
      if (from > to) throw new Error(`starting index ${from} is greater than ending index ${to}`);
      const step = third.value ?? 1;
      if (step <= 0) throw new Error('step must be > 0');
      return value.slice(from, to).filter((_, index) => index % step === 0);
    });
}

function compares(operator: string, lefts: readonly unknown[], rightsOf: () => readonly unknown[]): boolean {
  if (lefts.length > 1) throw new Error('can only compare one element at a time');
  if (lefts.length === 0) return false;
  const rights = rightsOf();
  if (rights.length > 1) throw new Error('can only compare one element at a time');
  if (rights.length === 0) return false;
  const [left, right] = [lefts[0], rights[0]] as [any, any];
  const kind = (value: unknown) => (typeof value === 'number' ? (Number.isInteger(value) ? 'integer' : 'float') : typeof value);
  if (typeof left === 'object' || kind(left) !== kind(right)) throw new Error('incompatible types for comparison');
  const isOrdered = typeof left !== 'boolean';
  switch (operator) {
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return isOrdered && left < right;
    case '>':
      return isOrdered && left > right;
    case '<=':
      return isOrdered && left <= right;
    case '>=':
      return isOrdered && left >= right;
    default:
      throw new Error(`unrecognized filter operator ${operator}`);
  }
}

/** Throws Error for what is no expression. The path throws Error for values that it cannot walk; fields that are missing give nothing. */
export function parseJsonPath(text: string): JsonPath {
  const steps = new Parser(text).parse();
  return (root) => run(steps, [root]);
}
