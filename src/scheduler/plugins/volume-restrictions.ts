import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { Node } from '../../kinds/core/node.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { definePlugin, type Snapshot } from '../framework.ts';
import { claimNotFound, namedClaimsOf, usesClaim } from '../lib/claims.ts';

type Volume = NonNullable<Pod['spec']['volumes']>[number];

interface Disk {
  readonly type: string;
  readonly ids: readonly string[];
  readonly readOnly: boolean;
}

/** Disks that one node cannot hold for two pods, unless both only read. */
function diskOf(volume: Volume): Disk | undefined {
  const { gcePersistentDisk: gce, awsElasticBlockStore: aws, iscsi, rbd } = volume;
  if (gce !== undefined) return { type: 'gce', ids: [gce.pdName], readOnly: gce.readOnly === true };
  if (aws !== undefined) return { type: 'aws', ids: [aws.volumeID], readOnly: false };
  if (iscsi !== undefined) return { type: 'iscsi', ids: [iscsi.iqn], readOnly: iscsi.readOnly === true };
  if (rbd === undefined) return undefined;
  const image = `${rbd.pool ?? ''}/${rbd.image}`;
  return { type: 'rbd', ids: (rbd.monitors ?? []).map((monitor) => `${monitor}/${image}`), readOnly: rbd.readOnly === true };
}
const disksOf = (pod: Pod) => (pod.spec.volumes ?? []).flatMap((volume) => diskOf(volume) ?? []);
const clash = (a: Disk, b: Disk) => a.type === b.type && a.ids.some((id) => b.ids.includes(id)) && !(a.readOnly && b.readOnly);
const podsClash = (disks: readonly Disk[], pod: Pod) => disksOf(pod).some((used) => disks.some((wanted) => clash(wanted, used)));

/** Claims of the pod that no other pod may use, and how many uses of them there are. */
interface Exclusive {
  readonly names: ReadonlySet<string>;
  uses: number;
}
const usesOf = (names: ReadonlySet<string>, pod: Pod, other: Pod) =>
  pod.metadata.namespace === other.metadata.namespace ? namedClaimsOf(other).filter((name) => names.has(name)).length : 0;
const countUses = (names: ReadonlySet<string>, pod: Pod, { nodes }: Snapshot) =>
  names.size === 0 ? 0 : nodes.reduce((sum, { pods }) => sum + pods.reduce((more, other) => more + usesOf(names, pod, other), 0), 0);

const inUse = 'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod';

/** No two pods of a node share a disk that only one can have, and no two pods of the cluster a claim that is for one pod. */
export const volumeRestrictions = definePlugin({
  name: 'VolumeRestrictions',
  reads: [{ kind: PersistentVolumeClaim }],
  retryOn: [
    {
      kind: Pod,
      type: 'deleted',
      helps: (pod, gone: Pod) =>
        gone.metadata.namespace === pod.metadata.namespace &&
        (podsClash(disksOf(pod), gone) || namedClaimsOf(gone).some((name) => namedClaimsOf(pod).includes(name))),
    },
    { kind: Node, type: 'added' },
    { kind: PersistentVolumeClaim, type: 'added', helps: usesClaim },
  ],
  preFilter(pod, { snapshot, world, data }) {
    const { namespace } = pod.metadata;
    const exclusive = new Set<string>();
    for (const name of namedClaimsOf(pod)) {
      const claim = world.get(PersistentVolumeClaim, { namespace, name });
      if (claim === undefined) return claimNotFound(name);
      if (claim.spec.accessModes?.includes('ReadWriteOncePod')) exclusive.add(name);
    }
    const found: Exclusive = { names: exclusive, uses: countUses(exclusive, pod, snapshot) };
    data.set('VolumeRestrictions', found);
    return found.uses > 0 || disksOf(pod).length > 0 ? undefined : 'skip';
  },
  adjust(pod, other, _node, by, { data }) {
    const found = data.get('VolumeRestrictions') as Exclusive;
    found.uses += by * usesOf(found.names, pod, other);
  },
  filter(pod, { pods }, { data }) {
    const disks = disksOf(pod);
    if (disks.length > 0 && pods.some((other) => podsClash(disks, other))) {
      return { reason: 'node(s) had no available disk', resolvable: true };
    }
    return (data.get('VolumeRestrictions') as Exclusive).uses > 0 ? { reason: inUse, resolvable: true } : undefined;
  },
});
