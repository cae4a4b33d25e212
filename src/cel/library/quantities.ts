/** Quantities of resources (apiserver/pkg/cel/library/quantity.go). */
import { type Quantity, parseQuantity } from '../../api/quantity.ts';
import type { Library } from '../api.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import { CelError, type CelValue, Double, OpaqueValue, fitsInt64, noSuchOverload, orNoSuchOverload, toInt } from '../values.ts';
import { member, overload } from './overloads.ts';

export const quantityType: CelType = t.object('kubernetes.Quantity');
const nano = 1_000_000_000n;

export class QuantityValue extends OpaqueValue {
  readonly type = quantityType;
  readonly nanos: bigint;
  /** Made by add or sub: upstream cannot compare such a value when it stands on the right. */
  readonly computed: boolean;
  constructor(nanos: bigint, computed = false) {
    super();
    this.nanos = nanos;
    this.computed = computed;
  }
  equals(other: CelValue): boolean | CelError {
    if (!(other instanceof QuantityValue)) return orNoSuchOverload(other);
    return other.computed ? noSuchOverload : this.nanos === other.nanos;
  }
}
function toQuantity(text: string): QuantityValue | CelError {
  let quantity: Quantity;
  try {
    quantity = parseQuantity(text);
  } catch (error) {
    return new CelError((error as Error).message);
  }
  return new QuantityValue(quantity.nanos);
}
const compareValues = (a: QuantityValue, b: QuantityValue) => (a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0);
const isWhole = ({ nanos }: QuantityValue) => nanos % nano === 0n && fitsInt64(nanos / nano);
const asInteger = (quantity: QuantityValue): CelValue =>
  isWhole(quantity) ? toInt(quantity.nanos / nano) : new CelError('cannot convert value to integer');
/** Both parts as doubles: exact enough, and what upstream gives. */
const approximate = ({ nanos }: QuantityValue) => new Double(Number(nanos) / 1e9);
const sum = (a: QuantityValue, b: QuantityValue) => new QuantityValue(a.nanos + b.nanos, true);
const difference = (a: QuantityValue, b: QuantityValue) => new QuantityValue(a.nanos - b.nanos, true);
const whole = (value: number | bigint) => new QuantityValue(BigInt(value) * nano);

const two = [quantityType, quantityType];
const withInt = [quantityType, t.int];
export const quantitiesLibrary: Library = {
  name: 'kubernetes.quantity',
  functions: {
    quantity: [overload('string_to_quantity', [t.string], quantityType, toQuantity)],
    isQuantity: [overload('is_quantity_string', [t.string], t.bool, (text: string) => toQuantity(text) instanceof QuantityValue)],
    sign: [overload('quantity_sign', [quantityType], t.int, ({ nanos }: QuantityValue) => (nanos < 0n ? -1 : nanos > 0n ? 1 : 0))],
    isGreaterThan: [member('quantity_is_greater_than', two, t.bool, (a: QuantityValue, b: QuantityValue) => a.nanos > b.nanos)],
    isLessThan: [member('quantity_is_less_than', two, t.bool, (a: QuantityValue, b: QuantityValue) => a.nanos < b.nanos)],
    compareTo: [member('quantity_compare_to', two, t.int, compareValues)],
    asApproximateFloat: [member('quantity_get_float', [quantityType], t.double, approximate)],
    asInteger: [member('quantity_get_int', [quantityType], t.int, asInteger)],
    isInteger: [member('quantity_is_integer', [quantityType], t.bool, isWhole)],
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
