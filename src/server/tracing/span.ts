import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import { type SpanContext, traceHeaders } from './trace-context.ts';

export type Attributes = Readonly<Record<string, string | number | boolean>>;
export type SpanKind = 'internal' | 'server' | 'client';

/** One piece of work of a trace (opentelemetry.io/docs/specs/otel/trace/api). */
export interface Span extends SpanContext {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parentId: string | undefined;
  readonly link: SpanContext | undefined;
  /** Of the code that made it. */
  readonly scope: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** Absent: it went well. */
  readonly error: string | undefined;
}
/** Something that happened meanwhile. */
export interface SpanEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: Attributes;
}
type Plan = Pick<Span, 'name' | 'kind' | 'parentId' | 'link' | 'scope' | 'startMs'>;
/** A span under way. Without a tracer it only stands for the one whose trace the request carries. */
export class LiveSpan {
  readonly context: SpanContext;
  readonly tracer: Tracer | undefined;
  readonly #plan: Plan | undefined;
  #attributes: Attributes;
  readonly #events: SpanEvent[] = [];
  #error: string | undefined;
  #ended = false;

  constructor(context: SpanContext, tracer?: Tracer, plan?: Plan, attributes: Attributes = {}) {
    this.context = context;
    this.tracer = tracer;
    this.#plan = plan;
    this.#attributes = attributes;
  }
  tell(attributes: Attributes): void {
    this.#attributes = { ...this.#attributes, ...attributes };
  }
  event(name: string, attributes: Attributes = {}): void {
    if (this.tracer === undefined || !this.context.isSampled || this.#events.length >= eventsMax) return;
    this.#events.push({ name, atMs: this.tracer.now(), attributes });
  }
  fail(why: string): void {
    this.#error = why;
  }
  end(): void {
    const { tracer, context } = this;
    if (this.#ended || tracer === undefined || this.#plan === undefined) return;
    this.#ended = true;
    if (!context.isSampled) return;
    tracer.ended({
      ...context,
      ...this.#plan,
      endMs: tracer.now(),
      attributes: this.#attributes,
      events: this.#events,
      error: this.#error,
    });
  }
}
/** As OpenTelemetry's SDKs keep. */
const eventsMax = 128;

export interface TracerOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Of traces that begin here, how many in a million are kept. */
  readonly samplingRatePerMillion: number;
  readonly take: (span: Span) => void;
}
interface Start {
  readonly kind?: SpanKind;
  readonly scope?: string;
  readonly attributes?: Attributes;
  /** Default: a new trace. */
  readonly parent?: SpanContext | undefined;
  readonly link?: SpanContext | undefined;
  readonly startMs?: number;
}
const scopeOfParts = 'k8s.io/component-base/tracing';

/** Makes spans and gives those of sampled traces away once they ended. */
export class Tracer {
  readonly #options: TracerOptions;

  constructor(options: TracerOptions) {
    this.#options = options;
  }
  now(): number {
    return this.#options.clock.now();
  }
  ended(span: Span): void {
    this.#options.take(span);
  }
  start(name: string, { kind = 'internal', scope = scopeOfParts, attributes, parent, link, startMs = this.now() }: Start): LiveSpan {
    const traceId = parent?.traceId ?? this.#digits(32);
    const isSampled = parent?.isSampled ?? this.#samples(traceId);
    const context = { traceId, spanId: this.#digits(16), isSampled, state: parent?.state ?? '' };
    return new LiveSpan(context, this, { name, kind, scope, startMs, parentId: parent?.spanId, link }, attributes);
  }
  #digits(count: number): string {
    let digits = '';
    while (digits.length < count)
      digits += this.#options.random
        .int(2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return /^0+$/.test(digits) ? this.#digits(count) : digits;
  }
  /** By the trace's id, so that all who see it decide alike (OpenTelemetry's TraceIDRatioBased). */
  #samples(traceId: string): boolean {
    const low63 = BigInt(`0x${traceId.slice(16)}`) >> 1n;
    return low63 < (BigInt(this.#options.samplingRatePerMillion) << 63n) / 1_000_000n;
  }
}

/** A tracer, and who takes its spans. */
export interface Tracing {
  readonly tracer: Tracer;
  /** Sends what there is, and ends. */
  close(): Promise<void>;
}

/** What is under way, for whatever is done on its behalf; parts of the chain enter a span for the rest of the request. */
export interface Trail {
  span: LiveSpan;
  readonly auditId: string;
  /** What users of tracing hand along with it (https://www.w3.org/TR/baggage/), as it came. */
  readonly baggage?: string | undefined;
}
const trails = new AsyncLocalStorage<Trail>();

/** Runs `work` and all that it calls on this trail. */
export const along = <T>(trail: Trail, work: () => T): T => trails.run(trail, work);

/** Does `work` within a span of its own, where there is a trace; its failure is the span's. */
export function traced<T>(
  name: string,
  attributes: (auditId: string) => Attributes,
  work: (span: LiveSpan | undefined) => Promise<T>,
  kind: SpanKind = 'internal',
): Promise<T> {
  const here = trails.getStore();
  const tracer = here?.span.tracer;
  if (here === undefined || tracer === undefined) return work(here?.span);
  const { context: parent } = here.span;
  // Nobody will see it: what it says of itself is not put together.
  const own = parent.isSampled ? attributes(here.auditId) : {};
  const span = tracer.start(name, { kind, attributes: own, parent });
  return along({ ...here, span }, async () => {
    try {
      return await work(span);
    } catch (error) {
      span.fail(error instanceof Error ? error.message : String(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

const noHeaders: Readonly<Record<string, string>> = {};
/** What a request that is sent on behalf of this one carries. */
export function headersOfTrace(): Readonly<Record<string, string>> {
  const here = trails.getStore();
  if (here === undefined) return noHeaders;
  const { span, baggage } = here;
  return baggage === undefined ? traceHeaders(span.context) : { ...traceHeaders(span.context), baggage };
}
