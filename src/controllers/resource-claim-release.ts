import { controllerOf, type Key } from '../api/meta.ts';
import { isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { Pod } from '../kinds/core/pod.ts';
import { allocatedFinalizer, isPodDone, resourceClaimNames } from '../kinds/resource/lib/pod-resource-claims.ts';
import { ResourceClaim } from '../kinds/resource/resource-claim.ts';
import { removeFinalizer } from './lib/finalizers.ts';

type Consumer = NonNullable<ResourceClaim['status']['reservedFor']>[number];

/** Claims of a pod that will not need them any more. */
function claimsOfDone(pod: Pod, context: ControllerContext): readonly Key[] {
  const present = context.cache(Pod).get(pod.metadata);
  const isGone = present?.metadata.uid !== pod.metadata.uid;
  return isGone || isPodDone(pod) ? resourceClaimNames(pod).map((name) => ({ namespace: pod.metadata.namespace, name })) : [];
}

async function stillNeeds({ apiGroup, resource, name, uid }: Consumer, namespace: string, context: ControllerContext): Promise<boolean> {
  // Of other consumers nothing is known
  if ((apiGroup ?? '') !== '' || resource !== 'pods') return true;
  const cached = context.cache(Pod).get({ namespace, name });
  if (cached !== undefined) return cached.metadata.uid === uid && !isPodDone(cached);
  // The scheduler may be ahead of this cache
  try {
    return (await context.client.get(Pod, { namespace, name })).metadata.uid === uid;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/** A claim is free again as soon as nobody uses it: its next consumer may run elsewhere. */
async function release(claim: ResourceClaim, context: ControllerContext): Promise<ResourceClaim> {
  const { client } = context;
  const { namespace = '', deletionTimestamp, finalizers } = claim.metadata;
  const reserved = claim.status.reservedFor ?? [];
  const needed = await Promise.all(reserved.map((consumer) => stillNeeds(consumer, namespace, context)));
  const reservedFor = reserved.filter((_consumer, position) => needed[position]);
  const isHeld = finalizers?.includes(allocatedFinalizer) === true;
  const isUnused = reservedFor.length === 0;
  const isFreed = reservedFor.length < reserved.length;
  if (!isFreed && !(isHeld && isUnused && deletionTimestamp !== undefined)) return claim;
  let now = claim;
  const { allocation, reservedFor: _, ...rest } = claim.status;
  const dropped = isHeld && isUnused;
  if (isFreed || (dropped && allocation !== undefined)) {
    const status = {
      ...rest,
      ...(dropped || allocation === undefined ? {} : { allocation }),
      ...(isUnused ? {} : { reservedFor }),
    };
    now = await client.updateStatus(ResourceClaim, { ...claim, status } as never);
  }
  if (now.metadata.finalizers?.includes(allocatedFinalizer) && now.status.allocation === undefined) {
    await removeFinalizer(client, ResourceClaim, now, allocatedFinalizer);
  }
  return now;
}

/** Frees claims whose pods have ended, and removes those that were made for them. */
export const resourceClaimRelease = defineController<ResourceClaim>({
  name: 'resourceclaim-release',
  account: 'resource-claim-controller',
  for: ResourceClaim,
  watches: [{ kind: Pod, map: claimsOfDone }],
  can: [
    { groups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    { groups: ['resource.k8s.io'], resources: ['resourceclaims'], verbs: ['get', 'list', 'watch', 'delete', 'update'] },
    { groups: ['resource.k8s.io'], resources: ['resourceclaims/status'], verbs: ['update'] },
    { groups: ['resource.k8s.io'], resources: ['resourceclaims/binding'], verbs: ['update'] },
  ],
  async reconcile(key, context) {
    const claim = context.cache(ResourceClaim).get(key);
    if (claim === undefined) return;
    const { status, metadata } = await release(claim, context);
    if ((status.reservedFor ?? []).length > 0) return;
    const owner = controllerOf(claim);
    if (owner?.kind !== 'Pod' || owner.apiVersion !== 'v1') return;
    const pod = context.cache(Pod).get({ namespace: key.namespace, name: owner.name });
    // A pod that is not known may be too new; the garbage collector sees to those that are gone
    if (pod === undefined || (pod.metadata.uid === owner.uid && !isPodDone(pod))) return;
    await context.client.delete(ResourceClaim, key, { preconditions: { uid: metadata.uid } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  },
});
