import type { Field, FieldType, Shape } from '../schema.ts';
import { WireError, WireReader, wireBytes, wireFixed64, wireVarint } from '../wire.ts';

const deepest = 200;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The object whose message the bytes are, as its JSON would say it. Throws WireError, SyntaxError or TypeError for what is no such message. */
export const readShape = (bytes: Uint8Array, shape: Shape): Record<string, unknown> => read(new WireReader(bytes), planOf(shape), 0);

/** What JSON alone has, apiVersion and kind of an object within another, is tagged 0. */
export const messageFields = (shape: Shape): readonly (readonly [string, Field])[] =>
  Object.entries(shape.fields).filter(([, { tag }]) => tag !== 0);

interface Plan {
  readonly fields: ReadonlyMap<number, { readonly name: string; readonly field: Field }>;
  /** Messages of embedded structs, whose fields belong to this object. */
  readonly embedded: ReadonlyMap<number, Plan>;
}
const plans = new WeakMap<Shape, Plan>();

function planOf(shape: Shape): Plan {
  let plan = plans.get(shape);
  if (plan === undefined) {
    plan = makePlan(messageFields(shape));
    plans.set(shape, plan);
  }
  return plan;
}
function makePlan(entries: readonly (readonly [string, Field])[]): Plan {
  const fields = new Map<number, { name: string; field: Field }>();
  const inner = new Map<number, [string, Field][]>();
  for (const [name, field] of entries) {
    const [outer, ...rest] = field.within ?? [];
    if (outer === undefined) fields.set(field.tag, { name, field });
    else inner.set(outer.tag, [...(inner.get(outer.tag) ?? []), [name, Object.create(field, { within: { value: rest } }) as Field]]);
  }
  return { fields, embedded: new Map([...inner].map(([tag, list]) => [tag, makePlan(list)])) };
}

function put(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function read(reader: WireReader, plan: Plan, depth: number, target: Record<string, unknown> = {}): Record<string, unknown> {
  if (depth > deepest) throw new WireError('nested too deep');
  while (!reader.done) {
    const { field: tag, wireType } = reader.tag();
    const known = plan.fields.get(tag);
    const embedded = plan.embedded.get(tag);
    if (known !== undefined) readField(reader, known.name, known.field, wireType, depth, target);
    else if (embedded !== undefined) {
      if (wireType !== wireBytes) throw new WireError(`proto: wrong wireType = ${wireType} for field ${tag}`);
      read(reader.message(), embedded, depth + 1, target);
    } else reader.skip(wireType);
  }
  return target;
}

function readField(reader: WireReader, name: string, field: Field, wireType: number, depth: number, target: Record<string, unknown>): void {
  if (field.type === 'list') {
    const items = (target[name] as unknown[] | undefined) ?? [];
    target[name] = items;
    const element = field.of!;
    if (wireType === wireBytes && packable.has(element.type)) {
      const packed = reader.message();
      while (!packed.done) items.push(scalar(packed, element, depth));
    } else {
      checkWire(wireType, wireOf(element), name, field);
      items.push(scalar(reader, element, depth));
    }
  } else if (field.type === 'map') {
    checkWire(wireType, wireBytes, name, field);
    const map = (target[name] as Record<string, unknown> | undefined) ?? {};
    target[name] = map;
    readEntry(reader.message(), field.of!, depth, map);
  } else {
    checkWire(wireType, wireOf(field), name, field);
    target[name] = field.type === 'object' ? readInto(reader, field, depth, target[name]) : scalar(reader, field, depth);
  }
}
/** A message that comes twice is read into the one that is there, as protobuf merges them. */
function readInto(reader: WireReader, field: Field, depth: number, into: unknown): Record<string, unknown> {
  return read(reader.message(), planOf(field.shape!), depth + 1, (into as Record<string, unknown> | undefined) ?? {});
}
const wireOf = ({ type }: Field): number =>
  type === 'int32' || type === 'int64' || type === 'bool' ? wireVarint : type === 'double' ? wireFixed64 : wireBytes;
function checkWire(wireType: number, wanted: number, name: string, field: Field): void {
  if (wireType !== wanted) throw new WireError(`proto: wrong wireType = ${wireType} for field ${goNameOf(name, field)}`);
}
/** Metadata is embedded in Go's structs, and so named after its type. */
function goNameOf(name: string, { shape }: Field): string {
  if (name === 'metadata' && shape !== undefined) return shape.name.slice(shape.name.lastIndexOf('.') + 1);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
function readEntry(entry: WireReader, element: Field, depth: number, map: Record<string, unknown>): void {
  let key = '';
  let value: unknown;
  while (!entry.done) {
    const { field, wireType } = entry.tag();
    if (field === 1) key = entry.string();
    else if (field === 2) value = scalar(entry, element, depth);
    else entry.skip(wireType);
  }
  put(map, key, value ?? zero(element));
}
const zeroes: Readonly<Partial<Record<FieldType, unknown>>> = {
  bool: false,
  string: '',
  bytes: null,
  quantity: '0',
  time: null,
  microTime: null,
  duration: null,
};
const zero = ({ type }: Field): unknown =>
  type === 'list' ? [] : type === 'object' || type === 'map' ? {} : (zeroes[type] ?? (type in zeroes ? null : 0));

const packable = new Set(['int32', 'int64', 'bool', 'double']);

function scalar(reader: WireReader, field: Field, depth: number): unknown {
  switch (field.type) {
    case 'string':
      return reader.string();
    case 'int32':
      return reader.int32();
    case 'int64':
      return Number(reader.int64());
    case 'bool':
      return reader.bool();
    case 'double':
      return reader.double();
    case 'bytes':
      return reader.bytes().toBase64();
    case 'time':
      return timeOf(reader.message(), 0);
    case 'microTime':
      return timeOf(reader.message(), 6);
    case 'duration':
      return `${Number(numbersOf(reader.message())[1] ?? 0)}ns`;
    case 'quantity':
      return textOf(reader.message());
    case 'intOrString':
      return intOrStringOf(reader.message());
    case 'any':
      return JSON.parse(utf8.decode(bytesOf(reader.message())) || 'null');
    case 'either':
      return field.forms!.fromMessage(read(reader.message(), planOf(field.forms!.message()), depth + 1));
    case 'object':
      return read(reader.message(), planOf(field.shape!), depth + 1);
    default:
      return itemsOf(reader.message(), field, depth);
  }
}
/** A list as an element of a list or map: a message of its own with the items in field 1. */
function itemsOf(reader: WireReader, field: Field, depth: number): unknown {
  const holder: Record<string, unknown> = { items: field.type === 'list' ? [] : {} };
  while (!reader.done) {
    const { field: tag, wireType } = reader.tag();
    if (tag === 1) readField(reader, 'items', field, wireType, depth + 1, holder);
    else reader.skip(wireType);
  }
  return holder.items;
}
function numbersOf(reader: WireReader): Record<number, number | bigint> {
  const numbers: Record<number, number | bigint> = {};
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (wireType === 0) numbers[field] = reader.int64();
    else reader.skip(wireType);
  }
  return numbers;
}
/** Text with `digits` of a second; a zero time is no time at all. */
function timeOf(reader: WireReader, digits: 0 | 6): string | null {
  const numbers = numbersOf(reader);
  const seconds = Number(numbers[1] ?? 0);
  const nanos = Number(numbers[2] ?? 0);
  if (seconds === 0 && nanos === 0) return null;
  if (Math.abs(seconds) > 253_402_300_799) throw new WireError('a time out of range');
  const text = new Date(seconds * 1000).toISOString().slice(0, 19);
  return digits === 0 ? `${text}Z` : `${text}.${String(Math.floor(nanos / 1000)).padStart(6, '0')}Z`;
}
function bytesOf(reader: WireReader): Uint8Array {
  let bytes = new Uint8Array(0) as Uint8Array;
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (field === 1) bytes = reader.bytes();
    else reader.skip(wireType);
  }
  return bytes;
}
const textOf = (reader: WireReader): string => utf8.decode(bytesOf(reader));
function intOrStringOf(reader: WireReader): number | string {
  let isText = false;
  let number = 0;
  let text = '';
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (field === 1) isText = reader.int32() === 1;
    else if (field === 2) number = reader.int32();
    else if (field === 3) text = reader.string();
    else reader.skip(wireType);
  }
  return isText ? text : number;
}
