/** JSON in which keys stand twice, read as Go reads it into structs: what stands there again is put into what stood there before. */
export interface ReadAgain {
  readonly value: unknown;
  /** Paths of keys by where they stand first and, if so, for the second time. Empty for texts so long that nobody needs to know. */
  readonly first: ReadonlyMap<string, number>;
  readonly again: ReadonlyMap<string, number>;
}
/** Paths of all keys of a longer text would take too much memory. */
const longestTold = 64 * 1024;

type Scalar = (source: string) => unknown;

/** The text must be valid JSON, and not too deep; `scalar` reads strings, numbers and words. */
export function readAgain(text: string, scalar: Scalar): ReadAgain {
  const reader = new Reader(text, scalar);
  const value = reader.value('');
  return { value, first: reader.first, again: reader.again };
}

const space = /\s*/y;
const token = /"(?:[^"\\]|\\.)*"|[^\s,\]}]+/sy;

class Reader {
  readonly first = new Map<string, number>();
  readonly again = new Map<string, number>();
  readonly #text: string;
  readonly #scalar: Scalar;
  #at = 0;
  constructor(text: string, scalar: Scalar) {
    this.#text = text;
    this.#scalar = scalar;
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
      const before = members.get(key);
      const made = members.has(key) ? again(before, value, [...members.keys()].indexOf(key)) : value;
      // It stands where it stands last.
      if (made instanceof Repeated) members.delete(key);
      members.set(key, made);
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
/** What a key that stands several times says each time, where that can't be put together without knowing its type. */
export class Repeated {
  readonly values: readonly unknown[];
  /** How many other keys of the object stood before it first. */
  readonly firstIndex: number;
  constructor(values: readonly unknown[], firstIndex: number) {
    this.values = values;
    this.firstIndex = firstIndex;
  }
}
function again(old: unknown, value: unknown, index: number): unknown {
  if (old instanceof Repeated) return new Repeated([...old.values, value], old.firstIndex);
  return isObject(old) && isObject(value) ? together(old, value) : new Repeated([old, value], index);
}
/** The members of both, where both are objects; else the second. */
export function together(old: unknown, value: unknown): unknown {
  if (!isObject(old) || !isObject(value)) return value;
  const members = new Map(Object.entries(old));
  for (const [key, child] of Object.entries(value)) {
    const index = [...members.keys()].indexOf(key);
    members.set(key, index < 0 ? child : again(members.get(key), child, index));
  }
  return Object.fromEntries(members);
}
