import { GrpcClient, type GrpcError, type Method } from '../../base/grpc.node.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { bool, bytes, choice, type Draft, fixed64, int, list, message, oneOf, string } from '../../base/protobuf.ts';
import { Batches } from '../lib/batches.ts';
import type { Attributes, Span } from './span.ts';

/** The messages of OTLP that carry spans (https://github.com/open-telemetry/opentelemetry-proto). */
const anyValue = { stringValue: oneOf(string(1)), boolValue: oneOf(bool(2)), intValue: oneOf(int(3)) };
const keyValue = { key: string(1), value: message(2, anyValue) };
const attributes = (tag: number) => list(message(tag, keyValue));
const event = { timeUnixNano: fixed64(1), name: string(2), attributes: attributes(3) };
const link = { traceId: bytes(1), spanId: bytes(2), traceState: string(3) };
const status = { message: string(2), code: choice(3, ['unset', 'ok', 'error']) };
const span = {
  traceId: bytes(1),
  spanId: bytes(2),
  traceState: string(3),
  parentSpanId: bytes(4),
  name: string(5),
  kind: choice(6, ['unspecified', 'internal', 'server', 'client']),
  startTimeUnixNano: fixed64(7),
  endTimeUnixNano: fixed64(8),
  attributes: attributes(9),
  events: list(message(11, event)),
  links: list(message(13, link)),
  status: message(15, status),
};
const scopeSpans = { scope: message(1, { name: string(1) }), spans: list(message(2, span)) };
const resourceSpans = { resource: message(1, { attributes: attributes(1) }), scopeSpans: list(message(2, scopeSpans)) };
const request = { resourceSpans: list(message(1, resourceSpans)) };
const reply = { partialSuccess: message(1, { rejectedSpans: int(1), errorMessage: string(2) }) };

export const exportCall: Method<typeof request, typeof reply> = {
  path: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  request,
  reply,
};

const valueOf = (value: string | number | boolean): Draft<typeof anyValue> => {
  if (typeof value === 'string') return { stringValue: value };
  return typeof value === 'number' ? { intValue: value } : { boolValue: value };
};
const pairs = (given: Attributes): readonly Draft<typeof keyValue>[] =>
  Object.entries(given).map(([key, value]) => ({ key, value: valueOf(value) }));
const id = (digits: string) => Buffer.from(digits, 'hex');
const nanos = (ms: number): number => ms * 1e6;

function spanOf(one: Span): Draft<typeof span> {
  return {
    traceId: id(one.traceId),
    spanId: id(one.spanId),
    traceState: one.state,
    parentSpanId: id(one.parentId ?? ''),
    name: one.name,
    kind: one.kind,
    startTimeUnixNano: nanos(one.startMs),
    endTimeUnixNano: nanos(one.endMs),
    attributes: pairs(one.attributes),
    events: one.events.map(({ name, atMs, attributes: about }) => ({ name, timeUnixNano: nanos(atMs), attributes: pairs(about) })),
    links: one.link === undefined ? [] : [{ traceId: id(one.link.traceId), spanId: id(one.link.spanId), traceState: one.link.state }],
    status: one.error === undefined ? {} : { code: 'error', message: one.error },
  };
}
/** What is sent of spans that a server, which these attributes tell of, has made. */
export function requestOf(spans: readonly Span[], server: Attributes): Draft<typeof request> {
  const byScope = Object.entries(Object.groupBy(spans, ({ scope }) => scope));
  const ofScopes = byScope.map(([name, some = []]) => ({ scope: { name }, spans: some.map(spanOf) }));
  return { resourceSpans: [{ resource: { attributes: pairs(server) }, scopeSpans: ofScopes }] };
}

/** As OpenTelemetry's batches of spans are by default. */
const batching = { bufferMax: 2048, batchMax: 512, waitMs: 5000 };
const callTimeoutMs = 10_000;
const retryMs = { first: 5000, longest: 30_000, forAll: 60_000 };
/** Those after which OTLP lets a client try again. */
const passing = new Set(['Canceled', 'DeadlineExceeded', 'Aborted', 'OutOfRange', 'Unavailable', 'DataLoss']);

export interface ExporterOptions {
  /** As gRPC names servers: 'localhost:4317', 'dns://...', 'unix:///run/x.sock'. */
  readonly endpoint: string;
  readonly server: Attributes;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Sends spans to a collector by OTLP over gRPC, in batches. Of what it can't send within its bounds, it tells how much is lost. */
export class Exporter {
  readonly #options: ExporterOptions;
  readonly #client: GrpcClient;
  readonly #batches: Batches<Span>;
  readonly #closing = new AbortController();
  #lost = 0;

  constructor(options: ExporterOptions) {
    const { clock, log } = options;
    this.#options = options;
    this.#client = new GrpcClient(options.endpoint, { clock });
    this.#batches = new Batches(
      (spans) => this.#send(spans),
      batching,
      clock,
      (count) => {
        if (this.#lost === 0) log.warn('spans are lost: the collector of traces does not keep up', { endpoint: options.endpoint });
        this.#lost += count;
      },
    );
  }
  readonly take = (one: Span): void => {
    if (!this.#closing.signal.aborted) this.#batches.take([one]);
  };
  async #send(spans: readonly Span[]): Promise<boolean> {
    const { clock, log, server, endpoint } = this.#options;
    const { signal } = this.#closing;
    const untilMs = clock.monotonic() + retryMs.forAll;
    for (let delayMs = retryMs.first; ; delayMs = Math.min(delayMs * 1.5, retryMs.longest)) {
      try {
        const { partialSuccess } = await this.#client.call(exportCall, requestOf(spans, server), callTimeoutMs);
        if (partialSuccess !== undefined && partialSuccess.rejectedSpans > 0)
          log.warn('the collector of traces refused spans', {
            endpoint,
            count: partialSuccess.rejectedSpans,
            why: partialSuccess.errorMessage,
          });
        this.#lost = 0;
        return true;
      } catch (error) {
        const isOver = signal.aborted || clock.monotonic() + delayMs > untilMs || !passing.has((error as GrpcError).code);
        if (isOver) {
          log.warn('traces could not be exported', { endpoint, spans: spans.length, error });
          return false;
        }
        await clock.sleep(delayMs, signal).catch(() => undefined);
      }
    }
  }
  /** Sends what is there, once, and ends. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#batches.close();
    this.#client.close();
  }
}
