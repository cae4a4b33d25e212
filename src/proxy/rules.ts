import type { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import type { Service } from '../kinds/core/service.ts';

/** What a node forwards, said in elements of nftables maps and sets, so that two states can be compared line by line. */
export interface Rules {
  /** 'address . protocol . port' -> chain that picks an endpoint. ClusterIPs, external and load balancer addresses. */
  readonly services: ReadonlyMap<string, string>;
  /** 'protocol . port' -> chain. */
  readonly nodePorts: ReadonlyMap<string, string>;
  /** 'address . protocol . port . index' -> 'address . port' of the endpoint; with affinity also by the endpoint's own mark. */
  readonly endpoints: ReadonlyMap<string, string>;
  /** 'protocol . port . index' -> 'address . port', for node ports. */
  readonly nodeEndpoints: ReadonlyMap<string, string>;
  /** With affinity: the same keys with an index -> the mark by which a client's endpoint is remembered, whatever its index becomes. */
  readonly marks: ReadonlyMap<string, string>;
  readonly nodeMarks: ReadonlyMap<string, string>;
  /** 'address . address' of endpoints on this node: a pod that reaches itself through a Service needs masquerading. */
  readonly selves: ReadonlySet<string>;
  /** 'address . protocol . port' of Service addresses that outsiders use: their traffic is masqueraded. */
  readonly outside: ReadonlySet<string>;
  /** Chains the maps above refer to. */
  readonly chains: ReadonlySet<string>;
}

export interface RulesContext {
  readonly nodeName: string;
}

interface Target {
  readonly address: string;
  readonly port: number;
  readonly local: boolean;
}

/** Name of the chain that picks among `count` endpoints; 'a' chains keep a client on its endpoint for `stickySeconds`. */
export function chainName(count: number, stickySeconds: number | undefined, nodePort: boolean): string {
  if (count === 0) return 'none';
  const kind = nodePort ? 'np' : 'ep';
  return stickySeconds === undefined ? `${kind}_${count}` : `${kind}_${count}_sticky_${stickySeconds}`;
}

type Endpoint = EndpointSlice['endpoints'][number];

/**
 * Endpoints of one service port: the ready ones; when there is none, those that still serve while they terminate
 * (KEP-1669). Sorted, so that equal states give equal rules.
 */
function targetsOf(slices: readonly EndpointSlice[], portName: string, nodeName: string): readonly Target[] {
  const ready = new Map<string, Target>();
  const draining = new Map<string, Target>();
  for (const slice of slices) {
    if (slice.addressType !== 'IPv4') continue;
    const port = slice.ports?.find((one) => (one.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints) {
      const into = isReady(endpoint) ? ready : isDraining(endpoint) ? draining : undefined;
      const address = endpoint.addresses[0];
      if (into === undefined || address === undefined) continue;
      into.set(`${address}:${port}`, { address, port, local: endpoint.nodeName === nodeName });
    }
  }
  const chosen = ready.size > 0 ? ready : draining;
  return [...chosen.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, target]) => target);
}
const isReady = (endpoint: Endpoint) => endpoint.conditions?.ready !== false;
const isDraining = (endpoint: Endpoint) => endpoint.conditions?.serving === true && endpoint.conditions.terminating === true;

/** Local endpoints only, falling back to local draining ones having been decided per slice set; none is an answer too. */
const localOnly = (targets: readonly Target[]) => targets.filter((target) => target.local);

/** Above every index; the same for an endpoint whatever others there are (FNV-1a). */
function markOf(target: Target): number {
  let hash = 0x811c9dc5;
  for (const letter of `${target.address}:${target.port}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return (hash | 0x8000_0000) >>> 0;
}

function addTargets(
  endpoints: Map<string, string>,
  marks: Map<string, string>,
  key: string,
  targets: readonly Target[],
  sticky: boolean,
): void {
  targets.forEach((target, index) => {
    const place = `${target.address} . ${target.port}`;
    endpoints.set(`${key} . ${index}`, place);
    if (!sticky) return;
    // Two endpoints with the same mark are very rare: then the second one takes the next.
    let mark = markOf(target);
    while (endpoints.has(`${key} . ${mark}`)) mark = (mark + 1) >>> 0 || 0x8000_0000;
    endpoints.set(`${key} . ${mark}`, place);
    marks.set(`${key} . ${index}`, String(mark));
  });
}

class Builder {
  readonly services = new Map<string, string>();
  readonly nodePorts = new Map<string, string>();
  readonly endpoints = new Map<string, string>();
  readonly nodeEndpoints = new Map<string, string>();
  readonly marks = new Map<string, string>();
  readonly nodeMarks = new Map<string, string>();
  readonly selves = new Set<string>();
  readonly outside = new Set<string>();
  readonly chains = new Set<string>(['none']);

  address(address: string, protocol: string, port: number, targets: readonly Target[], stickySeconds: number | undefined): void {
    const key = `${address} . ${protocol} . ${port}`;
    const chain = chainName(targets.length, stickySeconds, false);
    this.chains.add(chain);
    this.services.set(key, chain);
    addTargets(this.endpoints, this.marks, key, targets, stickySeconds !== undefined);
  }
  nodePort(protocol: string, port: number, targets: readonly Target[], stickySeconds: number | undefined): void {
    const key = `${protocol} . ${port}`;
    const chain = chainName(targets.length, stickySeconds, true);
    this.chains.add(chain);
    this.nodePorts.set(key, chain);
    addTargets(this.nodeEndpoints, this.nodeMarks, key, targets, stickySeconds !== undefined);
  }
}

/** The rules of a node for these services; pure. Services without cluster IP (headless, ExternalName) have none. */
export function rulesOf(
  services: readonly Service[],
  slicesOf: (service: Service) => readonly EndpointSlice[],
  context: RulesContext,
): Rules {
  const build = new Builder();
  for (const service of services) addService(build, service, slicesOf(service), context);
  return build;
}

function addService(build: Builder, service: Service, slices: readonly EndpointSlice[], context: RulesContext): void {
  const { spec } = service;
  if (spec.type === 'ExternalName' || spec.clusterIP === undefined || spec.clusterIP === 'None') return;
  if (service.metadata.labels?.['service.kubernetes.io/service-proxy-name'] !== undefined) return;
  const sticky = spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10800) : undefined;
  for (const port of spec.ports ?? []) {
    const protocol = (port.protocol ?? 'TCP').toLowerCase();
    const all = targetsOf(slices, port.name ?? '', context.nodeName);
    const local = localOnly(all);
    for (const target of local) build.selves.add(`${target.address} . ${target.address}`);
    const inside = spec.internalTrafficPolicy === 'Local' ? local : all;
    for (const address of (spec.clusterIPs ?? [spec.clusterIP]).filter(isIpv4)) build.address(address, protocol, port.port, inside, sticky);
    const fromOutside = spec.externalTrafficPolicy === 'Local' ? local : all;
    const external = [
      ...(spec.externalIPs ?? []),
      ...(service.status.loadBalancer.ingress ?? []).filter((one) => one.ipMode !== 'Proxy').map((one) => one.ip ?? ''),
    ];
    for (const address of external.filter(isIpv4)) {
      build.address(address, protocol, port.port, fromOutside, sticky);
      if (spec.externalTrafficPolicy !== 'Local') build.outside.add(`${address} . ${protocol} . ${port.port}`);
    }
    if (port.nodePort !== undefined && port.nodePort !== 0) build.nodePort(protocol, port.nodePort, fromOutside, sticky);
  }
}
const isIpv4 = (address: string) => /^\d+\.\d+\.\d+\.\d+$/.test(address);
