import { byBytes } from '../../base/byte-order.ts';
import { parseDurationNanos, parseTime } from '../gotime.ts';
import { messageFields } from './message-reader.ts';
import type { Field, FieldType, Shape } from '../schema.ts';
import { type WireWriter, wireBytes, wireFixed64, wireVarint } from '../../base/wire.ts';

/**
 * Messages as upstream's generated code writes them, byte for byte: fields in the order of their tags, keys of maps in order, fields
 * that are no pointer always there.
 */
type WriteValue = (out: WireWriter, value: any) => void;
/** A field, by its place among the fields of the object; or, without a place, a message around some of them. */
interface Step {
  readonly tag: number;
  readonly place: number | undefined;
  /** What is written when there is no value; undefined: nothing. */
  readonly zero: unknown;
  readonly write: WriteValue;
}

const writers = new WeakMap<Shape, WriteValue>();

/** Writes an object without its length; put together once per shape. */
export function shapeWriter(shape: Shape): WriteValue {
  let writer = writers.get(shape);
  if (writer === undefined) {
    writer = objectWriter(messageFields(shape));
    writers.set(shape, writer);
  }
  return writer;
}

/** An object is walked once, by the fields that it has: most of what a shape knows is absent. */
function objectWriter(fields: readonly (readonly [string, Field])[]): WriteValue {
  const places = new Map(fields.map(([name], place) => [name, place]));
  const steps = stepsOf(fields.map(([, field], place) => ({ place, field })));
  const spare: unknown[][] = [];
  return (out, object) => {
    const values = spare.pop() ?? new Array<unknown>(fields.length).fill(undefined);
    for (const name in object) {
      const place = places.get(name);
      if (place !== undefined) values[place] = object[name];
    }
    writeSteps(out, steps, values);
    values.fill(undefined);
    spare.push(values);
  };
}
function writeSteps(out: WireWriter, steps: readonly Step[], values: readonly unknown[]): void {
  for (const { place, zero, write } of steps) {
    const value = place === undefined ? values : (values[place] ?? zero);
    if (value !== undefined) write(out, value);
  }
}
interface Placed {
  readonly place: number;
  readonly field: Field;
}
function stepsOf(fields: readonly Placed[]): readonly Step[] {
  const steps: Step[] = [];
  const inner = new Map<number, Placed[]>();
  for (const { place, field } of fields) {
    const [outer, ...rest] = field.within ?? [];
    if (outer === undefined) steps.push({ tag: field.tag, place, zero: absent(field), write: valueWriter(field) });
    // Copies no getters: a recursive shape is still asked for late.
    else
      inner.set(outer.tag, [...(inner.get(outer.tag) ?? []), { place, field: Object.create(field, { within: { value: rest } }) as Field }]);
  }
  for (const [tag, list] of inner) {
    const own = stepsOf(list);
    const write = messageWriter(tag, (out, values: readonly unknown[]) => writeSteps(out, own, values));
    steps.push({ tag, place: undefined, zero: undefined, write });
  }
  return steps.sort((a, b) => a.tag - b.tag);
}
/** Nothing is written for a pointer, slice or map that is nil; every other field has a value. */
function absent({ type, presence }: Field): unknown {
  const isNil = presence === 'ptr' || type === 'bytes' || type === 'list' || type === 'map';
  return isNil ? undefined : zeroOf(type);
}

const keyOf = (tag: number, wireType: number): number => tag * 8 + wireType;
function messageWriter(tag: number, write: WriteValue): WriteValue {
  const key = keyOf(tag, wireBytes);
  return (out, value) => {
    out.key(key);
    const start = out.open();
    write(out, value);
    out.close(start);
  };
}

/** All of a field's value, with tags. */
function valueWriter(field: Field): WriteValue {
  if (field.type === 'map') return mapWriter(field);
  if (field.type !== 'list') return itemWriter(field.tag, field);
  const write = itemWriter(field.tag, field.of!);
  return (out, items: readonly unknown[]) => {
    for (const item of items) write(out, item);
  };
}

function mapWriter(field: Field): WriteValue {
  const element = field.of!;
  const write = itemWriter(2, element);
  const isBytes = element.type === 'bytes';
  const zero = zeroOf(element.type);
  const entry = messageWriter(field.tag, (out, [key, given]: readonly [string, unknown]) => {
    const value = given ?? (isBytes ? undefined : zero);
    out.key(keyOf(1, wireBytes));
    out.string(key);
    if (value !== undefined) write(out, value);
  });
  return (out, map: Readonly<Record<string, unknown>>) => {
    for (const key of Object.keys(map).sort(byBytes)) entry(out, [key, map[key]]);
  };
}

/** One value with its tag. A list or map that is itself an element is a message with its items in field 1. */
function itemWriter(tag: number, field: Field): WriteValue {
  const { type } = field;
  if (type === 'list' || type === 'map') return messageWriter(tag, valueWriter({ ...field, tag: 1 }));
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
  const key = keyOf(tag, wireType);
  return (out, value) => {
    out.key(key);
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
