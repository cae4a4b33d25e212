import type { IncomingMessage } from 'node:http';
import { readEnvelope, readMessage } from '../../api/codec-protobuf.ts';
import { parseJson } from '../../api/json.ts';
import { badRequest, notAcceptable, type StatusError } from '../../api/status.ts';
import type { IncludeObject } from '../../api/table.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { parseYaml } from '../../base/yaml.ts';
import type { Identity } from '../../client/call.ts';
import { asStatusError, type Chain } from '../chain.ts';
import { dispatch, type DispatchDeps, kindOf } from '../dispatch.ts';
import { deleteOptions } from '../../kinds/policy/shapes/delete-options.ts';
import { ParsedBody } from '../lib/decoding.ts';
import type { ServerMetrics } from '../metrics.ts';
import { accepted, bodyFormat, type Format, patchFormat } from '../negotiate.ts';
import { parseOptions, parseQuery, type Query } from '../options.ts';
import { type RequestInfo, requestInfo } from '../request-info.ts';
import type { AuthenticationRequest, ConnectRequest, KindIndex, Subresource } from '../types.ts';
import type { Exchange } from './exchange.ts';
import type { NonResource } from './non-resource.ts';
import { isWebSocket, serveOverWebSocket } from './web-socket.ts';
import { writeError, writeReply } from './write.ts';

export interface HttpDeps {
  readonly chain: Chain;
  readonly dispatch: DispatchDeps;
  readonly nonResource: NonResource;
  readonly metrics: ServerMetrics;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}
export type Upgrade = NonNullable<ConnectRequest['upgrade']>;

const unshowable = 'only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf';
const cached = { 'cache-control': 'no-cache, private' } as const;

/** Answers one request, whatever happens. */
export async function handle(deps: HttpDeps, exchange: Exchange, from: AuthenticationRequest): Promise<void> {
  const startedMs = deps.clock.monotonic();
  const headers = { 'audit-id': deps.random.uuid(), ...cached };
  let info: RequestInfo | undefined;
  let code = 200;
  try {
    const query = parseQuery(exchange.search);
    info = requestInfo(exchange.method, exchange.path, query);
    code = await answer(deps, exchange, from, info, query, headers);
  } catch (error) {
    const failure = asStatusError(error, deps.log, exchange.path);
    code = failure.code;
    writeError(exchange, failure, headers);
  }
  if (info !== undefined) deps.metrics.observe(info, code, (deps.clock.monotonic() - startedMs) / 1000);
}

async function answer(
  deps: HttpDeps,
  exchange: Exchange,
  from: AuthenticationRequest,
  info: RequestInfo,
  query: Query,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  const { signal } = exchange;
  const timeoutMs = timeoutOf(query);
  if (!info.isResource) {
    return await deps.chain.run(info, from, timeoutMs, signal, () => deps.nonResource.answer(exchange, info, query, headers));
  }
  const handler = connectHandler(deps, info);
  if (handler !== undefined) {
    await deps.chain.run(info, from, undefined, signal, async (identity) => {
      await connect(deps, handler, exchange, info, query, identity, undefined);
    });
    return 200;
  }
  const form = accepted(exchange.headers.accept, query);
  const kind = deps.dispatch.kinds.byResource(info.group, info.version, info.resource);
  // What is not stored, such as a review, has no metadata to show in another form.
  if (form.as !== undefined && kind?.verbs.includes('get') === false) throw notAcceptable(unshowable);
  const reply = await deps.chain.run(info, from, timeoutMs, signal, (identity, limited) =>
    respond(deps, exchange, info, query, identity, info.verb === 'watch' ? signal : limited),
  );
  const includeObject = includeOf(query);
  await writeReply(exchange, reply, { accepted: form, kind, includeObject, nowMs: () => deps.clock.now(), headers }).catch(
    (error: unknown) => {
      if (!signal.aborted) throw error;
    },
  );
  return reply.code;
}

function respond(deps: HttpDeps, exchange: Exchange, info: RequestInfo, query: Query, identity: Identity, signal: AbortSignal) {
  const { verb } = info;
  const collection = verb === 'list' || verb === 'watch';
  const patch = verb === 'patch' ? patchFormat(header(exchange, 'content-type')) : undefined;
  return dispatch(deps.dispatch, {
    ...info,
    name: collection && !exchange.path.includes('/watch/') ? '' : info.name,
    options: parseOptions(verb, query),
    query,
    body: () => readBody(deps.dispatch.kinds, exchange, patch?.format),
    patchType: patch?.type,
    identity,
    userAgent: header(exchange, 'user-agent'),
    signal,
  });
}
const header = (exchange: Exchange, name: string): string | undefined => {
  const value = exchange.headers[name];
  return typeof value === 'string' ? value : value?.[0];
};

async function readBody(kinds: KindIndex, exchange: Exchange, given: Format | undefined): Promise<unknown> {
  const bytes = await exchange.readBody();
  if (bytes.byteLength === 0) return undefined;
  const format = given ?? bodyFormat(header(exchange, 'content-type'));
  if (format === 'protobuf') return new ParsedBody(protobufBody(kinds, bytes));
  if (format === 'json') {
    const { value, duplicates } = parseJson(bytes, { findDuplicates: true });
    return new ParsedBody(value, duplicates);
  }
  try {
    return new ParsedBody(parseYaml(bytes.toString('utf8'))[0]);
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Which message the bytes are, the envelope says. */
function protobufBody(kinds: KindIndex, bytes: Uint8Array): object {
  const envelope = readEnvelope(bytes);
  if (envelope.kind === 'DeleteOptions') return readMessage(envelope, deleteOptions, false);
  const slash = envelope.apiVersion.indexOf('/');
  const [group, version] =
    slash < 0 ? ['', envelope.apiVersion] : [envelope.apiVersion.slice(0, slash), envelope.apiVersion.slice(slash + 1)];
  const kind = kinds.byKind(group, envelope.kind, version);
  if (kind === undefined) {
    throw badRequest(`no kind ${JSON.stringify(envelope.kind)} is registered for version ${JSON.stringify(envelope.apiVersion)}`);
  }
  return readMessage(envelope, kind.shape, true);
}

function includeOf(query: Query): IncludeObject {
  const value = query.includeObject?.[0] ?? 'Metadata';
  return value === 'None' || value === 'Object' ? value : 'Metadata';
}
/** ?timeout=30s */
function timeoutOf(query: Query): number | undefined {
  const text = query.timeout?.[0];
  if (text === undefined || text === '') return undefined;
  const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
  if (!/^(?:\d+(?:\.\d+)?(?:ms|s|m|h))+$|^0$/.test(text)) throw badRequest(`invalid timeout specified in the request URL: ${text}`);
  let ms = 0;
  for (const [, count, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) ms += Number(count) * units[unit as keyof typeof units];
  return ms === 0 ? undefined : ms;
}

type Connecting = Subresource & { readonly connect: NonNullable<Subresource['connect']> };
function connectHandler(deps: HttpDeps, info: RequestInfo): Connecting | undefined {
  if (info.subresource === '') return undefined;
  const kind = deps.dispatch.kinds.byResource(info.group, info.version, info.resource);
  const handler = kind === undefined ? undefined : deps.dispatch.subresources.find(kind, info.subresource);
  return handler?.connect === undefined || Object.hasOwn(handler.verbs, info.verb) ? undefined : (handler as Connecting);
}

async function connect(
  deps: HttpDeps,
  handler: Connecting,
  exchange: Exchange,
  info: RequestInfo,
  query: Query,
  identity: Identity,
  upgrade: Upgrade | undefined,
): Promise<void> {
  const { request, response } = exchange.native();
  await handler.connect(
    {
      kind: kindOf(deps.dispatch.kinds, info),
      subresource: info.subresource,
      key: { namespace: info.namespace === '' ? undefined : info.namespace, name: info.name },
      identity,
      method: exchange.method,
      path: info.rest,
      search: exchange.search,
      query,
      request,
      response: upgrade === undefined ? response : undefined,
      upgrade,
      signal: exchange.signal,
    },
    deps.dispatch.subresourceDeps,
  );
}

const upgradesAsCreate = new Set(['attach', 'exec', 'portforward']);

/** A request with an Upgrade header: passes the chain, then its handler owns the connection. */
export async function handleUpgrade(deps: HttpDeps, exchange: Exchange, from: AuthenticationRequest, upgrade: Upgrade): Promise<void> {
  try {
    const query = parseQuery(exchange.search);
    const info = requestInfo(exchange.method, exchange.path, query);
    const handler = info.isResource ? connectHandler(deps, info) : undefined;
    if (handler === undefined) return await overWebSocket(deps, exchange, info, query, from, upgrade);
    // A GET that opens a shell needs the right to create one (KEP-4006).
    const needed = upgradesAsCreate.has(info.subresource) ? { ...info, verb: 'create' } : info;
    await deps.chain.run(needed, from, undefined, exchange.signal, (identity) =>
      connect(deps, handler, exchange, info, query, identity, upgrade),
    );
  } catch (error) {
    refuseUpgrade(upgrade, asStatusError(error, deps.log, exchange.path));
  }
}
async function overWebSocket(
  deps: HttpDeps,
  exchange: Exchange,
  info: RequestInfo,
  query: Query,
  from: AuthenticationRequest,
  upgrade: Upgrade,
): Promise<void> {
  const request = exchange.native().request as IncomingMessage;
  if (!info.isResource || !isWebSocket(request)) throw badRequest('Upgrade request required');
  const stop = new AbortController();
  const signal = AbortSignal.any([exchange.signal, stop.signal]);
  const reply = await deps.chain.run(info, from, undefined, signal, (identity) => respond(deps, exchange, info, query, identity, signal));
  await serveOverWebSocket(request, upgrade.socket, upgrade.head, reply, () => stop.abort());
}
function refuseUpgrade({ socket }: Upgrade, error: StatusError): void {
  if (socket.destroyed || !socket.writable) return;
  const body = JSON.stringify(error.toStatus());
  const lines = [
    `HTTP/1.1 ${error.code} ${error.reason || 'Error'}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}
