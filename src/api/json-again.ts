import type { Field, Shape } from './schema.ts';

/** JSON in which keys stand twice, read as Go reads it into structs: what stands there again is put into what stood there before. */
export interface ReadAgain {
  readonly value: unknown;
  /** The same as it stood before anything was put into it: whose faults Go meets first. */
  readonly before: unknown;
  /** Paths of keys by where they stand first and, if so, for the second time. Empty for texts so long that nobody needs to know. */
  readonly first: ReadonlyMap<string, number>;
  readonly again: ReadonlyMap<string, number>;
}
/** Paths of all keys of a longer text would take too much memory. */
const longestTold = 64 * 1024;

type Scalar = (source: string) => unknown;
/** What a key stands for that stands twice. */
type Join = (old: unknown, value: unknown) => unknown;

/**
 * The text must be valid JSON, and not too deep; `scalar` reads strings, numbers and words. `shape` tells where a null that stands behind a
 * value takes it away, and where it says nothing.
 */
export function readAgain(text: string, scalar: Scalar, shape?: Shape): ReadAgain {
  const root: Field | undefined = shape && { type: 'object', tag: 0, shape };
  const reader = new Reader(text, scalar, together);
  const value = settled(reader.value(''), root);
  const before = settled(new Reader(text, scalar, earliest).value(''), root);
  return { value, before, first: reader.first, again: reader.again };
}

const space = /\s*/y;
const token = /"(?:[^"\\]|\\.)*"|[^\s,\]}]+/sy;

class Reader {
  readonly first = new Map<string, number>();
  readonly again = new Map<string, number>();
  readonly #text: string;
  readonly #scalar: Scalar;
  readonly #join: Join;
  #at = 0;
  constructor(text: string, scalar: Scalar, join: Join) {
    this.#text = text;
    this.#scalar = scalar;
    this.#join = join;
  }
  #next(): string {
    space.lastIndex = this.#at;
    space.exec(this.#text);
    this.#at = space.lastIndex;
    return this.#text[this.#at]!;
  }
  #token(): string {
    this.#next();
    token.lastIndex = this.#at;
    const [found] = token.exec(this.#text)!;
    this.#at += found.length;
    return found;
  }
  value(path: string): unknown {
    const begin = this.#next();
    if (begin === '{') return this.#object(path);
    if (begin === '[') return this.#list(path);
    return this.#scalar(this.#token());
  }
  #list(path: string): unknown[] {
    const items: unknown[] = [];
    this.#at++;
    while (this.#next() !== ']') {
      items.push(this.value(`${path}[${items.length}]`));
      if (this.#next() === ',') this.#at++;
    }
    this.#at++;
    return items;
  }
  #object(path: string): object {
    const members = new Map<string, unknown>();
    this.#at++;
    while (this.#next() !== '}') {
      const key = JSON.parse(this.#token()) as string;
      const at = path === '' ? key : `${path}.${key}`;
      this.#note(at, members.has(key));
      this.#next();
      this.#at++;
      const value = this.value(at);
      members.set(key, members.has(key) ? this.#join(members.get(key), value) : value);
      if (this.#next() === ',') this.#at++;
    }
    this.#at++;
    return Object.fromEntries(members);
  }
  #note(path: string, isAgain: boolean): void {
    if (this.#text.length > longestTold) return;
    const positions = isAgain ? this.again : this.first;
    if (!positions.has(path)) positions.set(path, this.#at);
  }
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
/** A null behind a value. */
class NullAgain {
  readonly old: unknown;
  constructor(old: unknown) {
    this.old = old;
  }
}
/** What Go keeps when it reads null into it: no pointer, and nothing that reads itself. */
const isKept = ({ type, presence }: Field): boolean =>
  presence !== 'ptr' && (type === 'object' || type === 'string' || type === 'bool' || type === 'int32' || type === 'int64');
function settled(value: unknown, field: Field | undefined): unknown {
  if (value instanceof NullAgain) return field !== undefined && isKept(field) ? settled(value.old, field) : null;
  if (Array.isArray(value)) return value.map((item) => settled(item, field?.of));
  if (!isObject(value)) return value;
  const { fields } = field?.shape ?? {};
  const of = (key: string) => (fields === undefined ? field?.of : Object.hasOwn(fields, key) ? fields[key] : undefined);
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, settled(child, of(key))]));
}
function together(given: unknown, value: unknown): unknown {
  if (value === null && given !== null) return new NullAgain(given);
  // What follows a null that says nothing goes into what stood before it; nobody knows yet whether it does.
  const old = given instanceof NullAgain ? given.old : given;
  // Go reads a list into the one that is there, item by item.
  if (Array.isArray(old) && Array.isArray(value))
    return value.map((item, index) => (index < old.length ? together(old[index], item) : item));
  if (!isObject(old) || !isObject(value)) return value;
  const members = new Map(Object.entries(old));
  for (const [key, child] of Object.entries(value)) members.set(key, members.has(key) ? together(members.get(key), child) : child);
  return Object.fromEntries(members);
}
/** What stood first, with what was put into it and did not stand there yet. */
function earliest(old: unknown, value: unknown): unknown {
  if (!isObject(old) || !isObject(value)) return old;
  const members = new Map(Object.entries(value));
  for (const [key, child] of Object.entries(old)) members.set(key, members.has(key) ? earliest(child, members.get(key)) : child);
  return Object.fromEntries(members);
}
