import { jsonBytes } from '../../api/json.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { Status } from '../../api/meta.ts';
import type { EventType, WatchEvent } from '../../client/call.ts';

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

const frames = new WeakMap<WatchEvent, Uint8Array>();
const tail = Buffer.from('}\n');
const heads = Object.fromEntries(
  (['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR'] as const).map((type) => [type, Buffer.from(`{"type":"${type}","object":`)]),
) as Record<EventType, Buffer>;

/** The line of a JSON watch stream, encoded once however many watchers send it. */
export function frameOf(event: WatchEvent): Uint8Array {
  let frame = frames.get(event);
  if (frame === undefined) {
    frame = Buffer.concat([heads[event.type], jsonBytes(event.object), tail]);
    frames.set(event, frame);
  }
  return frame;
}

export const errorEvent = (status: Status): WatchEvent => ({ type: 'ERROR', object: status as never });

/** A bookmark: everything up to `revision` has been delivered. `initial` marks the end of the initial events. */
export const bookmarkEvent = (
  kind: { readonly apiVersion: string; readonly kind: string },
  revision: number,
  initial: boolean,
): WatchEvent => ({
  type: 'BOOKMARK',
  object: {
    apiVersion: kind.apiVersion,
    kind: kind.kind,
    metadata: {
      resourceVersion: String(revision),
      ...(initial ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
    },
  } as never,
});
