import { sameJson } from '../../base/equal.ts';
import { storageClassOf } from '../../kinds/core/lib/claim-strategy.ts';
import { Node } from '../../kinds/core/node.ts';
import { PersistentVolume } from '../../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { StorageClass } from '../../kinds/storage/storage-class.ts';
import { definePlugin, type Pod, type Refusal, type World } from '../framework.ts';
import { claimNotFound, hopeless, namedClaimsOf, notFound, usesClaim } from '../lib/claims.ts';

interface Place {
  readonly key: string;
  readonly values: readonly string[];
}

/** Labels of zones and regions, and the name by which each is known today. */
const topologyLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'topology.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region': 'topology.kubernetes.io/region',
};

/** Where a volume is: "a__b" is a volume in two zones. */
function placesOf({ metadata }: PersistentVolume): readonly Place[] {
  return Object.keys(topologyLabels).flatMap((key) => {
    const values = metadata.labels?.[key]?.split('__').map((value) => value.trim());
    return values === undefined || values.includes('') ? [] : [{ key, values }];
  });
}

function placesOfPod(pod: Pod, world: World): readonly Place[] | Refusal {
  const { namespace } = pod.metadata;
  const places: Place[] = [];
  for (const name of namedClaimsOf(pod)) {
    const claim = world.get(PersistentVolumeClaim, { namespace, name });
    if (claim === undefined) return claimNotFound(name);
    const volumeName = claim.spec.volumeName ?? '';
    if (volumeName !== '') {
      const volume = world.get(PersistentVolume, { name: volumeName });
      if (volume === undefined) return notFound('persistentvolume', volumeName);
      places.push(...placesOf(volume));
      continue;
    }
    const className = storageClassOf(claim);
    if (className === '') return hopeless('PersistentVolumeClaim had no pv name and storageClass name');
    const found = world.get(StorageClass, { name: className });
    if (found === undefined) return notFound('storageclass.storage.k8s.io', className);
    if (found.volumeBindingMode !== 'WaitForFirstConsumer') return hopeless('PersistentVolume had no name');
  }
  return places;
}

/** Pods run in the zone and region of their volumes, on nodes that say where they are. */
export const volumeZone = definePlugin({
  name: 'VolumeZone',
  reads: [{ kind: PersistentVolumeClaim }, { kind: PersistentVolume }, { kind: StorageClass }],
  retryOn: [
    {
      kind: StorageClass,
      type: 'added',
      helps: (_pod, { volumeBindingMode }: StorageClass) => volumeBindingMode === 'WaitForFirstConsumer',
    },
    { kind: Node, type: 'added' },
    { kind: Node, type: 'updated' },
    { kind: PersistentVolumeClaim, type: 'added', helps: usesClaim },
    { kind: PersistentVolumeClaim, type: 'updated', helps: usesClaim },
    { kind: PersistentVolume, type: 'added' },
    { kind: PersistentVolume, type: 'updated', helps: (_pod, now, old) => !sameJson(placesOf(now), placesOf(old)) },
  ],
  preFilter(pod, { world, data }) {
    const places = placesOfPod(pod, world);
    if ('reason' in places) return places;
    data.set('VolumeZone', places);
    return places.length === 0 ? 'skip' : undefined;
  },
  filter(_pod, { node }, { data }) {
    const labels = node.metadata.labels ?? {};
    if (!Object.keys(topologyLabels).some((key) => labels[key] !== undefined)) return undefined;
    const places = data.get('VolumeZone') as readonly Place[];
    const isThere = ({ key, values }: Place) => values.includes(labels[key] ?? labels[topologyLabels[key]!] ?? '');
    return places.every(isThere) ? undefined : hopeless('node(s) had no available volume zone');
  },
});
