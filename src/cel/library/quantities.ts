/** Quantities of resources (apiserver/pkg/cel/library/quantity.go). */
import { type Quantity, type QuantityFormat, canonicalText, parseQuantity } from '../../api/quantity.ts';
import type { Library } from '../api.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import { CelError, type CelValue, Double, OpaqueValue, fitsInt64, noSuchOverload, orNoSuchOverload, toInt } from '../values.ts';
import { member, overload } from './overloads.ts';

export const quantityType: CelType = t.object('kubernetes.Quantity');

/**
 * An amount as upstream holds it: `value` times a power of ten, as an int64 while that does, and else as a decimal. What can be had as
 * an integer depends on that, and not on the amount alone ('1000m' cannot).
 */
export class QuantityValue extends OpaqueValue {
  readonly type = quantityType;
  readonly value: bigint;
  readonly exponent: number;
  readonly decimal: boolean;
  readonly format: QuantityFormat;
  /** Made by add or sub: upstream cannot compare such a value when it stands on the right. */
  readonly computed: boolean;
  constructor(value: bigint, exponent: number, decimal: boolean, format: QuantityFormat, computed = false) {
    super();
    this.value = value;
    this.exponent = exponent;
    this.decimal = decimal;
    this.format = format;
    this.computed = computed;
  }
  get nanos(): bigint {
    return this.value * 10n ** BigInt(this.exponent + 9);
  }
  override get goType(): string {
    return '*resource.Quantity';
  }
  override text(): string {
    return canonicalText(this.nanos, this.format);
  }
  equals(other: CelValue): boolean | CelError {
    if (!(other instanceof QuantityValue)) return orNoSuchOverload(other);
    return other.computed ? noSuchOverload : this.nanos === other.nanos;
  }
}
const syntax = /^([+-]?)0*(\d*)(?:\.(\d*))?([^\d.].*)?$/;
/** Digits that an int64 surely holds. */
const safeDigits = 18;
const binaryPowers: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const decimalPowers: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
/** The int64 form, if upstream's parser takes it. */
function integerForm(text: string, format: QuantityFormat): QuantityValue | undefined {
  const [, sign, digits, fraction = '', suffix = ''] = syntax.exec(text)!;
  const whole = digits === '' ? '0' : digits!;
  const power = binaryPowers[suffix];
  let value: bigint;
  let exponent = 0;
  if (power !== undefined) {
    if (fraction !== '' || 15 - whole.length - Math.trunc((power * 3) / 10) - 1 < 0) return undefined;
    value = BigInt(whole) << BigInt(power);
  } else {
    const scale = suffix === '' ? 0 : (decimalPowers[suffix] ?? Number(suffix.slice(1)));
    exponent = scale - fraction.length;
    if (whole.length + fraction.length > safeDigits || exponent < -9) return undefined;
    value = BigInt(whole + fraction);
  }
  return fitsInt64(value) ? new QuantityValue(sign === '-' ? -value : value, exponent, false, format) : undefined;
}
export function toQuantity(text: string): QuantityValue | CelError {
  let quantity: Quantity;
  try {
    quantity = parseQuantity(text);
  } catch (error) {
    return new CelError((error as Error).message);
  }
  return integerForm(text, quantity.format) ?? new QuantityValue(quantity.nanos, -9, true, quantity.format);
}
const compareValues = (a: QuantityValue, b: QuantityValue) => (a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0);
function integerOf({ value, exponent, decimal }: QuantityValue): bigint | undefined {
  if (decimal || exponent < 0) return undefined;
  const whole = value * 10n ** BigInt(exponent);
  return fitsInt64(whole) ? whole : undefined;
}
function asInteger(quantity: QuantityValue): CelValue {
  const whole = integerOf(quantity);
  return whole === undefined ? new CelError('cannot convert value to integer') : toInt(whole);
}
const approximate = ({ value, exponent }: QuantityValue) => new Double(Number(value) * Number(`1e${exponent}`));
function sum(a: QuantityValue, b: QuantityValue): QuantityValue {
  const format = a.value === 0n ? b.format : a.format;
  if (!a.decimal && !b.decimal) {
    if (b.value === 0n) return new QuantityValue(a.value, a.exponent, false, format, true);
    if (a.value === 0n) return new QuantityValue(b.value, b.exponent, false, format, true);
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const left = a.value * 10n ** BigInt(a.exponent - exponent);
  const right = b.value * 10n ** BigInt(b.exponent - exponent);
  const fits = !a.decimal && !b.decimal && fitsInt64(left) && fitsInt64(right) && fitsInt64(left + right);
  return new QuantityValue(left + right, exponent, !fits, format, true);
}
const negated = (a: QuantityValue) => new QuantityValue(-a.value, a.exponent, a.decimal, a.format);
const difference = (a: QuantityValue, b: QuantityValue) => sum(a, negated(b));
const whole = (value: number | bigint) => new QuantityValue(BigInt(value), 0, false, 'DecimalExponent');

const two = [quantityType, quantityType];
const withInt = [quantityType, t.int];
export const quantitiesLibrary: Library = {
  name: 'kubernetes.quantity',
  functions: {
    quantity: [overload('string_to_quantity', [t.string], quantityType, toQuantity)],
    isQuantity: [overload('is_quantity_string', [t.string], t.bool, (text: string) => toQuantity(text) instanceof QuantityValue)],
    sign: [overload('quantity_sign', [quantityType], t.int, ({ value }: QuantityValue) => (value < 0n ? -1 : value > 0n ? 1 : 0))],
    isGreaterThan: [member('quantity_is_greater_than', two, t.bool, (a: QuantityValue, b: QuantityValue) => a.nanos > b.nanos)],
    isLessThan: [member('quantity_is_less_than', two, t.bool, (a: QuantityValue, b: QuantityValue) => a.nanos < b.nanos)],
    compareTo: [member('quantity_compare_to', two, t.int, compareValues)],
    asApproximateFloat: [member('quantity_get_float', [quantityType], t.double, approximate)],
    asInteger: [member('quantity_get_int', [quantityType], t.int, asInteger)],
    isInteger: [member('quantity_is_integer', [quantityType], t.bool, (quantity: QuantityValue) => integerOf(quantity) !== undefined)],
    add: [
      member('quantity_add', two, quantityType, sum),
      member('quantity_add_int', withInt, quantityType, (a: QuantityValue, b: number | bigint) => sum(a, whole(b))),
    ],
    sub: [
      member('quantity_sub', two, quantityType, difference),
      member('quantity_sub_int', withInt, quantityType, (a: QuantityValue, b: number | bigint) => difference(a, whole(b))),
    ],
  },
};
