import type * as prometheus from 'prom-client';
import { Counter, Gauge, Histogram, Registry } from './lib/prometheus.ts';
import type { Store } from '../store/store.ts';
import type { Limiter } from './limits.ts';
import type { RequestInfo } from './request-info.ts';
import type { WatchCache } from './watch-cache.ts';

const labels = ['verb', 'group', 'version', 'resource', 'subresource', 'scope'] as const;

/** The server's metrics, under upstream's names. */
export class ServerMetrics {
  readonly registry = new Registry();
  readonly #requests: prometheus.Counter;
  readonly #durations: prometheus.Histogram;

  constructor(store: Store, cache: WatchCache, limiter: Limiter) {
    const registers = [this.registry];
    this.#requests = new Counter({
      name: 'apiserver_request_total',
      help: 'Requests by verb, resource and HTTP code',
      labelNames: [...labels, 'code'],
      registers,
    });
    this.#durations = new Histogram({
      name: 'apiserver_request_duration_seconds',
      help: 'Time until the answer began, in seconds',
      labelNames: [...labels],
      buckets: [0.001, 0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 10, 30, 60],
      registers,
    });
    new Gauge({
      name: 'apiserver_current_inflight_requests',
      help: 'Requests being worked on',
      labelNames: ['request_kind'],
      registers,
      collect() {
        this.set({ request_kind: 'readOnly' }, limiter.reading.inside);
        this.set({ request_kind: 'mutating' }, limiter.changing.inside);
      },
    });
    new Gauge({
      name: 'apiserver_longrunning_requests',
      help: 'Watches open now',
      labelNames: ['verb', 'resource'],
      registers,
      collect() {
        this.reset();
        for (const kind of cache.kinds()) {
          let count = 0;
          for (const _ of kind.watchers()) count++;
          if (count > 0) this.set({ verb: 'WATCH', resource: resourceOf(kind.prefix) }, count);
        }
      },
    });
    new Gauge({
      name: 'apiserver_storage_objects',
      help: 'Stored objects by resource',
      labelNames: ['resource'],
      registers,
      collect() {
        this.reset();
        for (const kind of cache.kinds()) this.set({ resource: resourceOf(kind.prefix) }, kind.size);
      },
    });
    new Gauge({
      name: 'apiserver_storage_size_bytes',
      help: 'Size of the store',
      registers,
      async collect() {
        this.set(await store.size());
      },
    });
  }
  observe(info: RequestInfo, code: number, seconds: number): void {
    const { group, version, resource, subresource } = info;
    const verb = info.verb.toUpperCase();
    const scope = !info.isResource ? '' : info.name !== '' ? 'resource' : info.namespace !== '' ? 'namespace' : 'cluster';
    const values = info.isResource
      ? { verb, group, version, resource, subresource, scope }
      : { verb, group: '', version: '', resource: '', subresource: '', scope };
    this.#requests.inc({ ...values, code });
    if (info.verb !== 'watch') this.#durations.observe(values, seconds);
  }
}
/** '/apps/deployments/' -> 'deployments.apps' */
function resourceOf(prefix: string): string {
  const [, group = '', plural = ''] = prefix.split('/');
  return group === 'core' ? plural : `${plural}.${group}`;
}
