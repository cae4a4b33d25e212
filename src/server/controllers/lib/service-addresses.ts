import type { ApiObject } from '../../../api/meta.ts';
import type { Client } from '../../../client/client.ts';
import { Service } from '../../../kinds/core/service.ts';
import { IPAddress } from '../../../kinds/networking/ip-address.ts';
import { isAlreadyExists } from '../../../api/status.ts';
import { addressObject } from '../../allocators/cluster-ips.ts';
import { clusterIpsOf, type ServiceSpecDraft } from '../../allocators/service-fields.ts';

export const addressesOf = (service: ApiObject & { readonly spec: object }): readonly string[] =>
  clusterIpsOf(service.spec as ServiceSpecDraft);

/** Gives every address of a service its object: for what was stored before there were such objects. */
export async function ensureServiceAddresses(client: Client): Promise<void> {
  const [services, addresses] = await Promise.all([client.list(Service), client.list(IPAddress)]);
  const known = new Set(addresses.items.map(({ metadata }) => metadata.name));
  const missing = services.items.flatMap((service) =>
    addressesOf(service)
      .filter((ip) => !known.has(ip))
      .map((ip) => addressObject(ip, service.metadata.namespace, service.metadata.name)),
  );
  for (const address of missing)
    await client.create(IPAddress, address).catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error;
    });
}
