import { createGzip, gzip } from 'node:zlib';
import { jsonText } from '../../api/json.ts';
import type { AnyKind } from '../../api/kind.ts';
import type { StatusError } from '../../api/status.ts';
import type { TurnQueue } from '../../base/turn-queue.ts';
import { formatYaml } from '../../base/yaml.ts';
import type { Reply, WatchEvent } from '../../client/call.ts';
import type { ObjectBytes } from '../cache/object-bytes.ts';
import { Watcher } from '../cache/watcher.ts';
import { type Accepted, mediaTypes, PageNotAcceptable, whenAccepted } from '../negotiate.ts';
import type { Query } from '../options.ts';
import { chunksOf, type Collection, shownItem } from './collection.ts';
import type { AnswerHeaders, Exchange } from './exchange.ts';
import { type Form, framesOf, listForm, objectForm, shownEvents, streamType } from './forms.ts';

/** What an answer is written with: the media type and form that were asked for, and what is needed to make them. */
export interface Presentation extends Form {
  readonly kind: AnyKind | undefined;
  readonly headers: AnswerHeaders;
  readonly turns: TurnQueue;
  /** Told each event of a watch, and its bytes. */
  readonly counted?: ((bytes: number, event: WatchEvent) => void) | undefined;
  /** Told what is shown, for those who write it down. */
  readonly responded?: ((object: object) => void) | undefined;
}

/** Answers larger than this are compressed when the client takes gzip, as upstream. */
const gzipFromBytes = 128 * 1024;
const gzipLevel = 1;
const packerChunkBytes = 64 * 1024;

/** Sends a reply in the form the client asked for. */
export async function writeReply(exchange: Exchange, reply: Reply, show: Presentation): Promise<void> {
  const headers = withWarnings(show.headers, reply.warnings);
  switch (reply.type) {
    case 'object': {
      const object = objectForm(reply.object, show.kind, show);
      show.responded?.(show.bytes.shown(object));
      return await writeObject(exchange, reply.code, object, show, headers);
    }
    case 'list': {
      const list = listForm(reply.list, show.kind, show);
      show.responded?.(wholeOf(list, show.bytes));
      return await writeCollection(exchange, list, show, headers);
    }
    case 'watch':
      return await writeWatch(exchange, reply.events, { ...show, headers });
    default:
      exchange.begin(reply.code, { ...headers, 'content-type': reply.contentType });
      for await (const chunk of reply.stream) await exchange.write(chunk);
      exchange.end();
  }
}

const wholeOf = ({ type, metadata, more, field, items, kind }: Collection, bytes: ObjectBytes): object => ({
  kind: type.kind,
  apiVersion: type.apiVersion,
  metadata,
  ...more,
  [field]: Array.from(items, (item) => shownItem(item, kind, bytes)),
});

/** Characters that all warnings may have together; beyond that each is cut to the second number. */
const warningsMax = 4096;
const cutTo = 256;
/** What holds control characters is not told, as upstream. */
function withWarnings(headers: AnswerHeaders, warnings: readonly string[] | undefined): AnswerHeaders {
  if (warnings === undefined || warnings.length === 0) return headers;
  const total = warnings.reduce((sum, text) => sum + text.length, 0);
  const shown: string[] = [];
  let size = 0;
  for (const whole of warnings) {
    if (total > warningsMax && size >= warningsMax) break;
    const text = total > warningsMax ? [...whole].slice(0, cutTo).join('') : whole;
    if (/\p{Cc}/u.test(text)) continue;
    size += text.length;
    shown.push(Buffer.from(`299 - "${text.replaceAll(/[\\"]/g, '\\$&')}"`, 'utf8').toString('latin1'));
  }
  if (shown.length === 0) return headers;
  return { ...headers, warning: headers.warning === undefined ? shown : [headers.warning, shown].flat().map(String) };
}

/** An object in one of the formats. Throws NotAcceptable for what has no protobuf. */
export function encodeObject(object: object, { format, pretty }: Pick<Accepted, 'format' | 'pretty'>, bytes: ObjectBytes): Uint8Array {
  if (format === 'protobuf') return bytes.protobuf(object);
  if (format === 'yaml') return Buffer.from(formatYaml(bytes.shown(object)));
  return pretty ? Buffer.from(jsonText(bytes.shown(object), 2)) : bytes.json(object);
}
export async function writeObject(
  exchange: Exchange,
  code: number,
  object: object,
  { accepted, bytes }: Pick<Form, 'accepted' | 'bytes'>,
  headers: AnswerHeaders,
): Promise<void> {
  await writeBytes(exchange, code, encodeObject(object, accepted, bytes), mediaTypes[accepted.format], headers);
}
export async function writeBytes(exchange: Exchange, code: number, bytes: Uint8Array, type: string, headers: AnswerHeaders): Promise<void> {
  const base = { ...headers, 'content-type': type };
  if (bytes.byteLength > gzipFromBytes && takesGzip(exchange)) {
    const packed = await packedBytes(bytes);
    exchange.begin(code, { ...packedHeaders(base), 'content-length': packed.byteLength });
    exchange.end(packed);
    return;
  }
  exchange.begin(code, { ...base, 'content-length': bytes.byteLength });
  exchange.end(exchange.method === 'HEAD' ? undefined : bytes);
}
export const packedBytes = (bytes: Uint8Array): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    gzip(bytes, { level: gzipLevel }, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
/** A client says 'gzip' and nothing else about it. */
export const takesGzip = ({ headers }: Exchange): boolean =>
  String(headers['accept-encoding'] ?? '')
    .split(',')
    .some((one) => one.trim() === 'gzip');
function packedHeaders(headers: AnswerHeaders): AnswerHeaders {
  const vary = headers.vary === undefined ? 'Accept-Encoding' : [...[headers.vary].flat().map(String), 'Accept-Encoding'];
  return { ...headers, 'content-encoding': 'gzip', vary };
}

async function writeCollection(
  exchange: Exchange,
  collection: Collection,
  { accepted, bytes, turns }: Presentation,
  headers: AnswerHeaders,
): Promise<void> {
  const chunks = chunksOf(collection, accepted, bytes, turns);
  const base = { ...headers, 'content-type': mediaTypes[accepted.format] };
  const held: Uint8Array[] = [];
  let size = 0;
  let isWhole = false;
  // What fits below the threshold is sent at once, with its length.
  while (!isWhole && size <= gzipFromBytes) {
    const { value, done } = await chunks.next();
    isWhole = done === true;
    if (value) {
      held.push(value);
      size += value.byteLength;
    }
  }
  if (size > gzipFromBytes && takesGzip(exchange)) return await writePacked(exchange, held, chunks, packedHeaders(base));
  exchange.begin(200, isWhole ? { ...base, 'content-length': size } : base);
  if (isWhole) return exchange.end(held.length === 1 ? held[0] : Buffer.concat(held, size));
  for (const chunk of held) await exchange.write(chunk);
  for await (const chunk of chunks) await exchange.write(chunk);
  exchange.end();
}
async function writePacked(
  exchange: Exchange,
  begun: readonly Uint8Array[],
  rest: AsyncIterable<Uint8Array>,
  headers: AnswerHeaders,
): Promise<void> {
  const packer = createGzip({ level: gzipLevel, chunkSize: packerChunkBytes });
  exchange.begin(200, headers);
  const put = async (piece: Uint8Array) => {
    if (!packer.write(piece)) await new Promise<void>((resolve) => packer.once('drain', resolve));
  };
  const feed = (async () => {
    for (const piece of begun) await put(piece);
    for await (const piece of rest) await put(piece);
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
async function writeWatch(exchange: Exchange, all: AsyncIterable<WatchEvent>, show: Presentation): Promise<void> {
  exchange.begin(200, { ...show.headers, 'content-type': streamType(show.accepted) });
  const frames = framesOf(show.kind, show);
  const events = shownEvents(all, show);
  const { counted, turns } = show;
  if (events instanceof Watcher) {
    const { signal } = exchange;
    const onAbort = () => events.end();
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      const turn = () => turns.turn();
      for (let batch = await events.next(turn); batch !== undefined; batch = await events.next(turn)) {
        for (let at = 0; at < batch.length; ) {
          if (at > 0) await turn();
          const piece = frames.piece(batch, at);
          at += piece.events.length;
          if (counted !== undefined)
            for (let index = 0; index < piece.sizes.length; index++) counted(piece.sizes[index]!, piece.events[index]!);
          const full = exchange.write(piece.bytes);
          if (full !== undefined) await full;
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      events.end();
    }
  } else {
    for await (const event of events) {
      const bytes = frames.frame(event);
      counted?.(bytes.byteLength, event);
      await exchange.write(bytes);
    }
  }
  exchange.end();
}

/** A Status for an error; its Retry-After in a header too. When the answer has begun, the connection is cut instead. */
export function writeError(exchange: Exchange, error: StatusError, query: Query, bytes: ObjectBytes, headers: AnswerHeaders): void {
  if (exchange.begun) return exchange.destroy();
  const status = error.toStatus();
  const accepted = whenAccepted(exchange.headers, query, error instanceof PageNotAcceptable ? 'page' : 'plain');
  // Who can take none of the formats is told so in readable JSON.
  const body = accepted === undefined ? Buffer.from(jsonText(status, 2)) : encodeObject(status, accepted, bytes);
  const retry = error.details?.retryAfterSeconds;
  exchange.begin(error.code >= 400 && error.code < 600 ? error.code : 500, {
    ...withWarnings(headers, error.warnings),
    'content-type': mediaTypes[accepted?.format ?? 'json'],
    'content-length': body.byteLength,
    ...(retry ? { 'retry-after': String(retry) } : {}),
  });
  exchange.end(exchange.method === 'HEAD' ? undefined : body);
}
