/** Arithmetic, order, membership and logic (cel-go common/stdlib, common/types). */
import type { Overload } from '../api.ts';
import { operators } from '../ast.ts';
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
  Uint,
  checkedInt,
  checkedUint,
  compare,
  intOverflow,
  isInt,
  noSuchOverload,
  orNoSuchOverload,
} from '../values.ts';
import { overload } from './overloads.ts';

/** Types that answer calls themselves give the short message for what they cannot do. */
const isReceiver = (value: CelValue) => typeof value === 'string' || value instanceof Timestamp || value instanceof Duration;
export const unsupported = (name: string, value: CelValue): CelError =>
  value instanceof CelError ? value : isReceiver(value) ? noSuchOverload : new CelError(`no such overload: ${name}`);

const isSafe = (value: number) => value >= -9007199254740991 && value <= 9007199254740991;
const timestampOverflow = new CelError('timestamp overflow');
const fits64 = (value: bigint) => value >= -(2n ** 63n) && value < 2n ** 63n;
const checkedDuration = (nanos: bigint): CelValue => (fits64(nanos) ? new Duration(nanos) : intOverflow);

const second = 1_000_000_000n;
const firstSecond = -62_135_596_800;
const lastSecond = 253_402_300_799;
const isTime = (seconds: number) => seconds >= firstSecond && seconds <= lastSecond;
function shift(time: Timestamp, nanos: bigint): CelValue {
  const total = BigInt(time.nanos) + nanos;
  const whole = total >= 0n ? total / second : -((-total + second - 1n) / second);
  const seconds = time.seconds + Number(whole);
  return isTime(seconds) ? new Timestamp(seconds, Number(total - whole * second), time.offset) : timestampOverflow;
}

function addBytes(a: Bytes, b: Bytes): Bytes {
  const sum = new Uint8Array(a.value.length + b.value.length);
  sum.set(a.value);
  sum.set(b.value, a.value.length);
  return new Bytes(sum);
}
export function add(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    return isSafe(sum) ? sum : checkedInt(BigInt(a) + BigInt(b));
  }
  if (typeof a === 'string') return typeof b === 'string' ? a + b : orNoSuchOverload(b);
  if (isInt(a)) return isInt(b) ? checkedInt(BigInt(a) + BigInt(b)) : orNoSuchOverload(b);
  if (a instanceof Uint) return b instanceof Uint ? checkedUint(a.value + b.value) : orNoSuchOverload(b);
  if (a instanceof Double) return b instanceof Double ? new Double(a.value + b.value) : orNoSuchOverload(b);
  if (a instanceof CelList) return b instanceof CelList ? a.plus(b) : orNoSuchOverload(b);
  if (a instanceof Bytes) return b instanceof Bytes ? addBytes(a, b) : orNoSuchOverload(b);
  if (a instanceof Timestamp) return b instanceof Duration ? shift(a, b.nanos) : orNoSuchOverload(b);
  if (a instanceof Duration) {
    if (b instanceof Duration) return checkedDuration(a.nanos + b.nanos);
    return b instanceof Timestamp ? shift(b, a.nanos) : orNoSuchOverload(b);
  }
  return unsupported(operators.add, a);
}
function subtract(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const difference = a - b;
    return isSafe(difference) ? difference : checkedInt(BigInt(a) - BigInt(b));
  }
  if (isInt(a)) return isInt(b) ? checkedInt(BigInt(a) - BigInt(b)) : orNoSuchOverload(b);
  if (a instanceof Uint) return b instanceof Uint ? checkedUint(a.value - b.value) : orNoSuchOverload(b);
  if (a instanceof Double) return b instanceof Double ? new Double(a.value - b.value) : orNoSuchOverload(b);
  if (a instanceof Duration) return b instanceof Duration ? checkedDuration(a.nanos - b.nanos) : orNoSuchOverload(b);
  if (a instanceof Timestamp) {
    if (b instanceof Duration) return b.nanos === -(2n ** 63n) ? intOverflow : shift(a, -b.nanos);
    if (!(b instanceof Timestamp)) return orNoSuchOverload(b);
    return checkedDuration(BigInt(a.seconds - b.seconds) * second + BigInt(a.nanos - b.nanos));
  }
  return unsupported('_-_', a);
}
function multiply(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number' && typeof b === 'number') {
    const product = a * b;
    return isSafe(product) ? product + 0 : checkedInt(BigInt(a) * BigInt(b));
  }
  if (isInt(a)) return isInt(b) ? checkedInt(BigInt(a) * BigInt(b)) : orNoSuchOverload(b);
  if (a instanceof Uint) return b instanceof Uint ? checkedUint(a.value * b.value) : orNoSuchOverload(b);
  if (a instanceof Double) return b instanceof Double ? new Double(a.value * b.value) : orNoSuchOverload(b);
  return unsupported('_*_', a);
}
const divideByZero = new CelError('division by zero');
const modulusByZero = new CelError('modulus by zero');
function divide(a: CelValue, b: CelValue): CelValue {
  if (isInt(a)) {
    if (!isInt(b)) return orNoSuchOverload(b);
    if (b === 0) return divideByZero;
    return typeof a === 'number' && typeof b === 'number' ? Math.trunc(a / b) + 0 : checkedInt(BigInt(a) / BigInt(b));
  }
  if (a instanceof Uint) {
    if (!(b instanceof Uint)) return orNoSuchOverload(b);
    return b.value === 0n ? divideByZero : new Uint(a.value / b.value);
  }
  if (a instanceof Double) return b instanceof Double ? new Double(a.value / b.value) : orNoSuchOverload(b);
  return unsupported('_/_', a);
}
function modulo(a: CelValue, b: CelValue): CelValue {
  if (isInt(a)) {
    if (!isInt(b)) return orNoSuchOverload(b);
    if (b === 0) return modulusByZero;
    if (typeof a === 'number' && typeof b === 'number') return (a % b) + 0;
    return BigInt(a) === -(2n ** 63n) && BigInt(b) === -1n ? new CelError('integer overflow') : checkedInt(BigInt(a) % BigInt(b));
  }
  if (a instanceof Uint) {
    if (!(b instanceof Uint)) return orNoSuchOverload(b);
    return b.value === 0n ? modulusByZero : new Uint(a.value % b.value);
  }
  return unsupported('_%_', a);
}
function negate(a: CelValue): CelValue {
  if (isInt(a)) return typeof a === 'number' ? 0 - a : checkedInt(-a);
  if (a instanceof Double) return new Double(-a.value);
  if (a instanceof Duration) return checkedDuration(-a.nanos);
  return typeof a === 'boolean' ? noSuchOverload : unsupported(operators.negate, a);
}

export const isOrdered = (value: CelValue) =>
  typeof value === 'boolean' ||
  typeof value === 'string' ||
  isInt(value) ||
  value instanceof Uint ||
  value instanceof Double ||
  value instanceof Bytes ||
  value instanceof Timestamp ||
  value instanceof Duration;
const ordering = (name: string, test: (order: number) => boolean) => (a: CelValue, b: CelValue) => {
  if (typeof a === 'number' && typeof b === 'number') return test(a - b);
  if (!isOrdered(a)) return unsupported(name, a);
  const order = compare(a, b);
  return typeof order === 'number' ? test(order) : order;
};

export function contains(value: CelValue, container: CelValue): CelValue {
  if (container instanceof CelList) return container.contains(value);
  return container instanceof CelMap ? container.has(value) : orNoSuchOverload(container);
}

const A = t.param('A');
const B = t.param('B');
const listOfA = t.list(A);
const mapOfAB = t.map(A, B);
const shared = { shared: true };
const unreachable = () => noSuchOverload;

const numeric = (name: string, call: Overload['call'], of: readonly CelType[]): Overload[] =>
  of.map((type) => overload(`${name}_${idName(type)}`, [type, type], type, call, shared));
function idName(type: CelType): string {
  switch (type.kind) {
    case 'int':
      return 'int64';
    case 'uint':
      return 'uint64';
    default:
      return type.kind;
  }
}
/** Pairs in the order of cel-go's declarations. */
const comparable: readonly (readonly [CelType, CelType])[] = [
  [t.bool, t.bool],
  [t.int, t.int],
  [t.int, t.double],
  [t.int, t.uint],
  [t.uint, t.uint],
  [t.uint, t.double],
  [t.uint, t.int],
  [t.double, t.double],
  [t.double, t.int],
  [t.double, t.uint],
  [t.string, t.string],
  [t.bytes, t.bytes],
  [t.timestamp, t.timestamp],
  [t.duration, t.duration],
];
const relation = (operator: string, name: string, test: (order: number) => boolean): Overload[] => {
  const call = ordering(operator, test);
  return comparable.map(([a, b]) =>
    overload(a === b ? `${name}_${idName(a)}` : `${name}_${idName(a)}_${idName(b)}`, [a, b], t.bool, call, shared),
  );
};

export const operatorFunctions: Readonly<Record<string, readonly Overload[]>> = {
  [operators.conditional]: [overload('conditional', [t.bool, A, A], A, unreachable)],
  [operators.and]: [overload('logical_and', [t.bool, t.bool], t.bool, unreachable)],
  [operators.or]: [overload('logical_or', [t.bool, t.bool], t.bool, unreachable)],
  [operators.not]: [
    overload('logical_not', [t.bool], t.bool, (a: CelValue) => (typeof a === 'boolean' ? !a : orNoSuchOverload(a)), shared),
  ],
  [operators.notStrictlyFalse]: [
    overload('not_strictly_false', [t.bool], t.bool, (a: CelValue) => (typeof a === 'boolean' ? a : true), {
      nonStrict: true,
      unguarded: true,
    }),
  ],
  [operators.equals]: [overload('equals', [A, A], t.bool, unreachable)],
  [operators.notEquals]: [overload('not_equals', [A, A], t.bool, unreachable)],
  [operators.add]: [
    overload('add_bytes', [t.bytes, t.bytes], t.bytes, add, shared),
    overload('add_double', [t.double, t.double], t.double, add, shared),
    overload('add_duration_duration', [t.duration, t.duration], t.duration, add, shared),
    overload('add_duration_timestamp', [t.duration, t.timestamp], t.timestamp, add, shared),
    overload('add_timestamp_duration', [t.timestamp, t.duration], t.timestamp, add, shared),
    overload('add_int64', [t.int, t.int], t.int, add, shared),
    overload('add_list', [listOfA, listOfA], listOfA, add, shared),
    overload('add_string', [t.string, t.string], t.string, add, shared),
    overload('add_uint64', [t.uint, t.uint], t.uint, add, shared),
  ],
  '_/_': numeric('divide', divide, [t.double, t.int, t.uint]),
  '_%_': numeric('modulo', modulo, [t.int, t.uint]),
  '_*_': numeric('multiply', multiply, [t.double, t.int, t.uint]),
  [operators.negate]: [
    overload('negate_double', [t.double], t.double, negate, shared),
    overload('negate_int64', [t.int], t.int, negate, shared),
  ],
  '_-_': [
    overload('subtract_double', [t.double, t.double], t.double, subtract, shared),
    overload('subtract_duration_duration', [t.duration, t.duration], t.duration, subtract, shared),
    overload('subtract_int64', [t.int, t.int], t.int, subtract, shared),
    overload('subtract_timestamp_duration', [t.timestamp, t.duration], t.timestamp, subtract, shared),
    overload('subtract_timestamp_timestamp', [t.timestamp, t.timestamp], t.duration, subtract, shared),
    overload('subtract_uint64', [t.uint, t.uint], t.uint, subtract, shared),
  ],
  '_<_': relation('_<_', 'less', (order) => order < 0),
  '_<=_': relation('_<=_', 'less_equals', (order) => order <= 0),
  '_>_': relation('_>_', 'greater', (order) => order > 0),
  '_>=_': relation('_>=_', 'greater_equals', (order) => order >= 0),
  [operators.index]: [overload('index_list', [listOfA, t.int], A, unreachable), overload('index_map', [mapOfAB, A], B, unreachable)],
  [operators.in]: [overload('in_list', [A, listOfA], t.bool, contains, shared), overload('in_map', [A, mapOfAB], t.bool, contains, shared)],
};
