import { type Distribution, type Family, Metrics, type Value } from '../base/metrics.ts';
import type { AnyKind } from '../api/kind.ts';
import type { ApiObject } from '../api/meta.ts';
import type { WatchEvent } from '../client/call.ts';
import type { Store } from '../store/store.ts';
import { collectStore } from './store-metrics.ts';
import { collectProcess, describeBuild } from './process-metrics.ts';
import type { RequestInfo } from './request-info.ts';
import type { KindIndex } from './types.ts';
import type { WatchCache } from './watch-cache.ts';

/** What became of a request. */
export interface Observed {
  readonly method: string;
  /** Of the body: an apply is told apart from other patches. */
  readonly contentType: string | undefined;
  readonly dryRun: boolean;
  readonly fieldValidation?: readonly string[] | undefined;
  /** Whose request it is, where that is known. */
  readonly user?: string | undefined;
  readonly code: number;
  readonly seconds: number;
  /** The part of it that was spent in a queue. */
  readonly waitedSeconds: number;
  readonly bytes: number;
}
interface Route {
  readonly codes: Map<number, Value>;
  readonly labels: readonly string[];
  readonly durations: Distribution;
  readonly levels: Distribution;
  readonly sizes: Distribution;
}
/** Requests that are worked on and that wait, by upstream's two kinds. */
export interface Occupancy {
  readonly reading: number;
  readonly changing: number;
  readonly readingWaits: number;
  readonly changingWaits: number;
}

const place = ['group', 'version', 'resource', 'subresource', 'scope', 'component'];
const seconds = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];
const routesMax = 4096;
const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'CONNECT']);
const fieldValidations = new Set(['', 'Ignore', 'Warn', 'Strict']);
/** The server as its own client. */
export const apiServerUser = 'system:apiserver';
const connects = new Set(['attach', 'exec', 'portforward', 'proxy']);
/** Paths beside the resources that are told by name. */
const namedPaths = /^\/(healthz|livez|readyz|version|metrics|openapi\/v[23]|openid\/v1\/jwks|\.well-known\/openid-configuration)$/;

/** The server's metrics, under upstream's names (k8s.io/apiserver endpoints/metrics). */
export class ServerMetrics {
  readonly metrics: Metrics;
  readonly #kinds: KindIndex;
  readonly #requests: Family<Value>;
  readonly #durations: Family<Distribution>;
  readonly #levels: Family<Distribution>;
  readonly #sizes: Family<Distribution>;
  readonly #long: Family<Value>;
  readonly #events: Family<Value>;
  readonly #eventSizes: Family<Distribution>;
  readonly #aborts: Family<Value>;
  readonly #terminations: Family<Value>;
  readonly #deprecated: Family<Value>;
  readonly #bodies: Family<Distribution>;
  readonly #bodiesByKind = new WeakMap<AnyKind, Map<string, Distribution>>();
  readonly #initial: Family<Distribution>;
  readonly #fieldValidations: Family<Distribution>;
  readonly #own: Family<Value>;
  #toldFieldValidation = false;
  #routes = new Map<string, Route>();

  constructor(store: Store, cache: WatchCache, kinds: KindIndex, occupancy: () => Occupancy, metrics = new Metrics()) {
    this.metrics = metrics;
    this.#kinds = kinds;
    this.#requests = metrics.counter('apiserver_request_total', '[STABLE] Requests by verb, place and HTTP code', [
      'verb',
      'dry_run',
      ...place,
      'code',
    ]);
    const all = [0.005, 0.025, ...seconds];
    this.#durations = metrics.histogram('apiserver_request_duration_seconds', '[STABLE] Time until the answer was sent', all, [
      'verb',
      'dry_run',
      ...place,
    ]);
    const sli = '[ALPHA] Time until the answer was sent, without what was spent in queues';
    this.#levels = metrics.histogram('apiserver_request_sli_duration_seconds', sli, seconds, ['verb', ...place]);
    const sizes = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
    this.#sizes = metrics.histogram('apiserver_response_sizes', '[STABLE] Bytes of answers', sizes, ['verb', ...place]);
    this.#long = metrics.gauge('apiserver_longrunning_requests', '[STABLE] Requests that last, such as watches', ['verb', ...place]);
    const resource = ['group', 'version', 'resource'];
    this.#events = metrics.counter('apiserver_watch_events_total', '[ALPHA] Events sent to watches', resource);
    const kibibytes = [1, 2, 4, 8, 16, 32, 64, 128].map((count) => count * 1024);
    this.#eventSizes = metrics.histogram('apiserver_watch_events_sizes', '[ALPHA] Bytes of events sent to watches', kibibytes, resource);
    const linear = Array.from({ length: 31 }, (_, index) => 50_000 + 100_000 * index);
    this.#bodies = metrics.histogram('apiserver_request_body_size_bytes', '[ALPHA] Bytes of the bodies of requests', linear, [
      'group',
      'resource',
      'verb',
    ]);
    const initial = [0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 2, 4, 6, 8, 10, 15, 20, 30, 45, 60];
    this.#initial = metrics.histogram(
      'apiserver_watch_list_duration_seconds',
      '[BETA] Time until a watch told all that was there',
      initial,
      [...resource, 'scope'],
    );
    const help = '[ALPHA] Requests by the validation of fields that they ask for; upstream observes nothing here';
    this.#fieldValidations = metrics.histogram('field_validation_request_duration_seconds', help, seconds, ['field_validation']);
    this.#own = metrics.counter('apiserver_selfrequest_total', '[ALPHA] Requests of the server to itself', [
      'verb',
      'group',
      'resource',
      'subresource',
    ]);
    this.#aborts = metrics.counter('apiserver_request_aborts_total', 'Requests whose answer was cut', ['verb', ...place.slice(0, -1)]);
    this.#terminations = metrics.counter('apiserver_request_terminations_total', 'Requests that were turned away', [
      'verb',
      ...place,
      'code',
    ]);
    this.#deprecated = metrics.gauge('apiserver_requested_deprecated_apis', 'Deprecated APIs that were asked for', [
      'group',
      'version',
      'resource',
      'subresource',
      'removed_release',
    ]);
    collectStore(metrics, store, cache);
    collectOccupancy(metrics, occupancy);
    collectProcess(metrics);
    describeBuild(metrics);
  }
  observe(info: RequestInfo, what: Observed): void {
    const route = this.#route(info, what.method, what.contentType, what.dryRun);
    const { code } = what;
    let total = route.codes.get(code);
    if (total === undefined) {
      total = this.#requests.of(...route.labels, String(code));
      route.codes.set(code, total);
    }
    total.add();
    if (code === 429 && info.isResource) this.#terminations.of(...withoutDryRun(route.labels), '429').add();
    if (what.user === apiServerUser) this.ownRequest(info, what.method, what.contentType);
    if (info.verb === 'watch') return;
    if (what.fieldValidation !== undefined || !this.#toldFieldValidation) this.#noteFieldValidation(what.fieldValidation);
    route.durations.observe(what.seconds);
    route.levels.observe(what.seconds - what.waitedSeconds);
    route.sizes.observe(what.bytes);
  }
  #route(info: RequestInfo, method: string, contentType: string | undefined, dryRun: boolean): Route {
    const scope = scopeOf(info);
    const verb = verbOf(info, method, contentType);
    const { group, version, resource, subresource, path } = info;
    const key = `${verb} ${dryRun ? '1' : ''} ${info.isResource ? `${group}/${version}/${resource}/${subresource}` : path} ${scope}`;
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    if (this.#routes.size >= routesMax) this.#routes.clear();
    const labels = [verb, dryRun ? 'All' : '', ...this.#placeOf(info), scope, info.isResource ? 'apiserver' : ''];
    const plain = withoutDryRun(labels);
    const route: Route = {
      codes: new Map(),
      labels,
      durations: this.#durations.of(...labels),
      levels: this.#levels.of(...plain),
      sizes: this.#sizes.of(...plain),
    };
    this.#routes.set(key, route);
    if (info.isResource) this.#noteDeprecated(info);
    return route;
  }
  #noteFieldValidation(given: readonly string[] = []): void {
    const [value = '', ...more] = given;
    this.#fieldValidations.of(more.length > 0 || !fieldValidations.has(value) ? 'invalid' : value);
    this.#toldFieldValidation = true;
  }
  /** The server asked itself. */
  ownRequest(info: RequestInfo, method: string, contentType: string | undefined): void {
    const [group = '', , resource = '', subresource = ''] = this.#placeOf(info);
    this.#own.of(verbOf(info, method, contentType), group, resource, subresource).add();
  }
  /** A body was read. */
  body(kind: AnyKind, verb: string, bytes: number): void {
    let byVerb = this.#bodiesByKind.get(kind);
    if (byVerb === undefined) this.#bodiesByKind.set(kind, (byVerb = new Map()));
    let sizes = byVerb.get(verb);
    if (sizes === undefined) {
      sizes = this.#bodies.of(kind.group, kind.plural, verb === 'deletecollection' ? 'delete_collection' : verb);
      byVerb.set(verb, sizes);
    }
    sizes.observe(bytes);
  }
  #noteDeprecated({ group, version, resource, subresource }: RequestInfo): void {
    const kind = this.#kinds.byResource(group, version, resource);
    if (kind?.deprecated === undefined || kind.custom !== undefined) return;
    const [, removed = ''] = /unavailable in v(\d+\.\d+)\+/.exec(kind.deprecated) ?? [];
    this.#deprecated.of(group, version, resource, kind.subresources.includes(subresource) ? subresource : '', removed).set(1);
  }
  /** Only what is there gets a label of its own: a client can't invent any. */
  #placeOf({ isResource, group, version, resource, subresource, path }: RequestInfo): readonly string[] {
    if (!isResource) return ['', '', '', namedPaths.test(path) ? path : ''];
    const kind = this.#kinds.byResource(group, version, resource);
    if (kind === undefined) return ['', '', '', ''];
    return [group, version, resource, kind.subresources.includes(subresource) ? subresource : ''];
  }
  /** A request that lasts begins; gives what is to be called at its end. */
  lasts(info: RequestInfo, method: string): () => void {
    const gauge = this.#long.of(verbOf(info, method, undefined), ...this.#placeOf(info), scopeOf(info), 'apiserver');
    gauge.add();
    return () => gauge.add(-1);
  }
  /** Counts events of a watch of a resource. `elapsedMs`: since the request came. */
  events(info: RequestInfo, elapsedMs: () => number): (bytes: number, event: WatchEvent) => void {
    const { group, version, resource } = info;
    const known = this.#kinds.byResource(group, version, resource) !== undefined;
    const labels = known ? [group, version, resource] : ['', '', ''];
    const [count, sizes] = [this.#events.of(...labels), this.#eventSizes.of(...labels)];
    return (bytes, event) => {
      if (event.type === 'BOOKMARK' && endsInitialEvents(event)) this.#initial.of(...labels, scopeOf(info)).observe(elapsedMs() / 1000);
      count.add();
      sizes.observe(bytes);
    };
  }
  aborted(info: RequestInfo, method: string): void {
    this.#aborts.of(verbOf(info, method, undefined), ...this.#placeOf(info), scopeOf(info)).add();
  }
}

const endsInitialEvents = ({ object }: WatchEvent): boolean =>
  (object as Partial<ApiObject>).metadata?.annotations?.['k8s.io/initial-events-end'] === 'true';
const withoutDryRun = ([verb = '', _, ...rest]: readonly string[]): readonly string[] => [verb, ...rest];
export function scopeOf({ isResource, name, namespace, verb }: RequestInfo): string {
  if (!isResource) return '';
  if (name !== '' || verb === 'create') return 'resource';
  return namespace !== '' ? 'namespace' : 'cluster';
}
export function verbOf({ isResource, verb, subresource }: RequestInfo, method: string, contentType: string | undefined): string {
  if (!isResource) return methods.has(method) ? method : 'other';
  if (connects.has(subresource)) return 'CONNECT';
  switch (verb) {
    case 'get':
    case 'list':
    case 'watch':
    case 'delete':
    case 'deletecollection':
      return verb.toUpperCase();
    case 'create':
      return 'POST';
    case 'update':
      return 'PUT';
    case 'patch':
      return contentType?.startsWith('application/apply-patch') === true ? 'APPLY' : 'PATCH';
    default:
      return 'other';
  }
}

function collectOccupancy(metrics: Metrics, occupancy: () => Occupancy): void {
  const inside = metrics.gauge('apiserver_current_inflight_requests', '[STABLE] Requests being worked on', ['request_kind']);
  const waiting = metrics.gauge('apiserver_current_inqueue_requests', '[ALPHA] Requests that wait', ['request_kind']);
  metrics.collect(() => {
    const { reading, changing, readingWaits, changingWaits } = occupancy();
    inside.of('readOnly').set(reading);
    inside.of('mutating').set(changing);
    waiting.of('readOnly').set(readingWaits);
    waiting.of('mutating').set(changingWaits);
  });
}
