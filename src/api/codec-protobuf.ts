import { listMeta } from './meta.ts';
import { metaShape } from './meta-types.ts';
import { readShape } from './protobuf/message-reader.ts';
import { shapeWriter } from './protobuf/message-writer.ts';
import type { Shape } from './schema.ts';
import { WireError, WireReader, WireWriter, wireBytes } from '../base/wire.ts';

/** Bodies in Kubernetes' protobuf (k8s.io/apimachinery runtime/serializer/protobuf): an envelope that names the kind, and the object's message. */
export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  readonly raw: Uint8Array;
}

const magic = Uint8Array.of(0x6b, 0x38, 0x73, 0);

/** Whether bytes claim to be an envelope. */
export const isEnvelope = (bytes: Uint8Array): boolean => magic.every((byte, index) => bytes[index] === byte);

/** Gives what the bytes hold no more than the first wrong one. */
function reading<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError || error instanceof TypeError || error instanceof SyntaxError) throw new WireError(error.message);
    throw error;
  }
}

/** Throws WireError for what is no envelope. */
export function readEnvelope(bytes: Uint8Array): Envelope {
  if (bytes.byteLength === 0) throw new WireError('empty data');
  if (!isEnvelope(bytes)) {
    throw new WireError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  }
  if (bytes.byteLength === magic.byteLength) throw new WireError('empty body');
  return reading(() => {
    const reader = new WireReader(bytes, magic.length);
    let apiVersion = '';
    let kind = '';
    let raw = new Uint8Array(0) as Uint8Array;
    while (!reader.done) {
      const { field, wireType } = reader.tag();
      if (field === 1) {
        const type = reader.message();
        while (!type.done) {
          const part = type.tag();
          if (part.field === 1) apiVersion = type.string();
          else if (part.field === 2) kind = type.string();
          else type.skip(part.wireType);
        }
      } else if (field === 2) raw = reader.bytes();
      else reader.skip(wireType);
    }
    return { apiVersion, kind, raw };
  });
}

/** The object in the envelope, as its JSON would say it. Throws WireError. */
export function readMessage({ apiVersion, kind, raw }: Envelope, shape: Shape): Record<string, unknown> {
  return reading(() => {
    const value = readShape(raw, shape);
    value.apiVersion = apiVersion;
    value.kind = kind;
    return value;
  });
}

const scratchBytes = 64 * 1024;
let scratch = new WireWriter(scratchBytes);
/** Bytes that `write` writes into memory that is used again, unless it had to grow large. */
function written(write: (out: WireWriter) => void): Uint8Array<ArrayBuffer> {
  scratch.clear();
  write(scratch);
  const bytes = scratch.finish().slice();
  if (bytes.length > scratchBytes * 4) scratch = new WireWriter(scratchBytes);
  return bytes;
}

interface TypeMeta {
  readonly apiVersion: string;
  readonly kind: string;
}
/** contentEncoding and contentType, which are empty. */
const tail = Uint8Array.of(0x1a, 0, 0x22, 0);

/** The bytes of an object's message, without envelope. */
export const writeMessage = (object: object, shape: Shape): Uint8Array<ArrayBuffer> => written((out) => shapeWriter(shape)(out, object));

/** An object in its envelope. */
export function writeEnvelope(type: TypeMeta, shape: Shape, object: object): Uint8Array<ArrayBuffer> {
  return written((out) => {
    writeHead(out, type);
    out.tag(2, wireBytes);
    const start = out.open();
    shapeWriter(shape)(out, object);
    out.close(start);
    out.raw(tail);
  });
}
function writeHead(out: WireWriter, { apiVersion, kind }: TypeMeta): void {
  out.raw(magic);
  out.tag(1, wireBytes);
  const start = out.open();
  out.tag(1, wireBytes);
  out.string(apiVersion);
  out.tag(2, wireBytes);
  out.string(kind);
  out.close(start);
}

/** The message within an envelope that `writeEnvelope` made: a view. */
export function messageIn(envelope: Uint8Array): Uint8Array {
  const reader = new WireReader(envelope, magic.length);
  reader.tag();
  reader.bytes();
  reader.tag();
  return reader.bytes();
}

/** Whether a list has its items before its metadata; most have them behind. */
export const hasItemsFirst = (type: TypeMeta): boolean => metaShape(type)?.fields.items?.tag === 1;
/** What stands before the message of a list's item. */
export const listItemHead = (size: number, itemsFirst = false): Uint8Array<ArrayBuffer> =>
  written((out) => {
    out.tag(itemsFirst ? 1 : 2, wireBytes);
    out.varint(size);
  });
/** What stands before and after the items of a list, which take `itemBytes` with their heads. */
export function listFrame(type: TypeMeta, metadata: object, itemBytes: number): { readonly head: Uint8Array; readonly tail: Uint8Array } {
  const itemsFirst = hasItemsFirst(type);
  const meta = writeMessage({ metadata }, itemsFirst ? listEnd : listHead);
  const head = written((out) => {
    writeHead(out, type);
    out.tag(2, wireBytes);
    out.varint(meta.length + itemBytes);
    if (!itemsFirst) out.raw(meta);
  });
  return { head, tail: itemsFirst ? new Uint8Array([...meta, ...tail]) : tail };
}
const listEnd: Shape = { name: 'ListEnd', fields: { metadata: { type: 'object', tag: 2, shape: listMeta } } };
const listHead: Shape = { name: 'ListHead', fields: { metadata: { type: 'object', tag: 1, shape: listMeta } } };

/** A frame of a watch: its length in four bytes, big end first, then a WatchEvent that holds the object's envelope. */
export function watchFrame(type: string, envelope: Uint8Array): Uint8Array<ArrayBuffer> {
  const event = watchMessage(type, envelope);
  const frame = new Uint8Array(4 + event.length);
  new DataView(frame.buffer).setUint32(0, event.length);
  frame.set(event, 4);
  return frame;
}
/** A WatchEvent on its own, as WebSocket messages carry it. */
export const watchMessage = (type: string, envelope: Uint8Array): Uint8Array<ArrayBuffer> =>
  written((out) => {
    out.tag(1, wireBytes);
    out.string(type);
    out.tag(2, wireBytes);
    const start = out.open();
    out.tag(1, wireBytes);
    out.bytes(envelope);
    out.close(start);
  });
