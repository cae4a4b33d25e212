import { type Distribution, type Family, Metrics, type Value } from '../base/metrics.ts';
import type { Store } from '../store/store.ts';
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
    if (info.verb === 'watch') return;
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
  /** Counts events of watches of a resource. */
  events({ group, version, resource }: RequestInfo): (bytes: number) => void {
    const known = this.#kinds.byResource(group, version, resource) !== undefined;
    const labels = known ? [group, version, resource] : ['', '', ''];
    const [count, sizes] = [this.#events.of(...labels), this.#eventSizes.of(...labels)];
    return (bytes) => {
      count.add();
      sizes.observe(bytes);
    };
  }
  aborted(info: RequestInfo, method: string): void {
    this.#aborts.of(verbOf(info, method, undefined), ...this.#placeOf(info), scopeOf(info)).add();
  }
}

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

function collectStore(metrics: Metrics, store: Store, cache: WatchCache): void {
  const storage = metrics.gauge('apiserver_storage_objects', '[STABLE] Stored objects by resource', ['resource']);
  const resources = metrics.gauge('apiserver_resource_objects', '[ALPHA] Stored objects by group and resource', ['group', 'resource']);
  const place = ['group', 'resource'];
  const bytes = metrics.gauge('apiserver_resource_size_estimate_bytes', '[ALPHA] Bytes of stored objects, together', place);
  const versions = metrics.gauge('apiserver_watch_cache_resource_version', '[ALPHA] How far the cache is', place);
  const loads = metrics.counter('apiserver_watch_cache_initializations_total', '[ALPHA] Times that all objects were read', place);
  const received = [
    metrics.counter('apiserver_storage_events_received_total', '[BETA] Changes that came from the store', place),
    metrics.counter('apiserver_watch_cache_events_received_total', '[ALPHA] Changes that the cache took in', place),
    metrics.counter('apiserver_watch_cache_events_dispatched_total', '[ALPHA] Changes that the cache gave to watches', place),
  ];
  const size = metrics.gauge('apiserver_storage_size_bytes', '[STABLE] Size of the store', ['storage_cluster_id']);
  metrics.collect(async () => {
    // Kinds come and go with their definitions.
    for (const family of [storage, resources, bytes, versions, loads, ...received]) family.clear();
    for (const kind of cache.kinds()) {
      const { prefix, size: count } = kind;
      const [, folder = '', plural = ''] = prefix.split('/');
      const group = folder === 'core' ? '' : folder;
      storage.of(group === '' ? plural : `${plural}.${group}`).set(count);
      resources.of(group, plural).set(count);
      bytes.of(group, plural).set(kind.bytes);
      versions.of(group, plural).set(cache.revision);
      loads.of(group, plural).set(kind.loads);
      for (const family of received) family.of(group, plural).set(kind.received);
    }
    size.of('etcd-0').set(await store.size());
  });
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
