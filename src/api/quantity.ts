/**
 * Amounts of resources, exact to a billionth: '500m', '1Gi', '12e6'. Text is canonical as upstream's resource.Quantity
 * prints it, including the texts that it leaves as they were written ('1.500', '+5').
 */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  /** In billionths. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
  readonly text: string;
}

const nano = 1_000_000_000n;
const int64Max = 2n ** 63n - 1n;
const decimalSuffixes = new Map<string, number>([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
]);
const decimalByExponent = new Map([...decimalSuffixes].map(([suffix, exponent]) => [exponent, suffix]));
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
/** Beyond this no number has a use, and arithmetic would take all memory. */
const largestExponent = 400;

export const quantityError = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const wrongSuffix = "unable to parse quantity's suffix";
/** No part can begin where the one before could have gone on, so that reading takes time that grows with the text. */
const syntax = /^([+-]?)(\d*)(?:\.(\d*))?((?:[eEinumkKMGTP]+[-+]?\d*|[-+]\d*)?)$/;

function interpretSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = decimalSuffixes.get(suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = binarySuffixes.indexOf(suffix);
  if (binary > 0) return { base: 2, exponent: binary * 10, format: 'BinarySI' };
  if (/^[eE][-+]?\d+$/.test(suffix)) {
    const exponent = Number(suffix.slice(1));
    if (Math.abs(exponent) <= largestExponent) return { base: 10, exponent, format: 'DecimalExponent' };
  }
  throw new RangeError(wrongSuffix);
}

/** Divides, rounding away from zero. */
function divideUp(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  if (value % by === 0n) return quotient;
  return value < 0n ? quotient - 1n : quotient + 1n;
}

/** The text upstream writes for an amount, in billionths, in this format. */
export function canonicalText(nanos: bigint, format: QuantityFormat): string {
  if (nanos === 0n) return '0';
  if (format === 'BinarySI') {
    const whole = nanos / nano;
    if (nanos % nano === 0n && (whole >= 1024n || whole <= -1024n)) {
      let amount = whole;
      let power = 0;
      while (power < 6 && amount % 1024n === 0n) {
        amount /= 1024n;
        power++;
      }
      return `${amount}${binarySuffixes[power]}`;
    }
  }
  let amount = nanos;
  let exponent = -9;
  while (amount % 1000n === 0n && (format === 'DecimalExponent' || exponent < 18)) {
    amount /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
  return `${amount}${decimalByExponent.get(exponent)}`;
}

/** Upstream keeps the text of small numbers that already look canonical, without looking closer. */
function keepsText(digits: string, fraction: string, base: 2 | 10, exponent: number): boolean {
  const value = BigInt(digits + fraction);
  if (base === 2) {
    if (fraction !== '' || 15 - digits.length - Math.trunc((exponent * 3) / 10) - 1 < 0) return false;
    return (value & 7n) !== 0n;
  }
  const scale = exponent - fraction.length;
  const shifted = digits + fraction;
  if (18 - shifted.length < 0 || scale < -9) return false;
  return scale % 3 === 0 && !shifted.endsWith('000') && shifted[0] !== '0';
}

function read(text: string): Quantity {
  if (text === '') throw new RangeError(quantityError);
  const match = syntax.exec(text);
  if (match === null) throw new RangeError(quantityError);
  const sign = match[1]!;
  const digits = match[2]!.replace(/^0+/, '') || '0';
  const fraction = match[3] ?? '';
  const { base, exponent, format } = interpretSuffix(match[4]!);
  if (digits.length + fraction.length > 2 * largestExponent) throw new RangeError('unable to parse numeric part of quantity');
  const number = BigInt(digits + fraction);
  const divisor = 10n ** BigInt(fraction.length);
  let nanos: bigint;
  if (base === 2) nanos = divideUp((number << BigInt(exponent)) * nano, divisor);
  else if (exponent >= 0) nanos = divideUp(number * 10n ** BigInt(exponent) * nano, divisor);
  else nanos = divideUp(number * nano, divisor * 10n ** BigInt(-exponent));
  let printed = format;
  if (format === 'BinarySI') {
    if (nanos > int64Max * nano) nanos = int64Max * nano;
    if (nanos < nano && nanos > 0n) printed = 'DecimalSI';
  }
  if (sign === '-') nanos = -nanos;
  const kept = nanos !== 0n && keepsText(digits, fraction, base, exponent);
  return { nanos, format: printed, text: kept ? text : canonicalText(nanos, printed) };
}

const cacheBound = 4096;
let cache = new Map<string, Quantity>();
let previousCache = new Map<string, Quantity>();

/** Throws RangeError in upstream's words. Results are shared and remembered (bounded). */
export function parseQuantity(text: string): Quantity {
  let found = cache.get(text);
  if (found !== undefined) return found;
  found = previousCache.get(text) ?? read(text);
  if (text.length > 64) return found;
  if (cache.size >= cacheBound) {
    previousCache = cache;
    cache = new Map();
  }
  cache.set(text, found);
  return found;
}

/** Less than, equal to or greater than zero, as a sorts to b. Throws as `parseQuantity` does, like all that follow. */
export function compareQuantities(a: string, b: string): number {
  const left = parseQuantity(a).nanos;
  const right = parseQuantity(b).nanos;
  return left < right ? -1 : left > right ? 1 : 0;
}
/** The text upstream writes for this amount: '1000m' is '1', '1024Mi' is '1Gi'. */
export const canonicalQuantity = (text: string): string => parseQuantity(text).text;

const combine = (left: Quantity, right: Quantity, nanos: bigint): string =>
  canonicalText(nanos, left.nanos === 0n ? right.format : left.format);
/** The sum, in the format of the left one unless that is zero. */
export function addQuantities(a: string, b: string): string {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return combine(left, right, left.nanos + right.nanos);
}
/** The difference, in the format that a sum would have. */
export function subtractQuantities(a: string, b: string): string {
  const left = parseQuantity(a);
  const right = parseQuantity(b);
  return combine(left, right, left.nanos - right.nanos);
}
export const quantitySign = (text: string): -1 | 0 | 1 => {
  const { nanos } = parseQuantity(text);
  return nanos < 0n ? -1 : nanos > 0n ? 1 : 0;
};

/** Whole units, rounded away from zero (Quantity.Value). */
export const value = (text: string): number => Number(divideUp(parseQuantity(text).nanos, nano));
const thousandths = (text: string): bigint => divideUp(parseQuantity(text).nanos, 1_000_000n);
/** Thousandths, rounded away from zero (Quantity.MilliValue). */
export const milliValue = (text: string): number => Number(thousandths(text));
/** Whether an amount has no fraction, in thousandths as MilliValue rounds them. */
export const isWhole = (text: string): boolean => thousandths(text) % 1000n === 0n;
/** The text of an amount of thousandths (NewMilliQuantity). */
export const milliQuantity = (milli: number, format: QuantityFormat = 'DecimalSI'): string =>
  canonicalText(BigInt(milli) * 1_000_000n, format);
