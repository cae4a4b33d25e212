import type { AnyKind } from '../../api/kind.ts';
import { isBuiltIn } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { notAcceptable } from '../../api/status.ts';
import { type IncludeObject, isPlainTable, partialObject, tableHead, tableOf, tableRows } from '../../api/table.ts';
import type { ObjectList, WatchEvent } from '../../client/call.ts';
import type { ObjectBytes } from '../cache/object-bytes.ts';
import { type Frames, jsonFrames, protobufFrames } from '../cache/watch-events.ts';
import { type Accepted, mediaTypes } from '../negotiate.ts';
import { Scale } from '../../kinds/autoscaling/scale.ts';
import type { Collection } from './collection.ts';

/** Objects in the forms of meta.k8s.io: as tables, or their metadata alone (kubernetes.io: alternate representations of resources). */
export interface Form {
  readonly accepted: Accepted;
  readonly includeObject: IncludeObject;
  readonly nowMs: () => number;
  readonly bytes: ObjectBytes;
}

export const streamType = ({ format }: Accepted): string => `${mediaTypes[format]}${format === 'json' ? '' : ';stream=watch'}`;

/** An object of the kind, not the Status or the body of a subresource that may come instead. */
const isOf = (object: object, kind: AnyKind | undefined): object is ApiObject =>
  kind !== undefined && (object as ApiObject).kind === kind.kind && (object as ApiObject).metadata !== undefined;

/** Throws NotAcceptable for the metadata of a list when it is one object. */
export function objectForm(object: object, asked: AnyKind | undefined, { accepted, includeObject, nowMs, bytes }: Form): object {
  const { as, version } = accepted;
  const kind = asked !== undefined && isBuiltIn(asked) && isOf(object, Scale) ? Scale : asked;
  if (as === undefined || !isOf(object, kind)) return object;
  if (as === 'PartialObjectMetadata') return partialObject(object, version);
  if (as === 'Table') {
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    return tableOf(kind!, [object], { nowMs: nowMs(), includeObject, metadata, version, shown: (row) => bytes.shown(row) });
  }
  throw notAcceptable(`you requested PartialObjectMetadataList, but the requested object is not a list (*${goTypeOf(kind!, kind!.kind)})`);
}
/** Throws NotAcceptable for the metadata of one object when it is a list. */
export function listForm(list: ObjectList, kind: AnyKind | undefined, { accepted, includeObject, nowMs, bytes }: Form): Collection {
  const { as, version } = accepted;
  const { items, metadata } = list;
  if (as === undefined || kind === undefined) {
    return { type: { kind: list.kind, apiVersion: list.apiVersion }, metadata, field: 'items', items, kind };
  }
  if (as === 'Table') {
    const options = { nowMs: nowMs(), includeObject, metadata, version, shown: (row: object) => bytes.shown(row) };
    const { kind: name, apiVersion, metadata: shown, ...more } = tableHead(kind, options);
    return {
      type: { kind: name, apiVersion },
      metadata: shown,
      more,
      field: 'rows',
      none: isPlainTable(kind) ? 'null' : '[]',
      items: tableRows(kind, items, options),
      kind: undefined,
    };
  }
  if (as === 'PartialObjectMetadata') {
    throw notAcceptable(`you requested PartialObjectMetadata, but the requested object is a list (*${goTypeOf(kind, kind.listKind)})`);
  }
  const type = { kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${version}` };
  return { type, metadata, field: 'items', none: 'null', items: mapped(items, (item) => partialObject(item, version)), kind: undefined };
}
function* mapped<T, R>(items: Iterable<T>, change: (item: T) => R): Generator<R> {
  for (const item of items) yield change(item);
}

/** The internal Go type of upstream, which its messages name. */
function goTypeOf(kind: AnyKind, name: string): string {
  if (!isBuiltIn(kind)) return `unstructured.Unstructured${name === kind.listKind ? 'List' : ''}`;
  return `${kind.storedAs?.group === '' || kind.group === '' ? 'core' : kind.group.split('.')[0]}.${name}`;
}

const sharedFrames = new WeakMap<ObjectBytes, Map<string, Frames>>();

/** The events of a watch that can be shown: upstream can't show one object as a list and ends the stream; errors it tells. */
export const shownEvents = (events: AsyncIterable<WatchEvent>, { accepted }: Pick<Form, 'accepted'>): AsyncIterable<WatchEvent> =>
  accepted.as === 'PartialObjectMetadataList' ? errorsOf(events) : events;
async function* errorsOf(events: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent> {
  for await (const event of events) {
    if (event.type !== 'ERROR') return;
    yield event;
  }
}
/** How the events of a watch are written. */
export function framesOf(kind: AnyKind | undefined, form: Form): Frames {
  const { as, format, version } = form.accepted;
  if (as === 'Table' && kind !== undefined) return tableFrames(kind, form);
  const partial = as === 'PartialObjectMetadata';
  const known = sharedFrames.get(form.bytes) ?? new Map<string, Frames>();
  sharedFrames.set(form.bytes, known);
  const name = `${format} ${partial ? version : ''}`;
  let frames = known.get(name);
  if (frames === undefined) {
    const shown = partial ? (object: ApiObject) => partialObject(object, version) : undefined;
    frames = (format === 'protobuf' ? protobufFrames : jsonFrames)(form.bytes, shown);
    known.set(name, frames);
  }
  return frames;
}
/** A table of one row for each event; only the first says what the columns are. Ages differ by the time, so nothing is shared. */
function tableFrames(kind: AnyKind, { includeObject, nowMs, accepted: { version }, bytes }: Form): Frames {
  let withoutHeaders = false;
  const shown = (object: ApiObject) => {
    const metadata = { resourceVersion: object.metadata.resourceVersion };
    const table = tableOf(kind, [object], {
      nowMs: nowMs(),
      includeObject,
      metadata,
      withoutHeaders,
      version,
      shown: (row) => bytes.shown(row),
    });
    withoutHeaders = true;
    return table;
  };
  return jsonFrames(bytes, shown);
}
