import type { EndpointSlice } from '../../kinds/discovery/endpoint-slice.ts';
import type { Node } from '../../kinds/core/node.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { Service } from '../../kinds/core/service.ts';
import { sameJson } from '../../base/equal.ts';
import { canonicalJson } from './hash.ts';
import { controllerReference } from './owned.ts';
import { isPodReady } from './pods.ts';
import { addressesOf, hasEndpoint, hasHostname, headlessLabel, isHeadless, isIpv6, targetPort } from './service-pods.ts';

export type Endpoint = EndpointSlice['endpoints'][number];
export type EndpointPort = NonNullable<EndpointSlice['ports']>[number];
type Labels = Readonly<Record<string, string>>;

/** A slice to create: what the API fills in is left out. */
export interface NewSlice {
  readonly metadata: {
    readonly generateName: string;
    readonly namespace: string | undefined;
    readonly labels: Labels;
    readonly ownerReferences: NonNullable<EndpointSlice['metadata']['ownerReferences']>;
  };
  readonly addressType: string;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}
export interface SlicePlan {
  readonly create: readonly NewSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const serviceNameLabel = 'kubernetes.io/service-name';
export const managerName = 'endpointslice-controller.k8s.io';
export const endpointsPerSlice = 100;
const zoneLabel = 'topology.kubernetes.io/zone';
const reserved: ReadonlySet<string> = new Set([headlessLabel, managedByLabel, serviceNameLabel]);

/** Families whose addresses a service has endpoints of. */
export function addressTypes({ spec }: Service): readonly string[] {
  const families = spec.ipFamilies ?? [];
  if (families.length > 0) return families;
  if (spec.clusterIP && spec.clusterIP !== 'None') return [isIpv6(spec.clusterIP) ? 'IPv6' : 'IPv4'];
  return ['IPv4', 'IPv6'];
}

export function sliceLabels(service: Service): Labels {
  const own = Object.entries(service.metadata.labels ?? {}).filter(([name]) => !reserved.has(name));
  return {
    ...Object.fromEntries(own),
    ...(isHeadless(service) ? { [headlessLabel]: '' } : {}),
    [serviceNameLabel]: service.metadata.name,
    [managedByLabel]: managerName,
  };
}

/** The ports of one pod that the service's ports lead to; those it has not are left out. */
export function portsOf(service: Service, pod: Pod): readonly EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const servicePort of service.spec.ports ?? []) {
    const port = targetPort(pod, servicePort);
    if (port === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = servicePort;
    ports.push({ name, port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) });
  }
  return ports;
}

function hints(service: Service, endpoint: Endpoint): Endpoint['hints'] {
  const { trafficDistribution } = service.spec;
  if (endpoint.conditions?.ready === false) return undefined;
  const forZones = endpoint.zone === undefined ? {} : { forZones: [{ name: endpoint.zone }] };
  const forNodes = endpoint.nodeName === undefined ? {} : { forNodes: [{ name: endpoint.nodeName }] };
  if (trafficDistribution === 'PreferClose' || trafficDistribution === 'PreferSameZone') {
    return endpoint.zone === undefined ? undefined : forZones;
  }
  return trafficDistribution === 'PreferSameNode' ? { ...forZones, ...forNodes } : undefined;
}

export function endpointOf(pod: Pod, node: Node | undefined, service: Service, addressType: string): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const addresses = addressesOf(pod).filter((address) => isIpv6(address) === (addressType === 'IPv6'));
  const zone = node?.metadata.labels?.[zoneLabel];
  const { namespace, name, uid } = pod.metadata;
  const endpoint: Endpoint = {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hasHostname(pod, service) ? { hostname: pod.spec.hostname } : {}),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
  const found = hints(service, endpoint);
  return found === undefined ? endpoint : { ...endpoint, hints: found };
}

/** Endpoints of one pod and address are the same endpoint, whatever its conditions. */
const identity = ({ addresses, hostname, targetRef }: Endpoint) =>
  JSON.stringify([[...addresses].sort(), hostname, targetRef?.uid, targetRef?.name]);
const withoutRevision = ({ targetRef, ...rest }: Endpoint) => ({ ...rest, targetRef: { ...targetRef, resourceVersion: undefined } });
const sameEndpoint = (a: Endpoint, b: Endpoint) => sameJson(withoutRevision(a), withoutRevision(b));
const portKey = (ports: readonly EndpointPort[]) =>
  canonicalJson(
    ports
      .map(({ name = '', port, protocol, appProtocol }) => ({ name, port, protocol, appProtocol }))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  );

interface Draft {
  readonly slice: EndpointSlice;
  endpoints: Endpoint[];
  changed: boolean;
}

/** Spreads the endpoints of one set of ports over the slices that are there, changing as few of them as can be. */
function planPorts(existing: readonly EndpointSlice[], desired: readonly Endpoint[], labels: Labels) {
  const wanted = new Map(desired.map((endpoint) => [identity(endpoint), endpoint]));
  const drafts: Draft[] = existing.map((slice) => {
    const kept: Endpoint[] = [];
    let changed = !sameJson(slice.metadata.labels ?? {}, labels);
    for (const endpoint of slice.endpoints) {
      const id = identity(endpoint);
      const found = wanted.get(id);
      wanted.delete(id);
      if (found === undefined || !sameEndpoint(found, endpoint)) changed = true;
      if (found !== undefined) kept.push(found);
    }
    return { slice, endpoints: kept, changed };
  });
  const left = [...wanted.values()];
  const emptied = drafts.filter(({ slice, endpoints }) => endpoints.length === 0 && slice.endpoints.length > 0);
  const alive = drafts.filter((draft) => !emptied.includes(draft));
  const changing = alive.filter(({ changed }) => changed).sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const draft of changing) draft.endpoints.push(...left.splice(0, endpointsPerSlice - draft.endpoints.length));
  const fresh: Endpoint[][] = [];
  while (left.length > 0) {
    const room = alive
      .filter(({ changed, endpoints }) => !changed && endpoints.length + left.length <= endpointsPerSlice)
      .sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
    const part = left.splice(0, endpointsPerSlice);
    if (room === undefined) fresh.push(part);
    else {
      room.endpoints.push(...part);
      room.changed = true;
    }
  }
  return {
    create: fresh,
    update: alive.filter(({ changed }) => changed),
    remove: emptied.map(({ slice }) => slice),
  };
}

/** What to do with the slices of one service and address family. */
export function planSlices(
  service: Service,
  addressType: string,
  existing: readonly EndpointSlice[],
  pods: readonly Pod[],
  nodes: (name: string) => Node | undefined,
): SlicePlan {
  const labels = sliceLabels(service);
  const groups = new Map<
    string,
    { readonly ports: readonly EndpointPort[]; readonly endpoints: Endpoint[]; readonly existing: EndpointSlice[] }
  >();
  const group = (ports: readonly EndpointPort[]) => {
    const key = portKey(ports);
    let found = groups.get(key);
    if (found === undefined) {
      found = { ports, endpoints: [], existing: [] };
      groups.set(key, found);
    }
    return found;
  };
  const headlessWithoutPorts = (service.spec.ports ?? []).length === 0 && service.spec.clusterIP === 'None';
  for (const pod of pods) {
    if (!hasEndpoint(pod, true)) continue;
    const endpoint = endpointOf(pod, nodes(pod.spec.nodeName ?? ''), service, addressType);
    if (endpoint.addresses.length > 0) group(headlessWithoutPorts ? [] : portsOf(service, pod)).endpoints.push(endpoint);
  }
  const mine = existing.filter(({ metadata }) => metadata.ownerReferences?.some(({ uid }) => uid === service.metadata.uid));
  const stale = existing.filter((slice) => !mine.includes(slice));
  for (const slice of mine) group(slice.ports ?? []).existing.push(slice);

  const newSlice = (ports: readonly EndpointPort[], endpoints: readonly Endpoint[]): NewSlice => ({
    metadata: {
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace,
      labels,
      ownerReferences: [controllerReference(Service, service)],
    },
    addressType,
    ports,
    endpoints,
  });
  const create: NewSlice[] = [];
  const update: EndpointSlice[] = [];
  const remove: EndpointSlice[] = [...stale];
  for (const { ports, endpoints, existing: slices } of groups.values()) {
    if (endpoints.length === 0) {
      remove.push(...slices);
      continue;
    }
    const plan = planPorts(slices, endpoints, labels);
    create.push(...plan.create.map((part) => newSlice(ports, part)));
    for (const draft of plan.update) update.push(rewritten(draft.slice, { labels, endpoints: draft.endpoints }));
    remove.push(...plan.remove);
  }
  if (create.length === 0 && remove.length === existing.length) {
    const empty = mine.find(
      (slice) => slice.endpoints.length === 0 && (slice.ports ?? []).length === 0 && sameJson(slice.metadata.labels, labels),
    );
    if (empty !== undefined) return { create, update, remove: remove.filter((slice) => slice !== empty) };
    create.push(newSlice([], []));
  }
  return reuse({ create, update, remove }, service);
}

const rewritten = (
  slice: EndpointSlice,
  { labels, ...change }: { readonly labels: Labels; readonly endpoints: readonly Endpoint[]; readonly ports?: readonly EndpointPort[] },
): EndpointSlice => ({ ...slice, ...change, metadata: { ...slice.metadata, labels } });

/** Slices of the service that would be deleted take the content of slices that would be created. */
function reuse({ create, update, remove }: SlicePlan, service: Service): SlicePlan {
  const toCreate = [...create];
  const toUpdate = [...update];
  const toRemove = remove.filter((slice) => {
    const owned = slice.metadata.ownerReferences?.some(({ uid }) => uid === service.metadata.uid);
    const next = owned ? toCreate.pop() : undefined;
    if (next === undefined) return true;
    toUpdate.push(rewritten(slice, { labels: next.metadata.labels, ports: next.ports, endpoints: next.endpoints }));
    return false;
  });
  return { create: toCreate, update: toUpdate, remove: toRemove };
}
