import { labelOf } from '../../api/meta.ts';
import { compareQuantities, value } from '../../api/quantity.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import { storageClassOf } from '../../kinds/core/lib/claim-strategy.ts';
import { claimNamesOf } from '../../kinds/core/lib/pod-claims.ts';
import {
  bindCompletedAnnotation,
  findVolume,
  hasAnnotation,
  isReachableFrom,
  selectedNodeAnnotation,
} from '../../kinds/core/lib/volume-binding.ts';
import type { Node } from '../../kinds/core/node.ts';
import { PersistentVolume } from '../../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { CSIDriver } from '../../kinds/storage/csi-driver.ts';
import { CSIStorageCapacity } from '../../kinds/storage/csi-storage-capacity.ts';
import { StorageClass } from '../../kinds/storage/storage-class.ts';
import type { Pod, World } from '../framework.ts';

/** Index of volumes by their class. */
export const volumesByClass = 'scheduler/class';

/** The claims of a pod, by what is to be done for them. */
export interface PodClaims {
  readonly bound: readonly PersistentVolumeClaim[];
  /** The controller binds these, whatever the scheduler does. */
  readonly immediate: readonly PersistentVolumeClaim[];
  /** These wait for the pod's node. */
  readonly waiting: readonly PersistentVolumeClaim[];
  /** Volumes of the classes of those that wait. */
  readonly volumes: ReadonlyMap<string, readonly PersistentVolume[]>;
}

/** What a node would need for a pod's claims. */
export interface NodeVolumes {
  readonly bindings: readonly { readonly volume: PersistentVolume; readonly claim: PersistentVolumeClaim }[];
  readonly toProvision: readonly PersistentVolumeClaim[];
}

export const isFullyBound = (claim: PersistentVolumeClaim): boolean =>
  (claim.spec.volumeName ?? '') !== '' && hasAnnotation(claim, bindCompletedAnnotation);

const sizeOf = ({ spec }: PersistentVolumeClaim) => spec.resources?.requests?.storage;

export function claimsOf(pod: Pod, world: World): PodClaims {
  const { namespace } = pod.metadata;
  const claims = claimNamesOf(pod).flatMap((name) => world.get(PersistentVolumeClaim, { namespace, name }) ?? []);
  const isWaiting = (claim: PersistentVolumeClaim) =>
    (claim.spec.volumeName ?? '') === '' &&
    world.get(StorageClass, { name: storageClassOf(claim) })?.volumeBindingMode === 'WaitForFirstConsumer';
  const unbound = claims.filter((claim) => !isFullyBound(claim));
  const waiting = unbound.filter(isWaiting);
  return {
    bound: claims.filter(isFullyBound),
    immediate: unbound.filter((claim) => !isWaiting(claim)),
    waiting,
    volumes: new Map(waiting.map(storageClassOf).map((name) => [name, world.byIndex(PersistentVolume, volumesByClass, name)])),
  };
}

const noVolume = "node(s) didn't find available persistent volumes to bind";
const wrongNode = "node(s) didn't match PersistentVolume's node affinity";
const noSpace = 'node(s) did not have enough free storage';
const lostVolume = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';

function isInTopology({ allowedTopologies = [] }: StorageClass, { metadata }: Node): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(
    ({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.length > 0 &&
      matchLabelExpressions.every(({ key, values = [] }) => {
        const label = labelOf({ metadata }, key);
        return label !== undefined && values.includes(label);
      }),
  );
}

/** Of drivers that say how much room they have, the node must reach enough. https://kubernetes.io/docs/concepts/storage/storage-capacity/ */
function hasRoom(claim: PersistentVolumeClaim, storageClass: StorageClass, node: Node, world: World): boolean {
  const size = sizeOf(claim);
  const driver = world.get(CSIDriver, { name: storageClass.provisioner });
  if (size === undefined || driver?.spec.storageCapacity !== true) return true;
  return world.list(CSIStorageCapacity).some((capacity) => {
    const limit = capacity.maximumVolumeSize ?? capacity.capacity;
    return (
      capacity.storageClassName === storageClass.metadata.name &&
      limit !== undefined &&
      value(limit) >= value(size) &&
      capacity.nodeTopology !== undefined &&
      labelSelectorMatcher(capacity.nodeTopology).matches(node.metadata.labels)
    );
  });
}

/** Why no volume can be made for a claim on a node; undefined when one can. */
function whyNotProvisioned(claim: PersistentVolumeClaim, node: Node, world: World): string | undefined {
  const found = world.get(StorageClass, { name: storageClassOf(claim) });
  if (found === undefined) throw new Error(`failed to find storage class "${storageClassOf(claim)}"`);
  if (found.provisioner === 'kubernetes.io/no-provisioner' || !isInTopology(found, node)) return noVolume;
  return hasRoom(claim, found, node, world) ? undefined : noSpace;
}

/** What a node would need for the claims, or why it cannot take them. */
export function volumesOn(node: Node, { bound, waiting, volumes }: PodClaims, world: World): NodeVolumes | readonly string[] {
  const reasons = new Set<string>();
  for (const claim of bound) {
    const volume = world.get(PersistentVolume, { name: claim.spec.volumeName ?? '' });
    if (volume !== undefined && isReachableFrom(volume, node)) continue;
    reasons.add(volume === undefined ? lostVolume : wrongNode);
    break;
  }
  const selected = (claim: PersistentVolumeClaim) => claim.metadata.annotations?.[selectedNodeAnnotation];
  const elsewhere = waiting.some((claim) => hasAnnotation(claim, selectedNodeAnnotation) && selected(claim) !== node.metadata.name);
  if (elsewhere) return inOrder(reasons.add(noVolume));
  const bindings: { volume: PersistentVolume; claim: PersistentVolumeClaim }[] = [];
  const toProvision = waiting.filter((claim) => hasAnnotation(claim, selectedNodeAnnotation));
  const taken = new Set<string>();
  const bySize = (a: PersistentVolumeClaim, b: PersistentVolumeClaim) => compareQuantities(sizeOf(a) ?? '0', sizeOf(b) ?? '0');
  for (const claim of waiting.filter((one) => !hasAnnotation(one, selectedNodeAnnotation)).sort(bySize)) {
    const volume = findVolume(claim, volumes.get(storageClassOf(claim)) ?? [], { node, taken });
    if (volume === undefined) toProvision.push(claim);
    else {
      taken.add(volume.metadata.name);
      bindings.push({ volume, claim });
    }
  }
  for (const claim of toProvision) {
    const why = whyNotProvisioned(claim, node, world);
    if (why === undefined) continue;
    reasons.add(why);
    break;
  }
  return reasons.size === 0 ? { bindings, toProvision } : inOrder(reasons);
}

const inOrder = (reasons: ReadonlySet<string>): readonly string[] =>
  [wrongNode, noVolume, noSpace, lostVolume].filter((reason) => reasons.has(reason));
