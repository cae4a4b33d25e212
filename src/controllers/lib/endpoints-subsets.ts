import type { Endpoints } from '../../kinds/core/endpoints.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { Service } from '../../kinds/core/service.ts';
import { canonicalJson } from './hash.ts';
import { isPodReady } from './pods.ts';
import { addressesOf, hasEndpoint, hasHostname, isIpv6, targetPort } from './service-pods.ts';

export type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];
type Port = NonNullable<Subset['ports']>[number];

export const mostAddresses = 1000;

function addressOf(service: Service, pod: Pod): Address | undefined {
  const { spec } = service;
  const family = spec.ipFamilies?.[0];
  const wantsIpv6 = family === undefined ? isIpv6(spec.clusterIP ?? '') : family === 'IPv6';
  const ip = addressesOf(pod).find((address) => isIpv6(address) === wantsIpv6);
  if (ip === undefined) return undefined;
  const { namespace, name, uid } = pod.metadata;
  return {
    ip,
    ...(hasHostname(pod, service) ? { hostname: pod.spec.hostname } : {}),
    ...(pod.spec.nodeName ? { nodeName: pod.spec.nodeName } : {}),
    targetRef: { kind: 'Pod', ...(namespace === undefined ? {} : { namespace }), name, uid },
  };
}

const byText =
  <T>(text: (value: T) => string) =>
  (a: T, b: T) =>
    text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0;
const addressText = ({ ip, hostname, targetRef }: Address) => JSON.stringify([ip, hostname, targetRef?.uid]);

/** Addresses with the same ports share a subset; those that are ready for one port only stand in two. */
export function subsetsOf(service: Service, pods: readonly Pod[]): readonly Subset[] {
  const notReadyToo = service.spec.publishNotReadyAddresses === true;
  const found = new Map<string, { readonly address: Address; readonly ready: boolean; readonly ports: Port[] }>();
  for (const pod of pods) {
    if (!hasEndpoint(pod, notReadyToo)) continue;
    const address = addressOf(service, pod);
    if (address === undefined) continue;
    const ports: Port[] = [];
    for (const servicePort of service.spec.ports ?? []) {
      const port = targetPort(pod, servicePort);
      if (port === undefined) continue;
      const { name, protocol = 'TCP', appProtocol } = servicePort;
      ports.push({ ...(name ? { name } : {}), port, protocol, ...(appProtocol === undefined ? {} : { appProtocol }) });
    }
    const portless = (service.spec.ports ?? []).length === 0 && service.spec.clusterIP === 'None';
    if (ports.length > 0 || portless) found.set(addressText(address), { address, ready: notReadyToo || isPodReady(pod), ports });
  }
  const groups = new Map<string, { readonly ports: readonly Port[]; readonly ready: Address[]; readonly notReady: Address[] }>();
  for (const { address, ready, ports } of found.values()) {
    const sorted = [...ports].sort(byText(canonicalJson));
    const key = canonicalJson(sorted);
    const group = groups.get(key) ?? { ports: sorted, ready: [], notReady: [] };
    (ready ? group.ready : group.notReady).push(address);
    groups.set(key, group);
  }
  return [...groups].sort(byText(([key]) => key)).map(([, { ports, ready, notReady }]) => ({
    ...(ready.length === 0 ? {} : { addresses: ready.sort(byText(addressText)) }),
    ...(notReady.length === 0 ? {} : { notReadyAddresses: notReady.sort(byText(addressText)) }),
    ...(ports.length === 0 ? {} : { ports }),
  }));
}

/** At most 1000 addresses, ready ones first, each subset its share. */
export function truncated(subsets: readonly Subset[]): { readonly subsets: readonly Subset[]; readonly cut: boolean } {
  const count = (field: 'addresses' | 'notReadyAddresses') => subsets.reduce((sum, subset) => sum + (subset[field]?.length ?? 0), 0);
  const ready = count('addresses');
  const notReady = count('notReadyAddresses');
  if (ready + notReady <= mostAddresses) return { subsets, cut: false };
  const cutReady = ready > mostAddresses;
  const room = cutReady ? mostAddresses : mostAddresses - ready;
  const total = cutReady ? ready : notReady;
  let left = room;
  const share = (addresses: readonly Address[] = []) => {
    const kept = addresses.slice(0, Math.min(left, Math.ceil((addresses.length / total) * room)));
    left -= kept.length;
    return kept;
  };
  return {
    cut: true,
    subsets: subsets.map(({ addresses, notReadyAddresses, ...rest }) =>
      cutReady
        ? { ...rest, addresses: share(addresses) }
        : { ...rest, ...(addresses === undefined ? {} : { addresses }), notReadyAddresses: share(notReadyAddresses) },
    ),
  };
}
