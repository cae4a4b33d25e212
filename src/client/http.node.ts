import type { ApiObject, Status } from '../api/meta.ts';
import type { AnyKind } from '../api/kind.ts';
import { StatusError } from '../api/status.ts';
import { takeNulls } from '../api/taken-nulls.ts';
import type { Clock } from '../base/clock.ts';
import type { Call, ObjectList, Reply, Transport, WatchEvent } from './call.ts';
import { type HttpRequest, type HttpResponse, HttpSessions, type TlsOptions } from './http-sessions.node.ts';
import { requestOf } from './request-path.ts';

export type { HttpRequest, HttpResponse, TlsOptions };

export interface HttpOptions extends TlsOptions {
  /** 'https://10.0.0.1:6443' */
  readonly server: string;
  /** Bearer token; a function is asked before every request. */
  readonly token?: string | (() => Promise<string | undefined>) | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Impersonate-User and so on. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly userAgent?: string;
  readonly clock: Clock;
}

/** A server reached over HTTP. */
export interface HttpConnection {
  readonly transport: Transport;
  /** Any request, for paths that are no resources: /version, /openapi/v2. Answers 4xx and 5xx too. */
  readonly request: (request: HttpRequest) => Promise<HttpResponse>;
  close(): void;
}

/** Largest answer that is held in memory at once. */
const longestAnswer = 256 * 1024 * 1024;
const longestEvent = 64 * 1024 * 1024;

async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > longestAnswer) throw new StatusError(500, 'InternalError', `the answer is longer than ${longestAnswer} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts, length).toString('utf8');
}

/** An object as the caller's types say, where he told a kind. */
const taken = <T extends object>(object: T, kind: AnyKind | undefined): T => (kind === undefined ? object : takeNulls(object, kind));

/** Watch frames: one JSON document a line. */
export async function* decodeWatch(body: AsyncIterable<Uint8Array>, kind?: AnyKind): AsyncGenerator<WatchEvent> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      const line = Buffer.concat([...parts, chunk.subarray(start, end)]).toString('utf8');
      parts = [];
      length = 0;
      start = end + 1;
      if (line.trim() === '') continue;
      const event = JSON.parse(line) as WatchEvent;
      yield { ...event, object: taken(event.object, kind) };
    }
    if (start < chunk.length) {
      parts.push(chunk.subarray(start));
      length += chunk.length - start;
    }
    if (length > longestEvent) throw new StatusError(500, 'InternalError', `a watch event is longer than ${longestEvent} bytes`);
  }
}

/** The error that an answer with a code of 400 or more carries. */
async function errorOf(response: HttpResponse): Promise<StatusError> {
  const text = await readAll(response.body);
  const retryAfter = Number(response.headers['retry-after']);
  let found: StatusError | undefined;
  try {
    const status = JSON.parse(text) as Status;
    if (status.kind === 'Status') found = StatusError.from({ ...status, code: status.code ?? response.status });
  } catch {
    // no Status: the text itself is the message
  }
  found ??= new StatusError(response.status, '', text.trim().slice(0, 2048) || `the server answered ${response.status}`);
  if (!Number.isFinite(retryAfter) || found.details?.retryAfterSeconds) return found;
  return new StatusError(found.code, found.reason, found.message, { ...found.details, retryAfterSeconds: retryAfter });
}

/** Texts of the Warning headers (RFC 7234, code 299). */
function warningsOf(header: string | readonly string[] | undefined): readonly string[] {
  const text = typeof header === 'string' ? header : (header ?? []).join(', ');
  return [...text.matchAll(/299 \S+ ("(?:[^"\\]|\\.)*")/g)].map((match) => match[1]!.slice(1, -1).replaceAll(/\\(.)/g, '$1'));
}

async function replyOf(call: Call, response: HttpResponse): Promise<Reply> {
  const code = response.status;
  const warnings = warningsOf(response.headers.warning);
  const contentType = String(response.headers['content-type'] ?? '');
  if (call.verb === 'watch') return { code, warnings, type: 'watch', events: decodeWatch(response.body, call.kind) };
  if (call.subresource === 'log' || !contentType.startsWith('application/json')) {
    return { code, warnings, type: 'stream', contentType, stream: response.body };
  }
  const object = JSON.parse(await readAll(response.body)) as ApiObject | ObjectList;
  if (call.verb !== 'list') return { code, warnings, type: 'object', object: taken(object, call.kind) };
  const list = object as ObjectList;
  const item = { apiVersion: list.apiVersion, kind: list.kind.replace(/List$/, '') };
  const items = (list.items ?? []).map((each) => taken(each.kind === undefined ? { ...item, ...(each as object) } : each, call.kind));
  return { code, warnings, type: 'list', list: { ...list, items: items as ApiObject[] } };
}

/** Sends a call as an HTTP request and reads the answer. Throws StatusError. */
export async function callOver(request: (asked: HttpRequest) => Promise<HttpResponse>, call: Call): Promise<Reply> {
  const { method, path, contentType, body } = requestOf(call);
  const response = await request({
    method,
    path,
    body,
    signal: call.signal,
    headers: {
      accept: call.subresource === 'log' ? '*/*' : 'application/json',
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
      ...(call.userAgent === undefined ? {} : { 'user-agent': call.userAgent }),
    },
  });
  if (response.status >= 400) throw await errorOf(response);
  return await replyOf(call, response);
}

/** Speaks to an API server over HTTP/2 with TLS (HTTP/1.1 without). Unreachable servers are StatusErrors with code 503. */
export function connectHttp(options: HttpOptions): HttpConnection {
  const sessions = new HttpSessions(options.server, options, options.clock);
  const base = new URL(options.server).pathname.replace(/\/$/, '');

  async function headers(): Promise<Record<string, string | readonly string[]>> {
    const token = typeof options.token === 'function' ? await options.token() : options.token;
    const basic = options.username === undefined ? undefined : Buffer.from(`${options.username}:${options.password ?? ''}`);
    return {
      'user-agent': options.userAgent ?? 'skiff',
      ...options.headers,
      ...(token ? { authorization: `Bearer ${token}` } : basic ? { authorization: `Basic ${basic.toString('base64')}` } : {}),
    };
  }
  const request = async (asked: HttpRequest) =>
    sessions.request({ ...asked, path: base + asked.path, headers: { ...(await headers()), ...asked.headers } });

  return {
    request,
    close: () => sessions.close(),
    transport: (call) => callOver(request, call),
  };
}
