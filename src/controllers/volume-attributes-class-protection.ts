import type { Key } from '../api/meta.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { PersistentVolume } from '../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import { VolumeAttributesClass } from '../kinds/storage/volume-attributes-class.ts';
import { addFinalizer, lacks, removeFinalizer, waitsFor } from './lib/finalizers.ts';

const finalizer = 'kubernetes.io/vac-protection';
const index = 'volumeattributesclass-protection/class';

const namesOfVolume = ({ spec }: PersistentVolume): readonly string[] =>
  spec.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [];
function namesOfClaim({ spec, status }: PersistentVolumeClaim): readonly string[] {
  const names = [
    spec.volumeAttributesClassName,
    status.currentVolumeAttributesClassName,
    status.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return [...new Set(names.filter((name): name is string => name !== undefined && name !== ''))];
}
const keys = (names: readonly string[]): readonly Key[] => names.map((name) => ({ name }));

function isUsed(name: string, { informers }: ControllerContext): boolean {
  const volumes = informers.of(PersistentVolume);
  const claims = informers.of(PersistentVolumeClaim);
  volumes.index(index, namesOfVolume);
  claims.index(index, namesOfClaim);
  return volumes.cache.byIndex(index, name).length > 0 || claims.cache.byIndex(index, name).length > 0;
}

/**
 * Keeps classes of attributes that are deleted until no volume and no claim names them.
 * https://kubernetes.io/docs/concepts/storage/volume-attributes-classes/
 */
export const volumeAttributesClassProtection = defineController<VolumeAttributesClass>({
  name: 'volumeattributesclass-protection-controller',
  for: VolumeAttributesClass,
  watches: [
    { kind: PersistentVolume, map: (volume: PersistentVolume) => keys(namesOfVolume(volume)) },
    { kind: PersistentVolumeClaim, map: (claim: PersistentVolumeClaim) => keys(namesOfClaim(claim)) },
  ],
  can: [
    { groups: [''], resources: ['persistentvolumeclaims', 'persistentvolumes'], verbs: ['list', 'watch', 'get'] },
    { groups: ['storage.k8s.io'], resources: ['volumeattributesclasses'], verbs: ['get', 'list', 'watch', 'update'] },
  ],
  async reconcile(key, context) {
    const { client } = context;
    const found = context.cache(VolumeAttributesClass).get(key);
    if (found === undefined) return;
    if (lacks(found, finalizer)) return addFinalizer(client, VolumeAttributesClass, found, finalizer);
    if (waitsFor(found, finalizer) && !isUsed(key.name, context)) {
      await removeFinalizer(client, VolumeAttributesClass, found, finalizer);
    }
  },
});
