import { goQuote } from '../../api/go-text.ts';
import { sameJson } from '../../base/equal.ts';
import { resourceClaimName, whyNotMadeFor } from '../../kinds/resource/lib/pod-resource-claims.ts';
import { ResourceClaim } from '../../kinds/resource/resource-claim.ts';
import type { AllocationResult } from '../../kinds/resource/shapes/resource-claim.ts';
import type { Pod, World } from '../framework.ts';

/** The claims of a pod, or why they cannot be used yet. */
export function deviceClaimsOf(pod: Pod, world: World): readonly ResourceClaim[] | string {
  const { namespace } = pod.metadata;
  const claims: ResourceClaim[] = [];
  for (const podClaim of pod.spec.resourceClaims ?? []) {
    const name = resourceClaimName(pod, podClaim);
    if (name === undefined) return `pod "${namespace}/${pod.metadata.name}": ResourceClaim not created yet`;
    if (name === null) continue;
    const claim = world.get(ResourceClaim, { namespace, name });
    if (claim === undefined) return `could not find v1.ResourceClaim ${goQuote(`${namespace}/${name}`)}`;
    if (claim.metadata.deletionTimestamp !== undefined) return `resourceclaim ${goQuote(name)} is being deleted`;
    const foreign = podClaim.resourceClaimName === undefined ? whyNotMadeFor(pod, claim) : undefined;
    if (foreign !== undefined) return foreign;
    claims.push(claim);
  }
  return claims;
}

/** Whether a change of a claim may help a pod: it is the pod's, or it gave devices back. */
export function claimHelps(pod: Pod, claim: ResourceClaim, old: ResourceClaim | undefined): boolean {
  if (old?.status.allocation !== undefined && claim.status.allocation === undefined) return true;
  if (claim.metadata.namespace !== pod.metadata.namespace) return false;
  const isOwn = (pod.spec.resourceClaims ?? []).some((podClaim) => resourceClaimName(pod, podClaim) === claim.metadata.name);
  return isOwn && (old === undefined || !sameJson(old.status, claim.status));
}

type Result = NonNullable<AllocationResult['devices']['results']>[number];
const waiting = ({ status }: ResourceClaim): readonly Result[] =>
  (status.allocation?.devices.results ?? []).filter(({ bindingConditions = [] }) => bindingConditions.length > 0);

export const mustBePrepared = (claim: ResourceClaim): boolean => waiting(claim).length > 0;

/** Whether the devices of a claim are prepared, by what their drivers say. Throws Error when one has failed. */
export function isPrepared(claim: ResourceClaim): boolean {
  return waiting(claim).every(({ driver, pool, device, bindingConditions = [], bindingFailureConditions = [] }) => {
    const status = claim.status.devices?.find((one) => one.driver === driver && one.pool === pool && one.device === device);
    const holds = (type: string) => status?.conditions?.find((one) => one.type === type && one.status === 'True');
    for (const type of bindingFailureConditions) {
      const failure = holds(type);
      if (failure === undefined) continue;
      const what = `claim=${claim.metadata.name}, reason=${failure.reason}, message=${goQuote(failure.message ?? '')}`;
      throw new Error(`device binding failed: ${what}`);
    }
    return bindingConditions.every((type) => holds(type) !== undefined);
  });
}
