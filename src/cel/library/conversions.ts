/** Conversions between types, sizes, and plain string tests (cel-go common/stdlib, common/types). */
import { parseDurationNanos } from '../../api/gotime.ts';
import type { Overload } from '../api.ts';
import { utf8Bytes, utf8Text } from '../bytes.ts';
import { formatDouble, runeCount } from '../strings.ts';
import { durationText, timestampText } from '../text.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import {
  Bytes,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Double,
  Duration,
  Timestamp,
  TypeValue,
  Uint,
  checkedUint,
  fitsInt64,
  intOverflow,
  isInt,
  noSuchOverload,
  orNoSuchOverload,
  toInt,
  typeOf,
  uint64Max,
  uintOverflow,
} from '../values.ts';
import { unsupported } from './operators.ts';
import { member, overload, patternOf } from './overloads.ts';
import { parseTimestamp } from './timestamps.ts';

const cannot = (value: CelValue, to: CelType) =>
  new CelError(`type conversion error from '${t.typeText(typeOf(value))}' to '${t.typeText(to)}'`);
const timestampOverflow = new CelError('timestamp overflow');
const isTime = (seconds: number | bigint) => seconds >= -62_135_596_800 && seconds <= 253_402_300_799;

/** Go's strconv.ParseInt and ParseUint in base 10. */
const parseWhole = (text: string, signed: boolean): bigint | undefined =>
  (signed ? /^[+-]?\d+$/ : /^\d+$/).test(text) ? BigInt(text.replace(/^\+/, '')) : undefined;
const decimalFloat = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const hexFloat = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?\d+)$/;
/** Go's strconv.ParseFloat; undefined for what is no number or too large. */
function parseFloatText(text: string): number | undefined {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text);
  if (special !== null) {
    if (special[2]!.toLowerCase() === 'nan') return special[1] === '' ? Number.NaN : undefined;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const plain = /^[+-]?(?:0[xX]_?)?[0-9a-fA-F.]/.test(text) && /^[+-]?0[xX]/.test(text) ? text : text;
  if (decimalFloat.test(plain)) {
    const value = Number(plain);
    return Number.isFinite(value) ? value : undefined;
  }
  const match = hexFloat.exec(plain);
  if (match === null || match[2]! + match[3]! === '') return undefined;
  const mantissa = Number.parseInt(match[2]! + match[3]!, 16);
  const value = mantissa * 2 ** (Number(match[4]) - 4 * match[3]!.length);
  if (!Number.isFinite(value)) return undefined;
  return match[1] === '-' ? -value : value;
}
const trueTexts = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const falseTexts = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

function toBool(value: CelValue): CelValue {
  if (typeof value === 'string') {
    if (trueTexts.has(value)) return true;
    if (falseTexts.has(value)) return false;
  }
  return typeof value === 'boolean' ? value : cannot(value, t.bool);
}
function toBytes(value: CelValue): CelValue {
  if (value instanceof Bytes) return value;
  return typeof value === 'string' ? new Bytes(utf8Bytes(value)) : cannot(value, t.bytes);
}
function toDouble(value: CelValue): CelValue {
  if (isInt(value)) return new Double(Number(value));
  if (value instanceof Uint) return new Double(Number(value.value));
  if (value instanceof Double) return value;
  const parsed = typeof value === 'string' ? parseFloatText(value) : undefined;
  return parsed === undefined ? cannot(value, t.double) : new Double(parsed);
}
function intValue(value: CelValue): CelValue {
  if (isInt(value)) return value;
  if (value instanceof Uint) return fitsInt64(value.value) ? toInt(value.value) : intOverflow;
  if (value instanceof Double) {
    const { value: number } = value;
    if (!Number.isFinite(number) || number <= -(2 ** 63) || number >= 2 ** 63) return intOverflow;
    return toInt(BigInt(Math.trunc(number)));
  }
  if (value instanceof Timestamp) return value.seconds;
  if (value instanceof Duration) return toInt(value.nanos);
  const parsed = typeof value === 'string' ? parseWhole(value, true) : undefined;
  return parsed === undefined || !fitsInt64(parsed) ? cannot(value, t.int) : toInt(parsed);
}
function uintValue(value: CelValue): CelValue {
  if (value instanceof Uint) return value;
  if (isInt(value)) return checkedUint(BigInt(value));
  if (value instanceof Double) {
    const { value: number } = value;
    if (!Number.isFinite(number) || number < 0 || number >= 2 ** 64) return uintOverflow;
    return new Uint(BigInt(Math.trunc(number)));
  }
  const parsed = typeof value === 'string' ? parseWhole(value, false) : undefined;
  return parsed === undefined || parsed > uint64Max ? cannot(value, t.uint) : new Uint(parsed);
}
export function toText(value: CelValue): CelValue {
  if (typeof value === 'string') return value;
  if (isInt(value) || typeof value === 'boolean') return String(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Double) return formatDouble(value.value);
  if (value instanceof Bytes) return utf8Text(value.value) ?? new CelError('invalid UTF-8 in bytes, cannot convert to string');
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof TypeValue) return value.type.name;
  return cannot(value, t.string);
}
function toTimestamp(value: CelValue): CelValue {
  if (value instanceof Timestamp) return value;
  if (isInt(value)) return isTime(value) ? new Timestamp(Number(value), 0) : timestampOverflow;
  const parsed = typeof value === 'string' ? parseTimestamp(value) : undefined;
  if (parsed === undefined) return cannot(value, t.timestamp);
  return isTime(parsed.seconds) ? parsed : timestampOverflow;
}
function toDuration(value: CelValue): CelValue {
  if (value instanceof Duration) return value;
  if (typeof value !== 'string') return cannot(value, t.duration);
  try {
    return new Duration(parseDurationNanos(value));
  } catch {
    return cannot(value, t.duration);
  }
}

function size(value: CelValue): CelValue {
  if (typeof value === 'string') return runeCount(value);
  if (value instanceof CelList || value instanceof CelMap) return value.size;
  return value instanceof Bytes ? value.value.length : unsupported('size', value);
}
/** Only type errors of strings are told from others. */
const onStrings = (test: (text: string, part: string) => boolean) => (text: CelValue, part: CelValue) => {
  if (typeof text !== 'string') return orNoSuchOverload(text);
  return typeof part === 'string' ? test(text, part) : orNoSuchOverload(part);
};
function matches(text: CelValue, pattern: CelValue): CelValue {
  if (typeof text !== 'string') return unsupported('matches', text);
  if (typeof pattern !== 'string') return orNoSuchOverload(pattern);
  const compiled = patternOf(pattern);
  return compiled instanceof CelError ? compiled : compiled.test(text);
}
const matchesPattern = (pattern: string) => {
  const compiled = patternOf(pattern);
  if (compiled instanceof CelError) return compiled;
  return (text: CelValue): CelValue => (typeof text === 'string' ? compiled.test(text) : noSuchOverload);
};

const A = t.param('A');
const listOfA = t.list(A);
const mapOfAB = t.map(A, t.param('B'));
const same = (value: CelValue) => value;
const convert = (id: string, from: CelType, to: CelType, call: Overload['call']) => overload(id, [from], to, call);
const sizes = [
  ['bytes', t.bytes],
  ['list', listOfA],
  ['map', mapOfAB],
  ['string', t.string],
] as const;

export const conversionFunctions: Readonly<Record<string, readonly Overload[]>> = {
  size: sizes.flatMap(([name, type]) => [
    overload(`size_${name}`, [type], t.int, size, { shared: true }),
    member(`${name}_size`, [type], t.int, size, { shared: true }),
  ]),
  type: [overload('type', [A], t.typeOfType(A), (value: CelValue) => new TypeValue(typeOf(value)), { shared: true })],
  bool: [convert('bool_to_bool', t.bool, t.bool, same), convert('string_to_bool', t.string, t.bool, toBool)],
  bytes: [convert('bytes_to_bytes', t.bytes, t.bytes, same), convert('string_to_bytes', t.string, t.bytes, toBytes)],
  double: [
    convert('double_to_double', t.double, t.double, same),
    convert('int64_to_double', t.int, t.double, toDouble),
    convert('string_to_double', t.string, t.double, toDouble),
    convert('uint64_to_double', t.uint, t.double, toDouble),
  ],
  duration: [
    convert('duration_to_duration', t.duration, t.duration, same),
    convert('int64_to_duration', t.int, t.duration, toDuration),
    convert('string_to_duration', t.string, t.duration, toDuration),
  ],
  dyn: [overload('to_dyn', [A], t.dyn, same, { shared: true })],
  int: [
    convert('int64_to_int64', t.int, t.int, same),
    convert('double_to_int64', t.double, t.int, intValue),
    convert('duration_to_int64', t.duration, t.int, intValue),
    convert('string_to_int64', t.string, t.int, intValue),
    convert('timestamp_to_int64', t.timestamp, t.int, intValue),
    convert('uint64_to_int64', t.uint, t.int, intValue),
  ],
  string: [
    convert('string_to_string', t.string, t.string, same),
    convert('bool_to_string', t.bool, t.string, toText),
    convert('bytes_to_string', t.bytes, t.string, toText),
    convert('double_to_string', t.double, t.string, toText),
    convert('duration_to_string', t.duration, t.string, toText),
    convert('int64_to_string', t.int, t.string, toText),
    convert('timestamp_to_string', t.timestamp, t.string, toText),
    convert('uint64_to_string', t.uint, t.string, toText),
  ],
  timestamp: [
    convert('timestamp_to_timestamp', t.timestamp, t.timestamp, same),
    convert('int64_to_timestamp', t.int, t.timestamp, toTimestamp),
    convert('string_to_timestamp', t.string, t.timestamp, toTimestamp),
  ],
  uint: [
    convert('uint64_to_uint64', t.uint, t.uint, same),
    convert('double_to_uint64', t.double, t.uint, uintValue),
    convert('int64_to_uint64', t.int, t.uint, uintValue),
    convert('string_to_uint64', t.string, t.uint, uintValue),
  ],
  contains: [
    member(
      'contains_string',
      [t.string, t.string],
      t.bool,
      onStrings((text, part) => text.includes(part)),
      { unguarded: true },
    ),
  ],
  endsWith: [
    member(
      'ends_with_string',
      [t.string, t.string],
      t.bool,
      onStrings((text, part) => text.endsWith(part)),
      { unguarded: true },
    ),
  ],
  startsWith: [
    member(
      'starts_with_string',
      [t.string, t.string],
      t.bool,
      onStrings((text, part) => text.startsWith(part)),
      { unguarded: true },
    ),
  ],
  matches: [
    overload('matches', [t.string, t.string], t.bool, matches, { shared: true, withPattern: matchesPattern }),
    member('matches_string', [t.string, t.string], t.bool, matches, { shared: true, withPattern: matchesPattern }),
  ],
};
