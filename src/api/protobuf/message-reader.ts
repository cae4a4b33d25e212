import { parseJson } from '../json.ts';
import type { Field, FieldType, Shape } from '../schema.ts';
import { WireError, WireReader, wireBytes, wireFixed64, wireVarint } from '../../base/wire.ts';

const deepest = 200;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * The object whose message the bytes are, as its JSON would say it: without the zeros that JSON leaves out. Throws WireError, SyntaxError
 * or TypeError for what is no such message.
 */
export const readShape = (bytes: Uint8Array, shape: Shape): Record<string, unknown> => read(new WireReader(bytes), planOf(shape), 0, {});

/** What JSON alone has, apiVersion and kind of an object within another, is tagged 0. */
export const messageFields = (shape: Shape): readonly (readonly [string, Field])[] =>
  Object.entries(shape.fields).filter(([, { tag }]) => tag !== 0);

type Target = Record<string, unknown>;
/** Reads the value of a field, of the wire type that is its own, into the object that has the field. */
type ReadMember = (reader: WireReader, target: Target, depth: number) => void;
type ReadValue = (reader: WireReader, depth: number) => unknown;
interface Member {
  readonly name: string;
  readonly wireType: number;
  readonly read: ReadMember;
  /** Several values in one piece, as other writers may send them. */
  readonly readPacked: ReadMember | undefined;
}
/** Members by their tags. */
type Plan = readonly (Member | undefined)[];
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
  const plan: (Member | undefined)[] = [];
  const inner = new Map<number, { readonly name: string; readonly entries: [string, Field][] }>();
  for (const [name, field] of entries) {
    const [outer, ...rest] = field.within ?? [];
    if (outer === undefined) {
      plan[field.tag] = memberOf(name, field);
      continue;
    }
    const around = inner.get(outer.tag) ?? { name: outer.name, entries: [] };
    // Copies no getters: a recursive shape is still asked for late.
    around.entries.push([name, Object.create(field, { within: { value: rest } }) as Field]);
    inner.set(outer.tag, around);
  }
  for (const [tag, { name, entries: own }] of inner) {
    const members = makePlan(own);
    plan[tag] = {
      name,
      wireType: wireBytes,
      read: (reader, target, depth) => inMessage(reader, members, target, depth),
      readPacked: undefined,
    };
  }
  return plan;
}

function put(target: Target, name: string, value: unknown): void {
  if (name !== '__proto__') target[name] = value;
  else Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
}

function read(reader: WireReader, plan: Plan, depth: number, target: Target): Target {
  if (depth > deepest) throw new WireError('nested too deep');
  while (!reader.done) {
    const key = reader.key();
    const wireType = key & 7;
    const member = plan[key >>> 3];
    if (member === undefined) reader.skip(wireType);
    else if (wireType === member.wireType) member.read(reader, target, depth);
    else if (wireType === wireBytes && member.readPacked !== undefined) member.readPacked(reader, target, depth);
    else throw new WireError(`proto: wrong wireType = ${wireType} for field ${member.name}`);
  }
  return target;
}
/** Reads a message that stands within another. */
function inMessage(reader: WireReader, plan: Plan, target: Target, depth: number): Target {
  const outer = reader.enter();
  read(reader, plan, depth + 1, target);
  reader.leave(outer);
  return target;
}

/** Metadata is embedded in Go's structs, and so named after its type. */
function goNameOf(name: string, { shape }: Field): string {
  if (name === 'metadata' && shape !== undefined) return shape.name.slice(shape.name.lastIndexOf('.') + 1);
  return name.charAt(0).toUpperCase() + name.slice(1);
}
function memberOf(name: string, field: Field): Member {
  const element = field.type === 'list' ? field.of! : field;
  return { name: goNameOf(name, field), wireType: wireOf(element), ...readersOf(name, field) };
}
const wireOf = ({ type }: Field): number =>
  type === 'int32' || type === 'int64' || type === 'bool' ? wireVarint : type === 'double' ? wireFixed64 : wireBytes;

function readersOf(name: string, field: Field): Pick<Member, 'read' | 'readPacked'> {
  if (field.type === 'map') return { read: mapReader(name, field.of!), readPacked: undefined };
  if (field.type === 'object') return { read: objectReader(name, field), readPacked: undefined };
  if (field.type === 'list') return listReaders(name, field.of!);
  const value = valueReader(field);
  const set: ReadMember = (reader, target, depth) => {
    target[name] = value(reader, depth);
  };
  if (field.presence !== 'opt') return { read: set, readPacked: undefined };
  const setUnlessZero: ReadMember = (reader, target, depth) => {
    const given = value(reader, depth);
    if (given !== '' && given !== 0 && given !== false) target[name] = given;
    // The last of several counts.
    else if (name in target) delete target[name];
  };
  return { read: setUnlessZero, readPacked: undefined };
}
/** A message that comes twice is read into the one that is there, as protobuf merges them. */
function objectReader(name: string, field: Field): ReadMember {
  return (reader, target, depth) => {
    // The shape is looked up when it is first needed: it may contain itself.
    target[name] = inMessage(reader, planOf(field.shape!), (target[name] as Target | undefined) ?? {}, depth);
  };
}
function listReaders(name: string, element: Field): Pick<Member, 'read' | 'readPacked'> {
  const value = valueReader(element);
  const itemsOf = (target: Target) => (target[name] ??= []) as unknown[];
  return {
    read(reader, target, depth) {
      itemsOf(target).push(value(reader, depth));
    },
    readPacked: packable.has(element.type)
      ? (reader, target, depth) => {
          const items = itemsOf(target);
          const outer = reader.enter();
          while (!reader.done) items.push(value(reader, depth));
          reader.leave(outer);
        }
      : undefined,
  };
}
function mapReader(name: string, element: Field): ReadMember {
  const value = valueReader(element);
  const wireType = wireOf(element);
  return (reader, target, depth) => {
    const map = (target[name] ??= {}) as Target;
    const outer = reader.enter();
    let key = '';
    let item: unknown;
    while (!reader.done) {
      const tag = reader.key();
      if (tag === 1 * 8 + wireBytes) key = reader.string();
      else if (tag === 2 * 8 + wireType) item = value(reader, depth);
      else reader.skip(tag & 7);
    }
    reader.leave(outer);
    put(map, key, item ?? zero(element));
  };
}
const zeroes: Readonly<Partial<Record<FieldType, unknown>>> = {
  bool: false,
  string: '',
  bytes: '',
  quantity: '0',
  time: null,
  microTime: null,
  duration: null,
};
const zero = ({ type }: Field): unknown =>
  type === 'list' ? [] : type === 'object' || type === 'map' ? {} : (zeroes[type] ?? (type in zeroes ? null : 0));

const packable = new Set(['int32', 'int64', 'bool', 'double']);

const scalars: Readonly<Record<Exclude<FieldType, 'object' | 'list' | 'map' | 'either'>, ReadValue>> = {
  string: (reader) => reader.string(),
  int32: (reader) => reader.int32(),
  int64: (reader) => Number(reader.int64()),
  bool: (reader) => reader.bool(),
  double: (reader) => reader.double(),
  bytes: (reader) => reader.bytes().toBase64(),
  time: (reader) => timeOf(reader.message(), 0),
  microTime: (reader) => timeOf(reader.message(), 6),
  duration: (reader) => `${Number(numbersOf(reader.message())[1] ?? 0)}ns`,
  quantity: (reader) => utf8.decode(bytesOf(reader.message())),
  intOrString: (reader) => intOrStringOf(reader.message()),
  any: (reader) => parseJson(utf8.decode(bytesOf(reader.message())) || 'null').value,
};
function valueReader(field: Field): ReadValue {
  if (field.type === 'object') return (reader, depth) => inMessage(reader, planOf(field.shape!), {}, depth);
  if (field.type === 'either') {
    const { message, fromMessage } = field.forms!;
    return (reader, depth) => fromMessage(inMessage(reader, planOf(message()), {}, depth));
  }
  if (field.type !== 'list' && field.type !== 'map') return scalars[field.type];
  // A list as an element of a list or map: a message of its own with the items in field 1.
  let plan: Plan | undefined;
  return (reader, depth) => {
    plan ??= makePlan([['items', { ...field, tag: 1 }]]);
    return inMessage(reader, plan, { items: zero(field) }, depth).items;
  };
}
function numbersOf(reader: WireReader): Record<number, number | bigint> {
  const numbers: Record<number, number | bigint> = {};
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (wireType === wireVarint) numbers[field] = reader.int64();
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
