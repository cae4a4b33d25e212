import { watchFrame, watchMessage } from '../../api/codec-protobuf.ts';
import { decodeObject } from '../../api/decode.ts';
import { type AnyKind, apiVersionOf, isBuiltIn } from '../../api/kind.ts';
import type { ApiObject, Status } from '../../api/meta.ts';
import type { EventType, WatchEvent } from '../../client/call.ts';
import type { ObjectBytes } from './object-bytes.ts';

const added = new WeakMap<ApiObject, WatchEvent>();
/** The ADDED event of an object: the same one for every watcher that starts with it. */
export function addedEvent<T extends ApiObject>(object: T): WatchEvent<T> {
  let event = added.get(object);
  if (event === undefined) {
    event = { type: 'ADDED', object };
    added.set(object, event);
  }
  return event as WatchEvent<T>;
}

/** How the events of a watch look in one format. Frames of the same event are made once however many watchers send it. */
export interface Frames {
  /** A piece of a stream of bytes. */
  frame(event: WatchEvent): Uint8Array;
  /** A message of its own. */
  message(event: WatchEvent): Uint8Array | string;
  /** The frames of the events from `start` on that go into one write. Watchers that send the same events share it. */
  piece(events: readonly WatchEvent[], start: number): Piece;
}
/** Frames that are written together. */
export interface Piece {
  readonly events: readonly WatchEvent[];
  /** Of each frame. */
  readonly sizes: readonly number[];
  readonly bytes: Uint8Array;
}
/** A piece is full when it has so many bytes. */
const pieceBytes = 64 * 1024;
type Shown = (object: ApiObject) => object;

const tail = Buffer.from('}\n');
const heads = Object.fromEntries(
  (['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const).map((type) => [type, Buffer.from(`{"type":"${type}","object":`)]),
) as Record<EventType, Buffer>;

/** Lines of JSON. `shown`: another form of the object, the same for the same object. */
export function jsonFrames(bytes: ObjectBytes, shown: Shown | undefined): Frames {
  const frame = memoized((event) => Buffer.concat([heads[event.type], ...bytes.jsonParts(formOf(event, shown)), tail]));
  return { frame, message: (event) => new TextDecoder().decode(frame(event)), piece: pieces(frame) };
}
export function protobufFrames(bytes: ObjectBytes, shown: Shown | undefined): Frames {
  const envelopeOf = (event: WatchEvent) => bytes.protobuf(formOf(event, shown));
  const frame = memoized((event) => watchFrame(event.type, envelopeOf(event)));
  return { frame, message: (event) => watchMessage(event.type, envelopeOf(event)), piece: pieces(frame) };
}
const formOf = ({ type, object }: WatchEvent, shown: Shown | undefined): object =>
  shown === undefined || type === 'ERROR' ? object : shown(object);

function memoized(make: (event: WatchEvent) => Uint8Array): (event: WatchEvent) => Uint8Array {
  const made = new WeakMap<WatchEvent, Uint8Array>();
  return (event) => {
    let frame = made.get(event);
    if (frame === undefined) {
      frame = make(event);
      made.set(event, frame);
    }
    return frame;
  };
}

/** Remembers the latest piece: many watchers of a collection take the same events one after the other. */
function pieces(frame: Frames['frame']): Frames['piece'] {
  let latest: Piece | undefined;
  const isLatest = (piece: Piece, events: readonly WatchEvent[], start: number) => {
    const end = start + piece.events.length;
    if (piece.bytes.byteLength < pieceBytes ? end !== events.length : end > events.length) return false;
    return piece.events.every((event, index) => event === events[start + index]);
  };
  return (events, start) => {
    if (latest === undefined || !isLatest(latest, events, start)) latest = made(events, start, frame);
    return latest;
  };
}
function made(events: readonly WatchEvent[], start: number, frame: Frames['frame']): Piece {
  const held: Uint8Array[] = [];
  let size = 0;
  for (let at = start; at < events.length && size < pieceBytes; at++) {
    const bytes = frame(events[at]!);
    held.push(bytes);
    size += bytes.byteLength;
  }
  return {
    events: events.slice(start, start + held.length),
    sizes: held.map(({ byteLength }) => byteLength),
    bytes: held.length === 1 ? held[0]! : Buffer.concat(held, size),
  };
}

export const errorEvent = (status: Status): WatchEvent => ({ type: 'ERROR', object: status as never });

type Blank = Pick<ApiObject, 'apiVersion' | 'kind'> & { readonly metadata: Partial<ApiObject['metadata']> };
const blanks = new WeakMap<AnyKind, Blank>();
/** What an object of the kind holds when nothing was said: what bookmarks of built-in kinds carry beside their revision. */
export function blankOf(kind: AnyKind): Blank {
  let blank = blanks.get(kind);
  if (blank === undefined) {
    blank = isBuiltIn(kind) ? blankBuiltIn(kind) : { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata: {} };
    blanks.set(kind, blank);
  }
  return blank;
}

function blankBuiltIn(kind: AnyKind): Blank {
  const { object } = decodeObject(kind, {});
  kind.strategy.blank?.(object);
  return object as ApiObject;
}

const latest = new WeakMap<AnyKind, { readonly revision: number; readonly event: WatchEvent }>();
/** A bookmark: everything up to `revision` has been delivered. `initial` marks the end of the initial events. */
export function bookmarkEvent(kind: AnyKind, revision: number, initial: boolean): WatchEvent {
  const known = initial ? undefined : latest.get(kind);
  if (known?.revision === revision) return known.event;
  const blank = blankOf(kind);
  const annotations = { ...blank.metadata.annotations, ...(initial ? { 'k8s.io/initial-events-end': 'true' } : {}) };
  const more = Object.keys(annotations).length === 0 ? {} : { annotations };
  const object = { ...blank, metadata: { resourceVersion: String(revision), ...more } };
  const event: WatchEvent = { type: 'BOOKMARK', object: object as never };
  if (!initial) latest.set(kind, { revision, event });
  return event;
}
