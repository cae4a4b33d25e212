/** What is wrong with a text that is no JSON, in the words of Go's encoding/json. */

const encoder = new TextEncoder();
const escapes: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\b': '\\b',
  '\f': '\\f',
  '\v': '\\v',
  '\x07': '\\a',
};

/** Go reads bytes: a character beyond ASCII is named by the first byte of its encoding. */
function shown(character: string): string {
  if (character === "'") return "'\\''";
  if (character === '\\') return "'\\\\'";
  const byte = encoder.encode(character)[0]!;
  if (Object.hasOwn(escapes, character)) return `'${escapes[character]}'`;
  if (byte < 32 || byte === 127) return `'\\x${byte.toString(16).padStart(2, '0')}'`;
  if (byte >= 0x80 && byte < 0xa1) return `'\\u00${byte.toString(16)}'`;
  return `'${String.fromCharCode(byte)}'`;
}

class Fault extends Error {}
const isSpace = (character: string) => character === ' ' || character === '\t' || character === '\n' || character === '\r';

/** Walks a text token by token; a blank stands for its end, as in Go, so that open tokens fail where they are. */
class Walker {
  readonly #text: string;
  #at = 0;
  constructor(text: string) {
    this.#text = text;
  }
  get #ended(): boolean {
    return this.#at >= this.#text.length;
  }
  #peek(): string {
    return this.#text.charAt(this.#at) || ' ';
  }
  #fail(where: string): never {
    throw new Fault(
      `invalid character ${shown(this.#text[this.#at] === undefined ? ' ' : String.fromCodePoint(this.#text.codePointAt(this.#at)!))} ${where}`,
    );
  }
  #skip(): void {
    while (!this.#ended && isSpace(this.#text[this.#at]!)) this.#at++;
    if (this.#ended) throw new Fault('unexpected end of JSON input');
  }
  #string(): void {
    this.#at++;
    for (;;) {
      if (this.#ended) throw new Fault('unexpected end of JSON input');
      const character = this.#peek();
      if (character === '"') break;
      if (character < ' ') this.#fail('in string literal');
      this.#at++;
      if (character !== '\\') continue;
      if (!'bfnrtu\\/"'.includes(this.#peek())) this.#fail('in string escape code');
      const isUnicode = this.#peek() === 'u';
      this.#at++;
      for (let digit = 0; isUnicode && digit < 4; digit++) {
        if (!/[0-9a-fA-F]/.test(this.#peek())) this.#fail('in \\u hexadecimal character escape');
        this.#at++;
      }
    }
    this.#at++;
  }
  #digits(where: string): void {
    if (!/\d/.test(this.#peek())) this.#fail(where);
    while (!this.#ended && /\d/.test(this.#peek())) this.#at++;
  }
  #number(): void {
    if (this.#peek() === '-') this.#at++;
    if (this.#peek() === '0') this.#at++;
    else this.#digits('in numeric literal');
    if (!this.#ended && this.#peek() === '.') {
      this.#at++;
      this.#digits('after decimal point in numeric literal');
    }
    if (!this.#ended && /[eE]/.test(this.#peek())) {
      this.#at++;
      if (/[+-]/.test(this.#peek())) this.#at++;
      this.#digits('in exponent of numeric literal');
    }
  }
  #scalar(): void {
    const first = this.#peek();
    if (first === '"') return this.#string();
    if (first === '-' || (first >= '0' && first <= '9')) return this.#number();
    const word = ['true', 'false', 'null'].find((one) => one[0] === first);
    if (word === undefined) this.#fail('looking for beginning of value');
    for (const expected of word) {
      if (this.#peek() !== expected) this.#fail(`in literal ${word} (expecting '${expected}')`);
      this.#at++;
    }
  }
  #key(orEnd: boolean): boolean {
    this.#skip();
    if (orEnd && this.#peek() === '}') return false;
    if (this.#peek() !== '"') this.#fail('looking for beginning of object key string');
    this.#string();
    this.#skip();
    if (this.#peek() !== ':') this.#fail('after object key');
    this.#at++;
    return true;
  }
  walk(): void {
    const open: ('{' | '[')[] = [];
    for (;;) {
      this.#skip();
      const first = this.#peek();
      if (first === '{' || first === '[') {
        this.#at++;
        open.push(first);
        if (first === '{' ? this.#key(true) : (this.#skip(), this.#peek() !== ']')) continue;
      } else this.#scalar();
      if (!this.#close(open)) return;
    }
  }
  /** After a value, or before the end of an empty container; true when another value follows. */
  #close(open: ('{' | '[')[]): boolean {
    for (;;) {
      const top = open.at(-1);
      if (top === undefined) {
        while (!this.#ended && isSpace(this.#text[this.#at]!)) this.#at++;
        if (!this.#ended) this.#fail('after top-level value');
        return false;
      }
      this.#skip();
      if (this.#peek() === ',') {
        this.#at++;
        if (top === '{') this.#key(false);
        return true;
      }
      if (this.#peek() !== (top === '{' ? '}' : ']')) this.#fail(top === '{' ? 'after object key:value pair' : 'after array element');
      this.#at++;
      open.pop();
    }
  }
}

/** undefined for a text that Go takes. */
export function jsonFault(text: string): string | undefined {
  try {
    new Walker(text).walk();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}
