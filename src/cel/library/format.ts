/** string.format (cel-go ext/formatting.go, as version 2 of the strings library has it: with the locale en_US). */
import { goQuote } from '../../api/go-text.ts';
import { utf8Length } from '../strings.ts';
import { durationText, timestampText } from '../text.ts';
import { Bytes, CelError, CelList, CelMap, type CelValue, Double, Duration, Timestamp, TypeValue, Uint, isInt, typeOf } from '../values.ts';
import { toText } from './conversions.ts';

const defaultPrecision = 6;
/** Thrown within; what it says ends up in a CelError. */
export class FormatError extends Error {}
const failing = (message: string): never => {
  throw new FormatError(message);
};
const typeName = (value: CelValue) => typeOf(value).name;

export const onlyFor = {
  s: (type: string) =>
    `string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps, was given ${type}`,
  d: (type: string) => `decimal clause can only be used on integers, was given ${type}`,
  f: (type: string) => `fixed-point clause can only be used on doubles, was given ${type}`,
  e: (type: string) => `scientific clause can only be used on doubles, was given ${type}`,
  b: (type: string) => `only integers and bools can be formatted as binary, was given ${type}`,
  x: (type: string) => `only integers, byte buffers, and strings can be formatted as hex, was given ${type}`,
  o: (type: string) => `octal clause can only be used on integers, was given ${type}`,
};
export type Clause = keyof typeof onlyFor;

/** An element of a list or a value of a map. */
function inner(value: CelValue): string {
  if (typeof value === 'string') return goQuote(value);
  if (isInt(value) || value instanceof Uint || typeof value === 'boolean' || value === null) return asString(value);
  if (value instanceof Bytes) {
    const text = toText(value);
    return text instanceof CelError
      ? failing(`could not convert argument ${goQuote(text.message)} to string`)
      : `b${goQuote(text as string)}`;
  }
  if (value instanceof Timestamp) return `timestamp(${goQuote(timestampText(value))})`;
  if (value instanceof Duration) return `duration(${goQuote(durationText(value))})`;
  if (value instanceof Double)
    return Number.isFinite(value.value)
      ? `${value.value < 0 || Object.is(value.value, -0) ? '-' : ''}${exactFixed(Math.abs(value.value), defaultPrecision)}`
      : goQuote(goFloat(value.value));
  if (value instanceof CelList || value instanceof CelMap || value instanceof TypeValue) return asString(value);
  if (value instanceof CelError) return failing(value.message);
  return failing(`no formatting function for ${typeName(value)}`);
}
const goFloat = (value: number) => (Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf');
function mapText(map: CelMap): string {
  const entries: [string, string][] = [];
  for (const key of map.keys()) {
    const plain = typeof key === 'string' || typeof key === 'boolean' || isInt(key) || key instanceof Uint;
    if (!plain) failing(`no formatting function for map key of type ${typeName(key)}`);
    entries.push([inner(key), inner(map.find(key)!)]);
  }
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${entries.map(([key, value]) => `${key}:${value}`).join(', ')}}`;
}
function asString(value: CelValue): string {
  if (value === null) return 'null';
  if (value instanceof CelList) return `[${[...value].map(inner).join(', ')}]`;
  if (value instanceof CelMap) return mapText(value);
  if (value instanceof CelError) return failing(value.message);
  const text = toText(value);
  if (typeof text === 'string') return text;
  if (value instanceof Bytes) return failing(`could not convert argument ${goQuote((text as CelError).message)} to string`);
  return failing(onlyFor.s(typeName(value)));
}
function asDecimal(value: CelValue): string {
  if (isInt(value)) return String(value);
  return value instanceof Uint ? String(value.value) : failing(onlyFor.d(typeName(value)));
}

const specialNumbers: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};
function numberOf(value: CelValue, clause: 'f' | 'e'): number {
  if (value instanceof Double) return value.value;
  if (typeof value === 'string' && Object.hasOwn(specialNumbers, value)) return specialNumbers[value]!;
  return failing(onlyFor[clause](typeName(value)));
}
const special = (value: number) => (Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞');
const grouped = (digits: string) => digits.replace(/\B(?=(\d{3})+(?!\d))/g, ',');
const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const bits = new DataView(new ArrayBuffer(8));
/** Decimal digits of a double that is not negative, exact, and rounded to even. */
function exactFixed(value: number, precision: number): string {
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const fraction = raw & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  const exponent = Math.max(biased, 1) - 1075;
  let scaled = mantissa * 10n ** BigInt(precision);
  if (exponent >= 0) scaled <<= BigInt(exponent);
  else {
    const divisor = 1n << BigInt(-exponent);
    const rest = (scaled % divisor) * 2n;
    scaled /= divisor;
    if (rest > divisor || (rest === divisor && scaled % 2n === 1n)) scaled++;
  }
  const digits = scaled.toString().padStart(precision + 1, '0');
  return precision === 0 ? digits : `${digits.slice(0, -precision)}.${digits.slice(-precision)}`;
}
function asFixed(value: CelValue, precision: number): string {
  const number = numberOf(value, 'f');
  if (!Number.isFinite(number)) return special(number);
  const [whole, fraction] = exactFixed(Math.abs(number), precision).split('.');
  const sign = number < 0 ? '-' : '';
  return `${sign}${grouped(whole!)}${fraction === undefined ? '' : `.${fraction}`}`;
}
/** Always six decimals: upstream takes the precision for the width. */
function asScientific(value: CelValue, width: number): string {
  const number = numberOf(value, 'e');
  if (!Number.isFinite(number)) return special(number);
  const [mantissa, exponent] = number.toExponential(defaultPrecision).split('e') as [string, string];
  const digits = exponent
    .replace(/[+-]/, '')
    .padStart(2, '0')
    .replace(/\d/g, (digit) => superscripts[Number(digit)]!);
  return `${mantissa}×10${exponent.startsWith('-') ? '⁻' : ''}${digits}`.padStart(width);
}
const inBase = (value: CelValue, base: number): string | undefined =>
  isInt(value) ? value.toString(base) : value instanceof Uint ? value.value.toString(base) : undefined;
function asBinary(value: CelValue): string {
  if (typeof value === 'boolean') return value ? '1' : '0';
  return inBase(value, 2) ?? failing(onlyFor.b(typeName(value)));
}
function asHex(value: CelValue, upper: boolean): string {
  let text = inBase(value, 16);
  if (typeof value === 'string') text = new TextEncoder().encode(value).toHex();
  if (value instanceof Bytes) text = value.value.toHex();
  if (text === undefined) return failing(onlyFor.x(typeName(value)));
  return upper ? text.toUpperCase() : text;
}
const asOctal = (value: CelValue): string => inBase(value, 8) ?? failing(onlyFor.o(typeName(value)));

const largestPrecision = 1000;
/** Calls `put` for each clause, and builds the text around what it gives. Throws FormatError in cel-go's words. */
export function eachClause(
  format: string,
  count: number,
  put: (index: number, clause: Clause, precision: number, upper: boolean) => string,
  checking = false,
): string {
  let out = '';
  let index = 0;
  for (let at = 0; at < format.length; at++) {
    if (format[at] !== '%') {
      out += format[at];
      continue;
    }
    if (format[at + 1] === '%') {
      out += '%';
      at++;
      continue;
    }
    // Upstream asks for the argument first when it formats, and for the clause first when it checks.
    const ended = at + 1 >= format.length;
    if (index >= count && !(ended && checking)) failing(`index ${index} out of range`);
    if (ended) failing('unexpected end of string');
    at++;
    let precision = defaultPrecision;
    if (format[at] === '.') {
      const digits = /^\d*/.exec(format.slice(at + 1))![0];
      at += 1 + digits.length;
      const where = 'could not parse formatting clause: error while parsing precision:';
      if (at >= format.length) failing(`${where} could not find end of precision specifier`);
      if (digits === '') failing(`${where} error while converting precision to integer: strconv.Atoi: parsing "": invalid syntax`);
      precision = Number(digits);
      if (precision > largestPrecision) failing(`${where} precision ${digits} is too large`);
    }
    const letter = format[at]!;
    const clause = letter === 'X' ? 'x' : letter;
    if (!Object.hasOwn(onlyFor, clause)) {
      failing(`could not parse formatting clause: unrecognized formatting clause "${firstByte(letter)}"`);
    }
    try {
      out += put(index, clause as Clause, precision, letter === 'X');
    } catch (error) {
      if (error instanceof FormatError) error.message = `error during formatting: ${error.message}`;
      throw error;
    }
    index++;
  }
  return out;
}
/** The clause is one byte: of other characters, the first one of their UTF-8 is shown. */
const firstByte = (letter: string) => (utf8Length(letter) === 1 ? letter : String.fromCharCode(new TextEncoder().encode(letter)[0]!));

export function formatString(format: string, args: CelList): CelValue {
  try {
    return eachClause(format, args.size, (index, clause, precision, upper) => {
      const value = args.get(index);
      switch (clause) {
        case 's':
          return asString(value);
        case 'd':
          return asDecimal(value);
        case 'f':
          return asFixed(value, precision);
        case 'e':
          return asScientific(value, precision);
        case 'b':
          return asBinary(value);
        case 'x':
          return asHex(value, upper);
        case 'o':
          return asOctal(value);
      }
    });
  } catch (error) {
    if (error instanceof FormatError) return new CelError(error.message);
    throw error;
  }
}
