import { derTags } from './der.ts';

/** A writer of DER (ITU-T X.690): what base/der.ts reads. */
const utf8 = new TextEncoder();
const printable = /^[A-Za-z0-9 '()+,\-./:=?]*$/;
const tags = { boolean: 0x01, utf8String: 0x0c, printableString: 0x13, utcTime: 0x17, generalizedTime: 0x18 } as const;

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Identifier, length and content. */
export function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = concat(contents);
  const length: number[] = [];
  for (let rest = content.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  const head = content.length < 0x80 ? [tag, content.length] : [tag, 0x80 | length.length, ...length];
  return concat([Uint8Array.from(head), content]);
}

export const sequence = (...members: readonly Uint8Array[]): Uint8Array => element(derTags.sequence, ...members);
/** Members in the order of their bytes, as a set's are. */
export const setOf = (members: readonly Uint8Array[]): Uint8Array =>
  element(derTags.set, ...[...members].sort((a, b) => Buffer.compare(a, b)));
export const boolean = (value: boolean): Uint8Array => element(tags.boolean, Uint8Array.of(value ? 0xff : 0));
export const octetString = (bytes: Uint8Array): Uint8Array => element(derTags.octetString, bytes);
export const bitString = (bytes: Uint8Array, unusedBits = 0): Uint8Array => element(derTags.bitString, Uint8Array.of(unusedBits), bytes);
/** An unsigned number of any size, highest byte first. */
export function integer(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0);
  const shortest = first < 0 ? Uint8Array.of(0) : bytes.subarray(first);
  return element(derTags.integer, ...(shortest[0]! >= 0x80 ? [Uint8Array.of(0)] : []), shortest);
}
/** Flags by number, the first is bit 0: a string of just as many bits as are needed. */
export function namedBits(flags: number): Uint8Array {
  const count = 32 - Math.clz32(flags);
  const bytes = new Uint8Array(Math.ceil(count / 8));
  for (let bit = 0; bit < count; bit++) if ((flags >> bit) & 1) bytes[bit >> 3]! |= 0x80 >> (bit & 7);
  return bitString(bytes, bytes.length * 8 - count);
}
/** An identifier in its dotted form. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...others].flatMap((part) => {
    const digits = [part & 0x7f];
    for (let rest = Math.floor(part / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(0x80 | (rest & 0x7f));
    return digits;
  });
  return element(derTags.oid, Uint8Array.from(bytes));
}
/** As a name has it: printable where that suffices (RFC 5280 4.1.2.4). */
export const text = (value: string): Uint8Array =>
  element(printable.test(value) ? tags.printableString : tags.utf8String, utf8.encode(value));
/** To the second; of two forms the one that RFC 5280 4.1.2.5 asks for. */
export function time(epochMs: number): Uint8Array {
  const digits = `${new Date(epochMs).toISOString().slice(0, 19).replaceAll(/[-T:]/g, '')}Z`;
  return digits < '205' ? element(tags.utcTime, utf8.encode(digits.slice(2))) : element(tags.generalizedTime, utf8.encode(digits));
}
