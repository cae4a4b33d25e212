import { parseIp } from '../ip.ts';

/** Mail addresses as Go's net/mail reads a single one: 'a@b', '<a@b>', 'Name <a@b> (comment)', 'group: a@b;' (RFC 5322). */
const atomText = "(?:[!#-'*+\\-/0-9=?A-Z^_`a-z{|}~]|[\\u0080-\\uffff])";
const atom = new RegExp(`^(?:${atomText}|[.$%&])+`);
const isDotAtom = (text: string): boolean => !text.startsWith('.') && !text.endsWith('.') && !text.includes('..');
const quotedString = /^"(?:[\t !#-[\]-~\u0080-\uffff]|\\[\t -~\u0080-\uffff])*"/;
const domainLiteral = /^\[[!-Z^-~]*\]/;

class Reader {
  #rest: string;
  constructor(text: string) {
    this.#rest = text;
  }
  get isDone(): boolean {
    return this.#rest === '';
  }
  get at(): string {
    return this.#rest;
  }
  set at(rest: string) {
    this.#rest = rest;
  }
  take(pattern: RegExp): string {
    const text = pattern.exec(this.#rest)?.[0] ?? '';
    this.#rest = this.#rest.slice(text.length);
    return text;
  }
  skipSpace(): void {
    this.take(/^[ \t]+/);
  }
  /** White space and comments, which nest. False for a comment without end. */
  skipComments(): boolean {
    for (;;) {
      this.skipSpace();
      if (!this.#rest.startsWith('(')) return true;
      let depth = 0;
      let index = 0;
      do {
        if (index >= this.#rest.length) return false;
        if (this.#rest[index] === '\\' && index + 1 < this.#rest.length) index++;
        else if (this.#rest[index] === '(') depth++;
        else if (this.#rest[index] === ')') depth--;
        index++;
      } while (depth > 0);
      this.#rest = this.#rest.slice(index);
    }
  }
  /** local-part@domain; takes nothing when there is none. */
  takeAddress(): boolean {
    const before = this.#rest;
    if (this.#takeLocalPart() && this.take(/^@/) !== '' && this.#takeDomain()) return true;
    this.#rest = before;
    return false;
  }
  #takeLocalPart(): boolean {
    this.skipSpace();
    const quoted = this.take(quotedString);
    if (quoted !== '') return quoted !== '""';
    return this.#takeDotAtom();
  }
  #takeDotAtom(): boolean {
    const text = this.take(atom);
    return text !== '' && isDotAtom(text);
  }
  #takeDomain(): boolean {
    this.skipSpace();
    const literal = this.take(domainLiteral);
    return literal === '' ? this.#takeDotAtom() : parseIp(literal.slice(1, -1)) !== undefined;
  }
  /** The words of a name. */
  takePhrase(): boolean {
    let words = 0;
    for (;;) {
      if (words > 0 && !this.skipComments()) return false;
      this.skipSpace();
      if ((this.take(quotedString) || this.take(atom)) === '') return words > 0;
      words++;
    }
  }
}

function takeMailbox(reader: Reader, mayBeGroup: boolean): boolean {
  reader.skipSpace();
  if (reader.takeAddress()) return true;
  if (!reader.at.startsWith('<') && !reader.takePhrase()) return false;
  reader.skipSpace();
  if (mayBeGroup && reader.take(/^:/) !== '') {
    return takeMailbox(reader, false) && reader.skipComments() && reader.take(/^;/) !== '';
  }
  return reader.take(/^</) !== '' && reader.takeAddress() && reader.take(/^>/) !== '';
}

export function isMailAddress(text: string): boolean {
  const reader = new Reader(text);
  return takeMailbox(reader, true) && reader.skipComments() && reader.isDone;
}
