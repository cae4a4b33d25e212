/** JSON as its schema says it is (apiserver/pkg/cel/common/valuesunstructured.go): what validation rules of custom resources see. */
import { isObject } from '../base/objects.ts';
import { sameJson } from '../base/equal.ts';
import { NumberText } from '../api/number-text.ts';
import { escapeIdentifier, unescapeIdentifier } from './escaping.ts';
import { fromJson, toJson } from './json-values.ts';
import { type Schema, entrySchema, typeOfSchema, withObjectMeta } from './schema-types.ts';
import { parseDate, parseDateTime, parseFormatDuration } from './strfmt.ts';
import * as t from './types.ts';
import {
  Bytes,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Double,
  Duration,
  OpaqueValue,
  Timestamp,
  equal,
  noSuchOverload,
} from './values.ts';

type Adapter = (json: unknown) => CelValue;
type JsonObject = Readonly<Record<string, unknown>>;

/** As Go names the types of decoded JSON. */
function goJsonType(json: unknown): string {
  if (json instanceof NumberText) return 'float64';
  if (Array.isArray(json)) return '[]interface {}';
  if (json instanceof Bytes) return '[]uint8';
  if (json instanceof Timestamp) return 'time.Time';
  if (json instanceof Duration) return 'time.Duration';
  switch (typeof json) {
    case 'string':
      return 'string';
    case 'boolean':
      return 'bool';
    case 'number':
      return Number.isInteger(json) ? 'int64' : 'float64';
    default:
      return 'map[string]interface {}';
  }
}
const wrongType = (wanted: string, json: unknown) => new CelError(`invalid data, expected ${wanted}, got ${goJsonType(json)}`);

/** The plain JSON behind a value, for comparing and adding to lists. */
const plain = (value: CelValue): unknown => {
  if (value instanceof SchemaObject) return value.members;
  if (value instanceof SchemaList) return value.items;
  if (value instanceof Double) return value.value;
  return value instanceof CelError ? value : value instanceof CelList || value instanceof CelMap ? toJson(value) : value;
};

/** A value of a schema that says nothing about it. */
class PreservedValue extends OpaqueValue {
  readonly type = t.opaque('unknown');
  readonly preserved: unknown;
  constructor(preserved: unknown) {
    super();
    this.preserved = preserved;
  }
  override unwrapped(): CelValue {
    return fromJson(this.preserved);
  }
  override json(): unknown {
    return this.preserved;
  }
  equals(other: CelValue): boolean {
    return sameJson(this.preserved, other instanceof PreservedValue ? other.preserved : plain(other));
  }
}

interface ObjectShape {
  /** By name as in JSON; undefined: all entries are of `entry`. */
  readonly properties: ReadonlyMap<string, Adapter> | undefined;
  readonly entry: Adapter | undefined;
}
export class SchemaObject extends CelMap {
  readonly members: JsonObject;
  readonly #shape: ObjectShape;
  #size = -1;
  constructor(members: JsonObject, shape: ObjectShape) {
    super();
    this.members = members;
    this.#shape = shape;
  }
  get size(): number {
    if (this.#size < 0) this.#size = Object.keys(this.members).length;
    return this.#size;
  }
  find(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string') return key instanceof CelError ? key : noSuchOverload;
    const { properties, entry } = this.#shape;
    if (properties === undefined) {
      if (entry === undefined || !Object.hasOwn(this.members, key)) return undefined;
      return entry(this.members[key]);
    }
    const name = unescapeIdentifier(key);
    if (name === undefined) return undefined;
    const adapter = properties.get(name);
    if (adapter === undefined || !Object.hasOwn(this.members, name)) return undefined;
    const value = this.members[name];
    return value === null || value === undefined ? undefined : adapter(value);
  }
  *keys(): Generator<CelValue> {
    const { properties, entry } = this.#shape;
    for (const name of Object.keys(this.members)) {
      if (properties?.has(name)) yield escapeIdentifier(name) ?? name;
      else if (entry !== undefined) yield name;
    }
  }
  override get unlike(): CelError {
    return noSuchOverload;
  }
  override unwrapped(): CelValue {
    return fromJson(this.members);
  }
  override equals(other: CelMap): boolean | CelError {
    if (this.size !== other.size) return false;
    const { properties, entry } = this.#shape;
    for (const [name, json] of Object.entries(this.members)) {
      if (entry === undefined && !properties?.has(name)) {
        if (!(other instanceof SchemaObject)) return noSuchOverload;
        if (Object.hasOwn(other.members, name) && !sameJson(json, other.members[name])) return false;
        continue;
      }
      const mine = this.find(name);
      const theirs = other.find(name);
      if ((mine === undefined) !== (theirs === undefined)) return false;
      if (mine === undefined || theirs === undefined) continue;
      const same = equal(mine, theirs);
      if (same !== true) return same;
    }
    return true;
  }
}

export class SchemaList extends CelList {
  readonly items: readonly unknown[];
  protected readonly adapter: Adapter;
  constructor(items: readonly unknown[], adapter: Adapter) {
    super();
    this.items = items;
    this.adapter = adapter;
  }
  get size(): number {
    return this.items.length;
  }
  get(index: number): CelValue {
    return this.adapter(this.items[index]);
  }
  override get unlike(): CelError {
    return noSuchOverload;
  }
  override unwrapped(): CelValue {
    return fromJson(this.items);
  }
  override equals(other: CelList): boolean | CelError {
    if (this.size !== other.size) return false;
    for (let index = 0; index < this.size; index++) {
      const same = equal(this.get(index), other.get(index));
      if (same !== true) return same;
    }
    return true;
  }
  override contains(value: CelValue): boolean | CelError {
    let error: CelError | undefined;
    for (const element of this) {
      const same = equal(element, value);
      if (same === true) return true;
      if (same instanceof CelError) error ??= same;
    }
    return error ?? false;
  }
  override plus(other: CelList): CelList {
    return new SchemaList([...this.items, ...[...other].map(plain)], this.adapter);
  }
}
const scalarKey = (json: unknown): unknown => (typeof json === 'object' && json !== null ? JSON.stringify(json) : json);

/** x-kubernetes-list-type: set */
class SetList extends SchemaList {
  override equals(other: CelList): boolean | CelError {
    if (this.size !== other.size) return false;
    const known = new Set(this.items.map(scalarKey));
    for (const element of other) if (!known.has(scalarKey(plain(element)))) return false;
    return true;
  }
  override plus(other: CelList): CelList {
    const items = [...this.items];
    const known = new Set(items.map(scalarKey));
    for (const element of other) {
      const json = plain(element);
      const key = scalarKey(json);
      if (!known.has(key)) items.push(json);
      known.add(key);
    }
    return new SetList(items, this.adapter);
  }
}
/** x-kubernetes-list-type: map */
class MapList extends SchemaList {
  readonly #keys: readonly string[];
  constructor(items: readonly unknown[], adapter: Adapter, keys: readonly string[]) {
    super(items, adapter);
    this.#keys = keys;
  }
  #keyOf(json: unknown): string {
    return isObject(json) ? JSON.stringify(this.#keys.map((key) => json[key] ?? null)) : JSON.stringify(json);
  }
  override equals(other: CelList): boolean | CelError {
    if (this.size !== other.size) return false;
    const known = new Map(this.items.map((item) => [this.#keyOf(item), item]));
    for (const element of other) {
      const mine = known.get(this.#keyOf(plain(element)));
      if (mine === undefined) return false;
      const same = equal(this.adapter(mine), element);
      if (same !== true) return same;
    }
    return true;
  }
  override plus(other: CelList): CelList {
    const items = [...this.items];
    const places = new Map(items.map((item, index) => [this.#keyOf(item), index]));
    for (const element of other) {
      const json = plain(element);
      const place = places.get(this.#keyOf(json));
      if (place === undefined) items.push(json);
      else items[place] = json;
    }
    return new MapList(items, this.adapter, this.#keys);
  }
}

const text =
  (read: (value: string) => CelValue): Adapter =>
  (json) =>
    typeof json === 'string' ? read(json) : wrongType('string', json);
const attempt = (what: string, value: string, read: () => CelValue | undefined): CelValue => {
  try {
    return read() ?? new CelError(`Invalid ${what} ${value}`);
  } catch (error) {
    return new CelError(`Invalid ${what} ${value}: ${(error as Error).message}`);
  }
};
function stringAdapter(format: string | undefined): Adapter {
  switch (format) {
    case 'duration':
      return text((value) => attempt('duration', value, () => new Duration(parseFormatDuration(value))));
    case 'date':
      return text((value) => attempt('date formatted string', value, () => parseDate(value)));
    case 'date-time':
      return text((value) => attempt('date-time formatted string', value, () => parseDateTime(value)));
    case 'byte':
      return text((value) =>
        attempt('byte formatted string', value, () => new Bytes(Uint8Array.fromBase64(value, { alphabet: 'base64url' }))),
      );
  }
  return text((value) => value);
}
const numberAdapter: Adapter = (json) => {
  if (json instanceof NumberText) return new Double(Number(json.text));
  return typeof json === 'number' ? new Double(json) : wrongType('float', json);
};
const integerAdapter: Adapter = (json) => {
  const isWhole = (typeof json === 'number' && Number.isInteger(json)) || typeof json === 'bigint';
  return isWhole ? fromJson(json) : wrongType('int', json);
};
const booleanAdapter: Adapter = (json) => (typeof json === 'boolean' ? json : wrongType('bool', json));
const intOrStringAdapter: Adapter = (json) => {
  if (typeof json === 'string' || (typeof json === 'number' && Number.isInteger(json))) return fromJson(json);
  return new CelError('invalid data, expected XIntOrString value to be either a string or integer');
};
function objectAdapter(schema: Schema): Adapter {
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  let shape: ObjectShape | undefined;
  const shapeOf = (): ObjectShape => {
    if (embedded || schema.properties !== undefined) {
      const whole = embedded ? withObjectMeta(schema) : schema;
      return { properties: new Map(Object.entries(whole.properties ?? {}).map(([name, one]) => [name, adapterOf(one)])), entry: undefined };
    }
    const entry = entrySchema(schema);
    return { properties: undefined, entry: entry && adapterOf(entry) };
  };
  return (json) => {
    if (!isObject(json) || json instanceof NumberText)
      return new CelError('invalid data, expected a map for the provided schema with type=object');
    shape ??= shapeOf();
    return new SchemaObject(json, shape);
  };
}
function arrayAdapter(schema: Schema): Adapter {
  const { items } = schema;
  const listType = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  let adapter: Adapter | undefined;
  return (json) => {
    if (!Array.isArray(json)) return new CelError('invalid data, expected an array for the provided schema with type=array');
    if (items === undefined) return new CelError('invalid array type, expected Items with a non-empty Schema');
    adapter ??= adapterOf(items);
    switch (listType) {
      case 'map':
        return new MapList(json, adapter, keys);
      case 'set':
        return new SetList(json, adapter);
      case undefined:
      case '':
      case 'atomic':
        return new SchemaList(json, adapter);
    }
    return new CelError(`invalid x-kubernetes-list-type, expected 'map', 'set' or 'atomic' but got ${listType}`);
  };
}
function plainAdapter(schema: Schema): Adapter {
  if (schema['x-kubernetes-int-or-string'] === true) return intOrStringAdapter;
  const type = typeOfSchema(schema);
  switch (type) {
    case 'object':
      return objectAdapter(schema);
    case 'array':
      return arrayAdapter(schema);
    case 'string':
      return stringAdapter(schema.format);
    case 'number':
      return numberAdapter;
    case 'integer':
      return integerAdapter;
    case 'boolean':
      return booleanAdapter;
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return (json) => new PreservedValue(json);
  const wanted = 'object, array, number, integer, boolean or string, or no type with x-kubernetes-int-or-string';
  const error = new CelError(`invalid type, expected ${wanted} or x-kubernetes-preserve-unknown-fields is true, got ${type}`);
  return () => error;
}

const adapters = new WeakMap<Schema, Adapter>();
const notNull = new CelError('invalid data, got null for schema with nullable=false');
function adapterOf(schema: Schema): Adapter {
  let known = adapters.get(schema);
  if (known === undefined) {
    const adapter = plainAdapter(schema);
    const nullable = schema.nullable === true;
    known = (json) => (json === null || json === undefined ? (nullable ? null : notNull) : adapter(json));
    adapters.set(schema, known);
  }
  return known;
}
/** The value of JSON under its schema; nothing is copied, and parts are converted when they are read. */
export const schemaValue = (json: unknown, schema: Schema): CelValue => adapterOf(schema)(json);
