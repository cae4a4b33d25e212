import { createHash } from 'node:crypto';
import type { Logger } from '../../base/log.ts';
import { type Json, openApiV2, openApiV3 } from '../../api/openapi.ts';
import { StatusError } from '../../api/status.ts';
import type { Discovery } from '../discovery.ts';
import { noSuchResource } from '../dispatch.ts';
import { answerHealth, type HealthCheck } from '../health.ts';
import type { ServerMetrics } from '../metrics.ts';
import { accepted } from '../negotiate.ts';
import type { Query } from '../options.ts';
import type { RequestInfo } from '../request-info.ts';
import type { KindIndex } from '../types.ts';
import type { AnswerHeaders, Exchange } from './exchange.ts';
import { writeBytes, writeObject } from './write.ts';

export interface StaticDocument {
  readonly contentType: string;
  readonly body: string;
  readonly maxAgeSeconds: number;
}
export interface NonResourceOptions {
  readonly kinds: KindIndex;
  readonly discovery: Discovery;
  readonly metrics: ServerMetrics;
  readonly checks: readonly HealthCheck[];
  readonly address: string;
  /** By path: OpenID configuration and keys. */
  readonly documents: ReadonlyMap<string, StaticDocument>;
  readonly log: Logger;
}

export const versionInfo = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3+skiff',
  gitCommit: '5b1f1ff000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'go1.26',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;

const roots = ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/metrics', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];

/** What is served beside the resources: discovery, OpenAPI, health, metrics, version. */
export class NonResource {
  readonly #options: NonResourceOptions;
  #openApi = new Map<string, Uint8Array>();
  #openApiRevision = -1;

  constructor(options: NonResourceOptions) {
    this.#options = options;
  }
  /** Gives the HTTP code of what it wrote. Throws StatusError. */
  async answer(exchange: Exchange, { path: given }: RequestInfo, query: Query, headers: AnswerHeaders): Promise<number> {
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') {
      throw new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});
    }
    const path = given.length > 1 ? given.replace(/\/+$/, '') : given;
    const { metrics, checks, documents } = this.#options;
    if (/^\/(healthz|livez|readyz)(\/|$)/.test(path)) {
      const health = await answerHealth(checks, path, query);
      if (health === undefined) throw noSuchResource();
      return await this.#text(exchange, health.code, health.text, 'text/plain; charset=utf-8', headers);
    }
    if (path === '/metrics')
      return await this.#text(exchange, 200, await metrics.registry.metrics(), metrics.registry.contentType, headers);
    const document = documents.get(path);
    if (document !== undefined) {
      const cache = { 'cache-control': `public, max-age=${document.maxAgeSeconds}` };
      return await this.#text(exchange, 200, document.body, document.contentType, { ...headers, ...cache });
    }
    if (path.startsWith('/openapi/')) return await this.#openapi(exchange, path, headers);
    return await this.#discover(exchange, path, query, headers);
  }
  async #text(exchange: Exchange, code: number, text: string, type: string, headers: AnswerHeaders): Promise<number> {
    await writeBytes(exchange, code, Buffer.from(text), type, { ...headers, 'x-content-type-options': 'nosniff' });
    return code;
  }
  async #discover(exchange: Exchange, path: string, query: Query, headers: AnswerHeaders): Promise<number> {
    const form = accepted(exchange.headers.accept, query);
    const { discovery } = this.#options;
    if (form.aggregated && (path === '/api' || path === '/apis')) {
      const bytes = Buffer.from(JSON.stringify(discovery.aggregated(path === '/api')));
      const type = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
      return await this.#tagged(exchange, bytes, type, { ...headers, vary: 'Accept' });
    }
    const document = this.#document(path);
    if (document === undefined) throw noSuchResource();
    await writeObject(exchange, 200, document, {
      accepted: form,
      headers: path.startsWith('/api') ? { ...headers, vary: 'Accept' } : headers,
    });
    return 200;
  }
  #document(path: string): object | undefined {
    const { discovery, address } = this.#options;
    const [, root, group, version, ...more] = path.split('/');
    if (path === '/') return { paths: roots };
    if (path === '/version') return versionInfo;
    if (more.length > 0) return undefined;
    if (root === 'api') {
      if (group === undefined) return discovery.legacy(address);
      return version === undefined ? discovery.resources('', group) : undefined;
    }
    if (root !== 'apis') return undefined;
    if (group === undefined) return discovery.groupList();
    return version === undefined ? discovery.group(group) : discovery.resources(group, version);
  }
  async #tagged(exchange: Exchange, bytes: Uint8Array, type: string, headers: AnswerHeaders): Promise<number> {
    const etag = `"${createHash('sha512').update(bytes).digest('hex').toUpperCase()}"`;
    if (exchange.headers['if-none-match'] === etag) {
      exchange.begin(304, { ...headers, etag });
      exchange.end();
      return 304;
    }
    await writeBytes(exchange, 200, bytes, type, { ...headers, etag, 'cache-control': 'public' });
    return 200;
  }
  async #openapi(exchange: Exchange, path: string, headers: AnswerHeaders): Promise<number> {
    const bytes = this.#openApiBytes(path);
    if (bytes === undefined) throw noSuchResource();
    return await this.#tagged(exchange, bytes, 'application/json', headers);
  }
  #openApiBytes(path: string): Uint8Array | undefined {
    const { kinds } = this.#options;
    if (this.#openApiRevision !== kinds.revision) {
      this.#openApi.clear();
      this.#openApiRevision = kinds.revision;
    }
    let bytes = this.#openApi.get(path);
    if (bytes === undefined) {
      const document = this.#openApiDocument(path);
      if (document === undefined) return undefined;
      bytes = Buffer.from(JSON.stringify(document));
      this.#openApi.set(path, bytes);
    }
    return bytes;
  }
  #openApiDocument(path: string): Json | undefined {
    const { all } = this.#options.kinds;
    if (path === '/openapi/v2') return openApiV2(all);
    const places = new Map(all.map((kind) => [kind.group === '' ? `api/${kind.version}` : `apis/${kind.group}/${kind.version}`, kind]));
    if (path === '/openapi/v3') {
      const paths: Record<string, Json> = {};
      for (const place of places.keys()) {
        const hash = createHash('sha512')
          .update(this.#openApiBytes(`/openapi/v3/${place}`)!)
          .digest('hex')
          .toUpperCase();
        paths[place] = { serverRelativeURL: `/openapi/v3/${place}?hash=${hash}` };
      }
      return { paths };
    }
    const one = path.startsWith('/openapi/v3/') ? places.get(path.slice('/openapi/v3/'.length)) : undefined;
    if (one === undefined) return undefined;
    return openApiV3(all.filter((kind) => kind.group === one.group && kind.version === one.version));
  }
}
