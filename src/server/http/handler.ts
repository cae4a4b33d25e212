import { relay } from '../aggregate/relay.ts';
import type { AuditRecord } from '../audit/record.ts';
import { goQuote } from '../../api/go-text.ts';
import { isLong, NotDecided, type Passage, withoutMarkup } from '../chain.ts';
import { TooManyRequests } from '../flowcontrol/flow-control.ts';
import { parseQuery, type Query } from '../options.ts';
import { requestInfo, UnclearRequest } from '../request-info.ts';
import { onTrail } from '../tracing/request-trace.ts';
import type { AuthenticationRequest } from '../types.ts';
import { type AnswerHeaders, type Exchange, header } from './exchange.ts';
import { PageNotFound, writePlain } from './non-resource.ts';
import { writeError, writeReply } from './write.ts';
import { type HttpDeps, passageOf, endRecord, failureOf, noteFailure } from './passage.ts';
import { isWrite, presentation, respond } from './respond.ts';
import { formOf, routed, withDeprecation } from './routed.ts';
import { connectHandler, connect } from './connect.ts';

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
    fieldValidation: search === '' ? undefined : query.fieldValidation,
    user: passage.user,
    code,
    seconds: (deps.clock.monotonic() - startedMs) / 1000,
    waitedSeconds: passage.waitedMs / 1000,
    bytes,
  });
}
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
  if (error instanceof UnclearRequest) {
    const { search } = exchange;
    // Nothing is known of the request, so nothing is said of caches.
    const { 'cache-control': _, ...known } = headers;
    writePlain(exchange, error.code, internal(exchange, error.message + (search === '' ? '' : `?${search}`)), known);
  } else if (error instanceof PageNotFound) writePlain(exchange, 404, '404 page not found', headers);
  else if (error instanceof NotDecided) writePlain(exchange, 500, internal(exchange, error.why), headers);
  else if (error instanceof TooManyRequests)
    writePlain(exchange, 429, error.message, { ...headers, 'retry-after': String(error.details?.retryAfterSeconds ?? 1) });
  else {
    const failure = failureOf(error, deps, exchange);
    writeError(exchange, failure, query, deps.bytes, headers);
    return failure.code;
  }
  return error.code;
}

async function answer(deps: HttpDeps, exchange: Exchange, passage: Passage): Promise<number> {
  const { info, query, headers } = passage;
  const remote = deps.aggregator?.remoteAt(info.path);
  if (remote !== undefined)
    return await deps.chain.run(passage, (identity, { signal }) => relay(remote, exchange, { identity, headers, signal }));
  if (!info.isResource) return await deps.chain.run(passage, () => deps.nonResource.answer(exchange, info, query, headers));
  const over = isLong(info) ? deps.metrics.lasts(info, exchange.method) : undefined;
  try {
    return await answerResource(deps, exchange, passage);
  } finally {
    over?.();
  }
}
async function answerResource(deps: HttpDeps, exchange: Exchange, passage: Passage): Promise<number> {
  const { info, query, headers } = passage;
  const handler = connectHandler(deps, info);
  if (handler !== undefined) {
    await deps.chain.run(passage, (identity) => connect(deps, handler, exchange, passage, identity, undefined));
    return 200;
  }
  const { reply } = await deps.chain.run(
    passage,
    async (identity, limited) => {
      passage.trace?.handle();
      const route = routed(deps, exchange, info);
      const until = info.verb === 'watch' ? passage : limited;
      try {
        const form = formOf(exchange, passage, route);
        return { ...route, form, reply: await respond(deps, exchange, passage, identity, until, route) };
      } catch (error) {
        throw withDeprecation(error, route.kind);
      }
    },
    async ({ form, kind, reply: made }) => {
      const { audit } = passage;
      if (info.verb === 'watch' && audit !== undefined) {
        audit.ended(200);
        audit.tell('ResponseStarted');
      }
      const counted = info.verb === 'watch' ? deps.metrics.events(info, () => deps.clock.now() - passage.receivedMs) : undefined;
      // The store answers many writes at once.
      if (isWrite(info)) await deps.turns.turn();
      passage.trace?.answer(info.verb === 'watch' ? 'WatchServer.HandleHTTP' : 'SerializeObject');
      try {
        await writeReply(exchange, made, {
          turns: deps.turns,
          ...presentation(deps, query, form),
          kind,
          headers,
          counted,
          responded: audit?.wantsResponse === true ? (object) => audit.responded(object) : undefined,
        });
      } catch (error) {
        if (!passage.signal.aborted) throw withDeprecation(error, kind);
        if (info.verb !== 'watch') deps.metrics.aborted(info, exchange.method);
      }
      passage.trace?.written();
    },
  );
  return reply.code;
}
/** What http.Error says upstream, with what could be markup taken out. */
const internal = (exchange: Exchange, why: string): string => withoutMarkup(`Internal Server Error: ${goQuote(uriOf(exchange))}: ${why}`);
const uriOf = ({ path, search }: Exchange): string => (search === '' ? path : `${path}?${search}`);
