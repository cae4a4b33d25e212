import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as tlsConnect } from 'node:tls';
import { badRequest, StatusError } from '../../../api/status.ts';
import type { ConnectRequest, SubresourceDeps } from '../../types.ts';
import { ask, type BackendAnswer, forwardedHeaders, returnedHeaders } from './http-relay.ts';
import { hasLinks, type Proxied, proxiedLink, withProxiedLinks } from './links.ts';
import { admit } from './request.ts';
import { completeUpgrade } from './upgrade.ts';

/** 'name', 'name:port' or 'scheme:name:port'. undefined when it is none of them. */
export function splitTarget(id: string): { readonly scheme: string; readonly name: string; readonly port: string } | undefined {
  const parts = id.split(':');
  const [scheme, name, port] = parts.length === 1 ? ['', parts[0], ''] : parts.length === 2 ? ['', parts[0], parts[1]] : parts;
  if (parts.length > 3 || !name || !['', 'http', 'https'].includes(scheme!)) return undefined;
  return { scheme: scheme!, name, port: port! };
}

/** Where nobody is sent by way of the API server: this machine, link-local and multicast addresses. */
export function isProxyable(ip: string): boolean {
  if (isIP(ip) === 4) return !/^(0|127|22[4-9]|23\d|255)\.|^169\.254\./.test(ip);
  return isIP(ip) === 6 && !/^(::1?$|fe[89ab]|ff|::ffff:)/i.test(ip);
}

/** Where a request goes on to. */
export interface ProxyTarget {
  readonly scheme: string;
  /** For the Host header. */
  readonly host: string;
  readonly connect: (signal: AbortSignal) => Promise<Duplex>;
  /** Path in front of the rest, for what is not at the root. */
  readonly prefix?: string;
}
export const dialTarget = (deps: SubresourceDeps, scheme: string, ip: string, port: string): ProxyTarget => {
  const number = port === '' ? (scheme === 'https' ? 443 : 80) : Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65535) throw badRequest(`invalid port ${JSON.stringify(port)}`);
  const shown = ip.includes(':') ? `[${ip}]` : ip;
  return { scheme, host: port === '' ? shown : `${shown}:${port}`, connect: (signal) => deps.dialer.dial(ip, number, signal) };
};

/** The certificate of a pod is its own business: upstream does not check it either. */
function encrypted(socket: Duplex): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const secure = tlsConnect({ socket, rejectUnauthorized: false }, () => resolve(secure));
    secure.once('error', reject);
  });
}

const unreachable = (error: unknown) =>
  new StatusError(503, 'ServiceUnavailable', `error trying to reach service: ${error instanceof Error ? error.message : String(error)}`);

/** The backend's answer goes back as it comes, but for links, which lead through the proxy again. */
async function relay(answer: BackendAnswer, response: ServerResponse, proxied: Proxied): Promise<void> {
  if (answer.type === 'upgrade') {
    answer.socket.destroy();
    throw unreachable('the backend changed the protocol without being asked');
  }
  const backend = answer.response;
  const headers: Record<string, string[]> = {};
  const isPage = hasLinks(backend);
  for (const [name, value] of returnedHeaders(backend))
    if (!isPage || name.toLowerCase() !== 'content-length') headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value];
  if (headers.location !== undefined) headers.location = headers.location.map((link) => proxiedLink(link, proxied));
  response.writeHead(
    backend.statusCode ?? 502,
    Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, values.length === 1 ? values[0]! : values])),
  );
  // Either side may go away in the middle: nothing can be said about it any more.
  const body = isPage ? await withProxiedLinks(backend, backend.headers['content-encoding'] ?? '', proxied) : backend;
  await pipeline(body, response).catch(() => backend.destroy());
}

/** A directory without its slash: clients are sent to where relative links work. */
function redirect(request: ConnectRequest, response: ServerResponse): void {
  const [path] = (request.request.url ?? '').split('?');
  response.writeHead(301, { Location: `${path}/${request.search === '' ? '' : `?${request.search}`}` });
  response.end();
}

/** Forwards a request of any method, upgrades too. `find` says where to, after admission. */
export async function proxy(
  request: ConnectRequest,
  deps: SubresourceDeps,
  options: string,
  find: () => Promise<ProxyTarget>,
): Promise<void> {
  await admit(request, deps, 'CONNECT', { apiVersion: 'v1', kind: options, path: request.path });
  const to = await find();
  const response = request.response as ServerResponse | undefined;
  if (response !== undefined && request.path === '' && (request.method === 'GET' || request.method === 'HEAD'))
    return redirect(request, response);
  const incoming = request.request as IncomingMessage;
  const path = `${to.prefix ?? ''}${request.path === '' ? '/' : request.path}${request.search === '' ? '' : `?${request.search}`}`;
  const headers = {
    ...forwardedHeaders(incoming.headers, request.upgrade !== undefined),
    host: to.host,
    'x-forwarded-uri': (incoming.url ?? '').split('?')[0]!,
    'x-forwarded-host': String(incoming.headers.host ?? incoming.headers[':authority'] ?? ''),
    'x-forwarded-proto': 'https',
  };
  const hasBody = request.upgrade === undefined && !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
  let answer: BackendAnswer;
  try {
    const socket = await to.connect(request.signal);
    const connection = to.scheme === 'https' ? await encrypted(socket) : socket;
    answer = await ask({ connection, method: request.method, path, headers, body: hasBody ? incoming : undefined, signal: request.signal });
  } catch (error) {
    throw unreachable(error);
  }
  if (request.upgrade !== undefined) return await completeUpgrade(answer, request.upgrade, request.signal);
  const own = (incoming.url ?? '').split('?')[0]!;
  const prefix = own.endsWith(request.path) ? own.slice(0, own.length - request.path.length) : own;
  await relay(answer, response!, { prefix, host: to.host });
}
