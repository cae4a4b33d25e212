import { badRequest, internalError, StatusError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { TurnQueue } from '../../base/turn-queue.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import type { Aggregator } from '../aggregate/aggregator.ts';
import type { AuditRecord } from '../audit/record.ts';
import { asStatusError, type Chain, isLong, isPanic, type Passage } from '../chain.ts';
import type { ObjectBytes } from '../cache/object-bytes.ts';
import type { DispatchDeps } from '../dispatch.ts';
import type { ServerMetrics } from '../metrics.ts';
import { parseDurationNanos } from '../../api/gotime.ts';
import type { Query } from '../options.ts';
import type { RequestInfo } from '../request-info.ts';
import type { Routes } from '../routes.ts';
import { RequestTrace } from '../tracing/request-trace.ts';
import type { Tracer } from '../tracing/span.ts';
import type { AuthenticationRequest } from '../types.ts';
import type { Exchange } from './exchange.ts';
import type { NonResource } from './non-resource.ts';

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

export function passageOf(
  { clock, tracer }: HttpDeps,
  exchange: Exchange,
  from: AuthenticationRequest,
  info: RequestInfo,
  query: Query,
  headers: Record<string, string>,
): Passage {
  const { path, search } = exchange;
  const uri = search === '' ? path : `${path}?${search}`;
  const timeoutMs = isLong(info) ? undefined : timeoutOf(query);
  const trace = tracer && new RequestTrace(tracer, { exchange, from, info, auditId: headers['audit-id']! });
  return {
    info,
    query,
    from,
    get signal() {
      return exchange.signal;
    },
    headers,
    uri,
    receivedMs: clock.now(),
    timeoutMs,
    waitedMs: 0,
    audit: undefined,
    trace,
  };
}
export function endRecord({ info }: Passage, record: AuditRecord, code: number): void {
  record.ended(code);
  if (isLong(info)) record.tell('ResponseStarted');
  record.tell('ResponseComplete');
}
/** What fails because the client went away is no fault of the server. */
export const failureOf = (error: unknown, { log }: HttpDeps, exchange: Exchange): StatusError =>
  !(error instanceof StatusError) && exchange.signal.aborted
    ? internalError('the client went away')
    : asStatusError(error, log, exchange.path);

export function noteFailure(record: AuditRecord, failure: StatusError): void {
  record.ended(failure.code, failure.toStatus());
  if (isPanic(failure)) record.tell('Panic');
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
