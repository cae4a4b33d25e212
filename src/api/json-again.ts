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
    const ranks = new Map<string, number>();
    this.#at++;
    while (this.#next() !== '}') {
      const key = JSON.parse(this.#token()) as string;
      const at = path === '' ? key : `${path}.${key}`;
      this.#note(at, members.has(key));
      this.#next();
      this.#at++;
      const value = this.value(at);
      const index = ranks.get(key);
      if (index === undefined) {
        ranks.set(key, ranks.size);
        members.set(key, value);
      } else {
        const made = again(members.get(key), value, index);
        // It stands where it stands last.
        if (made instanceof Repeated) members.delete(key);
        members.set(key, made);
      }
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
  readonly values: unknown[];
  /** How many other keys of the object stood before it first. */
  readonly firstIndex: number;
  constructor(values: unknown[], firstIndex: number) {
    this.values = values;
    this.firstIndex = firstIndex;
  }
}
function again(old: unknown, value: unknown, index: number): unknown {
  if (isObject(old) && isObject(value)) return together(old, value);
  const made = old instanceof Repeated ? old : new Repeated([old], index);
  if (value instanceof Repeated) for (const one of value.values) made.values.push(one);
  else made.values.push(value);
  return made;
}
/** The members of both, where both are objects; the items of the second, put into those of the first, where both are lists; else the second. */
export function together(old: unknown, value: unknown): unknown {
  if (Array.isArray(old) && Array.isArray(value))
    return value.map((item, index) => (index < old.length ? again(old[index], item, index) : item));
  if (!isObject(old) || !isObject(value)) return value;
  const members = new Map(Object.entries(old));
  const ranks = new Map(Array.from(members.keys(), (key, index) => [key, index]));
  for (const [key, child] of Object.entries(value)) {
    const index = ranks.get(key);
    members.set(key, index === undefined ? child : again(members.get(key), child, index));
  }
  return Object.fromEntries(members);
}
