import { hasItemsFirst, listFrame, listItemHead, messageIn, writeMessage } from '../../api/codec-protobuf.ts';
import { inOrder } from '../../api/go-text.ts';
import { jsonText } from '../../api/json.ts';
import { type AnyKind, isBuiltIn } from '../../api/kind.ts';
import { metaShape } from '../../api/meta-types.ts';
import { formatYaml } from '../../base/yaml.ts';
import type { TurnQueue } from '../../base/turn-queue.ts';
import type { ObjectBytes } from '../cache/object-bytes.ts';
import type { Accepted } from '../negotiate.ts';

/** What is sent piece by piece, item by item: a list of objects or of their metadata, or a table with its rows. */
export interface Collection {
  readonly type: TypeMeta;
  readonly metadata: object;
  /** Further fields before the items. */
  readonly more?: object;
  readonly field: 'items' | 'rows';
  readonly items: Iterable<object>;
  /** What stands for no items; upstream has null where Go's list was never made. Default: an empty list. */
  readonly none?: 'null' | '[]';
  /** Set when the items are stored objects of this kind, whose bytes are kept. */
  readonly kind: AnyKind | undefined;
}
interface TypeMeta {
  readonly kind: string;
  readonly apiVersion: string;
}

/** What JSON says before and after the items: lists of custom resources have their keys in order, and always say `continue`. */
function around({ type, metadata, more, kind }: Collection): { readonly before: object; readonly after: object } {
  if (kind === undefined || isBuiltIn(kind)) return { before: { ...type, metadata, ...more }, after: {} };
  return { before: { apiVersion: type.apiVersion }, after: inOrder({ kind: type.kind, metadata: { continue: '', ...metadata } }) };
}

const chunkBytes = 64 * 1024;

/** The bytes of a collection in chunks; between them others get their turn, in the queue that all answers wait in. */
export async function* chunksOf(
  collection: Collection,
  accepted: Accepted,
  bytes: ObjectBytes,
  turns: TurnQueue,
): AsyncGenerator<Uint8Array> {
  const pieces =
    accepted.format === 'protobuf'
      ? await protobufPieces(collection, bytes, turns)
      : accepted.format === 'yaml'
        ? yamlPieces(collection, bytes)
        : accepted.pretty
          ? prettyPieces(collection, bytes)
          : jsonPieces(collection, bytes);
  let isFirst = true;
  for (const chunk of joined(pieces)) {
    if (!isFirst) await turns.turn();
    isFirst = false;
    yield chunk;
  }
}
function* joined(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for (const piece of pieces) {
    held.push(piece);
    size += piece.byteLength;
    if (size >= chunkBytes) {
      yield Buffer.concat(held, size);
      held = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(held, size);
}

const open = Buffer.from('{');
const comma = Buffer.from(',');

/** Items of built-in kinds do not say their kind again: that part of their bytes is left out. */
function* jsonPieces(collection: Collection, bytes: ObjectBytes): Generator<Uint8Array> {
  const { type, field, items, kind, none = '[]' } = collection;
  const { before, after } = around(collection);
  const head = `${jsonText(before).slice(0, -1)},"${field}":`;
  const cut =
    kind !== undefined && isBuiltIn(kind)
      ? Buffer.from(`${jsonText({ kind: kind.kind, apiVersion: type.apiVersion }).slice(0, -1)},`)
      : undefined;
  let isFirst = true;
  for (const item of items) {
    yield isFirst ? Buffer.from(`${head}[`) : comma;
    isFirst = false;
    if (kind === undefined) {
      yield Buffer.from(jsonText(item));
      continue;
    }
    const [first, ...others] = bytes.jsonParts(item);
    if (cut?.equals(first!.subarray(0, cut.byteLength))) {
      yield open;
      yield first!.subarray(cut.byteLength);
    } else yield first!;
    yield* others;
  }
  const rest = jsonText(after).slice(1);
  yield Buffer.from(`${isFirst ? `${head}${none}` : ']'}${rest === '}' ? '' : ','}${rest}\n`);
}

export function shownItem(item: object, kind: AnyKind | undefined, bytes: ObjectBytes): object {
  if (kind === undefined) return item;
  const shown = bytes.shown(item);
  if (!isBuiltIn(kind)) return shown;
  const { kind: _, apiVersion: __, ...rest } = shown as { kind: string; apiVersion: string };
  return rest;
}
function* prettyPieces(collection: Collection, bytes: ObjectBytes): Generator<Uint8Array> {
  const { field, items, kind, none = '[]' } = collection;
  const { before, after } = around(collection);
  const head = `${jsonText(before, 2).slice(0, -2)},\n  "${field}": `;
  let isFirst = true;
  for (const item of items) {
    const text = jsonText(shownItem(item, kind, bytes), 2).replaceAll('\n', '\n    ');
    yield Buffer.from(`${isFirst ? `${head}[` : ','}\n    ${text}`);
    isFirst = false;
  }
  const rest = jsonText(after, 2).slice(1);
  yield Buffer.from(`${isFirst ? `${head}${none}` : '\n  ]'}${rest === '}' ? '\n}' : `,${rest}`}`);
}
/** YAML's keys are in order: some of the head stands before the items, some after. */
function* yamlPieces(collection: Collection, bytes: ObjectBytes): Generator<Uint8Array> {
  const { field, items, kind, none = '[]' } = collection;
  const { before, after: others } = around(collection);
  const entries = Object.entries({ ...before, ...others });
  yield Buffer.from(formatYaml(Object.fromEntries(entries.filter(([name]) => name < field))));
  let isEmpty = true;
  for (const item of items) {
    yield Buffer.from(`${isEmpty ? `${field}:\n` : ''}${formatYaml([shownItem(item, kind, bytes)])}`);
    isEmpty = false;
  }
  if (isEmpty) yield Buffer.from(`${field}: ${none}\n`);
  const after = entries.filter(([name]) => name > field);
  if (after.length > 0) yield Buffer.from(formatYaml(Object.fromEntries(after)));
}

/** Items encoded before others get their turn. */
const sliceItems = 50;

/** The size of the whole stands before it, so every item is encoded, and kept, before the first byte goes out. */
async function protobufPieces(
  { type, metadata, items, kind }: Collection,
  bytes: ObjectBytes,
  turns: TurnQueue,
): Promise<Iterable<Uint8Array>> {
  const pieces: Uint8Array[] = [];
  const partial = metaShape({ kind: 'PartialObjectMetadata' })!;
  const itemsFirst = hasItemsFirst(type);
  let size = 0;
  for (const item of items) {
    const message = kind === undefined ? writeMessage(item, partial) : messageIn(bytes.protobuf(item));
    const itemHead = listItemHead(message.byteLength, itemsFirst);
    size += itemHead.byteLength + message.byteLength;
    pieces.push(itemHead, message);
    if (pieces.length % (2 * sliceItems) === 0) await turns.turn();
  }
  const { head, tail } = listFrame(type, metadata, size);
  return [head, ...pieces, tail];
}
