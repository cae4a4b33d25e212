import type { ApiObject } from '../../api/meta.ts';
import { fieldError, internalError, invalid } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { follow } from '../authz/follow.ts';
import type { AdmissionContext, AdmissionPlugin, Resources } from '../types.ts';
import { Allocations } from './allocations.ts';
import { ipRange, ipToNumber, numberToIp, pickFree, portRange, type Range } from './range.ts';
import {
  allocatesNodePorts,
  isHeadless,
  keepAllocated,
  needsClusterIp,
  needsHealthCheckPort,
  needsNodePorts,
  nodePortsOf,
  normalizeClusterIps,
  type ServiceSpecDraft,
  settleFamilies,
} from './service-fields.ts';

export interface ServiceAllocatorOptions {
  readonly resources: Pick<Resources, 'kinds' | 'watch' | 'get'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Default 10.96.0.0/16. */
  readonly serviceCidr?: string;
  /** Default 30000-32767. */
  readonly nodePorts?: string;
  /** Never chosen by themselves: the API's own address and that of DNS. Default 10.96.0.1 and 10.96.0.10. */
  readonly reservedIps?: readonly string[];
}

const specOf = (object: ApiObject): ServiceSpecDraft => (object as ApiObject & { spec?: ServiceSpecDraft }).spec ?? {};
const keyOf = (object: ApiObject) => `${object.metadata.namespace}/${object.metadata.name}`;
const ipsOf = (spec: ServiceSpecDraft) =>
  needsClusterIp(spec) && !isHeadless(spec) ? (spec.clusterIPs ?? []).filter((ip) => ip !== '') : [];
const serviceKind = { group: '', kind: 'Service' };

/** What one write of a service works with. */
interface Work {
  readonly owner: string;
  readonly name: string;
  readonly spec: ServiceSpecDraft;
  readonly dryRun: boolean;
}

/** Gives out cluster IPs and node ports. What is taken follows from the stored services; what was handed out is kept until it is stored. */
class ServiceAllocators {
  readonly #resources: ServiceAllocatorOptions['resources'];
  readonly #random: Random;
  readonly #cidr: string;
  readonly #portsText: string;
  readonly #reservedIps: readonly string[];
  readonly #ips: Range;
  readonly #ports: Range;
  readonly #takenIps: Allocations<string>;
  readonly #takenPorts: Allocations<number>;
  readonly ready: Promise<void>;

  constructor(options: ServiceAllocatorOptions) {
    const {
      resources,
      clock,
      random,
      serviceCidr = '10.96.0.0/16',
      nodePorts = '30000-32767',
      reservedIps = ['10.96.0.1', '10.96.0.10'],
    } = options;
    this.#resources = resources;
    this.#random = random;
    this.#cidr = serviceCidr;
    this.#portsText = nodePorts;
    this.#reservedIps = reservedIps;
    this.#ips = ipRange(serviceCidr);
    this.#ports = portRange(nodePorts);
    this.#takenIps = new Allocations(clock);
    this.#takenPorts = new Allocations(clock);
    const kind = resources.kinds.byKind('', 'Service');
    this.ready = kind === undefined ? Promise.resolve() : follow(resources, kind, this, options);
  }

  reset(objects: readonly ApiObject[]): void {
    for (const owner of new Set([...this.#takenIps.owners, ...this.#takenPorts.owners])) this.#forget(owner);
    for (const object of objects) this.put(object);
  }
  put(object: ApiObject): void {
    this.#takenIps.hold(keyOf(object), ipsOf(specOf(object)));
    this.#takenPorts.hold(keyOf(object), nodePortsOf(specOf(object)));
  }
  remove(object: ApiObject): void {
    this.#forget(keyOf(object));
  }
  #forget(owner: string): void {
    this.#takenIps.release(owner);
    this.#takenPorts.release(owner);
  }

  /** Whether somebody else has a value. The index may lag behind a deletion, so the holder is looked at. */
  async #isTaken<T>(taken: Allocations<T>, value: T, owner: string, valuesOf: (spec: ServiceSpecDraft) => readonly T[]): Promise<boolean> {
    const holder = taken.takenBy(value, owner);
    const kind = this.#resources.kinds.byKind('', 'Service');
    if (holder === undefined || !holder.stored || kind === undefined) return holder !== undefined;
    const slash = holder.owner.indexOf('/');
    const present = await this.#resources.get(kind, { namespace: holder.owner.slice(0, slash), name: holder.owner.slice(slash + 1) });
    if (present !== undefined && valuesOf(specOf(present)).includes(value)) return true;
    taken.release(holder.owner);
    return taken.takenBy(value, owner) !== undefined;
  }
  /** False: somebody else has it. Nothing is awaited between the last look and the reservation. */
  async #claim<T>(taken: Allocations<T>, value: T, work: Work, valuesOf: (spec: ServiceSpecDraft) => readonly T[]): Promise<boolean> {
    if (await this.#isTaken(taken, value, work.owner, valuesOf)) return false;
    if (taken.takenBy(value, work.owner) !== undefined) return false;
    if (!work.dryRun) taken.reserve(value, work.owner);
    return true;
  }

  async #claimIp(work: Work, ip: string): Promise<void> {
    const refuse = (why: string) =>
      invalid(serviceKind, work.name, [fieldError.invalid('spec.clusterIPs', work.spec.clusterIPs, `failed to allocate IP ${ip}: ${why}`)]);
    const value = ipToNumber(ip);
    if (value === undefined || value < this.#ips.first || value > this.#ips.last)
      throw refuse(`the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${this.#cidr}`);
    if (!(await this.#claim(this.#takenIps, ip, work, ipsOf))) throw refuse('provided IP is already allocated');
  }
  #nextIp(work: Work): string {
    const isFree = (value: number) => !this.#reservedIps.includes(numberToIp(value)) && this.#takenIps.isFree(numberToIp(value));
    const value = pickFree(this.#ips, this.#random, isFree);
    if (value === undefined) throw internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(work.name)}: range is full`);
    if (!work.dryRun) this.#takenIps.reserve(numberToIp(value), work.owner);
    return numberToIp(value);
  }
  /** Why a port can't be had, or undefined once it is reserved. */
  async #claimPort(work: Work, port: number): Promise<string | undefined> {
    if (port < this.#ports.first || port > this.#ports.last)
      return `provided port is not in the valid range. The range of valid ports is ${this.#portsText}`;
    return (await this.#claim(this.#takenPorts, port, work, nodePortsOf)) ? undefined : 'provided port is already allocated';
  }
  #nextPort(work: Work, what: string): number {
    const mine = new Set(nodePortsOf(work.spec));
    const port = pickFree(this.#ports, this.#random, (value) => !mine.has(value) && this.#takenPorts.isFree(value));
    if (port === undefined) throw internalError(`failed to allocate a ${what}: range is full`);
    if (!work.dryRun) this.#takenPorts.reserve(port, work.owner);
    return port;
  }

  async allocateIps(work: Work, old: ServiceSpecDraft | undefined): Promise<void> {
    const { spec } = work;
    if (!needsClusterIp(spec) || isHeadless(spec)) return;
    const had = old === undefined ? [] : ipsOf(old);
    const asked = spec.clusterIPs?.[0];
    if (!asked) spec.clusterIPs = [this.#nextIp(work)];
    else if (!had.includes(asked)) await this.#claimIp(work, asked);
    spec.clusterIP = spec.clusterIPs![0]!;
  }
  async allocatePorts(work: Work, old: ServiceSpecDraft | undefined): Promise<void> {
    const { spec } = work;
    if (!needsNodePorts(spec)) return;
    const had = old === undefined ? [] : nodePortsOf(old);
    // The same port number over several protocols shares one node port.
    const shared = new Map<number, number>();
    for (const port of spec.ports ?? []) if (port.nodePort && !shared.has(port.port)) shared.set(port.port, port.nodePort);
    for (const [index, port] of (spec.ports ?? []).entries()) {
      if (!port.nodePort && allocatesNodePorts(spec)) {
        port.nodePort = (old === undefined ? shared.get(port.port) : undefined) ?? this.#nextPort(work, 'nodePort');
        shared.set(port.port, port.nodePort);
      } else if (port.nodePort && !had.includes(port.nodePort)) {
        const problem = await this.#claimPort(work, port.nodePort);
        const path = `spec.ports[${index}].nodePort`;
        if (problem !== undefined) throw invalid(serviceKind, work.name, [fieldError.invalid(path, port.nodePort, problem)]);
      }
    }
    if (needsHealthCheckPort(spec)) await this.#allocateHealthCheckPort(work, had);
  }
  async #allocateHealthCheckPort(work: Work, had: readonly number[]): Promise<void> {
    const port = work.spec.healthCheckNodePort;
    if (!port) work.spec.healthCheckNodePort = this.#nextPort(work, 'HealthCheck NodePort');
    else if (!had.includes(port)) {
      const problem = await this.#claimPort(work, port);
      if (problem !== undefined) throw internalError(`failed to allocate requested HealthCheck NodePort ${port}: ${problem}`);
    }
  }
}

/**
 * The allocators as a mutating plugin that runs last. A restart knows from the stored services what is taken, and deletion
 * frees it; nothing needs to be told of a write that failed.
 */
export function createServiceAllocators(options: ServiceAllocatorOptions): {
  readonly plugin: AdmissionPlugin;
  readonly ready: Promise<void>;
} {
  const allocators = new ServiceAllocators(options);
  const mutate = async (context: AdmissionContext): Promise<void> => {
    if (context.kind.group !== '' || context.kind.kind !== 'Service' || context.subresource !== '') return;
    if (context.operation !== 'CREATE' && context.operation !== 'UPDATE') return;
    await allocators.ready;
    const { metadata, spec } = context.object as { metadata: { name?: string; uid?: string }; spec?: ServiceSpecDraft };
    if (spec === undefined) return;
    const old = context.old === undefined ? undefined : specOf(context.old);
    const name = metadata.name ?? '';
    const work = { owner: `${context.namespace}/${name === '' ? `~${metadata.uid}` : name}`, name, spec, dryRun: context.dryRun };
    if (old !== undefined) keepAllocated(spec, old);
    normalizeClusterIps(spec, old);
    settleFamilies(name, spec, old);
    await allocators.allocateIps(work, old);
    await allocators.allocatePorts(work, old);
  };
  return { plugin: { name: 'ServiceAllocators', mutate }, ready: allocators.ready };
}
