import type { Key } from '../api/meta.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { storageClassOf } from '../kinds/core/lib/claim-strategy.ts';
import { bindCompletedAnnotation, hasAnnotation } from '../kinds/core/lib/volume-binding.ts';
import { PersistentVolume } from '../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import { Pod } from '../kinds/core/pod.ts';
import { isDefaultClass } from '../kinds/storage/lib/default-class.ts';
import { StorageClass } from '../kinds/storage/storage-class.ts';
import { syncClaim, volumesOfClaim } from './lib/claim-binding.ts';
import { syncVolume } from './lib/volume-release.ts';

const index = 'persistent-volume-binder/claims';
const ofVolume = (name: string) => `volume/${name}`;
const ofClass = (name: string) => `class/${name}`;

/** Claims that name a volume, and claims of a class that have none yet. */
function claimsBy(value: string, { informers }: ControllerContext): readonly Key[] {
  const informer = informers.of(PersistentVolumeClaim);
  informer.index(index, (claim) => {
    const name = claim.spec.volumeName ?? '';
    if (name !== '') return [ofVolume(name)];
    return hasAnnotation(claim, bindCompletedAnnotation) ? [] : [ofClass(storageClassOf(claim))];
  });
  return informer.cache.byIndex(index, value).map(({ metadata }) => metadata);
}

/** A volume's key has no namespace: volumes and claims share the queue and its one worker, so that no volume is promised twice. */
function concernedByVolume(volume: PersistentVolume, context: ControllerContext): readonly Key[] {
  const { name } = volume.metadata;
  const { claimRef } = volume.spec;
  const claim = claimRef?.name === undefined ? [] : [{ name: claimRef.name, namespace: claimRef.namespace }];
  const isFree = claimRef === undefined && volume.status.phase === 'Available';
  const waiting = isFree ? claimsBy(ofClass(storageClassOf(volume)), context) : [];
  return [{ name }, ...claim, ...claimsBy(ofVolume(name), context), ...waiting];
}

function concernedByClaim(claim: PersistentVolumeClaim, context: ControllerContext): readonly Key[] {
  const name = claim.spec.volumeName ?? '';
  return [...(name === '' ? [] : [{ name }]), ...volumesOfClaim(claim.metadata, context).map(({ metadata }) => ({ name: metadata.name }))];
}

/**
 * Brings volumes and claims together, and releases volumes whose claim is gone.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#lifecycle-of-a-volume-and-claim
 */
export const persistentVolumeBinder = defineController<PersistentVolumeClaim>({
  name: 'persistentvolume-binder-controller',
  account: 'persistent-volume-binder',
  eventSource: 'persistentvolume-controller',
  for: PersistentVolumeClaim,
  watches: [
    { kind: PersistentVolumeClaim, map: concernedByClaim },
    { kind: PersistentVolume, map: concernedByVolume },
    {
      kind: StorageClass,
      map: (found: StorageClass, context) => [
        ...claimsBy(ofClass(found.metadata.name), context),
        ...(isDefaultClass(found.metadata) ? claimsBy(ofClass(''), context) : []),
      ],
    },
  ],
  reads: [Pod],
  can: [
    { groups: [''], resources: ['persistentvolumes'], verbs: ['get', 'list', 'watch', 'update', 'create', 'delete'] },
    { groups: [''], resources: ['persistentvolumes/status'], verbs: ['update'] },
    { groups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch', 'update'] },
    { groups: [''], resources: ['persistentvolumeclaims/status'], verbs: ['update'] },
    { groups: [''], resources: ['pods'], verbs: ['list', 'watch', 'get'] },
    { groups: ['storage.k8s.io'], resources: ['storageclasses'], verbs: ['get', 'list', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  workers: 1,
  reconcile: (key, context) => (key.namespace === undefined ? syncVolume(key, context) : syncClaim(key, context)),
});
