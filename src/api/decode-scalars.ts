import { DecodeError, goTypeOf, wrongNumber, wrongType } from './decode-error.ts';
import { inOrder } from './go-text.ts';
import { canonicalDuration, canonicalMicroTime, canonicalTime } from './gotime.ts';
import { NumberText, plainNumbers } from './json.ts';
import { canonicalQuantity } from './quantity.ts';
import type { Field } from './schema.ts';

/** What decoding notes on its way. */
export interface Notes {
  sawUnknown: boolean;
  /** It was put together as a value: whole numbers become what Go's casts make of them. */
  readonly isValue?: boolean;
}
export type Decoder = (json: unknown, notes: Notes) => unknown;

const integer =
  (low: number, high: number, type: string): Decoder =>
  (given, { isValue = false }) => {
    const json = isValue ? cast(given, type) : given;
    if (json instanceof NumberText) throw wrongNumber(json, type);
    if (typeof json !== 'number') throw wrongType(json, type);
    if (!Number.isInteger(json) || json < low || json > high) throw wrongNumber(json, type);
    return json === 0 ? 0 : json;
  };
/** A whole number as Go converts one of int64 or float64: what has more bits than its type loses those above; one beyond int64 has none below. */
function cast(json: unknown, type: string): unknown {
  if (typeof json !== 'number' && !(json instanceof NumberText)) return json;
  const number = Number(json instanceof NumberText ? json.text : json);
  if (!Number.isInteger(number)) return json;
  if (type !== 'int32' || number === (number | 0)) return number;
  const isExact = json instanceof NumberText && !/[.eE]/.test(json.text);
  const whole = BigInt(isExact ? json.text : number);
  return whole === BigInt.asIntN(64, whole) ? Number(BigInt.asIntN(32, whole)) : 0;
}
const int32 = integer(-(2 ** 31), 2 ** 31 - 1, 'int32');

/** The message of a parser's error is the whole message. */
const parsed =
  (parse: (text: string) => string): Decoder =>
  (json) => {
    if (typeof json !== 'string') throw new DecodeError(goTypeOf(json), 'string');
    try {
      return parse(json);
    } catch (error) {
      throw new DecodeError((error as Error).message);
    }
  };

/** Go's zero time is none. */
const timeless =
  (decode: Decoder): Decoder =>
  (json, notes) => {
    const text = decode(json, notes) as string;
    return text.startsWith('0001-01-01T00:00:00') && /^[0.]*Z$/.test(text.slice(19)) ? null : text;
  };

const base64 = /^[A-Za-z0-9+/]*={0,2}$/;
/** Where Go's base64 reader stops. */
function base64Fault(text: string): number {
  const start = /^[A-Za-z0-9+/]*/.exec(text)![0].length;
  if (start === text.length) return start - (start % 4);
  const inGroup = start % 4;
  if (text[start] !== '=' || inGroup < 2) return start;
  if (inGroup === 2 && text[start + 1] !== '=') return start + 1 < text.length ? start : start + 1;
  return start + 4 - inGroup;
}
/** The bits behind the last byte are dropped, as by who reads the bytes and writes them again. */
const withoutSpareBits = (text: string): string => text.slice(0, -4) + btoa(atob(text.slice(-4)));
const byte = integer(0, 255, 'uint8');
/** Go takes a list of bytes, too. */
function decodeBytes(json: unknown, notes: Notes): string {
  if (Array.isArray(json)) return Uint8Array.from(json, (one: unknown) => (one === null ? 0 : (byte(one, notes) as number))).toBase64();
  if (typeof json !== 'string') throw wrongType(json, '[]uint8');
  const text = json.includes('\n') || json.includes('\r') ? json.replaceAll(/[\r\n]/g, '') : json;
  if (text.length % 4 !== 0 || !base64.test(text)) throw new DecodeError(`illegal base64 data at input byte ${base64Fault(text)}`);
  return text.endsWith('=') ? withoutSpareBits(text) : text;
}

/** Of a text whose type in Go may have a name of its own. */
export function textOf(goName?: string): Decoder {
  return (json) => {
    if (typeof json !== 'string') throw wrongType(json, 'string', goName);
    return json;
  };
}
/** By the type of field: what JSON becomes. Each throws DecodeError for what does not fit. */
export const scalars: Readonly<Record<Exclude<Field['type'], 'object' | 'list' | 'map' | 'either'>, Decoder>> = {
  string: textOf(),
  int32,
  int64: integer(Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, 'int64'),
  double: (json) => {
    if (json instanceof NumberText) {
      if (!Number.isFinite(Number(json.text))) throw wrongNumber(json, 'float64');
      return Number(json.text);
    }
    if (typeof json !== 'number') throw wrongType(json, 'float64');
    return json;
  },
  bool: (json) => {
    if (typeof json !== 'boolean') throw wrongType(json, 'bool');
    return json;
  },
  bytes: decodeBytes,
  time: timeless(parsed(canonicalTime)),
  microTime: timeless(parsed(canonicalMicroTime)),
  duration: parsed(canonicalDuration),
  quantity: (json) => {
    try {
      if (json instanceof NumberText) return canonicalQuantity(json.text);
      return canonicalQuantity(typeof json === 'string' ? json.trim() : String(JSON.stringify(json)));
    } catch (error) {
      throw new DecodeError((error as Error).message);
    }
  },
  intOrString: (json, { isValue }) => {
    if (typeof json === 'string') return json;
    // It reads its JSON itself, which says whole numbers as such.
    const number = isValue === true ? plainNumbers(json) : json;
    if (typeof number === 'number' && number === (number | 0)) return number | 0;
    const isNumber = typeof number === 'number' || number instanceof NumberText;
    throw new DecodeError(isNumber ? `number ${number instanceof NumberText ? number.text : number}` : goTypeOf(json), 'int32');
  },
  // What holds a text of its own is written anew, with ordered keys, when it was put together as a value.
  any: (json, { isValue }) => (isValue === true ? inOrder(plainNumbers(json)) : plainNumbers(json)),
};
