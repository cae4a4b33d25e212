import type { IncomingMessage } from 'node:http';
import { type AnyKind, isBuiltIn, isStored } from '../../api/kind.ts';
import { badRequest, internalError, StatusError } from '../../api/status.ts';
import type { IncludeObject } from '../../api/table.ts';
import type { Clock } from '../../base/clock.ts';
import type { TurnQueue } from '../../base/turn-queue.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Identity, Reply } from '../../client/call.ts';
import type { Aggregator } from '../aggregate/aggregator.ts';
import { relay, relayUpgrade } from '../aggregate/relay.ts';
import type { Duplex } from 'node:stream';
import type { AuditRecord } from '../audit/record.ts';
import { asStatusError, type Chain, isLong, isPanic, NotDecided, type Passage } from '../chain.ts';
import { TooManyRequests } from '../flowcontrol/flow-control.ts';
import type { ObjectBytes } from '../cache/object-bytes.ts';
import { dispatch, type DispatchDeps, kindOf, noSuchResource, notAllowed, routeOf, warning } from '../dispatch.ts';
import type { ServerMetrics } from '../metrics.ts';
import {
  accepted,
  type Accepted,
  anyForm,
  bodyFormat,
  checkOffered,
  isStreamed,
  notStreamed,
  type Endpoint,
  objectTypes,
  patchFormat,
  streamTypes,
} from '../negotiate.ts';
import { parseDurationNanos } from '../../api/gotime.ts';
import { parseOptions, parseQuery, type Query } from '../options.ts';
import { type RequestInfo, requestInfo } from '../request-info.ts';
import type { Routes } from '../routes.ts';
import { onTrail, RequestTrace } from '../tracing/request-trace.ts';
import type { Tracer } from '../tracing/span.ts';
import type { AuthenticationRequest, ConnectRequest, Subresource } from '../types.ts';
import { parseBody } from './body.ts';
import type { AnswerHeaders, Exchange } from './exchange.ts';
import { checkWatch } from '../verbs/watch.ts';
import { type Form, framesOf } from './forms.ts';
import { type NonResource, PageNotFound, writePlain } from './non-resource.ts';
import { isWebSocket, serveOverWebSocket } from './web-socket.ts';
import { writeError, writeReply } from './write.ts';

export interface HttpDeps {
  readonly chain: Chain;
  readonly dispatch: DispatchDeps;
  readonly routes: Routes;
  readonly nonResource: NonResource;
  /** Absent: no APIServices are served here. */
  readonly aggregator?: Aggregator | undefined;
  readonly bytes: ObjectBytes;
  readonly metrics: ServerMetrics;
  /** What requests do at a stretch waits here: before it is looked at what they ask, before they are answered, before watches go on. */
  readonly turns: TurnQueue;
  readonly tracer?: Tracer | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
}
export type Upgrade = NonNullable<ConnectRequest['upgrade']>;

const cached = { 'cache-control': 'no-cache, private' } as const;

/** Answers one request, whatever happens. */
export async function handle(deps: HttpDeps, exchange: Exchange, from: AuthenticationRequest): Promise<void> {
  const startedMs = deps.clock.monotonic();
  const headers: Record<string, string> = { 'audit-id': header(exchange, 'audit-id') || deps.random.uuid(), ...cached };
  let passage: Passage | undefined;
  let query: Query = {};
  let code = 200;
  try {
    query = parseQuery(exchange.search);
    const info = requestInfo(exchange.method, exchange.path, query);
    passage = passageOf(deps, exchange, from, info, query, headers);
    code = await onTrail(passage, () => answer(deps, exchange, passage!));
  } catch (error) {
    code = writeFailure(deps, exchange, error, query, headers, passage?.audit);
  }
  if (passage === undefined) return;
  passage.trace?.end(code);
  if (passage.audit !== undefined) endRecord(passage, passage.audit, code);
  const { method, search, sent: bytes } = exchange;
  deps.metrics.observe(passage.info, {
    method,
    contentType: header(exchange, 'content-type'),
    dryRun: search !== '' && query.dryRun !== undefined,
    code,
    seconds: (deps.clock.monotonic() - startedMs) / 1000,
    waitedSeconds: passage.waitedMs / 1000,
    bytes,
  });
}
function passageOf(
  { clock, tracer }: HttpDeps,
  exchange: Exchange,
  from: AuthenticationRequest,
  info: RequestInfo,
  query: Query,
  headers: Record<string, string>,
): Passage {
  const { path, search, signal } = exchange;
  const uri = search === '' ? path : `${path}?${search}`;
  const timeoutMs = isLong(info) ? undefined : timeoutOf(query);
  const trace = tracer && new RequestTrace(tracer, { exchange, from, info, auditId: headers['audit-id']! });
  return { info, query, from, signal, headers, uri, receivedMs: clock.now(), timeoutMs, waitedMs: 0, audit: undefined, trace };
}
function endRecord({ info }: Passage, record: AuditRecord, code: number): void {
  record.ended(code);
  if (isLong(info)) record.tell('ResponseStarted');
  record.tell('ResponseComplete');
}
/** What fails because the client went away is no fault of the server. */
const failureOf = (error: unknown, { log }: HttpDeps, { path, signal }: Exchange): StatusError =>
  signal.aborted && !(error instanceof StatusError) ? internalError('the client went away') : asStatusError(error, log, path);

/** Gives the HTTP code. */
function writeFailure(
  deps: HttpDeps,
  exchange: Exchange,
  error: unknown,
  query: Query,
  headers: AnswerHeaders,
  record: AuditRecord | undefined,
): number {
  if (record !== undefined) noteFailure(record, failureOf(error, deps, exchange));
  if (error instanceof PageNotFound) writePlain(exchange, 404, '404 page not found', headers);
  else if (error instanceof NotDecided) writePlain(exchange, 500, notDecided(exchange, error), headers);
  else if (error instanceof TooManyRequests)
    writePlain(exchange, 429, error.message, { ...headers, 'retry-after': String(error.details?.retryAfterSeconds ?? 1) });
  else {
    const failure = failureOf(error, deps, exchange);
    writeError(exchange, failure, query, deps.bytes, headers);
    return failure.code;
  }
  return error.code;
}

function noteFailure(record: AuditRecord, failure: StatusError): void {
  record.ended(failure.code, failure.toStatus());
  if (isPanic(failure)) record.tell('Panic');
}

async function answer(deps: HttpDeps, exchange: Exchange, passage: Passage): Promise<number> {
  const { info, query, headers } = passage;
  const remote = deps.aggregator?.remoteAt(info.path);
  if (remote !== undefined)
    return await deps.chain.run(passage, (identity, signal) => relay(remote, exchange, { identity, headers, signal }));
  if (!info.isResource) return await deps.chain.run(passage, () => deps.nonResource.answer(exchange, info, query, headers));
  const over = isLong(info) ? deps.metrics.lasts(info, exchange.method) : undefined;
  try {
    return await answerResource(deps, exchange, passage);
  } finally {
    over?.();
  }
}
async function answerResource(deps: HttpDeps, exchange: Exchange, passage: Passage): Promise<number> {
  const { info, query, headers, signal } = passage;
  const handler = connectHandler(deps, info);
  if (handler !== undefined) {
    await deps.chain.run(passage, (identity) => connect(deps, handler, exchange, passage, identity, undefined));
    return 200;
  }
  const { reply } = await deps.chain.run(
    passage,
    async (identity, limited) => {
      passage.trace?.handle();
      const negotiated = negotiate(deps, exchange, info, query);
      const until = info.verb === 'watch' ? signal : limited;
      return { ...negotiated, reply: await respond(deps, exchange, passage, identity, until, negotiated) };
    },
    async ({ form, kind, reply: made }) => {
      const { audit } = passage;
      if (info.verb === 'watch' && audit !== undefined) {
        audit.ended(200);
        audit.tell('ResponseStarted');
      }
      const counted = info.verb === 'watch' ? deps.metrics.events(info) : undefined;
      // The store answers many writes at once.
      if (isWrite(info)) await deps.turns.turn();
      passage.trace?.answer(info.verb === 'watch' ? 'WatchServer.HandleHTTP' : 'SerializeObject');
      await writeReply(exchange, made, {
        turns: deps.turns,
        ...presentation(deps, query, form),
        kind,
        headers,
        counted,
        responded: audit?.wantsResponse === true ? (object) => audit.responded(object) : undefined,
      }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
        if (info.verb !== 'watch') deps.metrics.aborted(info, exchange.method);
      });
    },
  );
  return reply.code;
}
const presentation = ({ bytes, clock }: HttpDeps, query: Query, form: Accepted): Form => ({
  accepted: form,
  includeObject: includeOf(query, form),
  nowMs: () => clock.now(),
  bytes,
});

/** What http.Error says upstream, with what could be markup taken out. */
function notDecided({ path, search }: Exchange, { why }: NotDecided): string {
  const text = `Internal Server Error: ${JSON.stringify(path + (search === '' ? '' : `?${search}`))}: ${why}`;
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** What is served here, and how it is asked for. Throws PageNotFound, NotFound, MethodNotAllowed, UnsupportedMediaType and NotAcceptable. */
function negotiate(deps: HttpDeps, exchange: Exchange, info: RequestInfo, query: Query) {
  if (info.group !== '' && deps.dispatch.kinds.versions(info.group).length === 0) throw new PageNotFound();
  checkRoute(deps, exchange, info);
  const { kind, handler } = routeOf(deps.dispatch, { ...info, name: nameIn(exchange, info) });
  if (!methods.has(exchange.method) || (exchange.path.includes('/watch/') && exchange.method !== 'GET')) throw notAllowed();
  const endpoint = isUntabled(kind, info.subresource) ? 'unlisted' : endpointOf(kind);
  const produces = handler?.produces;
  const types = info.verb === 'list' || info.verb === 'watch' ? [...objectTypes, ...streamTypes] : objectTypes;
  if (endpoint !== 'custom') {
    if (info.verb === 'patch') patchFormat(header(exchange, 'content-type'), endpoint);
    checkOffered(exchange.headers.accept, [...(produces ?? []), ...types]);
  }
  const form = produces === undefined ? accepted(exchange.headers, query, endpoint) : anyForm;
  if (info.verb === 'watch' && !isStreamed(form)) {
    if (kind !== undefined) checkWatch(kind, info.namespace || undefined, parseOptions('watch', query));
    throw notStreamed();
  }
  return { kind, form, endpoint, body: handler?.body ?? kind };
}
/** Whether there is such a path, and such a method of it. Custom resources have no routes: their handler looks at what is asked. */
function checkRoute(deps: HttpDeps, exchange: Exchange, info: RequestInfo): void {
  if (!/^\/apis?\//.test(exchange.path)) throw new PageNotFound();
  const kind = deps.dispatch.kinds.byResource(info.group, info.version, info.resource);
  if (kind === undefined || kind.custom !== undefined) return;
  const found = deps.routes.methodsAt(kind, info);
  if (found === undefined) throw noSuchResource();
  if (!found.has(exchange.method)) throw notAllowed();
}
/** A list may be of one name by its selector; that names no object. */
const nameIn = ({ path }: Exchange, { verb, name }: RequestInfo): string =>
  (verb === 'list' || verb === 'watch') && !path.includes('/watch/') ? '' : name;
function endpointOf(kind: AnyKind): Endpoint {
  if (!isBuiltIn(kind)) return 'custom';
  return isStored(kind) ? 'resource' : 'unlisted';
}
/** Statuses that upstream shows in no table. */
const untabled = new Set(['APIService', 'CustomResourceDefinition', 'ResourceClaim']);
const isUntabled = (kind: AnyKind, subresource: string): boolean => subresource === 'status' && isBuiltIn(kind) && untabled.has(kind.kind);
const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

const reads = new Set(['get', 'list', 'watch']);
const isWrite = ({ verb }: RequestInfo): boolean => !reads.has(verb);

async function respond(
  deps: HttpDeps,
  exchange: Exchange,
  { info, query, audit }: Passage,
  identity: Identity,
  signal: AbortSignal,
  { endpoint, body }: Pick<ReturnType<typeof negotiate>, 'endpoint' | 'body'>,
): Promise<Reply> {
  const { verb } = info;
  if (!isWrite(info)) await deps.turns.turn();
  const contentType = header(exchange, 'content-type');
  const { patch, format, options } = warning(deps.dispatch.kinds, info, () => ({
    patch: verb === 'patch' ? patchFormat(contentType, endpoint) : undefined,
    // A body that is wanted is of a known type, or it is not read at all.
    format: verb === 'create' || verb === 'update' ? bodyFormat(contentType) : undefined,
    options: parseOptions(verb, query),
  }));
  return await dispatch(deps.dispatch, {
    ...info,
    name: nameIn(exchange, info),
    options,
    query,
    body: async () => {
      const bytes = await exchange.readBody();
      await deps.turns.turn();
      if (format !== undefined) return parseBody(deps.dispatch.kinds, bytes, format, { type: 'object', kind: body });
      if (patch === undefined && bytes.byteLength === 0) return undefined;
      const parsed = parseBody(
        deps.dispatch.kinds,
        bytes,
        patch?.format ?? bodyFormat(contentType),
        patch === undefined ? { type: 'options' } : { type: 'patch', patch: patch.type, isLenient: options.fieldValidation === 'Ignore' },
      );
      audit?.sent(
        patch === undefined ? { ...(parsed.value as object), kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/__internal' } : parsed.value,
      );
      return parsed;
    },
    patchType: patch?.type,
    identity,
    userAgent: header(exchange, 'user-agent'),
    signal,
    annotate: audit?.annotate,
    requested: audit && ((object) => audit.requested(object)),
  });
}
const header = (exchange: Exchange, name: string): string | undefined => {
  const value = exchange.headers[name];
  return typeof value === 'string' ? value : value?.[0];
};

/** Throws BadRequest for what tables cannot include. */
function includeOf({ includeObject }: Query, { as }: Accepted): IncludeObject {
  const value = includeObject?.[0] || 'Metadata';
  if (value === 'None' || value === 'Object' || value === 'Metadata' || as !== 'Table') return value as IncludeObject;
  const why = "must be 'Metadata', 'Object', 'None', or empty";
  throw badRequest(`Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(value)}: ${why}`);
}
/** ?timeout=30s */
function timeoutOf(query: Query): number | undefined {
  const text = query.timeout?.[0];
  if (text === undefined || text === '') return undefined;
  try {
    const ms = Number(parseDurationNanos(text)) / 1e6;
    return ms <= 0 ? undefined : ms;
  } catch (error) {
    throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`);
  }
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
  { info, query }: Passage,
  identity: Identity,
  upgrade: Upgrade | undefined,
): Promise<void> {
  checkRoute(deps, exchange, info);
  if (query.dryRun !== undefined) throw badRequest('dryRun is not supported');
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
  let passage: Passage | undefined;
  try {
    const query = parseQuery(exchange.search);
    const info = requestInfo(exchange.method, exchange.path, query);
    const headers = { 'audit-id': header(exchange, 'audit-id') || deps.random.uuid() };
    // A GET that opens a shell needs the right to create one (KEP-4006).
    const asked = upgradesAsCreate.has(info.subresource) ? { ...info, verb: 'create' } : info;
    passage = passageOf(deps, exchange, from, asked, query, headers);
    await onTrail(passage, () => answerUpgrade(deps, exchange, passage!, upgrade));
    passage.trace?.end(101);
    if (passage.audit !== undefined) endRecord(passage, passage.audit, 101);
  } catch (error) {
    const failure = failureOf(error, deps, exchange);
    passage?.trace?.end(failure.code);
    const record = passage?.audit;
    if (passage !== undefined && record !== undefined) {
      noteFailure(record, failure);
      endRecord(passage, record, failure.code);
    }
    refuseUpgrade(upgrade, failure);
  }
}
async function answerUpgrade(deps: HttpDeps, exchange: Exchange, passage: Passage, upgrade: Upgrade): Promise<void> {
  const { info, headers } = passage;
  const started = (record: AuditRecord) => {
    record.ended(101);
    record.tell('ResponseStarted');
  };
  const work = async (identity: Identity, signal: AbortSignal, through: (identity: Identity, signal: AbortSignal) => Promise<void>) => {
    const { audit } = passage;
    if (audit !== undefined) atFirstWrite(upgrade.socket, () => started(audit));
    await through(identity, signal);
  };
  const remote = deps.aggregator?.remoteAt(info.path);
  if (remote !== undefined) {
    return await deps.chain.run(passage, (identity, signal) =>
      work(identity, signal, (who, until) => relayUpgrade(remote, exchange, { identity: who, headers, signal: until }, upgrade)),
    );
  }
  const handler = info.isResource ? connectHandler(deps, info) : undefined;
  if (handler === undefined) return await overWebSocket(deps, exchange, passage, upgrade);
  await deps.chain.run(passage, (identity, signal) =>
    work(identity, signal, (who) => connect(deps, handler, exchange, passage, who, upgrade)),
  );
}
/** The answer begins when the handler that owns the connection first writes. */
function atFirstWrite(socket: Duplex, then: () => void): void {
  const { write } = socket;
  socket.write = ((...given: Parameters<typeof write>) => {
    socket.write = write;
    then();
    return write.apply(socket, given);
  }) as typeof write;
}
async function overWebSocket(deps: HttpDeps, exchange: Exchange, passage: Passage, upgrade: Upgrade): Promise<void> {
  const { info, query } = passage;
  const request = exchange.native().request as IncomingMessage;
  if (!info.isResource || !isWebSocket(request)) throw badRequest('Upgrade request required');
  const stop = new AbortController();
  const signal = AbortSignal.any([exchange.signal, stop.signal]);
  const { reply, form, kind } = await deps.chain.run({ ...passage, signal }, async (identity) => {
    const negotiated = negotiate(deps, exchange, info, query);
    return { ...negotiated, reply: await respond(deps, exchange, passage, identity, signal, negotiated) };
  });
  const frames = framesOf(kind, presentation(deps, query, form));
  await serveOverWebSocket(request, upgrade.socket, upgrade.head, reply, frames, () => stop.abort());
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
