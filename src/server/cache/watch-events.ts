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
}
type Shown = (object: ApiObject) => object;

const tail = Buffer.from('}\n');
const heads = Object.fromEntries(
  (['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const).map((type) => [type, Buffer.from(`{"type":"${type}","object":`)]),
) as Record<EventType, Buffer>;

/** Lines of JSON. `shown`: another form of the object, the same for the same object. */
export function jsonFrames(bytes: ObjectBytes, shown: Shown | undefined): Frames {
  const frame = memoized((event) => {
    const line = bytes.json(formOf(event, shown));
    return Buffer.concat([heads[event.type], line.subarray(0, -1), tail]);
  });
  return { frame, message: (event) => new TextDecoder().decode(frame(event)) };
}
export function protobufFrames(bytes: ObjectBytes, shown: Shown | undefined): Frames {
  const envelopeOf = (event: WatchEvent) => bytes.protobuf(formOf(event, shown));
  return {
    frame: memoized((event) => watchFrame(event.type, envelopeOf(event))),
    message: (event) => watchMessage(event.type, envelopeOf(event)),
  };
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
