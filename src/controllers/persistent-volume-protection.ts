import { defineController } from '../client/controller.ts';
import { PersistentVolume } from '../kinds/core/persistent-volume.ts';
import { addFinalizer, lacks, removeFinalizer, waitsFor } from './lib/finalizers.ts';

const finalizer = 'kubernetes.io/pv-protection';

/**
 * Keeps volumes that are deleted until their claim is gone.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
 */
export const persistentVolumeProtection = defineController<PersistentVolume>({
  name: 'persistentvolume-protection-controller',
  account: 'pv-protection-controller',
  for: PersistentVolume,
  can: [{ groups: [''], resources: ['persistentvolumes'], verbs: ['get', 'list', 'watch', 'update'] }],
  async reconcile(key, { client, cache }) {
    const volume = cache(PersistentVolume).get(key);
    if (volume === undefined) return;
    if (lacks(volume, finalizer)) return addFinalizer(client, PersistentVolume, volume, finalizer);
    if (waitsFor(volume, finalizer) && volume.status.phase !== 'Bound') {
      await removeFinalizer(client, PersistentVolume, volume, finalizer);
    }
  },
});
