/**
 * The bytes of protocol buffers (https://protobuf.dev/programming-guides/encoding): what every message codec stands on.
 * 64-bit integers are numbers while they are exact, and bigint beyond 2^53.
 */
export const wireVarint = 0;
export const wireFixed64 = 1;
export const wireBytes = 2;
export const wireFixed32 = 5;
const wireGroup = 3;
const wireGroupEnd = 4;

/** In the words of upstream's generated code. */
export class WireError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'WireError';
  }
}

const encoder = new TextEncoder();
/** What is no UTF-8 is replaced: Go takes any bytes for text, and its JSON shows them so. */
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const low32 = 0x1_0000_0000;
/** Bytes of a text that is put together faster here than a decoder is called. */
const shortText = 24;

/** Grows as needed; `finish` gives the bytes written so far. */
export class WireWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor(sizeHint = 256) {
    this.#bytes = new Uint8Array(sizeHint);
  }
  get length(): number {
    return this.#length;
  }
  /** A view, valid until the next write. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }
  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
  }
  tag(field: number, wireType: number): void {
    this.varint(field * 8 + wireType);
  }
  /** As `tag`, of what it would write as a number: what knows its tags beforehand. */
  key(key: number): void {
    if (key > 127) return this.varint(key);
    this.#reserve(1);
    this.#bytes[this.#length++] = key;
  }
  /** Two's complement over 64 bits for negative values, as int32 and int64 are sent. */
  varint(value: number | bigint): void {
    this.#reserve(10);
    if (typeof value === 'number' && value >= 0 && value < 128) {
      this.#bytes[this.#length++] = value;
      return;
    }
    if (typeof value === 'bigint' || value < 0) return this.#varintBig(BigInt.asUintN(64, BigInt(value)));
    let rest = value;
    while (rest >= low32) {
      this.#bytes[this.#length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }
  #varintBig(value: bigint): void {
    let rest = value;
    while (rest > 127n) {
      this.#bytes[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#bytes[this.#length++] = Number(rest);
  }
  double(value: number): void {
    this.#reserve(8);
    new DataView(this.#bytes.buffer).setFloat64(this.#length, value, true);
    this.#length += 8;
  }
  fixed32(value: number): void {
    this.#reserve(4);
    new DataView(this.#bytes.buffer).setUint32(this.#length, value, true);
    this.#length += 4;
  }
  /** Of a number beyond 2^53 the lowest bits are lost. */
  fixed64(value: number): void {
    this.#reserve(8);
    const view = new DataView(this.#bytes.buffer);
    view.setUint32(this.#length, value % low32, true);
    view.setUint32(this.#length + 4, Math.floor(value / low32), true);
    this.#length += 8;
  }
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }
  string(value: string): void {
    const { length } = value;
    if (length >= 43) return this.bytes(encoder.encode(value));
    // at most 3 bytes a UTF-16 unit: the length fits in one byte
    this.#reserve(1 + length * 3);
    const start = this.#length + 1;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code > 127) {
        const { written } = encoder.encodeInto(value, this.#bytes.subarray(start));
        this.#bytes[start - 1] = written;
        this.#length = start + written;
        return;
      }
      this.#bytes[start + index] = code;
    }
    this.#bytes[start - 1] = length;
    this.#length = start + length;
  }
  /** Begins what is preceded by its length: `close` takes what this gives. */
  open(): number {
    this.#reserve(1);
    return ++this.#length;
  }
  close(start: number): void {
    const size = this.#length - start;
    if (size < 128) {
      this.#bytes[start - 1] = size;
      return;
    }
    let extra = 0;
    for (let rest = size; rest > 127; rest = Math.floor(rest / 128)) extra++;
    this.#reserve(extra);
    this.#bytes.copyWithin(start + extra, start, start + size);
    this.#length = start - 1;
    this.varint(size);
    this.#length = start + extra + size;
  }
  /** Writes what `write` writes, preceded by its length. */
  delimited(write: () => void): void {
    const start = this.open();
    write();
    this.close(start);
  }
  /** Starts anew with the same memory. */
  clear(): void {
    this.#length = 0;
  }
}

/** Reads one message's bytes; every read checks its bounds and throws WireError. */
export class WireReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #end: number;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }
  get done(): boolean {
    return this.#at >= this.#end;
  }
  #take(count: number): number {
    const at = this.#at;
    if (count > this.#end - at) throw new WireError('unexpected EOF');
    this.#at = at + count;
    return at;
  }
  /** The next field's number and wire type. */
  tag(): { readonly field: number; readonly wireType: number } {
    const key = this.key();
    return { field: key >>> 3, wireType: key & 7 };
  }
  /** The same as one number: eight times the field's, and the wire type. */
  key(): number {
    const key = this.uint32();
    if (key < 8) throw new WireError(`proto: illegal tag 0 (wire type ${key})`);
    return key;
  }
  #varintParts(): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#take(1)]!;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else if (shift < 63) high |= bits << (shift - 32);
      else high |= (bits & 1) << 31;
      if (byte < 0x80) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new WireError('proto: integer overflow');
  }
  uint32(): number {
    const byte = this.#at < this.#end ? this.#bytes[this.#at]! : 0x80;
    if (byte >= 0x80) return this.#varintParts().low;
    this.#at++;
    return byte;
  }
  int32(): number {
    return this.#varintParts().low | 0;
  }
  bool(): boolean {
    const { low, high } = this.#varintParts();
    return low !== 0 || high !== 0;
  }
  int64(): number | bigint {
    const { low, high } = this.#varintParts();
    const value = (high | 0) * low32 + low;
    return Number.isSafeInteger(value) ? value : (BigInt(high | 0) << 32n) | BigInt(low);
  }
  uint64(): number | bigint {
    const { low, high } = this.#varintParts();
    const value = high * low32 + low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
  }
  double(): number {
    return this.#view().getFloat64(this.#take(8), true);
  }
  fixed32(): number {
    return this.#view().getUint32(this.#take(4), true);
  }
  fixed64(): number {
    const at = this.#take(8);
    return this.#view().getUint32(at + 4, true) * low32 + this.#view().getUint32(at, true);
  }
  #view(): DataView {
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }
  /** A view of the input, not a copy. */
  bytes(): Uint8Array {
    const size = this.uint32();
    const at = this.#take(size);
    return this.#bytes.subarray(at, at + size);
  }
  string(): string {
    const size = this.uint32();
    const start = this.#take(size);
    const end = start + size;
    if (size > shortText) return decoder.decode(this.#bytes.subarray(start, end));
    let text = '';
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at]!;
      if (byte > 127) return decoder.decode(this.#bytes.subarray(start, end));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  /** A reader of the length-delimited message that stands here. */
  message(): WireReader {
    const size = this.uint32();
    const at = this.#take(size);
    return new WireReader(this.#bytes, at, at + size);
  }
  /** Goes into the length-delimited message that stands here; `leave` takes what this gives. */
  enter(): number {
    const outer = this.#end;
    const size = this.uint32();
    if (size > outer - this.#at) throw new WireError('unexpected EOF');
    this.#end = this.#at + size;
    return outer;
  }
  /** Goes on after the message. */
  leave(outer: number): void {
    this.#at = this.#end;
    this.#end = outer;
  }
  /** Groups are not written any more, but may stand in unknown fields, one in another. */
  #skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      const { wireType } = this.tag();
      if (wireType === wireGroup) depth++;
      else if (wireType === wireGroupEnd) depth--;
      else this.skip(wireType);
    }
  }
  /** Passes over the value of an unknown field. */
  skip(wireType: number): void {
    if (wireType === wireVarint) this.#varintParts();
    else if (wireType === wireFixed64) this.#take(8);
    else if (wireType === wireFixed32) this.#take(4);
    else if (wireType === wireBytes) this.#take(this.uint32());
    else if (wireType === wireGroup) this.#skipGroup();
    else throw new WireError(`proto: illegal wireType ${wireType}`);
  }
}
