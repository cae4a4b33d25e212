import { formatIp, parseIp } from '../../api/ip.ts';
import { sameJson } from '../../base/equal.ts';
import { Endpoints } from '../../kinds/core/endpoints.ts';
import type { EndpointSlice } from '../../kinds/discovery/endpoint-slice.ts';
import { sameOrEmpty } from '../../kinds/lib/fields.ts';
import { type Endpoint, type EndpointPort, managedByLabel, serviceNameLabel } from './endpoint-slice-plan.ts';
import type { Subset } from './endpoints-subsets.ts';
import { canonicalJson } from './hash.ts';
import { controllerReference } from './owned.ts';
import { isIpv6, triggerTimeAnnotation } from './service-pods.ts';

type Address = NonNullable<Subset['addresses']>[number];
type Labels = Readonly<Record<string, string>>;
type Metadata = Pick<EndpointSlice['metadata'], 'namespace' | 'labels' | 'annotations' | 'ownerReferences'>;

/** What a mirrored slice is to say. */
export interface MirroredSlice {
  readonly metadata: Metadata;
  readonly addressType: string;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}
export interface MirrorPlan {
  readonly create: readonly (MirroredSlice & { readonly metadata: Metadata & { readonly generateName: string } })[];
  readonly update: readonly (MirroredSlice & { readonly metadata: Metadata & { readonly name: string } })[];
  readonly remove: readonly EndpointSlice[];
  readonly invalid: number;
  readonly tooMany: number;
}

export const mirrorManager = 'endpointslicemirroring-controller.k8s.io';
export const mostMirrored = 1000;
const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration';

function without(all: Labels | undefined, ...names: readonly string[]): Labels {
  return Object.fromEntries(Object.entries(all ?? {}).filter(([name]) => !names.includes(name)));
}
const byText =
  <T>(text: (value: T) => string) =>
  (a: T, b: T) =>
    text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;
const addressText = ({ ip, hostname, targetRef }: Address) => JSON.stringify([ip, targetRef?.uid ?? '', hostname ?? '']);
const noPort = 'none';

interface Group {
  readonly ports: EndpointPort[];
  /** Each with whether it is ready for these ports. */
  readonly addresses: readonly (readonly [Address, boolean])[];
}

/** Addresses with just the ports that each of them has: a port may stand in several subsets, and an address too. */
function regrouped(subsets: readonly Subset[]): readonly Group[] {
  const known = new Map<string, Address>();
  const byPort = new Map<string, { readonly port: EndpointPort | undefined; readonly ready: Map<string, boolean> }>();
  for (const { addresses = [], notReadyAddresses = [], ports = [] } of subsets) {
    for (const port of ports.length === 0 ? [undefined] : ports) {
      const key = port === undefined ? noPort : canonicalJson(port);
      const { name = '', protocol = 'TCP', appProtocol } = port ?? {};
      const shown = port && { name, protocol, port: port.port, ...(appProtocol === undefined ? {} : { appProtocol }) };
      const { ready } = byPort.get(key) ?? byPort.set(key, { port: shown, ready: new Map() }).get(key)!;
      const put = (address: Address, isReady: boolean) => {
        const id = JSON.stringify([address.ip, address.targetRef?.uid ?? '']);
        if (!known.has(id)) known.set(id, address);
        ready.set(id, isReady && ready.get(id) !== false);
      };
      for (const address of addresses) put(address, true);
      for (const address of notReadyAddresses) put(address, false);
    }
  }
  const groups = new Map<string, Group>();
  for (const { port, ready } of byPort.values()) {
    const all = [...ready].sort(byText(([id]) => id));
    const key = JSON.stringify(all);
    const addresses = all.map(([id, isReady]) => [known.get(id)!, isReady] as const);
    const group = groups.get(key) ?? groups.set(key, { ports: [], addresses }).get(key)!;
    if (port !== undefined) group.ports.push(port);
  }
  for (const { ports } of groups.values()) ports.sort(byText(canonicalJson));
  return [...groups.values()].filter(({ addresses }) => addresses.length > 0);
}

function endpointOf({ targetRef, nodeName, hostname }: Address, ip: string, ready: boolean): Endpoint {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(hostname ? { hostname } : {}),
    ...(targetRef === undefined ? {} : { targetRef }),
    ...(nodeName === undefined ? {} : { nodeName }),
  };
}

interface Wanted {
  readonly addressType: string;
  readonly ports: readonly EndpointPort[];
  readonly endpoints: Map<string, Endpoint>;
}
const keyOf = (addressType: string, ports: readonly EndpointPort[]) =>
  `${addressType}-${[...ports]
    .map(({ name = '', port, protocol, appProtocol }) => canonicalJson({ name, port, protocol, appProtocol }))
    .sort()
    .join()}`;
const endpointKey = ({ addresses, hostname, targetRef }: Endpoint) =>
  canonicalJson([[...addresses].sort(), hostname, targetRef && { ...targetRef, resourceVersion: undefined }]);

function wantedOf({ subsets = [] }: Endpoints) {
  const wanted = new Map<string, Wanted>();
  let [invalid, skipped] = [0, 0];
  for (const { ports, addresses } of regrouped(subsets)) {
    let added = 0;
    const ordered = [...addresses].sort(byText(([address, ready]) => `${ready ? 0 : 1}${addressText(address)}`));
    for (const [address, ready] of ordered) {
      if (added >= mostMirrored) break;
      const bytes = parseIp(address.ip);
      if (bytes === undefined) {
        invalid++;
        continue;
      }
      added++;
      const ip = formatIp(bytes);
      const addressType = isIpv6(ip) ? 'IPv6' : 'IPv4';
      const key = keyOf(addressType, ports);
      const { endpoints } = wanted.get(key) ?? wanted.set(key, { addressType, ports, endpoints: new Map() }).get(key)!;
      const endpoint = endpointOf(address, ip, ready);
      endpoints.set(endpointKey(endpoint), endpoint);
    }
    skipped += addresses.length - added;
  }
  return { wanted, invalid, tooMany: skipped > invalid ? skipped : 0 };
}

function metadataOf(endpoints: Endpoints): Metadata {
  const { namespace, name, labels, annotations } = endpoints.metadata;
  return {
    ...(namespace === undefined ? {} : { namespace }),
    labels: { ...labels, [serviceNameLabel]: name, [managedByLabel]: mirrorManager },
    annotations: without(annotations, triggerTimeAnnotation, lastAppliedAnnotation),
    ownerReferences: [controllerReference(Endpoints, endpoints)],
  };
}

function isMirror(slice: EndpointSlice, { endpoints }: Wanted, { labels, annotations }: Metadata, owner: Endpoints): boolean {
  const { metadata } = slice;
  const foreign = metadata.ownerReferences?.some(
    ({ kind, name, uid }) => kind === 'Endpoints' && name === owner.metadata.name && uid !== owner.metadata.uid,
  );
  if (foreign === true || slice.endpoints.length !== endpoints.size) return false;
  if (!sameJson(metadata.labels, labels) || !sameOrEmpty(metadata.annotations, annotations)) return false;
  return slice.endpoints.every((endpoint) => sameJson(endpoints.get(endpointKey(endpoint)), endpoint));
}

/** What to do with the mirrored slices of Endpoints: one for each set of ports and family of addresses (pkg/controller/endpointslicemirroring). */
export function planMirror(endpoints: Endpoints, existing: readonly EndpointSlice[]): MirrorPlan {
  const { wanted, invalid, tooMany } = wantedOf(endpoints);
  const metadata = metadataOf(endpoints);
  const present = Map.groupBy(existing, ({ addressType, ports }) => keyOf(addressType, ports ?? []));
  const made: MirroredSlice[] = [];
  const update: MirrorPlan['update'][number][] = [];
  const remove: EndpointSlice[] = [];
  for (const [key, slices] of present) remove.push(...(wanted.has(key) ? slices.slice(1) : slices));
  for (const [key, one] of wanted) {
    const slice: MirroredSlice = { ...one, metadata, endpoints: [...one.endpoints.values()].slice(0, mostMirrored) };
    const first = present.get(key)?.[0];
    if (first === undefined) made.push(slice);
    else if (!isMirror(first, one, metadata, endpoints)) update.push({ ...slice, metadata: { ...metadata, name: first.metadata.name } });
  }
  // A slice that would go takes the content of one that would be made.
  const create: MirrorPlan['create'][number][] = [];
  for (const slice of made) {
    const index = remove.findIndex(({ addressType }) => addressType === slice.addressType);
    const [recycled] = index < 0 ? [] : remove.splice(index, 1);
    if (recycled === undefined) create.push({ ...slice, metadata: { ...metadata, generateName: `${endpoints.metadata.name}-` } });
    else update.push({ ...slice, metadata: { ...metadata, name: recycled.metadata.name } });
  }
  return { create, update, remove, invalid, tooMany };
}
