import type { ApiObject } from '../../api/meta.ts';
import { fieldError, internalError, invalid } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { Metrics } from '../../base/metrics.ts';
import type { Random } from '../../base/random.ts';
import { follow } from '../authz/follow.ts';
import type { AdmissionContext, AdmissionPlugin, Companions, Resources } from '../types.ts';
import { Allocations } from './allocations.ts';
import { ClusterIps } from './cluster-ips.ts';
import { NodePortMetrics } from './metrics.ts';
import { pickFree, portRange, type Range } from './range.ts';
import {
  allocatesNodePorts,
  keepAllocated,
  needsHealthCheckPort,
  needsNodePorts,
  nodePortsOf,
  normalizeClusterIps,
  type ServiceSpecDraft,
  settleFamilies,
} from './service-fields.ts';

export interface ServiceAllocatorOptions {
  readonly resources: Pick<Resources, 'kinds' | 'watch' | 'get' | 'list'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Where is counted what is given out. Default: nowhere. */
  readonly metrics?: Metrics;
  /** Default 30000-32767. */
  readonly nodePorts?: string;
  /** Addresses that are never chosen by themselves: the API's own and that of DNS. Default 10.96.0.1 and 10.96.0.10. */
  readonly reservedIps?: readonly string[];
}

const specOf = (object: ApiObject): ServiceSpecDraft => (object as ApiObject & { spec?: ServiceSpecDraft }).spec ?? {};
const keyOf = (object: ApiObject) => `${object.metadata.namespace}/${object.metadata.name}`;
const serviceKind = { group: '', kind: 'Service' };

/** What one write of a service works with. */
export interface Work {
  readonly owner: string;
  readonly name: string;
  /** It has a name, or one is generated. */
  readonly isNamed: boolean;
  readonly spec: ServiceSpecDraft;
  readonly dryRun: boolean;
}

/** Gives out node ports. What is taken follows from the stored services; what was handed out is kept until it is stored. */
class NodePorts {
  readonly #resources: ServiceAllocatorOptions['resources'];
  readonly #random: Random;
  readonly #portsText: string;
  readonly #ports: Range;
  readonly #takenPorts: Allocations<number>;
  readonly #metrics: NodePortMetrics;
  readonly ready: Promise<void>;

  constructor(options: ServiceAllocatorOptions) {
    const { resources, clock, random, nodePorts = '30000-32767', metrics = new Metrics() } = options;
    this.#resources = resources;
    this.#random = random;
    this.#portsText = nodePorts;
    this.#ports = portRange(nodePorts);
    this.#takenPorts = new Allocations(clock);
    this.#metrics = new NodePortMetrics(metrics, () => {
      const used = this.#takenPorts.size;
      return { used, free: this.#ports.last - this.#ports.first + 1 - used };
    });
    const kind = resources.kinds.byKind('', 'Service');
    this.ready = kind === undefined ? Promise.resolve() : follow(resources, kind, this, options);
  }

  reset(objects: readonly ApiObject[]): void {
    for (const owner of this.#takenPorts.owners) this.#takenPorts.release(owner);
    for (const object of objects) this.put(object);
  }
  put(object: ApiObject): void {
    this.#takenPorts.hold(keyOf(object), nodePortsOf(specOf(object)));
  }
  remove(object: ApiObject): void {
    this.#takenPorts.release(keyOf(object));
  }

  /** Whether somebody else has a port. The index may lag behind a deletion, so the holder is looked at. */
  async #isTaken(port: number, owner: string): Promise<boolean> {
    const holder = this.#takenPorts.takenBy(port, owner);
    const kind = this.#resources.kinds.byKind('', 'Service');
    if (holder === undefined || !holder.stored || kind === undefined) return holder !== undefined;
    const slash = holder.owner.indexOf('/');
    const present = await this.#resources.get(kind, { namespace: holder.owner.slice(0, slash), name: holder.owner.slice(slash + 1) });
    if (present !== undefined && nodePortsOf(specOf(present)).includes(port)) return true;
    this.#takenPorts.release(holder.owner);
    return this.#takenPorts.takenBy(port, owner) !== undefined;
  }
  /** False: somebody else has it. Nothing is awaited between the last look and the reservation. */
  async #claim(port: number, work: Work): Promise<boolean> {
    if (await this.#isTaken(port, work.owner)) return false;
    if (this.#takenPorts.takenBy(port, work.owner) !== undefined) return false;
    if (!work.dryRun) this.#takenPorts.reserve(port, work.owner);
    return true;
  }
  /** Why a port can't be had, or undefined once it is reserved. */
  async #claimPort(work: Work, port: number): Promise<string | undefined> {
    const isInRange = port >= this.#ports.first && port <= this.#ports.last;
    const isClaimed = isInRange && (await this.#claim(port, work));
    if (!work.dryRun) this.#metrics[isClaimed ? 'allocated' : 'failed']('static');
    if (!isInRange) return `provided port is not in the valid range. The range of valid ports is ${this.#portsText}`;
    return isClaimed ? undefined : 'provided port is already allocated';
  }
  #nextPort(work: Work, what: string): number {
    const mine = new Set(nodePortsOf(work.spec));
    const port = pickFree(this.#ports, this.#random, (value) => !mine.has(value) && this.#takenPorts.isFree(value));
    if (!work.dryRun) this.#metrics[port === undefined ? 'failed' : 'allocated']('dynamic');
    if (port === undefined) throw internalError(`failed to allocate a ${what}: range is full`);
    if (!work.dryRun) this.#takenPorts.reserve(port, work.owner);
    return port;
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
 * The allocators as a mutating plugin that runs last, and the IPAddress objects that are stored with services. A restart knows
 * from what is stored what is taken, and deletion frees it; nothing needs to be told of a write that failed.
 */
export function createServiceAllocators(options: ServiceAllocatorOptions): {
  readonly plugin: AdmissionPlugin;
  readonly companions: Companions;
  readonly ready: Promise<void>;
} {
  const ports = new NodePorts(options);
  const ips = new ClusterIps(options);
  const ready = Promise.all([ports.ready, ips.ready]).then(() => undefined);
  const mutate = async (context: AdmissionContext): Promise<void> => {
    if (context.kind.group !== '' || context.kind.kind !== 'Service') return;
    // A service that comes to be by its status gets nothing.
    if ((context.operation !== 'CREATE' && context.operation !== 'UPDATE') || context.subresource !== '') return;
    await ready;
    const { metadata, spec } = context.object as {
      metadata: { name?: string; generateName?: string; uid?: string };
      spec?: ServiceSpecDraft;
    };
    if (spec === undefined) return;
    const old = context.old === undefined ? undefined : specOf(context.old);
    const name = metadata.name ?? '';
    const work = {
      isNamed: name !== '' || Boolean(metadata.generateName),
      owner: `${context.namespace}/${name === '' ? `~${metadata.uid}` : name}`,
      name,
      spec,
      dryRun: context.dryRun,
    };
    if (old !== undefined) keepAllocated(spec, old);
    normalizeClusterIps(spec, old);
    settleFamilies(name, spec, old);
    await ips.allocate(work, old);
    await ports.allocatePorts(work, old);
  };
  return { plugin: { name: 'ServiceAllocators', mutate }, companions: (...change) => ips.companions(...change), ready };
}
