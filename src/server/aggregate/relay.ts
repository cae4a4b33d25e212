import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Identity } from '../../client/call.ts';
import type { Upgrade } from '../http/connect.ts';
import type { AnswerHeaders, Exchange } from '../http/exchange.ts';
import { writePlain } from '../http/non-resource.ts';
import { type BackendAnswer, forwardedHeaders, returnedHeaders } from '../subresources/lib/http-relay.ts';
import { completeUpgrade } from '../subresources/lib/upgrade.ts';
import { tracedRequest } from '../tracing/client-span.ts';
import type { AggregatedServer } from './aggregator.ts';
import { identityHeaders } from './backend.ts';

/** Who asks, and what the answer says besides. */
export interface Relayed {
  readonly identity: Identity;
  readonly headers: AnswerHeaders;
  readonly signal: AbortSignal;
}

const refused = 'the backend attempted to redirect this request, which is not permitted';

const writeText = (exchange: Exchange, code: number, text: string, headers: AnswerHeaders): number => {
  writePlain(exchange, code, text, headers);
  return code;
};
const unreachable = (error: unknown) => `error trying to reach service: ${(error as Error).message}`;
const bodyless = new Set(['GET', 'HEAD']);

function question(exchange: Exchange, { identity, headers, signal }: Relayed, more: Readonly<Record<string, string>>, upgrade: boolean) {
  const request = exchange.native().request as IncomingMessage;
  const hasBody = !upgrade && !(bodyless.has(exchange.method) && request.headers['content-length'] === undefined);
  return {
    method: exchange.method,
    path: exchange.search === '' ? exchange.path : `${exchange.path}?${exchange.search}`,
    headers: {
      ...forwardedHeaders(exchange.headers, upgrade),
      ...identityHeaders(identity),
      ...more,
      'audit-id': String(headers['audit-id'] ?? ''),
      ...(request.socket?.remoteAddress === undefined ? {} : { 'x-forwarded-for': forwardedFor(exchange, request.socket.remoteAddress) }),
    },
    body: hasBody ? (request as Readable) : undefined,
    signal,
  };
}
function forwardedFor({ headers }: Exchange, address: string): string {
  const before = headers['x-forwarded-for'];
  return before === undefined ? address : `${String(before)}, ${address}`;
}

function ask({ backend }: AggregatedServer, exchange: Exchange, asked: Relayed, upgrade: boolean): Promise<BackendAnswer> {
  const { method, path, search } = exchange;
  const url = new URL(`https://${backend.host}${path}${search === '' ? '' : `?${search}`}`);
  const send = (more: Readonly<Record<string, string>>) => backend.ask(question(exchange, asked, more, upgrade));
  return tracedRequest({ method, url }, send, ({ response }) => response.statusCode ?? 502);
}

/** Passes a request on to the server that answers for its group and version, and the answer back as it comes. Gives the HTTP code. */
export async function relay(remote: AggregatedServer, exchange: Exchange, asked: Relayed): Promise<number> {
  const { headers, signal } = asked;
  if (!remote.isAvailable) return writeText(exchange, 503, 'service unavailable', headers);
  let answer: BackendAnswer;
  try {
    answer = await ask(remote, exchange, asked, false);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return writeText(exchange, 503, unreachable(error), headers);
  }
  const { response } = answer;
  const code = response.statusCode ?? 502;
  if (answer.type === 'upgrade') {
    answer.socket.destroy();
    return writeText(exchange, 503, unreachable(new Error('the protocol was changed without being asked')), headers);
  }
  if (code >= 300 && code <= 399 && response.headers.location !== undefined) {
    response.destroy();
    return writeText(exchange, 502, refused, headers);
  }
  exchange.begin(code, { ...headers, ...returned(response) });
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) await exchange.write(chunk);
    exchange.end();
  } catch (error) {
    response.destroy();
    // The answer has begun: all that can be said is that it is not whole.
    exchange.destroy();
    if (signal.aborted) throw error;
  }
  return code;
}
function returned(response: IncomingMessage): AnswerHeaders {
  const headers: Record<string, string | string[]> = {};
  for (const [name, value] of returnedHeaders(response)) {
    const key = name.toLowerCase();
    if (key.startsWith('access-control-') || key === 'audit-id') continue;
    const known = headers[key];
    if (known === undefined) headers[key] = value;
    else if (key !== 'content-length') headers[key] = [known, value].flat();
  }
  return headers;
}

/** Passes a request on that takes the connection over. */
export async function relayUpgrade(remote: AggregatedServer, exchange: Exchange, asked: Relayed, upgrade: Upgrade): Promise<void> {
  const refuse = (text: string) => {
    const lines = ['HTTP/1.1 503 Service Unavailable', 'Content-Type: text/plain; charset=utf-8', 'X-Content-Type-Options: nosniff'];
    const size = `Content-Length: ${Buffer.byteLength(text) + 1}`;
    upgrade.socket.end(`${[...lines, size, 'Connection: close'].join('\r\n')}\r\n\r\n${text}\n`);
  };
  if (!remote.isAvailable) return refuse('service unavailable');
  let answer: BackendAnswer;
  try {
    answer = await ask(remote, exchange, asked, true);
  } catch (error) {
    return refuse(`error dialing backend: ${(error as Error).message}`);
  }
  await completeUpgrade(answer, upgrade, asked.signal);
}
