import { type Cidr, isAddressOf, parseCidr, parseIp } from '../../api/ip.ts';
import { isNotFound } from '../../api/status.ts';
import { type ControllerContext, defineController, type Result } from '../../client/controller.ts';
import { Service } from '../../kinds/core/service.ts';
import { IPAddress } from '../../kinds/networking/ip-address.ts';
import { ServiceCIDR } from '../../kinds/networking/service-cidr.ts';
import { parseTime } from '../../api/gotime.ts';
import { addressObject, hasAddressLabels, isManagedAddress } from '../allocators/cluster-ips.ts';
import { addressesOf } from './lib/service-addresses.ts';

/** So long an address may be there before its service. */
const graceMs = 60_000;
const newMs = 5_000;

const rangesOf = (cidrs: readonly ServiceCIDR[]): readonly Cidr[] =>
  cidrs.flatMap(({ spec }) => (spec.cidrs ?? []).flatMap((text) => parseCidr(text) ?? []));
const isInRange = (ip: string, context: ControllerContext) =>
  rangesOf(context.cache(ServiceCIDR).list()).some((range) => isAddressOf(range, parseIp(ip)!));

async function forget({ client }: ControllerContext, name: string): Promise<void> {
  await client.delete(IPAddress, { name }).catch((error: unknown) => {
    if (!isNotFound(error)) throw error;
  });
}
/** The cache of addresses may be behind that of services. */
async function present({ client }: ControllerContext, name: string): Promise<IPAddress | undefined> {
  return await client.get(IPAddress, { name }).catch((error: unknown) => {
    if (isNotFound(error)) return undefined;
    throw error;
  });
}
async function make({ client }: ControllerContext, ip: string, { metadata }: Service): Promise<void> {
  await client.create(IPAddress, addressObject(ip, metadata.namespace, metadata.name));
}

/** One address of a service: that there is an object for it, and that it names the service. */
async function checkAddress(service: Service, ip: string, context: ControllerContext): Promise<void> {
  const { cache, events } = context;
  const { namespace, name } = service.metadata;
  const family = ip.includes(':') ? 'IPv6' : 'IPv4';
  const warn = (reason: string, message: string) => events.event(service, 'Warning', reason, message);
  if (!isInRange(ip, context))
    return warn('ClusterIPOutOfRange', `Cluster IP [${family}]: ${ip} is not within any configured Service CIDR; please recreate service`);
  const address = cache(IPAddress).get({ name: ip }) ?? (await present(context, ip));
  if (address === undefined) {
    warn('ClusterIPNotAllocated', `Cluster IP [${family}]: ${ip} is not allocated; repairing`);
    return await make(context, ip, service);
  }
  const { group = '', resource, namespace: ownerNamespace, name: ownerName = '' } = address.spec.parentRef ?? {};
  const replace = async () => {
    const about = `the ClusterIP [${family}]: ${ip} for Service ${namespace}/${name}`;
    warn('ClusterIPNotAllocated', `${about} has a wrong reference; repairing`);
    await forget(context, ip);
    await make(context, ip, service);
  };
  if (group !== '' || resource !== 'services') return await replace();
  if (ownerNamespace !== namespace || ownerName !== name) {
    const owner = cache(Service).get({ namespace: ownerNamespace, name: ownerName });
    if (owner === undefined) return await replace();
    if (addressesOf(owner).includes(ip))
      warn('ClusterIPAlreadyAllocated', `Cluster IP [${family}]:${ip} was assigned to multiple services; please recreate service`);
  }
  if (hasAddressLabels(address)) return;
  await forget(context, ip);
  await make(context, ip, service);
}

/** An address of ours whose service is gone, or does not have it. */
async function checkOwner(address: IPAddress, context: ControllerContext): Promise<Result> {
  const { cache, clock, events } = context;
  const { name } = address.metadata;
  const { group = '', resource, namespace, name: ownerName = '' } = address.spec.parentRef ?? {};
  const end = async (reason: string, message: string) => {
    events.event(address, 'Warning', reason, message);
    await forget(context, name);
  };
  if (group !== '' || resource !== 'services')
    return await end('IPAddressNotAllocated', `IPAddress ${name} appears to have been modified, not referencing a Service: cleaning up`);
  const ageMs = clock.now() - (parseTime(address.metadata.creationTimestamp) ?? 0);
  const service = cache(Service).get({ namespace, name: ownerName });
  if (service === undefined) {
    if (ageMs <= graceMs) return { afterMs: graceMs - ageMs + 1 };
    return await end(
      'IPAddressNotAllocated',
      `IPAddress: ${name} for Service ${namespace}/${ownerName} appears to have leaked: cleaning up`,
    );
  }
  if (addressesOf(service).includes(name)) return undefined;
  if (service.spec.type === 'ExternalName' && ageMs < graceMs) return { afterMs: graceMs - ageMs };
  if (ageMs < newMs) return { afterMs: newMs };
  return await end(
    'IPAddressWrongReference',
    `IPAddress: ${name} for Service ${namespace}/${ownerName} has a wrong reference; cleaning up`,
  );
}

/** Keeps services and the objects of their addresses in step (pkg/registry/core/service/ipallocator/controller). Keys without a namespace are addresses. */
export const ipAddressRepair = defineController({
  name: 'ipallocator-repair-controller',
  for: Service,
  watches: [{ kind: IPAddress, map: (address: IPAddress) => [{ name: address.metadata.name }, ...ownersOf(address)] }],
  reads: [ServiceCIDR],
  can: [],
  async reconcile({ namespace, name }, context) {
    if (namespace === undefined) {
      const address = context.cache(IPAddress).get({ name });
      return address === undefined || !isManagedAddress(address) ? undefined : await checkOwner(address, context);
    }
    const service = context.cache(Service).get({ namespace, name });
    for (const ip of service === undefined ? [] : addressesOf(service)) await checkAddress(service!, ip, context);
    return undefined;
  },
});

function ownersOf({ spec: { parentRef } }: IPAddress) {
  const { group = '', resource, namespace, name = '' } = parentRef ?? {};
  return group === '' && resource === 'services' && namespace !== undefined ? [{ namespace, name }] : [];
}
