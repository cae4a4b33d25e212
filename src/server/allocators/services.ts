import type { ApiObject } from '../../api/meta.ts';
import { fieldError, internalError, invalid } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Random } from '../../base/random.ts';
import { follow } from '../authz/follow.ts';
import type { AdmissionContext, AdmissionPlugin, Resources } from '../types.ts';
import { Allocations } from './allocations.ts';
import { ipRange, ipToNumber, numberToIp, pickFree, portRange } from './range.ts';
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

/**
 * Gives services their cluster IPs and node ports, as a mutating plugin that runs last. What is taken follows from the
 * stored services, so a restart knows it and deletion frees it; what was handed out is kept until it is stored.
 */
export function createServiceAllocators(options: ServiceAllocatorOptions): {
  readonly plugin: AdmissionPlugin;
  readonly ready: Promise<void>;
} {
  const {
    resources,
    clock,
    random,
    serviceCidr = '10.96.0.0/16',
    nodePorts = '30000-32767',
    reservedIps = ['10.96.0.1', '10.96.0.10'],
  } = options;
  const ips = ipRange(serviceCidr);
  const ports = portRange(nodePorts);
  const takenIps = new Allocations<string>(clock);
  const takenPorts = new Allocations<number>(clock);
  const kind = resources.kinds.byKind('', 'Service');

  const put = (object: ApiObject) => {
    takenIps.hold(keyOf(object), ipsOf(specOf(object)));
    takenPorts.hold(keyOf(object), nodePortsOf(specOf(object)));
  };
  const forget = (owner: string) => {
    takenIps.release(owner);
    takenPorts.release(owner);
  };
  const follower = {
    reset(objects: readonly ApiObject[]) {
      for (const owner of new Set([...takenIps.owners, ...takenPorts.owners])) forget(owner);
      for (const object of objects) put(object);
    },
    put,
    remove: (object: ApiObject) => forget(keyOf(object)),
  };
  const ready = kind === undefined ? Promise.resolve() : follow(resources, kind, follower, options);

  /** Whether somebody else has a value. The index may lag behind a deletion, so the holder is looked at. */
  const isTaken = async <T>(
    taken: Allocations<T>,
    value: T,
    owner: string,
    valuesOf: (spec: ServiceSpecDraft) => readonly T[],
  ): Promise<boolean> => {
    const holder = taken.takenBy(value, owner);
    if (holder === undefined || !holder.stored || kind === undefined) return holder !== undefined;
    const slash = holder.owner.indexOf('/');
    const present = await resources.get(kind, { namespace: holder.owner.slice(0, slash), name: holder.owner.slice(slash + 1) });
    if (present !== undefined && valuesOf(specOf(present)).includes(value)) return true;
    taken.release(holder.owner);
    return taken.takenBy(value, owner) !== undefined;
  };
  /** False: somebody else has it. Nothing is awaited between the last look and the reservation. */
  const claim = async <T>(
    taken: Allocations<T>,
    value: T,
    work: Work,
    valuesOf: (spec: ServiceSpecDraft) => readonly T[],
  ): Promise<boolean> => {
    if (await isTaken(taken, value, work.owner, valuesOf)) return false;
    if (taken.takenBy(value, work.owner) !== undefined) return false;
    reserve(taken, value, work);
    return true;
  };
  const reserve = <T>(taken: Allocations<T>, value: T, { owner, dryRun }: Work): T => {
    if (!dryRun) taken.reserve(value, owner);
    return value;
  };

  const claimIp = async (work: Work, ip: string): Promise<void> => {
    const refuse = (why: string) =>
      invalid(serviceKind, work.name, [fieldError.invalid('spec.clusterIPs', work.spec.clusterIPs, `failed to allocate IP ${ip}: ${why}`)]);
    const value = ipToNumber(ip);
    if (value === undefined || value < ips.first || value > ips.last)
      throw refuse(`the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${serviceCidr}`);
    if (!(await claim(takenIps, ip, work, ipsOf))) throw refuse('provided IP is already allocated');
  };
  const nextIp = (work: Work): string => {
    const isFree = (value: number) => !reservedIps.includes(numberToIp(value)) && takenIps.isFree(numberToIp(value));
    const value = pickFree(ips, random, isFree);
    if (value === undefined) throw internalError(`failed to allocate a serviceIP for Service ${JSON.stringify(work.name)}: range is full`);
    return reserve(takenIps, numberToIp(value), work);
  };
  const claimPort = async (work: Work, port: number): Promise<string | undefined> => {
    if (port < ports.first || port > ports.last) return `provided port is not in the valid range. The range of valid ports is ${nodePorts}`;
    return (await claim(takenPorts, port, work, nodePortsOf)) ? undefined : 'provided port is already allocated';
  };
  const nextPort = (work: Work, what: string): number => {
    const mine = new Set(nodePortsOf(work.spec));
    const port = pickFree(ports, random, (value) => !mine.has(value) && takenPorts.isFree(value));
    if (port === undefined) throw internalError(`failed to allocate a ${what}: range is full`);
    return reserve(takenPorts, port, work);
  };

  const allocateIps = async (work: Work, old: ServiceSpecDraft | undefined): Promise<void> => {
    const { spec } = work;
    if (!needsClusterIp(spec) || isHeadless(spec)) return;
    const had = old === undefined ? [] : ipsOf(old);
    const asked = spec.clusterIPs?.[0];
    if (!asked) spec.clusterIPs = [nextIp(work)];
    else if (!had.includes(asked)) await claimIp(work, asked);
    spec.clusterIP = spec.clusterIPs![0]!;
  };
  const allocatePorts = async (work: Work, old: ServiceSpecDraft | undefined): Promise<void> => {
    const { spec } = work;
    const had = old === undefined ? [] : nodePortsOf(old);
    // The same port number over several protocols shares one node port.
    const shared = new Map<number, number>();
    for (const port of spec.ports ?? []) if (port.nodePort && !shared.has(port.port)) shared.set(port.port, port.nodePort);
    for (const [index, port] of needsNodePorts(spec) ? (spec.ports ?? []).entries() : []) {
      if (!port.nodePort && allocatesNodePorts(spec)) {
        port.nodePort = (old === undefined ? shared.get(port.port) : undefined) ?? nextPort(work, 'nodePort');
        shared.set(port.port, port.nodePort);
      } else if (port.nodePort && !had.includes(port.nodePort)) {
        const problem = await claimPort(work, port.nodePort);
        if (problem !== undefined)
          throw invalid(serviceKind, work.name, [fieldError.invalid(`spec.ports[${index}].nodePort`, port.nodePort, problem)]);
      }
    }
    if (!needsHealthCheckPort(spec)) return;
    if (!spec.healthCheckNodePort) spec.healthCheckNodePort = nextPort(work, 'HealthCheck NodePort');
    else if (!had.includes(spec.healthCheckNodePort)) {
      const problem = await claimPort(work, spec.healthCheckNodePort);
      if (problem !== undefined)
        throw internalError(`failed to allocate requested HealthCheck NodePort ${spec.healthCheckNodePort}: ${problem}`);
    }
  };

  const mutate = async (context: AdmissionContext): Promise<void> => {
    if (context.kind.group !== '' || context.kind.kind !== 'Service' || context.subresource !== '') return;
    if (context.operation !== 'CREATE' && context.operation !== 'UPDATE') return;
    await ready;
    const { metadata, spec } = context.object as { metadata: { name?: string; uid?: string }; spec?: ServiceSpecDraft };
    if (spec === undefined) return;
    const old = context.old === undefined ? undefined : specOf(context.old);
    const name = metadata.name ?? '';
    const work = { owner: `${context.namespace}/${name === '' ? `~${metadata.uid}` : name}`, name, spec, dryRun: context.dryRun };
    if (old !== undefined) keepAllocated(spec, old);
    normalizeClusterIps(spec, old);
    settleFamilies(name, spec, old);
    await allocateIps(work, old);
    await allocatePorts(work, old);
  };
  return { plugin: { name: 'ServiceAllocators', mutate }, ready };
}
