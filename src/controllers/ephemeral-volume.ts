import type { Key } from '../api/meta.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { claimNameOf, whyNotClaimOf } from '../kinds/core/lib/pod-claims.ts';
import { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import { Pod } from '../kinds/core/pod.ts';
import { podsOfClaim } from './lib/claim-pods.ts';
import { controllerReference } from './lib/owned.ts';

type Volume = NonNullable<Pod['spec']['volumes']>[number];

const hasEphemeral = (pod: Pod) => (pod.spec.volumes ?? []).some(({ ephemeral }) => ephemeral !== undefined);

async function provide(pod: Pod, volume: Volume, { client, cache }: ControllerContext): Promise<void> {
  const template = volume.ephemeral?.volumeClaimTemplate;
  const name = claimNameOf(pod, volume);
  if (template === undefined || name === undefined) return;
  const { namespace } = pod.metadata;
  const claim = cache(PersistentVolumeClaim).get({ namespace, name });
  if (claim !== undefined) {
    const foreign = whyNotClaimOf(pod, claim);
    if (foreign !== undefined) throw new Error(foreign);
    return;
  }
  const { annotations, labels } = template.metadata ?? {};
  try {
    await client.create(PersistentVolumeClaim, {
      metadata: { name, namespace, annotations, labels, ownerReferences: [controllerReference(Pod, pod)] },
      spec: template.spec,
    });
  } catch (error) {
    throw new Error(`create PVC ${name}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Makes the claims that the ephemeral volumes of pods describe; the garbage collector removes them with the pod.
 * https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
 */
export const ephemeralVolume = defineController<Pod>({
  name: 'ephemeral-volume-controller',
  eventSource: 'ephemeral_volume',
  for: Pod,
  watches: [
    {
      kind: PersistentVolumeClaim,
      map: (claim: PersistentVolumeClaim, context): readonly Key[] =>
        context.cache(PersistentVolumeClaim).get(claim.metadata) === undefined
          ? podsOfClaim(claim.metadata, context).map(({ metadata }) => metadata)
          : [],
    },
  ],
  can: [
    { groups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
    { groups: [''], resources: ['pods/finalizers'], verbs: ['update'] },
    { groups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch', 'create'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const pod = context.cache(Pod).get(key);
    if (pod === undefined || pod.metadata.deletionTimestamp !== undefined || !hasEphemeral(pod)) return;
    for (const volume of pod.spec.volumes ?? []) {
      try {
        await provide(pod, volume, context);
      } catch (error) {
        const message = `ephemeral volume ${volume.name}: ${(error as Error).message}`;
        context.events.event(pod, 'Warning', 'FailedBinding', message);
        throw error;
      }
    }
  },
});
