import type { Agent, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { request as httpRequest } from '../../../base/http.node.ts';

/** Headers that concern one connection only (RFC 9110, 7.6.1), and HTTP/2's own. */
const hopByHop = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]);
/** Who the caller is concerns the API server only. */
const credentials = /^(authorization|impersonate-.*|x-remote-.*)$/;
const tokenProtocol = 'base64url.bearer.authorization.k8s.io.';

export type ForwardedHeaders = Record<string, string | string[]>;

/** The headers of a request that go on to the backend. With `upgrade`, those that ask for it too. */
export function forwardedHeaders(headers: IncomingHttpHeaders, upgrade: boolean): ForwardedHeaders {
  const named = new Set(
    String(headers.connection ?? '')
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
  const result: ForwardedHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || name.startsWith(':') || name === 'host' || credentials.test(name)) continue;
    if (hopByHop.has(name) || (named.has(name) && name !== 'upgrade')) continue;
    result[name] = value;
  }
  if (upgrade) {
    result.connection = 'Upgrade';
    if (headers.upgrade !== undefined) result.upgrade = headers.upgrade;
    const protocols = headers['sec-websocket-protocol'];
    if (protocols !== undefined) {
      const kept = protocols
        .split(',')
        .map((name) => name.trim())
        .filter((name) => !name.startsWith(tokenProtocol));
      if (kept.length > 0) result['sec-websocket-protocol'] = kept.join(', ');
      else delete result['sec-websocket-protocol'];
    }
  }
  return result;
}

/** Headers of an answer that go back to the client, names and values in turn. */
export function returnedHeaders(
  response: IncomingMessage,
  keep: (name: string) => boolean = (name) => !hopByHop.has(name),
): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  for (let index = 0; index + 1 < response.rawHeaders.length; index += 2) {
    const name = response.rawHeaders[index]!;
    if (keep(name.toLowerCase())) pairs.push([name, response.rawHeaders[index + 1]!]);
  }
  return pairs;
}

export interface BackendRequest {
  /** An open connection, used for this one request; or who keeps connections for many. */
  readonly connection?: Duplex;
  readonly agent?: Agent;
  readonly method: string;
  readonly path: string;
  readonly headers: ForwardedHeaders;
  readonly body?: Readable | undefined;
  readonly signal: AbortSignal;
}
export type BackendAnswer =
  | { readonly type: 'response'; readonly response: IncomingMessage }
  | { readonly type: 'upgrade'; readonly response: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };

/** Sends one HTTP/1.1 request over a connection and gives the answer's head. Rejects, and closes, when the backend can't be talked to. */
export function ask({ connection, agent, method, path, headers, body, signal }: BackendRequest): Promise<BackendAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      method,
      path,
      headers,
      ...(connection === undefined ? { agent } : { createConnection: () => connection as never }),
      setHost: !('host' in headers),
    });
    const onAbort = () => request.destroy(signal.reason instanceof Error ? signal.reason : new Error('the request was cancelled'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    request.once('close', () => signal.removeEventListener('abort', onAbort));
    // An ended connection can fail twice.
    request.on('error', (error) => {
      connection?.destroy();
      reject(request.reusedSocket ? Object.assign(error, { onReused: true }) : error);
    });
    request.once('response', (response) => resolve({ type: 'response', response }));
    request.once('upgrade', (response, socket, head) => resolve({ type: 'upgrade', response, socket, head }));
    if (body === undefined) request.end();
    else {
      body.once('error', (error) => request.destroy(error));
      body.pipe(request);
    }
  });
}
