/** JSON as CEL values, without a schema (cel-go's default adapter), and back. */
import { base64 } from './bytes.ts';
import { durationText, timestampText } from './text.ts';
import {
  Bytes,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Double,
  Duration,
  OpaqueValue,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from './values.ts';

const isCelObject = (value: object): value is CelValue & object =>
  value instanceof CelList ||
  value instanceof CelMap ||
  value instanceof Double ||
  value instanceof Uint ||
  value instanceof Bytes ||
  value instanceof Timestamp ||
  value instanceof Duration ||
  value instanceof Optional ||
  value instanceof TypeValue ||
  value instanceof OpaqueValue ||
  value instanceof CelError;

/** Whole numbers become ints, others doubles; undefined counts as null. CEL values stay what they are. */
export function fromJson(value: unknown): CelValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isInteger(value) ? (Number.isSafeInteger(value) ? value : wholeNumber(value)) : new Double(value);
    case 'bigint':
      return value >= -9007199254740991n && value <= 9007199254740991n ? Number(value) : value;
    case 'undefined':
      return null;
  }
  if (value === null) return null;
  if (Array.isArray(value)) return new JsonList(value);
  if (typeof value === 'object') return isCelObject(value) ? value : new JsonMap(value as Readonly<Record<string, unknown>>);
  return new CelError(`unsupported conversion to ref.Val: (${typeof value})`);
}
const wholeNumber = (value: number): CelValue => (Math.abs(value) < 2 ** 63 ? BigInt(value) : new Double(value));

export class JsonList extends CelList {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    super();
    this.items = items;
  }
  get size(): number {
    return this.items.length;
  }
  get(index: number): CelValue {
    return fromJson(this.items[index]);
  }
}
export class JsonMap extends CelMap {
  readonly members: Readonly<Record<string, unknown>>;
  #size = -1;
  constructor(members: Readonly<Record<string, unknown>>) {
    super();
    this.members = members;
  }
  get size(): number {
    if (this.#size < 0) {
      this.#size = 0;
      for (const key in this.members) if (this.members[key] !== undefined) this.#size++;
    }
    return this.#size;
  }
  find(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.members, key)) return undefined;
    const value = this.members[key];
    return value === undefined ? undefined : fromJson(value);
  }
  keys(): Iterable<CelValue> {
    return Object.keys(this.members).filter((key) => this.members[key] !== undefined);
  }
}
/** A map whose values are computed when they are first read, once: variables of admission policies. */
export class LazyMap extends CelMap {
  readonly #values = new Map<string, CelValue | (() => CelValue)>();
  constructor(values: Readonly<Record<string, () => CelValue>> = {}) {
    super();
    for (const [name, value] of Object.entries(values)) this.#values.set(name, value);
  }
  add(name: string, value: () => CelValue): void {
    this.#values.set(name, value);
  }
  get size(): number {
    return this.#values.size;
  }
  find(key: CelValue): CelValue | undefined {
    const known = typeof key === 'string' ? this.#values.get(key) : undefined;
    if (typeof known !== 'function') return known;
    const value = known();
    this.#values.set(key as string, value);
    return value;
  }
  keys(): Iterable<CelValue> {
    return this.#values.keys();
  }
}

/** Plain JSON of a value, as cel-go converts to google.protobuf.Value: bytes are base64, times and durations text. Throws RangeError for what has none. */
export function toJson(value: CelValue): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Double) return value.value;
  if (value instanceof Uint) return value.value <= 9007199254740991n ? Number(value.value) : String(value.value);
  if (value instanceof Bytes) return base64(value.value);
  if (value instanceof Timestamp) return timestampText(value);
  if (value instanceof Duration) return durationText(value);
  if (value instanceof JsonList) return value.items.map((item) => toJson(fromJson(item)));
  if (value instanceof CelList) return [...value].map(toJson);
  if (value instanceof CelMap) return Object.fromEntries([...value.keys()].map((key) => [keyText(key), toJson(value.find(key)!)]));
  if (value instanceof Optional) {
    if (value.value === undefined) throw new RangeError('optional.none() dereference');
    return toJson(value.value);
  }
  if (value instanceof TypeValue) throw new RangeError("type conversion not supported for 'type'");
  if (value instanceof CelError) throw new RangeError(value.message);
  return value.json();
}
function keyText(key: CelValue): string {
  return key instanceof Uint ? String(key.value) : String(key);
}
