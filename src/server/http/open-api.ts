import { parseAccept } from '../negotiate.ts';
import { createHash } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { remembered } from '../../base/remembered.ts';
import type { Query } from '../options.ts';
import type { AnswerHeaders, Exchange } from './exchange.ts';
import { serveContent } from './serve-content.ts';
import { packedBytes, takesGzip } from './write.ts';

/** A document of OpenAPI, as it is served: its tag is that of its JSON whatever the format. */
export interface ServedDocument {
  readonly json: Uint8Array;
  readonly etag: string;
  readonly builtMs: number;
  /** Made from the JSON when it is first asked for. */
  protobuf(): Promise<Uint8Array>;
}
/** The documents, each built when it is first asked for and again when its kinds have changed. */
export interface OpenApiSource {
  v2(): Promise<ServedDocument>;
  /** Tags by place, 'apis/apps/v1'. */
  tags(): Promise<ReadonlyMap<string, string>>;
  v3(place: string): Promise<ServedDocument | undefined>;
  /** URLs by place of what other servers have: requests for them are theirs. */
  foreign(): ReadonlyMap<string, string>;
}

export const hashOf = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex').toUpperCase();

const yearMs = 365 * 24 * 3600 * 1000;
const gzipFromBytes = 1400;

/** Serves /openapi/v2 and /openapi/v3 as k8s.io/kube-openapi does. Gives the HTTP code; undefined: no such path. */
export async function answerOpenApi(
  source: OpenApiSource,
  clock: Clock,
  exchange: Exchange,
  path: string,
  query: Query,
  headers: AnswerHeaders,
): Promise<number | undefined> {
  if (path === '/openapi/v2') return await answerV2(await source.v2(), exchange, headers);
  if (path === '/openapi/v3') return await answerIndex(source, clock, exchange, headers);
  if (!path.startsWith('/openapi/v3/')) return undefined;
  const place = path.slice('/openapi/v3/'.length);
  const document = await source.v3(place);
  const about = { ...headers, vary: 'Accept' };
  if (document === undefined) return send(exchange, 404, headers);
  // Upstream says nothing to who accepts nothing that can be read.
  const ranges = rangesOf(exchange);
  if (ranges.length === 0) return send(exchange, 200, about);
  const format = formatOf(ranges, 'v3');
  if (format === undefined) return send(exchange, 406, about);
  const hash = query.hash?.[0];
  const tagged = { ...about, 'content-type': contentType(format, 'v3'), etag: `"${document.etag}"` };
  if (hash && hash !== document.etag) return send(exchange, 301, { ...tagged, location: relativeUrl(place, document.etag) });
  const lasting: AnswerHeaders = hash
    ? { 'cache-control': 'public, immutable', expires: new Date(clock.now() + yearMs).toUTCString().replace('GMT', 'UTC') }
    : {};
  return await content(exchange, document, format, { ...tagged, ...lasting }, false);
}

async function answerV2(document: ServedDocument, exchange: Exchange, headers: AnswerHeaders): Promise<number> {
  const about = { ...headers, vary: ['Accept-Encoding', 'Accept'] };
  const format = formatOf(rangesOf(exchange), 'v2');
  if (format === undefined) return send(exchange, 406, about);
  return await content(
    exchange,
    document,
    format,
    { ...about, 'content-type': contentType(format, 'v2'), etag: `"${document.etag}"` },
    true,
  );
}

async function answerIndex(source: OpenApiSource, clock: Clock, exchange: Exchange, headers: AnswerHeaders): Promise<number> {
  const paths: Record<string, object> = {};
  const own = [...(await source.tags())].map(([place, etag]) => [place, relativeUrl(place, etag)] as const);
  const all = [...own, ...source.foreign()].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [place, serverRelativeURL] of all) paths[place] = { serverRelativeURL };
  const text = JSON.stringify({ paths });
  let index = indexes.get(source);
  if (index?.text !== text) {
    index = { text, modifiedMs: clock.now() };
    indexes.set(source, index);
  }
  const { modifiedMs } = index;
  return await serveContent(exchange, { bytes: Buffer.from(text), modifiedMs, headers, type: 'text/plain; charset=utf-8' });
}
/** When what is told of the documents last changed. */
const indexes = new WeakMap<OpenApiSource, { readonly text: string; readonly modifiedMs: number }>();
const relativeUrl = (place: string, etag: string) => `/openapi/v3/${place}?hash=${etag}`;

type Format = 'json' | 'protobuf';
const contentType = (format: Format, version: 'v2' | 'v3') =>
  format === 'json' ? 'application/json' : `application/com.github.proto-openapi.spec.${version}.v1.0+protobuf`;

const rangesOf = ({ headers }: Exchange) => parseAccept(headers.accept || '*/*');
/** The first of what is accepted that there is. */
function formatOf(ranges: ReturnType<typeof rangesOf>, version: 'v2' | 'v3'): Format | undefined {
  const protobuf = [`com.github.proto-openapi.spec.${version}@v1.0+protobuf`, `com.github.proto-openapi.spec.${version}.v1.0+protobuf`];
  for (const { type, subtype } of ranges) {
    if (type !== 'application' && type !== '*') continue;
    if (subtype === 'json' || subtype === '*') return 'json';
    if (protobuf.includes(subtype)) return 'protobuf';
  }
  return undefined;
}

async function content(
  exchange: Exchange,
  document: ServedDocument,
  format: Format,
  headers: AnswerHeaders,
  mayPack: boolean,
): Promise<number> {
  const { 'content-type': type, ...about } = headers;
  const bytes = format === 'json' ? document.json : await document.protobuf();
  const isPacked = mayPack && bytes.byteLength >= gzipFromBytes && takesGzip(exchange);
  return await serveContent(exchange, {
    bytes,
    modifiedMs: document.builtMs,
    headers: about,
    type: String(type),
    saysType: true,
    pack: isPacked ? packed : undefined,
  });
}
/** Large documents are asked for again and again: each is packed once. */
const packed = remembered((bytes: Uint8Array) => packedBytes(bytes));

const nothing = new Uint8Array(0);
function send(exchange: Exchange, code: number, headers: AnswerHeaders, bytes: Uint8Array = nothing): number {
  exchange.begin(code, { ...headers, 'content-length': bytes.byteLength });
  exchange.end(exchange.method === 'HEAD' || bytes.byteLength === 0 ? undefined : bytes);
  return code;
}
