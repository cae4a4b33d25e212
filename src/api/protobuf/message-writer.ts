import { byBytes } from '../../base/byte-order.ts';
import { parseDurationNanos, parseTime } from '../gotime.ts';
import { messageFields } from './message-reader.ts';
import type { Field, FieldType, Shape } from '../schema.ts';
import { type WireWriter, wireBytes, wireFixed64, wireVarint } from '../wire.ts';

/**
 * Messages as upstream's generated code writes them, byte for byte: fields in the order of their tags, keys of maps in order, fields
 * that are no pointer always there.
 */
type WriteValue = (out: WireWriter, value: any) => void;
type WriteMember = (out: WireWriter, object: any) => void;

const writers = new WeakMap<Shape, WriteValue>();

/** Writes an object without its length; put together once per shape. */
export function shapeWriter(shape: Shape): WriteValue {
  let writer = writers.get(shape);
  if (writer === undefined) {
    writer = membersWriter(messageFields(shape));
    writers.set(shape, writer);
  }
  return writer;
}

function membersWriter(entries: readonly (readonly [string, Field])[]): WriteValue {
  const members: { readonly tag: number; readonly write: WriteMember }[] = [];
  const inner = new Map<number, [string, Field][]>();
  for (const [name, field] of entries) {
    const [outer, ...rest] = field.within ?? [];
    if (outer === undefined) members.push({ tag: field.tag, write: memberWriter(name, field) });
    // Copies no getters: a recursive shape is still asked for late.
    else inner.set(outer.tag, [...(inner.get(outer.tag) ?? []), [name, Object.create(field, { within: { value: rest } }) as Field]]);
  }
  for (const [tag, list] of inner) members.push({ tag, write: messageWriter(tag, membersWriter(list)) });
  const inOrder = members.sort((a, b) => a.tag - b.tag).map(({ write }) => write);
  return (out, object) => {
    for (const write of inOrder) write(out, object);
  };
}

const messageWriter =
  (tag: number, write: WriteValue): WriteMember =>
  (out, value) => {
    out.tag(tag, wireBytes);
    const start = out.open();
    write(out, value);
    out.close(start);
  };

function memberWriter(name: string, field: Field): WriteMember {
  const { tag } = field;
  if (field.type === 'list') {
    const write = fieldWriter(tag, field.of!);
    return (out, object) => {
      for (const item of object[name] ?? []) write(out, item);
    };
  }
  if (field.type === 'map') return mapWriter(name, field);
  const write = fieldWriter(tag, field);
  // Nothing is written for a pointer or a slice that is nil; every other field has a value.
  if (field.presence === 'ptr' || field.type === 'bytes') {
    return (out, object) => {
      const value = object[name] ?? undefined;
      if (value !== undefined) write(out, value);
    };
  }
  const zero = zeroOf(field.type);
  return (out, object) => write(out, object[name] ?? zero);
}

function mapWriter(name: string, field: Field): WriteMember {
  const element = field.of!;
  const write = fieldWriter(2, element);
  const isBytes = element.type === 'bytes';
  const zero = zeroOf(element.type);
  return (out, object) => {
    const map = object[name];
    if (map === undefined || map === null) return;
    for (const key of Object.keys(map).sort(byBytes)) {
      const value = map[key] ?? (isBytes ? undefined : zero);
      out.tag(field.tag, wireBytes);
      const start = out.open();
      out.tag(1, wireBytes);
      out.string(key);
      if (value !== undefined) write(out, value);
      out.close(start);
    }
  };
}

/** One value with its tag. A list or map that is itself an element is a message with its items in field 1. */
function fieldWriter(tag: number, field: Field): WriteValue {
  const { type } = field;
  if (type === 'list' || type === 'map') {
    const write = memberWriter('items', { ...field, tag: 1 });
    return messageWriter(tag, (out, items) => write(out, { items }));
  }
  if (type === 'object') {
    // The shape is looked up when it is first needed: it may contain itself.
    let write: WriteValue | undefined;
    return messageWriter(tag, (out, value) => {
      write ??= shapeWriter(field.shape!);
      write(out, value);
    });
  }
  if (type === 'either') {
    const { message: shape, toMessage } = field.forms!;
    return messageWriter(tag, (out, value) => shapeWriter(shape())(out, toMessage(value)));
  }
  const [wireType, write] = scalars[type];
  return (out, value) => {
    out.tag(tag, wireType);
    write(out, value);
  };
}

const empty = Object.freeze({});
const zeroOf = (type: FieldType): unknown =>
  type === 'object'
    ? empty
    : type === 'bool'
      ? false
      : type === 'quantity'
        ? '0'
        : type === 'string' || type === 'bytes'
          ? ''
          : numeric.has(type)
            ? 0
            : null;
const numeric = new Set<FieldType>(['int32', 'int64', 'double', 'intOrString']);

/** A message as the value of a field. */
const message =
  (write: WriteValue): WriteValue =>
  (out, value) => {
    const start = out.open();
    write(out, value);
    out.close(start);
  };

const scalars: Readonly<Record<Exclude<FieldType, 'object' | 'list' | 'map' | 'either'>, readonly [wireType: number, write: WriteValue]>> =
  {
    string: [wireBytes, (out, value: string) => out.string(value)],
    int32: [wireVarint, (out, value: number) => out.varint(value)],
    int64: [wireVarint, (out, value: number) => out.varint(value)],
    bool: [wireVarint, (out, value: boolean) => out.varint(value ? 1 : 0)],
    double: [wireFixed64, (out, value: number) => out.double(value)],
    bytes: [wireBytes, (out, value: string) => out.bytes(Uint8Array.fromBase64(value))],
    time: [wireBytes, message((out, value: string | null) => writeTime(out, value, false))],
    microTime: [wireBytes, message((out, value: string | null) => writeTime(out, value, true))],
    duration: [
      wireBytes,
      message((out, value: string | null) => {
        out.tag(1, wireVarint);
        out.varint(value === null ? 0 : parseDurationNanos(value));
      }),
    ],
    quantity: [
      wireBytes,
      message((out, value: string) => {
        out.tag(1, wireBytes);
        out.string(value);
      }),
    ],
    intOrString: [wireBytes, message(writeIntOrString)],
    any: [
      wireBytes,
      message((out, value: unknown) => {
        if (value === null) return;
        out.tag(1, wireBytes);
        out.string(JSON.stringify(value));
      }),
    ],
  };

/** Seconds and nanoseconds; a zero time is an empty message. */
function writeTime(out: WireWriter, text: string | null, withMicros: boolean): void {
  const ms = text === null ? undefined : parseTime(text);
  if (ms === undefined) return;
  const seconds = Math.floor(ms / 1000);
  const digits = withMicros ? /\.(\d{1,6})/.exec(text ?? '') : null;
  const micros = digits === null ? 0 : Number(digits[1]!.padEnd(6, '0'));
  out.tag(1, wireVarint);
  out.varint(seconds);
  out.tag(2, wireVarint);
  out.varint(micros * 1000);
}
function writeIntOrString(out: WireWriter, value: number | string): void {
  const isText = typeof value === 'string';
  out.tag(1, wireVarint);
  out.varint(isText ? 1 : 0);
  out.tag(2, wireVarint);
  out.varint(isText ? 0 : value);
  out.tag(3, wireBytes);
  out.string(isText ? value : '');
}
