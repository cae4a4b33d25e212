import type { IncomingMessage } from 'node:http';
import { badRequest, type StatusError } from '../../api/status.ts';
import type { Identity } from '../../client/call.ts';
import { relayUpgrade } from '../aggregate/relay.ts';
import type { Duplex } from 'node:stream';
import type { AuditRecord } from '../audit/record.ts';
import type { Passage } from '../chain.ts';
import { parseQuery } from '../options.ts';
import { requestInfo } from '../request-info.ts';
import { onTrail } from '../tracing/request-trace.ts';
import type { AuthenticationRequest } from '../types.ts';
import { type Exchange, header } from './exchange.ts';
import { framesOf, shownEvents } from './forms.ts';
import { isWebSocket, serveOverWebSocket } from './web-socket.ts';
import { type HttpDeps, passageOf, endRecord, failureOf, noteFailure } from './passage.ts';
import { respond, presentation } from './respond.ts';
import { formOf, routed } from './routed.ts';
import { type Upgrade, connectHandler, connect } from './connect.ts';

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
    return await deps.chain.run(passage, (identity, { signal }) =>
      work(identity, signal, (who, until) => relayUpgrade(remote, exchange, { identity: who, headers, signal: until }, upgrade)),
    );
  }
  const handler = info.isResource ? connectHandler(deps, info) : undefined;
  if (handler === undefined) return await overWebSocket(deps, exchange, passage, upgrade);
  await deps.chain.run(passage, (identity, { signal }) =>
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
    const route = routed(deps, exchange, info);
    const form = formOf(exchange, passage, route);
    return { ...route, form, reply: await respond(deps, exchange, passage, identity, { signal }, route) };
  });
  const frames = framesOf(kind, presentation(deps, query, form));
  const shown = reply.type === 'watch' ? { ...reply, events: shownEvents(reply.events, { accepted: form }) } : reply;
  await serveOverWebSocket(request, upgrade.socket, upgrade.head, shown, frames, () => stop.abort());
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
