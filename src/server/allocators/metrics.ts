import { commonBounds, type Distribution, type Family, type Metrics, type Value } from '../../base/metrics.ts';

const ipPrefix = 'kube_apiserver_clusterip_allocator_';
const portPrefix = 'kube_apiserver_nodeport_allocator_';
/** 'static': that one was asked for. 'dynamic': any. */
export type Scope = 'static' | 'dynamic';

/** What giving out cluster IPs counts, under upstream's names (pkg/registry/core/service/ipallocator/metrics.go). */
export class ClusterIpMetrics {
  readonly #allocations: Family<Value>;
  readonly #errors: Family<Value>;
  readonly #durations: Family<Distribution>;

  /** `usage`: of each network, addresses that are taken and that are free. */
  constructor(metrics: Metrics, usage: () => Promise<readonly { readonly cidr: string; readonly used: number; readonly free: number }[]>) {
    const scoped = ['cidr', 'scope'];
    this.#allocations = metrics.counter(`${ipPrefix}allocation_total`, '[ALPHA] Cluster IPs given out', scoped);
    this.#errors = metrics.counter(`${ipPrefix}allocation_errors_total`, '[ALPHA] Cluster IPs that could not be had', scoped);
    const help = '[ALPHA] Time until a cluster IP is found';
    this.#durations = metrics.histogram(`${ipPrefix}allocation_duration_seconds`, help, commonBounds, ['cidr']);
    const used = metrics.gauge(`${ipPrefix}allocated_ips`, '[ALPHA] Cluster IPs that are taken', ['cidr']);
    const free = metrics.gauge(`${ipPrefix}available_ips`, '[ALPHA] Cluster IPs that are free', ['cidr']);
    metrics.collect(async () => {
      for (const family of [used, free]) family.clear();
      for (const one of await usage()) {
        used.of(one.cidr).set(one.used);
        free.of(one.cidr).set(one.free);
      }
    });
  }
  allocated(cidr: string, scope: Scope, seconds: number): void {
    this.#allocations.of(cidr, scope).add();
    this.#durations.of(cidr).observe(seconds);
  }
  failed(cidr: string, scope: Scope): void {
    this.#errors.of(cidr, scope).add();
  }
}

/** What giving out node ports counts (pkg/registry/core/service/portallocator/metrics.go). */
export class NodePortMetrics {
  readonly #allocations: Family<Value>;
  readonly #errors: Family<Value>;

  constructor(metrics: Metrics, usage: () => { readonly used: number; readonly free: number }) {
    this.#allocations = metrics.counter(`${portPrefix}allocation_total`, '[ALPHA] Node ports given out', ['scope']);
    this.#errors = metrics.counter(`${portPrefix}allocation_errors_total`, '[ALPHA] Node ports that could not be had', ['scope']);
    const used = metrics.gauge(`${portPrefix}allocated_ports`, '[ALPHA] Node ports that are taken').of();
    const free = metrics.gauge(`${portPrefix}available_ports`, '[ALPHA] Node ports that are free').of();
    metrics.collect(() => {
      const now = usage();
      used.set(now.used);
      free.set(now.free);
    });
  }
  allocated(scope: Scope): void {
    this.#allocations.of(scope).add();
  }
  failed(scope: Scope): void {
    this.#errors.of(scope).add();
  }
}
