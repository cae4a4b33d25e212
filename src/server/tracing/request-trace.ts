import type { Identity } from '../../client/call.ts';
import { sourceIps } from '../audit/caller.ts';
import type { Exchange } from '../http/exchange.ts';
import { scopeOf, verbOf } from '../metrics.ts';
import type { RequestInfo } from '../request-info.ts';
import type { AuthenticationRequest } from '../types.ts';
import { along, type Attributes, LiveSpan, type Tracer, type Trail } from './span.ts';
import { readTraceContext } from './trace-context.ts';

/** What is known of a request from its start. */
interface Incoming {
  readonly exchange: Pick<Exchange, 'method' | 'path' | 'search' | 'headers' | 'sent'>;
  readonly from: AuthenticationRequest;
  readonly info: RequestInfo;
  readonly auditId: string;
}
const scopes = {
  filters: 'k8s.op/apiserver/pkg/endpoints/filterlatency',
  server: 'go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp',
};
const trusted = new Set(['system:masters', 'system:monitoring']);
/** Of what clients say, as audit events keep them. */
const auditIdMax = 64;

/** A request as upstream's filters trace it: a span for each filter, which holds all that comes after, and one that is the server's. */
export class RequestTrace {
  readonly #tracer: Tracer;
  readonly #incoming: Incoming;
  readonly #trail: Trail;
  readonly #open: LiveSpan[] = [];
  readonly #startMs: number;
  #server: LiveSpan | undefined;
  #handler: LiveSpan | undefined;

  constructor(tracer: Tracer, incoming: Incoming) {
    this.#tracer = tracer;
    this.#incoming = incoming;
    this.#startMs = tracer.now();
    const span = tracer.start('authentication', { scope: scopes.filters });
    this.#open.push(span);
    this.#trail = { span, auditId: incoming.auditId, baggage: baggageOf(incoming.from) };
  }
  run<T>(work: () => Promise<T>): Promise<T> {
    return along(this.#trail, work);
  }
  /** Only those who may do all, or who monitor, continue a trace; others' is told as a link (WithTracing upstream). */
  authenticated(identity: Identity): void {
    const { exchange, from, info } = this.#incoming;
    const remote = readTraceContext(from.headers);
    const isTrusted = identity.groups.some((group) => trusted.has(group));
    this.#server = this.#tracer.start(nameOf(exchange.method, info), {
      kind: 'server',
      scope: scopes.server,
      attributes: serverAttributes(this.#incoming),
      startMs: this.#startMs,
      ...(isTrusted ? { parent: remote ?? this.#trail.span.context } : { link: remote }),
    });
    this.#push(this.#server);
  }
  /** A part of the request begins; it lasts until the request's end. */
  enter(filter: string): void {
    this.#push(this.#tracer.start(filter, { scope: scopes.filters, parent: this.#trail.span.context }));
  }
  /** As `enter`, for the handler of a resource. */
  handle(): void {
    const name = handlerNames[this.#incoming.info.verb];
    if (name === undefined) return;
    const parent = this.#trail.span.context;
    const attributes = parent.isSampled ? handlerAttributes(this.#incoming) : {};
    this.#handler = this.#tracer.start(name, { attributes, parent });
    this.#push(this.#handler);
  }
  /** Something that the handler has done, or is about to do. */
  note(name: string, attributes?: Attributes): void {
    this.#handler?.event(name, attributes);
  }
  /** As `enter`, for what sends the answer. */
  answer(name: string): void {
    const { exchange, auditId } = this.#incoming;
    const attributes = {
      'audit-id': auditId.slice(0, auditIdMax),
      method: exchange.method,
      url: exchange.path,
      protocol: `HTTP/${protocolOf(exchange)}`,
    };
    this.note('About to write a response');
    const span = this.#tracer.start(name, { attributes, parent: this.#trail.span.context });
    span.event('About to start writing response');
    this.#push(span);
  }
  #push(span: LiveSpan): void {
    this.#open.push(span);
    this.#trail.span = span;
  }
  /** The answer was written. */
  written(): void {
    this.#trail.span.event('Write call succeeded', { size: this.#incoming.exchange.sent });
    this.note('Writing http response done');
  }
  /** The answer is sent. */
  end(code: number): void {
    const { sent } = this.#incoming.exchange;
    this.#server?.tell({ 'http.response.status_code': code, ...(sent > 0 ? { 'http.response.body.size': sent } : {}) });
    if (code >= 500) this.#server?.fail('');
    for (const span of this.#open.toReversed()) span.end();
  }
}

/** What upstream's handlers are called. */
const handlerNames: Readonly<Record<string, string>> = {
  get: 'Get',
  list: 'List',
  create: 'Create',
  update: 'Update',
  patch: 'Patch',
  delete: 'Delete',
  deletecollection: 'Delete',
};

interface Traceable {
  readonly trace?: RequestTrace | undefined;
  readonly from: AuthenticationRequest;
  readonly headers: Readonly<Record<string, string>>;
}
/** Does what is done for a request where what it calls finds its trace. Where nothing is traced, what it carries is handed on all the same. */
export function onTrail<T>({ trace, from, headers }: Traceable, work: () => Promise<T>): Promise<T> {
  if (trace !== undefined) return trace.run(work);
  if (from.headers.traceparent === undefined) return work();
  const auditId = headers['audit-id']!;
  const context = readTraceContext(from.headers);
  return context === undefined ? work() : along({ span: new LiveSpan(context), auditId, baggage: baggageOf(from) }, work);
}

const text = (value: string | readonly string[] | undefined): string => (typeof value === 'string' ? value : (value?.[0] ?? ''));
const baggageOf = ({ headers }: AuthenticationRequest): string | undefined => text(headers.baggage) || undefined;

/** "GET /api/v1/namespaces/{:namespace}/pods/{:name}"; of what is no resource the method alone, since there are endless paths. */
function nameOf(method: string, { isResource, group, version, namespace, resource, name, subresource }: RequestInfo): string {
  if (!isResource) return method;
  const parts = [group === '' ? 'api' : `apis/${group}`, version];
  if (namespace !== '') parts.push('namespaces/{:namespace}');
  parts.push(resource);
  if (name !== '') parts.push('{:name}');
  if (subresource !== '') parts.push(subresource);
  return `${method} /${parts.join('/')}`;
}

const knownMethods = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE', 'QUERY']);
const protocolOf = ({ headers }: Incoming['exchange']): string => (headers[':method'] === undefined ? '1.1' : '2.0');

/** OpenTelemetry's conventions for HTTP servers, and what upstream adds. */
function serverAttributes({ exchange, from, auditId }: Incoming): Attributes {
  const { method, path, search, headers } = exchange;
  const authority = text(headers[':authority']) || text(headers.host);
  const [, host = '', port] = /^(\[.*\]|[^:]*)(?::(\d+))?$/.exec(authority) ?? [];
  const peer = from.remoteAddress ?? '';
  const agent = text(headers['user-agent']);
  const client = text(from.headers['x-forwarded-for']).split(',')[0] || peer;
  const size = Number(headers['content-length'] ?? 0);
  return {
    'server.address': host.replace(/^\[|\]$/g, ''),
    'http.request.method': knownMethods.has(method) ? method : 'GET',
    'url.scheme': 'https',
    ...(port === undefined || port === '443' ? {} : { 'server.port': Number(port) }),
    ...(knownMethods.has(method) ? {} : { 'http.request.method_original': method }),
    ...(peer === '' ? {} : { 'network.peer.address': peer }),
    ...(from.remotePort === undefined ? {} : { 'network.peer.port': from.remotePort }),
    ...(agent === '' ? {} : { 'user_agent.original': agent }),
    ...(client === '' ? {} : { 'client.address': client }),
    'url.path': path,
    'network.protocol.version': protocolOf(exchange),
    'http.target': search === '' ? path : `${path}?${search}`,
    'audit-id': auditId.slice(0, auditIdMax),
    ...(size > 0 ? { 'http.request.body.size': size } : {}),
  };
}
/** What upstream's handlers tell of what they were asked. */
function handlerAttributes({ exchange, from, info, auditId }: Incoming): Attributes {
  const { headers } = exchange;
  return {
    accept: text(headers.accept),
    'audit-id': auditId.slice(0, auditIdMax),
    client: sourceIps(from)[0] ?? 'unknown',
    'api-group': info.group,
    'api-version': info.version,
    name: info.name,
    subresource: info.subresource,
    namespace: info.namespace,
    protocol: `HTTP/${protocolOf(exchange)}`,
    resource: info.resource,
    scope: scopeOf(info),
    url: exchange.path,
    'user-agent': text(headers['user-agent']).slice(0, 1024),
    verb: verbOf(info, exchange.method, text(headers['content-type'])),
  };
}
