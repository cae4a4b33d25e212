import { trimmedEnd } from '../../base/trim.ts';
import type { Logger } from '../../base/log.ts';
import { Metrics } from '../../base/metrics.ts';
import { StatusError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { ObjectBytes } from '../cache/object-bytes.ts';
import type { Discovery } from '../discovery.ts';
import { noSuchResource, notAllowed } from '../dispatch.ts';
import { answerHealth, type HealthCheck } from '../health.ts';
import type { ServerMetrics } from '../metrics.ts';
import { accepted, type Accepted, checkConsumed, checkOffered, mediaTypes, objectTypes, whenAccepted } from '../negotiate.ts';
import type { Query } from '../options.ts';
import type { RequestInfo } from '../request-info.ts';
import { versionInfo } from '../version.ts';
import type { Diagnostics, StructuredPage } from './diagnostics.ts';
import type { AnswerHeaders, Exchange } from './exchange.ts';
import { answerOpenApi, hashOf, type OpenApiSource } from './open-api.ts';
import { encodeObject, writeBytes, writeObject } from './write.ts';

export interface StaticDocument {
  readonly contentType: string;
  readonly body: string;
  readonly maxAgeSeconds: number;
}
export interface NonResourceOptions {
  readonly bytes: ObjectBytes;
  readonly clock: Clock;
  readonly openApi: OpenApiSource;
  readonly discovery: Discovery;
  readonly metrics: ServerMetrics;
  readonly checks: readonly HealthCheck[];
  readonly address: string;
  /** By path: OpenID configuration and keys. */
  readonly documents: ReadonlyMap<string, StaticDocument>;
  /** Tables of what flow control does, by name. */
  readonly dump?: ((name: string, query: Query) => string | undefined) | undefined;
  readonly diagnostics: Diagnostics;
  readonly log: Logger;
}
const plainText = 'text/plain; charset=utf-8';
const dumpPrefix = '/debug/api_priority_and_fairness/';

const fixedPaths = [
  '/api',
  '/api/v1',
  '/apis',
  '/apis/',
  '/flagz',
  '/metrics',
  '/openapi/v2',
  '/openapi/v3',
  '/openapi/v3/',
  '/statusz',
  '/version',
];

/** What is served nowhere: a plain page, as Go's own router gives it. */
export class PageNotFound extends StatusError {
  constructor() {
    super(404, 'NotFound', 'the server could not find the requested resource', {});
  }
}
/** What upstream's router looks at before there is an answer: the method, the type of the body, and what is accepted. */
interface Route {
  /** Absent: of any. */
  readonly consumes?: readonly string[];
  readonly produces: readonly string[];
}
const discoveryRoute: Route = { consumes: objectTypes, produces: objectTypes };
const jsonRoute: Route = { consumes: [mediaTypes.json], produces: [mediaTypes.json] };
/** Throws MethodNotAllowed, UnsupportedMediaType and NotAcceptable. */
function checkRoute({ method, headers }: Exchange, { consumes, produces }: Route): void {
  if (method !== 'GET') throw notAllowed();
  checkConsumed(headers['content-type'], consumes);
  checkOffered(headers.accept, produces);
}

/** An answer in plain words, as Go's http.Error gives it. */
export function writePlain(exchange: Exchange, code: number, text: string, headers: AnswerHeaders): void {
  const page = Buffer.from(`${text}\n`);
  const about = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff', 'content-length': page.byteLength };
  exchange.begin(code, { ...headers, ...about });
  exchange.end(exchange.method === 'HEAD' ? undefined : page);
}

/** What is served beside the resources: discovery, OpenAPI, health, metrics, version. */
export class NonResource {
  readonly #options: NonResourceOptions;

  constructor(options: NonResourceOptions) {
    this.#options = options;
  }
  /** Gives the HTTP code of what it wrote. Throws StatusError. */
  async answer(exchange: Exchange, { path: given }: RequestInfo, query: Query, headers: AnswerHeaders): Promise<number> {
    // Upstream's routers differ: only what is told of groups, versions and the issuer may end in a slash.
    const path = /^\/(apis?|version|openid|\.well-known)\b/.test(given) ? trimmedEnd(given, '/') : given;
    const { metrics, checks, documents } = this.#options;
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
      const health = await answerHealth(checks, path, query);
      if (health === undefined) throw new PageNotFound();
      // A single check that succeeds is told by hand, without what goes with other texts.
      if (health.isSingle) return await this.#bytes(exchange, 200, health.text, plainText, headers);
      return await this.#text(exchange, health.code, health.text, plainText, headers);
    }
    if (path === '/metrics') return await this.#text(exchange, 200, await metrics.metrics.text(), Metrics.contentType, headers);
    const dumped = path.startsWith(dumpPrefix) ? this.#options.dump?.(path.slice(dumpPrefix.length), query) : undefined;
    if (dumped !== undefined) return await this.#text(exchange, 200, dumped, plainText, headers);
    if (/^\/(statusz|flagz|debug\/pprof)/.test(path)) {
      const answer = await this.#options.diagnostics.answer(path, exchange.headers, query, exchange.signal);
      if (answer === undefined) throw new PageNotFound();
      if ('object' in answer) return await this.#page(exchange, answer, headers);
      const write = path.startsWith('/debug/') ? this.#text : this.#bytes;
      return await write.call(this, exchange, answer.code, answer.body, answer.type, headers);
    }
    const document = documents.get(path);
    if (document !== undefined) {
      checkRoute(exchange, { produces: [document.contentType] });
      const cache = { 'cache-control': `public, max-age=${document.maxAgeSeconds}` };
      return await this.#text(exchange, 200, document.body, document.contentType, { ...headers, ...cache });
    }
    if (path.startsWith('/openapi/')) {
      const code = await answerOpenApi(this.#options.openApi, this.#options.clock, exchange, path, query, headers);
      if (code === undefined) throw new PageNotFound();
      return code;
    }
    return await this.#discover(exchange, path, given, query, headers);
  }
  async #text(exchange: Exchange, code: number, text: string, type: string, headers: AnswerHeaders): Promise<number> {
    const about = type.startsWith('text/plain') ? { ...headers, 'x-content-type-options': 'nosniff' } : headers;
    return await this.#bytes(exchange, code, text, type, about);
  }
  async #bytes(exchange: Exchange, code: number, text: string, type: string, headers: AnswerHeaders): Promise<number> {
    await writeBytes(exchange, code, Buffer.from(text), type, headers);
    return code;
  }
  async #page(exchange: Exchange, { object, accepted: { format, version, pretty }, warning }: StructuredPage, headers: AnswerHeaders) {
    const type = `${mediaTypes[format]};g=config.k8s.io;v=${version};as=${object.kind}`;
    const bytes = encodeObject(object, { format, pretty }, this.#options.bytes);
    await writeBytes(exchange, 200, bytes, type, warning === undefined ? headers : { ...headers, warning });
    return 200;
  }
  async #discover(exchange: Exchange, path: string, given: string, query: Query, headers: AnswerHeaders): Promise<number> {
    const { bytes } = this.#options;
    if (path === '/' || path === '/index.html')
      return await this.#text(exchange, 200, JSON.stringify({ paths: this.#paths() }, null, 2), mediaTypes.json, headers);
    if (path === '/version') {
      checkRoute(exchange, jsonRoute);
      return await this.#text(exchange, 200, JSON.stringify(versionInfo, null, 2), mediaTypes.json, headers);
    }
    if (path === '/api') checkRoute(exchange, discoveryRoute);
    if (path === '/api' || given === '/apis') {
      const form = whenAccepted(exchange.headers, query, 'discovery');
      if (form !== undefined) return await this.#aggregated(exchange, path === '/api', form, headers);
    }
    const document = this.#document(path);
    if (/^\/(api|apis\/[^/]+)\/./.test(path)) checkRoute(exchange, discoveryRoute);
    await writeObject(exchange, 200, document, { accepted: accepted(exchange.headers, query, 'plain'), bytes }, headers);
    return 200;
  }
  async #aggregated(exchange: Exchange, legacy: boolean, form: Accepted, headers: AnswerHeaders): Promise<number> {
    const document = this.#options.discovery.aggregated(legacy);
    // The tag is the document's, whatever the format.
    const etag = `"${hashOf(this.#options.bytes.json(document))}"`;
    const type = `${mediaTypes[form.format]};g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList`;
    const about = { ...headers, etag, vary: 'Accept', 'cache-control': 'public' };
    return await answerTagged(exchange, etag, about, () =>
      writeBytes(exchange, 200, encodeObject(document, form, this.#options.bytes), type, about),
    );
  }
  /** What is served under a path of discovery. Throws PageNotFound for what is nowhere, NotFound for what is not in a group. */
  #document(path: string): object {
    const { discovery, address } = this.#options;
    const [, root, group, version, ...more] = path.split('/');
    if (root === 'api') {
      if (group === undefined) return discovery.legacy(address);
      const document = version === undefined ? discovery.resources('', group) : undefined;
      if (document === undefined) throw noSuchResource();
      return document;
    }
    if (root !== 'apis') throw this.#isBelowPage(path) ? noSuchResource() : new PageNotFound();
    if (group === undefined) return discovery.groupList();
    const found = discovery.group(group);
    if (found === undefined) throw new PageNotFound();
    const document = version === undefined ? found : more.length > 0 ? undefined : discovery.resources(group, version);
    if (document === undefined) throw noSuchResource();
    return document;
  }
  /** Upstream's router of such a page has what stands below it too, and knows none of it. */
  #isBelowPage(path: string): boolean {
    return ['/version', ...this.#options.documents.keys()].some((page) => path.startsWith(`${page}/`));
  }
  /** What the index lists. */
  #paths(): readonly string[] {
    const { discovery, checks, documents } = this.#options;
    const groups = discovery.groups().flatMap((group) => {
      if (group === '') return [];
      return [`/apis/${group}`, ...discovery.versions(group).map((version) => `/apis/${group}/${version}`)];
    });
    const health = ['/healthz', '/livez', '/readyz'].flatMap((root) => [root, ...checks.map(({ name }) => `${root}/${name}`)]);
    return [...fixedPaths, ...groups, ...health, ...documents.keys()].sort();
  }
}

/** 304 when the client has what the tag names. */
async function answerTagged(exchange: Exchange, etag: string, headers: AnswerHeaders, write: () => Promise<void>): Promise<number> {
  if (exchange.headers['if-none-match'] !== etag) {
    await write();
    return 200;
  }
  exchange.begin(304, headers);
  exchange.end();
  return 304;
}
