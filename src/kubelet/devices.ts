import { goQuote } from '../api/go-text.ts';
import { isReservedFor, resourceClaimName, whyNotMadeFor } from '../kinds/resource/lib/pod-resource-claims.ts';
import type { ObjectReader } from './context.ts';
import type { Pod } from './types.ts';

type PodClaim = NonNullable<Pod['spec']['resourceClaims']>[number];

async function check(pod: Pod, podClaim: PodClaim, reader: ObjectReader): Promise<void> {
  const { namespace = '', name: podName, uid } = pod.metadata;
  const name = resourceClaimName(pod, podClaim);
  if (name === null) return;
  if (name === undefined) throw new Error(`pod "${namespace}/${podName}": ResourceClaim not created yet`);
  const claim = await reader.resourceClaim(namespace, name);
  if (claim === undefined) {
    throw new Error(`fetch ResourceClaim ${name}: resourceclaims.resource.k8s.io ${goQuote(name)} not found`);
  }
  const foreign = podClaim.resourceClaimName === undefined ? whyNotMadeFor(pod, claim) : undefined;
  if (foreign !== undefined) throw new Error(foreign);
  if (!isReservedFor(pod, claim)) {
    throw new Error(`pod ${podName} (${uid}) is not allowed to use ResourceClaim ${name} (${claim.metadata.uid})`);
  }
  const [first] = claim.status.allocation?.devices.results ?? [];
  if (first !== undefined) throw new Error(`DRA driver ${first.driver} is not registered`);
}

/**
 * Has drivers prepare the devices that a pod's claims were given. No driver can register with this node yet, so a pod with devices waits;
 * throws Error with what to tell the user.
 */
export async function prepareDevices(pod: Pod, reader: ObjectReader): Promise<void> {
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  const claims = [...(pod.spec?.resourceClaims ?? []), ...(extended === undefined ? [] : [{ name: '', resourceClaimName: extended }])];
  for (const claim of claims) {
    try {
      await check(pod, claim, reader);
    } catch (error) {
      throw new Error(`Failed to prepare dynamic resources: prepare dynamic resources: ${(error as Error).message}`, { cause: error });
    }
  }
}
