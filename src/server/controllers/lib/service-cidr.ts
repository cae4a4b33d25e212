import { formatTime } from '../../../api/gotime.ts';
import { isAlreadyExists, isNotFound } from '../../../api/status.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Client } from '../../../client/client.ts';
import { ServiceCIDR } from '../../../kinds/networking/service-cidr.ts';

/** What is odd about the default ServiceCIDR, as an event says it. */
export interface Oddity {
  readonly about: ServiceCIDR;
  readonly reason: string;
  readonly message: string;
}
export const serviceCidrController = 'kubernetes-service-cidr-controller';

async function present(client: Client, cidrs: readonly string[]): Promise<ServiceCIDR> {
  const key = { name: 'kubernetes' };
  try {
    return await client.get(ServiceCIDR, key);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  try {
    return await client.create(ServiceCIDR, { metadata: key, spec: { cidrs } });
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return await client.get(ServiceCIDR, key);
  }
}

/** Makes the ServiceCIDR of the server's own ranges, and says that it is ready when nobody said otherwise. */
export async function ensureServiceCidr(client: Client, cidrs: readonly string[], clock: Clock): Promise<Oddity | undefined> {
  const about = await present(client, cidrs);
  if (about.metadata.deletionTimestamp !== undefined) return undefined;
  const own = about.spec.cidrs ?? [];
  if (own.join() !== cidrs.join()) {
    const message = `The default ServiceCIDR [${own.join(' ')}] does not match the controller flag configurations [${cidrs.join(' ')}]`;
    return { about, reason: 'KubernetesDefaultServiceCIDRInconsistent', message };
  }
  const ready = about.status.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'False') return { about, reason: ready.reason, message: `Configuration matches, but ${ready.message}` };
  if (ready?.status === 'True') return undefined;
  const condition = {
    type: 'Ready',
    status: 'True',
    message: 'Kubernetes default Service CIDR is ready',
    lastTransitionTime: formatTime(clock.now()),
  };
  const { name } = about.metadata;
  const applied = { apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR', metadata: { name }, status: { conditions: [condition] } };
  const options = { subresource: 'status', fieldManager: serviceCidrController, force: true };
  await client.patch(ServiceCIDR, { name }, 'apply', applied, options);
  return undefined;
}
