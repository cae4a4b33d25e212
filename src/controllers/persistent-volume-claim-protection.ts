import { type ControllerContext, defineController } from '../client/controller.ts';
import { claimNameOf, whyNotClaimOf } from '../kinds/core/lib/pod-claims.ts';
import { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import { Pod } from '../kinds/core/pod.ts';
import { claimKeysOf, podsOfClaim } from './lib/claim-pods.ts';
import { perContext } from './lib/per-context.ts';
import { addFinalizer, lacks, removeFinalizer, waitsFor } from './lib/finalizers.ts';

const finalizer = 'kubernetes.io/pvc-protection';

/** The kubelet has let go of its volumes, or nobody will: ephemeral claims need not wait for the pod's finalizers, which may wait for them. */
const isShutDown = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined && metadata.deletionGracePeriodSeconds === 0;

/** A pod that has no node yet does not hold a claim: no kubelet starts it while the claim is being deleted. */
function isHeldBy(claim: PersistentVolumeClaim, pod: Pod): boolean {
  if ((pod.spec.nodeName ?? '') === '') return false;
  return (pod.spec.volumes ?? []).some(
    (volume) =>
      claimNameOf(pod, volume) === claim.metadata.name &&
      (volume.ephemeral === undefined || (!isShutDown(pod) && whyNotClaimOf(pod, claim) === undefined)),
  );
}

/** The last pods that the server listed: a claim that was deleted before and is used by none of them is used by none ever again. */
const memory = perContext(() => ({ namespace: '', revision: 0, pods: [] as readonly Pod[] }));

/** Asks the server too: the cache may not know of a pod that has just come. */
async function isUsed(claim: PersistentVolumeClaim, context: ControllerContext): Promise<boolean> {
  if (podsOfClaim(claim.metadata, context).some((pod) => isHeldBy(claim, pod))) return true;
  const { namespace = '', resourceVersion } = claim.metadata;
  const listed = memory(context);
  const isFree = () => !listed.pods.some((pod) => isHeldBy(claim, pod));
  if (listed.namespace === namespace && listed.revision >= Number(resourceVersion) && isFree()) return false;
  const list = await context.client.list(Pod, { namespace });
  Object.assign(listed, { namespace, revision: Number(list.metadata.resourceVersion), pods: list.items });
  return !isFree();
}

/**
 * Keeps claims that are deleted until no pod uses them.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
 */
export const persistentVolumeClaimProtection = defineController<PersistentVolumeClaim>({
  name: 'persistentvolumeclaim-protection-controller',
  account: 'pvc-protection-controller',
  for: PersistentVolumeClaim,
  watches: [{ kind: Pod, map: claimKeysOf }],
  can: [
    { groups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch', 'update'] },
    { groups: [''], resources: ['pods'], verbs: ['list', 'watch', 'get'] },
  ],
  async reconcile(key, context) {
    const { client } = context;
    const claim = context.cache(PersistentVolumeClaim).get(key);
    if (claim === undefined) return;
    if (lacks(claim, finalizer)) return addFinalizer(client, PersistentVolumeClaim, claim, finalizer);
    if (waitsFor(claim, finalizer) && !(await isUsed(claim, context))) {
      await removeFinalizer(client, PersistentVolumeClaim, claim, finalizer);
    }
  },
});
