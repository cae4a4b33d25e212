import { WireReader, WireWriter, wireBytes, wireFixed64, wireVarint } from './wire.ts';

/**
 * proto3 messages said as tables of fields. Zero values are left out when writing and filled in when reading; enums are
 * their names; 64-bit integers are numbers (nanosecond times lose at most 256 ns, which nobody here looks at).
 */
export interface MessageField<T = unknown> {
  /** Carries the TypeScript type; never set. */
  readonly phantom?: T;
  readonly tag: number;
  readonly type: 'string' | 'bytes' | 'bool' | 'int' | 'uint' | 'enum' | 'fixed64' | 'message' | 'map' | 'bytesMap';
  readonly repeated?: true;
  /** One of several: written whenever it is given, since which of them it is tells something. */
  readonly oneOf?: true;
  readonly names?: readonly string[];
  readonly message?: Message;
}
export type Message = Readonly<Record<string, MessageField<any>>>;

type Plain<F> = F extends { readonly phantom?: infer T } ? T : never;
/** What decoding gives: everything is there, but for absent messages. */
export type Decoded<M extends Message> = { readonly [K in keyof M]: Plain<M[K]> };
type Loose<T> = T extends Uint8Array | string | number | boolean
  ? T
  : T extends readonly (infer E)[]
    ? readonly Loose<E>[]
    : T extends object
      ? { readonly [K in keyof T]?: Loose<T[K]> | undefined }
      : T;
/** What encoding takes: anything may be left out. */
export type Draft<M extends Message> = Loose<Decoded<M>>;

export const string = (tag: number): MessageField<string> => ({ tag, type: 'string' });
export const bytes = (tag: number): MessageField<Uint8Array> => ({ tag, type: 'bytes' });
export const bool = (tag: number): MessageField<boolean> => ({ tag, type: 'bool' });
export const int = (tag: number): MessageField<number> => ({ tag, type: 'int' });
export const uint = (tag: number): MessageField<number> => ({ tag, type: 'uint' });
/** A time in nanoseconds, say, of which one message holds many. */
export const fixed64 = (tag: number): MessageField<number> => ({ tag, type: 'fixed64' });
/** A member of a `oneof`: left out only when it is not given. */
export const oneOf = <T>(field: MessageField<T>): MessageField<T | undefined> => ({ ...(field as MessageField<any>), oneOf: true });
/** `names` in the order of their numbers, from 0. */
export const choice = <const N extends readonly string[]>(tag: number, names: N): MessageField<N[number]> => ({ tag, type: 'enum', names });
export const message = <M extends Message>(tag: number, of: M): MessageField<Decoded<M> | undefined> => ({
  tag,
  type: 'message',
  message: of,
});
export const stringMap = (tag: number): MessageField<Readonly<Record<string, string>>> => ({ tag, type: 'map' });
export const bytesMap = (tag: number): MessageField<Readonly<Record<string, Uint8Array>>> => ({ tag, type: 'bytesMap' });
export const list = <T>(field: MessageField<T>): MessageField<readonly NonNullable<T>[]> => ({
  ...(field as MessageField<any>),
  repeated: true,
});

export function encodeMessage<M extends Message>(shape: M, value: Draft<M>): Uint8Array {
  const writer = new WireWriter();
  writeMessage(writer, shape, value as Record<string, unknown>);
  return writer.finish();
}

function writeMessage(writer: WireWriter, shape: Message, value: Record<string, unknown>): void {
  for (const name of Object.keys(shape)) {
    const field = shape[name]!;
    const given = value[name];
    if (given === undefined || given === null) continue;
    if (isMap(field)) writeMap(writer, field, given as Record<string, string | Uint8Array>);
    else if (field.repeated !== true) {
      if (!isZero(field, given)) writeField(writer, field, given);
    } else if (isPacked(field)) {
      const items = given as readonly unknown[];
      if (items.length === 0) continue;
      writer.tag(field.tag, wireBytes);
      writer.delimited(() => {
        for (const item of items) writer.varint(asNumber(field, item));
      });
    } else for (const item of given as readonly unknown[]) writeField(writer, field, item);
  }
}

const isMap = ({ type }: MessageField) => type === 'map' || type === 'bytesMap';
const isPacked = (field: MessageField) => field.type === 'int' || field.type === 'uint' || field.type === 'bool' || field.type === 'enum';

function isZero(field: MessageField, value: unknown): boolean {
  if (field.oneOf === true) return false;
  if (field.type === 'message') return false;
  if (field.type === 'bytes') return (value as Uint8Array).length === 0;
  return field.type === 'string' ? value === '' : asNumber(field, value) === 0;
}

function asNumber(field: MessageField, value: unknown): number {
  if (field.type !== 'enum') return Number(value);
  const index = field.names!.indexOf(value as string);
  if (index < 0) throw new RangeError(`${String(value)} is none of ${field.names!.join(', ')}`);
  return index;
}

function writeField(writer: WireWriter, field: MessageField, value: unknown): void {
  if (isPacked(field)) {
    writer.tag(field.tag, wireVarint);
    writer.varint(asNumber(field, value));
    return;
  }
  if (field.type === 'fixed64') {
    writer.tag(field.tag, wireFixed64);
    writer.fixed64(value as number);
    return;
  }
  writer.tag(field.tag, wireBytes);
  if (field.type === 'string') writer.string(value as string);
  else if (field.type === 'bytes') writer.bytes(value as Uint8Array);
  else writer.delimited(() => writeMessage(writer, field.message!, value as Record<string, unknown>));
}

function writeMap(writer: WireWriter, field: MessageField, value: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [key, item] of Object.entries(value)) {
    writer.tag(field.tag, wireBytes);
    writer.delimited(() => {
      writer.tag(1, wireBytes);
      writer.string(key);
      writer.tag(2, wireBytes);
      if (typeof item === 'string') writer.string(item);
      else writer.bytes(item);
    });
  }
}

/** Throws WireError on bytes that are not a message. Unknown fields are passed over. */
export function decodeMessage<M extends Message>(shape: M, input: Uint8Array): Decoded<M> {
  return readMessage(new WireReader(input), shape) as Decoded<M>;
}

/** By tag, made once for each table. */
const fieldsByTag = new WeakMap<Message, Map<number, readonly [string, MessageField]>>();

function tagsOf(shape: Message): Map<number, readonly [string, MessageField]> {
  let tags = fieldsByTag.get(shape);
  if (tags === undefined) {
    tags = new Map(Object.entries(shape).map(([name, field]) => [field.tag, [name, field]]));
    fieldsByTag.set(shape, tags);
  }
  return tags;
}

function readMessage(reader: WireReader, shape: Message): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const name of Object.keys(shape)) value[name] = zeroOf(shape[name]!);
  const tags = tagsOf(shape);
  while (!reader.done) {
    const { field: tag, wireType } = reader.tag();
    const known = tags.get(tag);
    if (known === undefined || !isReadable(known[1], wireType)) {
      reader.skip(wireType);
      continue;
    }
    const [name, field] = known;
    if (isMap(field)) {
      const [key, item] = readEntry(reader.message(), field);
      (value[name] as Map<string, unknown>).set(key, item);
    } else if (field.repeated !== true) value[name] = readField(reader, field);
    else if (isPacked(field) && wireType === wireBytes) {
      const packed = reader.message();
      while (!packed.done) (value[name] as unknown[]).push(readField(packed, field));
    } else (value[name] as unknown[]).push(readField(reader, field));
  }
  for (const [name, field] of tags.values()) {
    // fromEntries defines own properties, so a key `__proto__` stays a key
    if (isMap(field)) value[name] = Object.fromEntries(value[name] as Map<string, unknown>);
  }
  return value;
}

function isReadable(field: MessageField, wireType: number): boolean {
  if (field.type === 'fixed64') return wireType === wireFixed64;
  if (!isPacked(field)) return wireType === wireBytes;
  return wireType === wireVarint || (field.repeated === true && wireType === wireBytes);
}

function zeroOf(field: MessageField): unknown {
  if (field.oneOf === true) return undefined;
  if (field.repeated === true) return [];
  if (isMap(field)) return new Map<string, unknown>();
  if (field.type === 'string') return '';
  if (field.type === 'bytes') return new Uint8Array();
  if (field.type === 'bool') return false;
  if (field.type === 'enum') return field.names![0];
  return field.type === 'message' ? undefined : 0;
}

function readField(reader: WireReader, field: MessageField): unknown {
  switch (field.type) {
    case 'string':
      return reader.string();
    case 'bytes':
      return reader.bytes();
    case 'bool':
      return reader.bool();
    case 'int':
      return Number(reader.int64());
    case 'uint':
      return Number(reader.uint64());
    case 'fixed64':
      return reader.fixed64();
    case 'enum': {
      const number = reader.uint32();
      return field.names![number] ?? String(number);
    }
    default:
      return readMessage(reader.message(), field.message!);
  }
}

function readEntry(reader: WireReader, { type }: MessageField): readonly [string, string | Uint8Array] {
  let key = '';
  let item: string | Uint8Array = type === 'map' ? '' : new Uint8Array();
  while (!reader.done) {
    const { field, wireType } = reader.tag();
    if (field === 1 && wireType === wireBytes) key = reader.string();
    else if (field === 2 && wireType === wireBytes) item = type === 'map' ? reader.string() : reader.bytes();
    else reader.skip(wireType);
  }
  return [key, item];
}
