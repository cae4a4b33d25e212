import { createGzip, gzip } from 'node:zlib';
import { jsonBytes } from '../../api/json.ts';
import type { AnyKind } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { StatusError } from '../../api/status.ts';
import { type IncludeObject, partialObject, tableOf } from '../../api/table.ts';
import { formatYaml } from '../../base/yaml.ts';
import type { ObjectList, Reply, WatchEvent } from '../../client/call.ts';
import { frameOf } from '../cache/watch-events.ts';
import { Watcher } from '../cache/watcher.ts';
import type { Accepted } from '../negotiate.ts';
import type { AnswerHeaders, Exchange } from './exchange.ts';

export interface Presentation {
  readonly accepted: Accepted;
  readonly kind: AnyKind | undefined;
  readonly includeObject: IncludeObject;
  readonly nowMs: () => number;
  readonly headers: AnswerHeaders;
}

const chunkBytes = 64 * 1024;
/** Answers larger than this are compressed when the client takes gzip, as upstream. */
const gzipFromBytes = 128 * 1024;
const gzipLevel = 1;
const types = { json: 'application/json', yaml: 'application/yaml' } as const;

/** Sends a reply in the form the client asked for. */
export async function writeReply(exchange: Exchange, reply: Reply, show: Presentation): Promise<void> {
  const headers = withWarnings(show.headers, reply.warnings);
  switch (reply.type) {
    case 'object':
      return await writeObject(exchange, reply.code, shown(reply.object, show), { ...show, headers });
    case 'list':
      if (show.accepted.as !== undefined || show.accepted.format !== 'json' || show.accepted.pretty) {
        return await writeObject(exchange, reply.code, shownList(reply.list, show), { ...show, headers });
      }
      return await writeList(exchange, reply.list, { ...show, headers });
    case 'watch':
      return await writeWatch(exchange, reply.events, { ...show, headers });
    default:
      exchange.begin(reply.code, { ...headers, 'content-type': reply.contentType });
      for await (const chunk of reply.stream) await exchange.write(chunk);
      exchange.end();
  }
}

function withWarnings(headers: AnswerHeaders, warnings: readonly string[] | undefined): AnswerHeaders {
  if (warnings === undefined || warnings.length === 0) return headers;
  const quoted = (text: string) => `299 - "${text.replaceAll(/[\\"]/g, '\\$&').replaceAll(/[\r\n\x00-\x1f]/g, ' ')}"`;
  return { ...headers, warning: warnings.map((text) => Buffer.from(quoted(text), 'utf8').toString('latin1')) };
}

const matches = (object: object, kind: AnyKind | undefined): kind is AnyKind =>
  kind !== undefined && (object as ApiObject).kind === kind.kind && (object as ApiObject).metadata !== undefined;

function shown(object: object, { accepted: { as }, kind, includeObject, nowMs }: Presentation): object {
  if (as === undefined || !matches(object, kind)) return object;
  if (as !== 'Table') return partialObject(object as ApiObject);
  const metadata = { resourceVersion: (object as ApiObject).metadata.resourceVersion };
  return tableOf(kind, [object as ApiObject], { nowMs: nowMs(), includeObject, metadata });
}
function shownList(list: ObjectList, { accepted: { as }, kind, includeObject, nowMs }: Presentation): object {
  if (as === undefined || kind === undefined) return list;
  if (as === 'Table') return tableOf(kind, list.items, { nowMs: nowMs(), includeObject, metadata: list.metadata });
  return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata: list.metadata, items: list.items.map(partialObject) };
}

function encode(object: object, { format, pretty }: Accepted): Uint8Array {
  if (format === 'yaml') return Buffer.from(formatYaml(object));
  return pretty ? Buffer.from(`${JSON.stringify(object, null, 2)}\n`) : jsonBytes(object);
}

export async function writeObject(
  exchange: Exchange,
  code: number,
  object: object,
  show: Pick<Presentation, 'accepted' | 'headers'>,
): Promise<void> {
  await writeBytes(exchange, code, encode(object, show.accepted), types[show.accepted.format], show.headers);
}
export async function writeBytes(exchange: Exchange, code: number, bytes: Uint8Array, type: string, headers: AnswerHeaders): Promise<void> {
  const base = { ...headers, 'content-type': type };
  if (bytes.byteLength > gzipFromBytes && takesGzip(exchange)) {
    const packed = await new Promise<Buffer>((resolve, reject) => {
      gzip(bytes, { level: gzipLevel }, (error, result) => (error === null ? resolve(result) : reject(error)));
    });
    exchange.begin(code, { ...base, 'content-encoding': 'gzip', vary: 'Accept-Encoding', 'content-length': packed.byteLength });
    exchange.end(packed);
    return;
  }
  exchange.begin(code, { ...base, 'content-length': bytes.byteLength });
  exchange.end(exchange.method === 'HEAD' ? undefined : bytes);
}
const takesGzip = ({ headers }: Exchange): boolean =>
  /(^|,)\s*(gzip|\*)\s*(;(?!\s*q=0(\.0*)?\s*(,|$))|,|$)/.test(String(headers['accept-encoding'] ?? ''));

const open = Buffer.from('{');
const comma = Buffer.from(',');
const close = Buffer.from(']}');

/** The bytes of a list, item by item from bytes that are encoded once; built-in kinds leave apiVersion and kind of items out. */
function* listParts(list: ObjectList, kind: AnyKind | undefined): Generator<Uint8Array> {
  const { items: _, ...head } = list;
  yield Buffer.from(`${JSON.stringify({ kind: head.kind, apiVersion: head.apiVersion, metadata: head.metadata }).slice(0, -1)},"items":[`);
  const builtIn = kind !== undefined && kind.custom === undefined;
  const cut = builtIn ? Buffer.from(`{"apiVersion":${JSON.stringify(list.apiVersion)},"kind":${JSON.stringify(kind.kind)},`) : undefined;
  let first = true;
  for (const item of list.items) {
    const bytes = jsonBytes(item);
    if (!first) yield comma;
    first = false;
    if (cut?.equals(bytes.subarray(0, cut.byteLength))) {
      yield open;
      yield bytes.subarray(cut.byteLength);
    } else yield bytes;
  }
  yield close;
}
function* chunks(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    held.push(part);
    size += part.byteLength;
    if (size >= chunkBytes) {
      yield Buffer.concat(held, size);
      held = [];
      size = 0;
    }
  }
  if (size > 0) yield Buffer.concat(held, size);
}

async function writeList(exchange: Exchange, list: ObjectList, { kind, headers }: Presentation): Promise<void> {
  const pieces = chunks(listParts(list, kind));
  const first = pieces.next().value ?? Buffer.alloc(0);
  const base = { ...headers, 'content-type': types.json };
  const second = first.byteLength < chunkBytes ? undefined : pieces.next().value;
  if (second === undefined) {
    exchange.begin(200, { ...base, 'content-length': first.byteLength });
    exchange.end(exchange.method === 'HEAD' ? undefined : first);
    return;
  }
  if (takesGzip(exchange)) return await writePacked(exchange, [first, second], pieces, base);
  exchange.begin(200, base);
  await exchange.write(first);
  await exchange.write(second);
  for (const piece of pieces) await exchange.write(piece);
  exchange.end();
}
async function writePacked(
  exchange: Exchange,
  begun: readonly Uint8Array[],
  rest: Iterable<Uint8Array>,
  headers: AnswerHeaders,
): Promise<void> {
  const packer = createGzip({ level: gzipLevel, chunkSize: chunkBytes });
  exchange.begin(200, { ...headers, 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
  const feed = (async () => {
    for (const source of [begun, rest]) {
      for (const piece of source) {
        if (!packer.write(piece)) await new Promise<void>((resolve) => packer.once('drain', resolve));
      }
    }
    packer.end();
  })();
  try {
    for await (const packed of packer) await exchange.write(packed as Buffer);
    await feed;
    exchange.end();
  } finally {
    packer.destroy();
  }
}

/** Frames as they come, several in one write when they have piled up; the watch ends when the client stops taking them. */
async function writeWatch(exchange: Exchange, events: AsyncIterable<WatchEvent>, show: Presentation): Promise<void> {
  const type = show.accepted.format === 'json' ? 'application/json' : types[show.accepted.format];
  exchange.begin(200, { ...show.headers, 'content-type': type });
  const frame = framer(show);
  if (events instanceof Watcher) {
    const { signal } = exchange;
    const onAbort = () => events.end();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (let batch = await events.next(); batch !== undefined; batch = await events.next()) {
        for (const piece of chunks(frames(batch, frame))) await exchange.write(piece);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      events.end();
    }
  } else for await (const event of events) await exchange.write(frame(event));
  exchange.end();
}
function* frames(events: readonly WatchEvent[], frame: (event: WatchEvent) => Uint8Array): Generator<Uint8Array> {
  for (const event of events) yield frame(event);
}
function framer(show: Presentation): (event: WatchEvent) => Uint8Array {
  const { accepted, kind, includeObject, nowMs } = show;
  if (accepted.as === undefined || kind === undefined) {
    if (accepted.format === 'json') return frameOf;
    return (event) => Buffer.from(`---\n${formatYaml(event)}`);
  }
  let first = true;
  return ({ type, object }) => {
    let as: object = object;
    if (type !== 'ERROR') {
      if (accepted.as === 'Table') {
        const metadata = { resourceVersion: object.metadata.resourceVersion };
        const rows = type === 'BOOKMARK' ? [] : [object];
        as = tableOf(kind, rows, { nowMs: nowMs(), includeObject, metadata, withoutHeaders: !first });
        first = false;
      } else as = partialObject(object);
    }
    return Buffer.from(`${JSON.stringify({ type, object: as })}\n`);
  };
}

/** A Status for an error; its Retry-After in a header too. When the answer has begun, the connection is cut instead. */
export function writeError(exchange: Exchange, error: StatusError, headers: AnswerHeaders): void {
  if (exchange.begun) return exchange.destroy();
  const bytes = Buffer.from(`${JSON.stringify(error.toStatus())}\n`);
  const retry = error.details?.retryAfterSeconds;
  exchange.begin(error.code >= 400 && error.code < 600 ? error.code : 500, {
    ...headers,
    'content-type': types.json,
    'x-content-type-options': 'nosniff',
    'content-length': bytes.byteLength,
    ...(retry ? { 'retry-after': String(retry) } : {}),
  });
  exchange.end(exchange.method === 'HEAD' ? undefined : bytes);
}
