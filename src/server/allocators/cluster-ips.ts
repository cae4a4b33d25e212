import { ipFamily } from '../../api/ip.ts';
import { formatTime } from '../../api/gotime.ts';
import { type AnyKind, apiVersionOf } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { fieldError, internalError, invalid, type StatusError } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import { Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import { IPAddress } from '../../kinds/networking/ip-address.ts';
import { ServiceCIDR } from '../../kinds/networking/service-cidr.ts';
import { follow } from '../authz/follow.ts';
import type { Resources, SideWrite, SideWrites } from '../types.ts';
import { ClusterIpMetrics } from './metrics.ts';
import { ipRange, ipToNumber, numberToIp, pickFree, type Range } from './range.ts';
import { clusterIpsOf, isHeadless, needsClusterIp, type ServiceSpecDraft } from './service-fields.ts';
import type { ServiceAllocatorOptions, Work } from './services.ts';

/** Labels and parent of the addresses that this allocator looks after. */
export const managedBy = 'ipallocator.k8s.io';
const familyLabel = 'ipaddress.kubernetes.io/ip-family';
const managerLabel = 'ipaddress.kubernetes.io/managed-by';

/** The object that stands for an address of a service. */
export const addressObject = (ip: string, namespace: string | undefined, name: string) => ({
  metadata: { name: ip, labels: { [familyLabel]: ipFamily(ip) === 6 ? 'IPv6' : 'IPv4', [managerLabel]: managedBy } },
  spec: { parentRef: { resource: 'services', namespace, name } },
});
export const hasAddressLabels = ({ metadata: { labels = {}, name } }: ApiObject): boolean =>
  labels[managerLabel] === managedBy && labels[familyLabel] === (ipFamily(name) === 6 ? 'IPv6' : 'IPv4');
export const isManagedAddress = ({ metadata: { labels = {} } }: ApiObject): boolean => labels[managerLabel] === managedBy;

const manager = 'kube-apiserver';
const serviceKind = { group: '', kind: 'Service' };
/** How long an address is kept for a write that has not shown up in the store; longer than a write takes. */
const pendingMs = 10_000;

interface ReadyRange extends Range {
  readonly cidr: string;
  /** What a dry run gives: upstream does not look for a free one then. */
  readonly network: string;
}

/**
 * Gives out addresses of the ServiceCIDRs that are ready (KEP-1880). An address is taken when there is an IPAddress of its name, which
 * is written in one transaction with the service: so none is given twice, and none is lost with a write that failed.
 */
export class ClusterIps {
  readonly #resources: Pick<Resources, 'get' | 'list'>;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #reserved: ReadonlySet<string>;
  readonly #taken = new Set<string>();
  readonly #metrics: ClusterIpMetrics;
  readonly #pending = new Map<string, { readonly owner: string; readonly untilMs: number }>();
  readonly ready: Promise<void>;

  constructor(options: ServiceAllocatorOptions) {
    const { resources, clock, random, reservedIps = ['10.96.0.1', '10.96.0.10'], metrics = new Metrics() } = options;
    this.#resources = resources;
    this.#clock = clock;
    this.#random = random;
    this.#reserved = new Set(reservedIps);
    this.#metrics = new ClusterIpMetrics(metrics, () => this.#usage());
    const isServed = resources.kinds.byKind('networking.k8s.io', 'IPAddress') !== undefined;
    this.ready = isServed ? follow(resources, IPAddress, this, options) : Promise.resolve();
  }

  reset(objects: readonly ApiObject[]): void {
    this.#taken.clear();
    for (const object of objects) this.put(object);
  }
  put({ metadata: { name } }: ApiObject): void {
    this.#taken.add(name);
    this.#pending.delete(name);
  }
  remove({ metadata: { name } }: ApiObject): void {
    this.#taken.delete(name);
  }

  async #readyRanges(): Promise<readonly ReadyRange[]> {
    const all = await this.#resources.list(ServiceCIDR);
    return all
      .filter(({ metadata, status }) => metadata.deletionTimestamp === undefined && isReady(status.conditions))
      .flatMap(({ spec }) => spec.cidrs ?? [])
      .filter((cidr) => !cidr.includes(':'))
      .map((cidr) => ({ ...ipRange(cidr), cidr, network: cidr.split('/', 1)[0]! }));
  }
  async #usage() {
    const taken = [...this.#taken].flatMap((ip) => ipToNumber(ip) ?? []);
    return (await this.#readyRanges()).map(({ cidr, first, last }) => {
      const used = taken.filter((value) => value >= first && value <= last).length;
      return { cidr, used, free: last - first + 1 - used };
    });
  }
  #isPending(ip: string, owner: string): boolean {
    const pending = this.#pending.get(ip);
    if (pending === undefined || pending.owner === owner) return false;
    if (pending.untilMs > this.#clock.monotonic()) return true;
    this.#pending.delete(ip);
    return false;
  }
  #reserve(ip: string, work: Work): void {
    if (!work.dryRun) this.#pending.set(ip, { owner: work.owner, untilMs: this.#clock.monotonic() + pendingMs });
  }

  async #claim(work: Work, ip: string): Promise<void> {
    const value = ipToNumber(ip);
    if (value === undefined) return; // no address at all: validation says so
    const startedMs = this.#clock.monotonic();
    const range = (await this.#readyRanges()).find(({ first, last }) => value >= first && value <= last);
    if (range === undefined) throw refusal(work.name, work.spec.clusterIPs, ip, 'the provided network does not match the current range');
    if (work.dryRun) return;
    const present = await this.#resources.get(IPAddress, { name: ip });
    if (present !== undefined || this.#isPending(ip, work.owner)) {
      this.#metrics.failed(range.cidr, 'static');
      throw taken(work.name, work.spec.clusterIPs, ip);
    }
    this.#reserve(ip, work);
    this.#metrics.allocated(range.cidr, 'static', (this.#clock.monotonic() - startedMs) / 1000);
  }

  async #next(work: Work): Promise<string> {
    const startedMs = this.#clock.monotonic();
    const ranges = await this.#readyRanges();
    if (work.dryRun && ranges[0] !== undefined) return ranges[0].network;
    const isFree = (value: number) => {
      const ip = numberToIp(value);
      return !this.#reserved.has(ip) && !this.#taken.has(ip) && !this.#isPending(ip, '');
    };
    for (const range of ranges) {
      const value = pickFree(range, this.#random, isFree);
      if (value === undefined) {
        this.#metrics.failed(range.cidr, 'dynamic');
        continue;
      }
      const ip = numberToIp(value);
      this.#reserve(ip, work);
      this.#metrics.allocated(range.cidr, 'dynamic', (this.#clock.monotonic() - startedMs) / 1000);
      return ip;
    }
    throw internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(work.name)}: range is full`);
  }

  /** Fills in the addresses of a service that is to have its first. Throws Invalid for one that can't be had. */
  async allocate(work: Work, old: ServiceSpecDraft | undefined): Promise<void> {
    const { spec } = work;
    // What has been one with addresses of its own keeps them: validation tells of others.
    if (!needsClusterIp(spec) || isHeadless(spec) || (old !== undefined && needsClusterIp(old))) return;
    const asked = spec.clusterIPs?.[0];
    if (!work.isNamed && !work.dryRun) throw unnamed(asked ? spec.clusterIPs! : [''], asked ?? (await this.#next(work)), asked);
    if (!asked) spec.clusterIPs = [await this.#next(work)];
    else await this.#claim(work, asked);
    spec.clusterIP = spec.clusterIPs![0]!;
  }

  /** The addresses that come and go with a service. */
  companions(kind: AnyKind, object: ApiObject | undefined, old: ApiObject | undefined): SideWrites {
    if (kind.kind !== 'Service' || kind.group !== '') return [];
    const [now, before] = [ipsOf(object), ipsOf(old)];
    const [added, gone] = [now.filter((ip) => !before.includes(ip)), before.filter((ip) => !now.includes(ip))];
    if (added.length === 0 && gone.length === 0) return [];
    return [
      async () => [
        ...(await Promise.all(added.map((ip) => this.#added(ip, object!.metadata, now)))),
        ...(await Promise.all(gone.map((ip) => this.#gone(ip, old!)))).flat(),
      ],
    ];
  }
  async #added(ip: string, { namespace, name }: ApiObject['metadata'], all: readonly string[]): Promise<SideWrite> {
    if ((await this.#resources.get(IPAddress, { name: ip })) !== undefined) throw taken(name, all, ip);
    const { metadata, spec } = addressObject(ip, namespace, name);
    const made = { uid: this.#random.uuid(), creationTimestamp: formatTime(this.#clock.now()), resourceVersion: '' };
    return {
      kind: IPAddress,
      updated: { apiVersion: apiVersionOf(IPAddress), kind: IPAddress.kind, metadata: { ...metadata, ...made }, spec } as ApiObject,
      manager,
    };
  }
  async #gone(ip: string, service: ApiObject): Promise<readonly SideWrite[]> {
    const old = await this.#resources.get<IPAddress>(IPAddress, { name: ip });
    return old !== undefined && belongsTo(old, service) ? [{ kind: IPAddress, old, manager }] : [];
  }
}

const isReady = (conditions: readonly { readonly type: string; readonly status: string }[] = []) =>
  conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
const ipsOf = (service: ApiObject | undefined) =>
  service === undefined ? [] : clusterIpsOf((service as ApiObject & { spec?: ServiceSpecDraft }).spec ?? {});

function belongsTo({ metadata: { finalizers = [] }, spec: { parentRef } }: IPAddress, service: ApiObject): boolean {
  const { namespace, name } = service.metadata;
  return finalizers.length === 0 && parentRef?.resource === 'services' && parentRef.namespace === namespace && parentRef.name === name;
}
function refusal(service: string, ips: readonly string[] | undefined, ip: string, why: string): StatusError {
  return invalid(serviceKind, service, [fieldError.invalid('spec.clusterIPs', ips, `failed to allocate IP ${ip}: ${why}`)]);
}
/** Addresses belong to somebody. */
function unnamed(ips: readonly string[], ip: string, asked: string | undefined): StatusError {
  const why = `IPAddress.networking.k8s.io ${JSON.stringify(ip)} is invalid: spec.parentRef.name: Required value`;
  const text = `failed to allocate IP${asked ? ` ${asked}` : ''}: ${why}`;
  return invalid(serviceKind, '', [fieldError.invalid('spec.clusterIPs', ips, text)]);
}
const taken = (service: string, ips: readonly string[] | undefined, ip: string) =>
  refusal(service, ips, ip, 'provided IP is already allocated');
