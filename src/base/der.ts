/** A reader of DER (ITU-T X.690), which certificates and requests for them are written in. Errors are in the words of Go's encoding/asn1. */
export interface Element {
  /** The identifier octet: class, constructed or not, number. */
  readonly tag: number;
  readonly body: Uint8Array;
  /** With identifier and length. */
  readonly whole: Uint8Array;
  /** Offset just after the element. */
  readonly end: number;
}

/** Bytes that are not the DER that was looked for. */
export class DerError extends Error {}

export const derTags = { integer: 0x02, bitString: 0x03, octetString: 0x04, oid: 0x06, sequence: 0x30, set: 0x31 } as const;
const bmpString = 0x1e;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** One element at `offset`. */
export function elementAt(bytes: Uint8Array, offset = 0): Element {
  const tag = bytes[offset];
  let length = bytes[offset + 1];
  if (tag === undefined) throw new DerError('asn1: syntax error: sequence truncated');
  if (length === undefined) throw new DerError('asn1: syntax error: truncated tag or length');
  let start = offset + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0) throw new DerError('asn1: syntax error: indefinite length found (not DER)');
    if (count > 4) throw new DerError('asn1: structure error: length too large');
    length = 0;
    for (let index = 0; index < count; index++) length = length * 256 + (bytes[start + index] ?? 0);
    start += count;
  }
  const end = start + length;
  if (end > bytes.length) throw new DerError('asn1: syntax error: data truncated');
  return { tag, body: bytes.subarray(start, end), whole: bytes.subarray(offset, end), end };
}

/** As `elementAt`, and it must be of this kind; `name` is what errors call it. */
export function expectedAt(bytes: Uint8Array, offset: number, tag: number, name: string): Element {
  const found = elementAt(bytes, offset);
  if (found.tag === tag) return found;
  const shown = `{class:${found.tag >> 6} tag:${found.tag & 0x1f} length:${found.body.length} isCompound:${(found.tag & 0x20) !== 0}}`;
  const parameters =
    'optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false';
  throw new DerError(`asn1: structure error: tags don't match (${tag & 0x1f} vs ${shown}) {${parameters}} ${name} @2`);
}

/** What a constructed element holds. */
export function elementsOf(bytes: Uint8Array): readonly Element[] {
  const found: Element[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    const element = elementAt(bytes, offset);
    found.push(element);
    offset = element.end;
  }
  return found;
}

/** The content octets of an object identifier, as hex: they identify it as well as its dotted form. */
export const hexOf = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** A character for each byte. */
export function latin1Of(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The text of a string of any of the types that names use. */
export function textOf({ tag, body }: Element): string {
  if (tag !== bmpString) return utf8.decode(body);
  let text = '';
  for (let at = 0; at + 1 < body.length; at += 2) text += String.fromCharCode(body[at]! * 256 + body[at + 1]!);
  return text;
}

export interface NameAttribute {
  /** Hex of the identifier: '550403' is the common name, '55040a' the organization. */
  readonly oid: string;
  readonly text: string;
}
export const commonNameOid = '550403';
export const organizationOid = '55040a';

/** The attributes of a distinguished name in order, byte for byte: no text form of a name can be mistaken for another. */
export function nameAttributes(name: Element): readonly NameAttribute[] {
  return elementsOf(name.body).flatMap((set) =>
    elementsOf(set.body).map((attribute) => {
      const [type, value] = elementsOf(attribute.body);
      if (type === undefined || value === undefined) throw new DerError('asn1: syntax error: sequence truncated');
      return { oid: hexOf(type.body), text: textOf(value) };
    }),
  );
}
