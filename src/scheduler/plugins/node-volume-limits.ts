import { storageClassOf } from '../../kinds/core/lib/claim-strategy.ts';
import { claimNameOf, claimNamesOf, whyNotClaimOf } from '../../kinds/core/lib/pod-claims.ts';
import { PersistentVolume } from '../../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { CSINode } from '../../kinds/storage/csi-node.ts';
import { StorageClass } from '../../kinds/storage/storage-class.ts';
import { VolumeAttachment } from '../../kinds/storage/volume-attachment.ts';
import { definePlugin, type World } from '../framework.ts';
import { claimNotFound, usesClaim } from '../lib/claims.ts';

const index = 'scheduler/node';

/** Driver by volume, as 'driver/handle'. */
type Attached = Map<string, string>;

/** How many volumes of each driver a node can hold; a driver that is not there has no limit. */
const limitsOf = (node: CSINode | undefined): ReadonlyMap<string, number> =>
  new Map(
    (node?.spec.drivers ?? []).flatMap(({ name, allocatable }) =>
      allocatable?.count === undefined ? [] : [[name, allocatable.count] as const],
    ),
  );

/** A claim's driver and volume; a volume yet to be made counts as one of its own. */
function volumeOf(claim: PersistentVolumeClaim, world: World): readonly [key: string, driver: string] | undefined {
  const name = claim.spec.volumeName ?? '';
  const volume = name === '' ? undefined : world.get(PersistentVolume, { name });
  if (volume !== undefined) {
    const { csi } = volume.spec;
    return csi === undefined ? undefined : [`${csi.driver}/${csi.volumeHandle}`, csi.driver];
  }
  const className = storageClassOf(claim);
  const provisioner = className === '' ? undefined : world.get(StorageClass, { name: className })?.provisioner;
  const { namespace, name: claimName } = claim.metadata;
  return provisioner === undefined ? undefined : [`${provisioner}/claim/${namespace}/${claimName}`, provisioner];
}

/** Adds the volumes of a pod; returns the name of a claim that is not there. */
function addVolumes(pod: Pod, world: World, attached: Attached): string | undefined {
  let missing: string | undefined;
  for (const volume of pod.spec.volumes ?? []) {
    const name = claimNameOf(pod, volume);
    if (name === undefined) continue;
    const claim = world.get(PersistentVolumeClaim, { namespace: pod.metadata.namespace, name });
    const isForeign = claim !== undefined && volume.ephemeral !== undefined && whyNotClaimOf(pod, claim) !== undefined;
    if (claim === undefined) missing ??= name;
    const found = claim === undefined || isForeign ? undefined : volumeOf(claim, world);
    if (found !== undefined) attached.set(...found);
  }
  return missing;
}

/** Volumes that are attached although no pod of the node uses them, or not yet. */
function addAttachments(nodeName: string, world: World, attached: Attached): void {
  for (const { spec } of world.byIndex(VolumeAttachment, index, nodeName)) {
    const name = spec.source.persistentVolumeName;
    const csi = name === undefined ? undefined : world.get(PersistentVolume, { name })?.spec.csi;
    if (csi !== undefined) attached.set(`${spec.attacher}/${csi.volumeHandle}`, spec.attacher);
  }
}

const countBy = (drivers: Iterable<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const driver of drivers) counts.set(driver, (counts.get(driver) ?? 0) + 1);
  return counts;
};

/** A node's drivers hold no more volumes than they can. https://kubernetes.io/docs/concepts/storage/storage-limits/ */
export const nodeVolumeLimits = definePlugin({
  name: 'NodeVolumeLimits',
  reads: [
    { kind: CSINode },
    { kind: PersistentVolumeClaim },
    { kind: PersistentVolume },
    { kind: StorageClass },
    { kind: VolumeAttachment, indexes: { [index]: ({ spec }: VolumeAttachment) => [spec.nodeName] } },
  ],
  retryOn: [
    { kind: CSINode, type: 'added' },
    {
      kind: CSINode,
      type: 'updated',
      helps: (_pod, now: CSINode, old: CSINode) => {
        const before = limitsOf(old);
        return [...limitsOf(now)].some(([driver, limit]) => limit > (before.get(driver) ?? 0));
      },
    },
    { kind: Pod, type: 'deleted', helps: (_pod, gone: Pod) => claimNamesOf(gone).length > 0 },
    { kind: PersistentVolumeClaim, type: 'added', helps: usesClaim },
    { kind: VolumeAttachment, type: 'deleted' },
  ],
  preFilter: (pod) => (claimNamesOf(pod).length === 0 ? 'skip' : undefined),
  filter(pod, { name, pods }, { world }) {
    const wanted: Attached = new Map();
    const missing = addVolumes(pod, world, wanted);
    if (missing !== undefined) return claimNotFound(missing);
    const limits = limitsOf(world.get(CSINode, { name }));
    if (wanted.size === 0 || limits.size === 0) return undefined;
    const attached: Attached = new Map();
    for (const other of pods) addVolumes(other, world, attached);
    addAttachments(name, world, attached);
    for (const volume of attached.keys()) wanted.delete(volume);
    const used = countBy(attached.values());
    const isOver = [...countBy(wanted.values())].some(([driver, count]) => {
      const limit = limits.get(driver);
      return limit !== undefined && (used.get(driver) ?? 0) + count > limit;
    });
    return isOver ? { reason: 'node(s) exceed max volume count', resolvable: true } : undefined;
  },
});
