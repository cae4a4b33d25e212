/**
 * Values as expressions see them. null, booleans and strings are JavaScript's; an int is a number while it is safe (within 2^53)
 * and a bigint beyond, never both for one value; the rest are classes. Values are immutable but for accumulators of comprehensions.
 */
import { compareStrings, runeCount } from './strings.ts';
import * as types from './types.ts';
import type { CelType } from './types.ts';

export type CelValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint
  | Double
  | Bytes
  | Timestamp
  | Duration
  | CelList
  | CelMap
  | Optional
  | TypeValue
  | OpaqueValue
  | CelError;

/** An error that travels as a value, since `||` and `&&` may absorb it. */
export class CelError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}
export const noSuchOverload = new CelError('no such overload');
/** The error that is there already, or else that no overload fits. */
export const orNoSuchOverload = (value: CelValue): CelError => (value instanceof CelError ? value : noSuchOverload);

export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}
export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}
export class Bytes {
  readonly value: Uint8Array;
  constructor(value: Uint8Array) {
    this.value = value;
  }
}
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}
export class Timestamp {
  /** Since the epoch. */
  readonly seconds: number;
  /** 0 to 999,999,999. */
  readonly nanos: number;
  /** Seconds east of UTC that it was written with; matters only for its text. */
  readonly offset: number;
  constructor(seconds: number, nanos: number, offset = 0) {
    this.seconds = seconds;
    this.nanos = nanos;
    this.offset = offset;
  }
}
export class TypeValue {
  readonly type: CelType;
  constructor(type: CelType) {
    this.type = type;
  }
}
export class Optional {
  static readonly none = new Optional(undefined);
  /** undefined: there is none. */
  readonly value: CelValue | undefined;
  private constructor(value: CelValue | undefined) {
    this.value = value;
  }
  static of(value: CelValue): Optional {
    return new Optional(value);
  }
}

/** Values of library types (`net.IP`, `kubernetes.Quantity`). */
export abstract class OpaqueValue {
  abstract readonly type: CelType;
  abstract equals(other: CelValue): boolean | CelError;
  /** As Go's fmt prints it, for messages. */
  text(): string {
    return this.type.name;
  }
  /** What cost counts as its size. */
  get size(): number {
    return 1;
  }
  /** What comes of it when it has been in an optional that was read as a variable. */
  unwrapped(): CelValue {
    return new CelError(`unsupported conversion to ref.Val: (${this.goType})${this.text()}`);
  }
  /** Of the Go value behind it upstream. */
  get goType(): string {
    return this.type.name;
  }
  /** Fields, for types whose fields expressions read; undefined when there is no such field. `test`: has() asks. */
  field(_name: string, _test: boolean): CelValue | undefined {
    return undefined;
  }
  /** Plain JSON of it. Throws RangeError when it has none. */
  json(): unknown {
    throw new RangeError(`type conversion error from '${this.type.name}' to JSON`);
  }
}

export abstract class CelList {
  abstract readonly size: number;
  /** Within bounds only. */
  abstract get(index: number): CelValue;
  /** This list and what the other one has. */
  plus(other: CelList): CelList {
    if (this.size === 0) return other;
    return other.size === 0 ? this : new ConcatenatedList(this, other);
  }
  /** What comparing it with what is no list gives. */
  get unlike(): false | CelError {
    return false;
  }
  /** Kinds of lists whose order does not matter compare otherwise. */
  equals(other: CelList): boolean | CelError {
    if (this.size !== other.size) return false;
    for (let index = 0; index < this.size; index++) if (equal(this.get(index), other.get(index)) === false) return false;
    return true;
  }
  /** Whether an element equals the value. */
  contains(value: CelValue): boolean | CelError {
    for (let index = 0; index < this.size; index++) if (equal(value, this.get(index)) === true) return true;
    return false;
  }
  /** Without the schema that it had. */
  unwrapped(): CelValue {
    return this;
  }
  *[Symbol.iterator](): Generator<CelValue> {
    for (let index = 0; index < this.size; index++) yield this.get(index);
  }
}
export class ArrayList extends CelList {
  readonly items: readonly CelValue[];
  constructor(items: readonly CelValue[]) {
    super();
    this.items = items;
  }
  get size(): number {
    return this.items.length;
  }
  get(index: number): CelValue {
    return this.items[index]!;
  }
}
class ConcatenatedList extends CelList {
  readonly size: number;
  #left: CelList | undefined;
  #right: CelList | undefined;
  #items: CelValue[] | undefined;
  constructor(left: CelList, right: CelList) {
    super();
    this.size = left.size + right.size;
    this.#left = left;
    this.#right = right;
  }
  /** Copied when first read: a chain of sums stays linear. */
  get(index: number): CelValue {
    if (this.#items === undefined) {
      const items: CelValue[] = [];
      const pending: CelList[] = [this.#right!, this.#left!];
      while (pending.length > 0) {
        const next = pending.pop()!;
        if (next instanceof ConcatenatedList && next.#items === undefined) pending.push(next.#right!, next.#left!);
        else for (let at = 0; at < next.size; at++) items.push(next.get(at));
      }
      this.#items = items;
      this.#left = undefined;
      this.#right = undefined;
    }
    return this.#items[index]!;
  }
}
/** What a comprehension collects into; its sum is itself. */
export class GrowingList extends CelList {
  readonly items: CelValue[] = [];
  get size(): number {
    return this.items.length;
  }
  get(index: number): CelValue {
    return this.items[index]!;
  }
  override plus(other: CelList): CelList {
    for (let index = 0; index < other.size; index++) this.items.push(other.get(index));
    return this;
  }
}

export abstract class CelMap {
  abstract readonly size: number;
  /** undefined when there is no such key; an error when it cannot be a key or its value is wrong. */
  abstract find(key: CelValue): CelValue | undefined;
  abstract keys(): Iterable<CelValue>;
  /** Whether `in` holds. */
  has(key: CelValue): boolean | CelError {
    const found = this.find(key);
    return found instanceof CelError ? found : found !== undefined;
  }
  /** What comparing it with what is no map gives. */
  get unlike(): false | CelError {
    return false;
  }
  /** Without the schema that it had. */
  unwrapped(): CelValue {
    return this;
  }
  equals(other: CelMap): boolean | CelError {
    if (this.size !== other.size) return false;
    for (const key of this.keys()) {
      const theirs = other.find(key);
      if (theirs === undefined) return false;
      if (equal(this.find(key)!, theirs) === false) return false;
    }
    return true;
  }
}
/** Keys of all numeric types meet: 1, 1u and 1.0 are one key. undefined for what cannot be a key. */
function keyOf(key: CelValue): unknown {
  switch (typeof key) {
    case 'string':
    case 'boolean':
    case 'number':
    case 'bigint':
      return key;
  }
  if (key instanceof Uint) return toInt(key.value);
  if (key instanceof Double) return Number.isInteger(key.value) ? toInt(BigInt(key.value)) : `\0${key.value}`;
  return undefined;
}
export class EntryMap extends CelMap {
  readonly entries = new Map<unknown, readonly [CelValue, CelValue]>();
  constructor(entries: Iterable<readonly [CelValue, CelValue]> = []) {
    super();
    for (const [key, value] of entries) this.set(key, value);
  }
  get size(): number {
    return this.entries.size;
  }
  find(key: CelValue): CelValue | undefined {
    const known = keyOf(key);
    return known === undefined ? undefined : this.entries.get(known)?.[1];
  }
  *keys(): Generator<CelValue> {
    for (const [key] of this.entries.values()) yield key;
  }
  /** For those who build it only. */
  set(key: CelValue, value: CelValue): void {
    this.entries.set(keyOf(key) ?? key, [key, value]);
  }
  delete(key: CelValue): void {
    this.entries.delete(keyOf(key) ?? key);
  }
}

const int64Min = -(2n ** 63n);
const int64Max = 2n ** 63n - 1n;
export const uint64Max = 2n ** 64n - 1n;
/** The int in its one form; the caller knows that it fits 64 bits. */
export const toInt = (value: bigint): number | bigint =>
  value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
export const isInt = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';
export const intOverflow = new CelError('integer overflow');
export const uintOverflow = new CelError('unsigned integer overflow');
export const checkedInt = (value: bigint): CelValue => (value < int64Min || value > int64Max ? intOverflow : toInt(value));
export const checkedUint = (value: bigint): CelValue => (value < 0n || value > uint64Max ? uintOverflow : new Uint(value));
export const fitsInt64 = (value: bigint): boolean => value >= int64Min && value <= int64Max;

const dynList = types.list(types.dyn);
const dynMap = types.map(types.dyn, types.dyn);
const typeType = types.typeOfType();
const optionalType = types.optional(types.dyn);

/** The run-time type; parameters of lists and maps are dyn. */
export function typeOf(value: CelValue): CelType {
  switch (typeof value) {
    case 'string':
      return types.string;
    case 'number':
    case 'bigint':
      return types.int;
    case 'boolean':
      return types.bool;
  }
  if (value === null) return types.nullType;
  if (value instanceof CelList) return dynList;
  if (value instanceof CelMap) return dynMap;
  if (value instanceof Double) return types.double;
  if (value instanceof Uint) return types.uint;
  if (value instanceof Bytes) return types.bytes;
  if (value instanceof Timestamp) return types.timestamp;
  if (value instanceof Duration) return types.duration;
  if (value instanceof TypeValue) return typeType;
  if (value instanceof Optional) return optionalType;
  if (value instanceof CelError) return types.errorType;
  return value.type;
}

type Numeric = number | bigint | Uint | Double;
/** Both in one measure: beside a double, whole numbers are doubles, too, and lose what those cannot hold. */
function commensurable(a: Numeric, b: Numeric): readonly [number | bigint, number | bigint] {
  const left = a instanceof Uint || a instanceof Double ? a.value : a;
  const right = b instanceof Uint || b instanceof Double ? b.value : b;
  return a instanceof Double || b instanceof Double ? [Number(left), Number(right)] : [left, right];
}
/** Less than, equal to or greater than zero, for the three numeric types; NaN must be dealt with before. */
export function compareNumbers(a: Numeric, b: Numeric): number {
  const [left, right] = commensurable(a, b);
  return left < right ? -1 : left > right ? 1 : 0;
}
const isNumeric = (value: CelValue): value is Numeric =>
  typeof value === 'number' || typeof value === 'bigint' || value instanceof Uint || value instanceof Double;

const compareBytes = (a: Uint8Array, b: Uint8Array): number => {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) if (a[index] !== b[index]) return a[index]! < b[index]! ? -1 : 1;
  return a.length - b.length;
};

/** Whether both are the same; numbers of different types can be, values of other types that differ are not. */
export function equal(a: CelValue, b: CelValue): boolean | CelError {
  if (a === b) return true;
  switch (typeof a) {
    case 'string':
    case 'boolean':
      return false;
  }
  if (a === null || b === null) return false;
  if (isNumeric(a)) {
    if (!isNumeric(b)) return false;
    const [left, right] = commensurable(a, b);
    // biome-ignore lint/suspicious/noDoubleEquals: numbers and bigints compare by value
    return left == right;
  }
  if (a instanceof CelList) return b instanceof CelList ? a.equals(b) : a.unlike;
  if (a instanceof CelMap) return b instanceof CelMap ? a.equals(b) : a.unlike;
  if (a instanceof Bytes) return b instanceof Bytes && compareBytes(a.value, b.value) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.seconds === b.seconds && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.type.name === b.type.name;
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return equal(a.value, b.value);
  }
  if (a instanceof CelError) return a;
  return a.equals(b);
}

const notANumber = new CelError('NaN values cannot be ordered');
/** Order of two values of one type, or of two numbers. */
export function compare(a: CelValue, b: CelValue): number | CelError {
  if (isNumeric(a)) {
    if (!isNumeric(b)) return orNoSuchOverload(b);
    if ((a instanceof Double && Number.isNaN(a.value)) || (b instanceof Double && Number.isNaN(b.value))) return notANumber;
    return compareNumbers(a, b);
  }
  if (typeof a === 'string') return typeof b === 'string' ? compareStrings(a, b) : orNoSuchOverload(b);
  if (typeof a === 'boolean') return typeof b === 'boolean' ? Number(a) - Number(b) : orNoSuchOverload(b);
  if (a instanceof Bytes) return b instanceof Bytes ? compareBytes(a.value, b.value) : orNoSuchOverload(b);
  if (a instanceof Timestamp) return b instanceof Timestamp ? a.seconds - b.seconds || a.nanos - b.nanos : orNoSuchOverload(b);
  if (a instanceof Duration) {
    if (!(b instanceof Duration)) return orNoSuchOverload(b);
    return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
  }
  return orNoSuchOverload(a);
}

/** What `size()` counts, and 1 for all that has no size: what cost is reckoned from. */
export function sizeForCost(value: CelValue): number {
  if (typeof value === 'string') return runeCount(value);
  if (value instanceof CelList || value instanceof CelMap) return value.size;
  if (value instanceof Bytes) return value.value.length;
  if (value instanceof OpaqueValue) return value.size;
  return value instanceof Optional && value.value !== undefined ? sizeForCost(value.value) : 1;
}
