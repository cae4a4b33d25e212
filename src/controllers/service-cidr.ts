import { formatTime, parseTime } from '../api/gotime.ts';
import { type Cidr, isAddressOf, overlaps, parseCidr, parseIp } from '../api/ip.ts';
import { isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController, type Result } from '../client/controller.ts';
import { IPAddress } from '../kinds/networking/ip-address.ts';
import { ServiceCIDR } from '../kinds/networking/service-cidr.ts';

const name = 'service-cidr-controller';
const finalizer = 'networking.k8s.io/service-cidr-finalizer';
const managerLabel = 'ipaddress.kubernetes.io/managed-by';
/** Until then allocators may not know yet that a range goes. */
const graceMs = 10_000;
const terminating = 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR';

const rangesOf = ({ spec }: ServiceCIDR) => (spec.cidrs ?? []).flatMap((text) => parseCidr(text) ?? []);
const holds = (cidr: ServiceCIDR, ip: string) => rangesOf(cidr).some((range) => isAddressOf(range, parseIp(ip)!));

/** True when no address would be left without a range. */
function canGo(cidr: ServiceCIDR, all: readonly ServiceCIDR[], addresses: readonly IPAddress[]): boolean {
  const others = all.filter(({ metadata }) => metadata.name !== cidr.metadata.name);
  const isCovered = (range: Cidr) =>
    others.some((other) => rangesOf(other).some((outer) => outer.prefix <= range.prefix && overlaps(outer, range)));
  if (rangesOf(cidr).every(isCovered)) return true;
  return !addresses.some(
    ({ metadata }) =>
      metadata.labels?.[managerLabel] === 'ipallocator.k8s.io' &&
      holds(cidr, metadata.name) &&
      !others.some((other) => holds(other, metadata.name)),
  );
}

async function setReady(cidr: ServiceCIDR, status: 'True' | 'False', reason: string, message: string, context: ControllerContext) {
  const { client, clock } = context;
  const present = cidr.status.conditions?.find(({ type }) => type === 'Ready');
  if (present?.status === status && present.reason === reason && present.message === message) return;
  const condition = { type: 'Ready', status, reason, message, lastTransitionTime: formatTime(clock.now()) };
  const { apiVersion, kind, metadata } = cidr;
  const applied = { apiVersion, kind, metadata: { name: metadata.name }, status: { conditions: [condition] } };
  const options = { subresource: 'status', fieldManager: name, force: true };
  await client.patch(ServiceCIDR, { name: metadata.name }, 'apply', applied, options);
}
async function setFinalizer({ metadata }: ServiceCIDR, verb: '' | '$deleteFromPrimitiveList/', { client }: ControllerContext) {
  await client
    .patch(ServiceCIDR, { name: metadata.name }, 'strategic', { metadata: { [`${verb}finalizers`]: [finalizer] } })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
}

async function end(cidr: ServiceCIDR, context: ControllerContext): Promise<Result> {
  const { cache, clock } = context;
  if (!canGo(cidr, cache(ServiceCIDR).list(), cache(IPAddress).list()))
    return await setReady(cidr, 'False', 'Terminating', terminating, context);
  const leftMs = (parseTime(cidr.metadata.deletionTimestamp ?? '') ?? 0) + graceMs - clock.now();
  if (leftMs > 0) return { afterMs: leftMs };
  if (cidr.metadata.finalizers?.includes(finalizer)) await setFinalizer(cidr, '$deleteFromPrimitiveList/', context);
  return undefined;
}

/**
 * Says that ranges of service addresses are ready, and keeps those with addresses in use from going.
 * https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects
 */
export const serviceCidr = defineController({
  name,
  account: 'service-cidrs-controller',
  for: ServiceCIDR,
  watches: [
    {
      kind: ServiceCIDR,
      map: (changed: ServiceCIDR, { cache }) =>
        cache(ServiceCIDR)
          .list()
          .filter((cidr) => rangesOf(cidr).some((a) => rangesOf(changed).some((b) => overlaps(a, b))))
          .map(({ metadata }) => metadata),
    },
    {
      kind: IPAddress,
      map: ({ metadata }: IPAddress, { cache }) =>
        cache(ServiceCIDR)
          .list()
          .filter((cidr) => cidr.metadata.deletionTimestamp !== undefined && holds(cidr, metadata.name))
          .map((cidr) => cidr.metadata),
    },
  ],
  can: [
    { groups: ['networking.k8s.io'], resources: ['servicecidrs'], verbs: ['get', 'list', 'watch', 'patch', 'update'] },
    { groups: ['networking.k8s.io'], resources: ['servicecidrs/finalizers', 'servicecidrs/status'], verbs: ['patch', 'update'] },
    { groups: ['networking.k8s.io'], resources: ['ipaddresses'], verbs: ['get', 'list', 'watch'] },
  ],
  async reconcile(key, context) {
    const cidr = context.cache(ServiceCIDR).get(key);
    if (cidr === undefined) return undefined;
    if (cidr.metadata.deletionTimestamp !== undefined) return await end(cidr, context);
    if (!cidr.metadata.finalizers?.includes(finalizer)) await setFinalizer(cidr, '', context);
    try {
      await setReady(cidr, 'True', '', 'Kubernetes Service CIDR is ready', context);
    } catch (error) {
      context.events.event(cidr, 'Warning', 'KubernetesServiceCIDRError', 'The ServiceCIDR Status can not be set to Ready=True');
      throw error;
    }
    return undefined;
  },
});
