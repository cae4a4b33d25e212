import { goQuote } from '../../../api/go-text.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { compareQuantities, value } from '../../../api/quantity.ts';
import { labelSelectorMatcher } from '../../../api/selector.ts';
import { sameJson } from '../../../base/equal.ts';
import type { Node } from '../node.ts';
import type { PersistentVolumeSpec, PersistentVolumeStatus } from '../shapes/persistent-volume.ts';
import { type ClaimLike, storageClassOf } from './claim-strategy.ts';
import { matchesNodeSelectorTerm } from './node-selector.ts';

/** PersistentVolume as binding sees it. */
export interface VolumeLike extends ApiObject {
  readonly spec: PersistentVolumeSpec;
  readonly status: PersistentVolumeStatus;
}

/** On a claim: it was bound once, whatever has become of the volume. */
export const bindCompletedAnnotation = 'pv.kubernetes.io/bind-completed';
/** On a claim or a volume: the controller chose the other one, not the user. */
export const boundByControllerAnnotation = 'pv.kubernetes.io/bound-by-controller';
/** On a volume: name of the provisioner that made it. */
export const provisionedByAnnotation = 'pv.kubernetes.io/provisioned-by';
/** On a volume or a claim: the CSI driver that has taken it over. */
export const migratedToAnnotation = 'pv.kubernetes.io/migrated-to';
/** On a claim: the provisioner that is to make its volume. */
export const provisionerAnnotation = 'volume.kubernetes.io/storage-provisioner';
export const betaProvisionerAnnotation = 'volume.beta.kubernetes.io/storage-provisioner';
/** On a claim: the node on which its first pod will run. */
export const selectedNodeAnnotation = 'volume.kubernetes.io/selected-node';

/** Whether a volume is set aside for a claim, by its user or by the controller. */
export function isBoundTo({ spec: { claimRef } }: VolumeLike, { metadata }: ClaimLike): boolean {
  if (claimRef?.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return (claimRef.uid ?? '') === '' || claimRef.uid === metadata.uid;
}

export const hasAnnotation = ({ metadata }: ApiObject, name: string): boolean =>
  metadata.annotations !== undefined && Object.hasOwn(metadata.annotations, name);

/** The object with annotations set, or removed where the value is undefined; the same object when nothing changes. */
export function annotated<T extends ApiObject>(object: T, changes: Readonly<Record<string, string | undefined>>): T {
  const merged = Object.entries({ ...object.metadata.annotations, ...changes }).filter(([, value]) => value !== undefined);
  const annotations = merged.length === 0 ? undefined : (Object.fromEntries(merged) as Record<string, string>);
  return sameJson(annotations, object.metadata.annotations) ? object : { ...object, metadata: { ...object.metadata, annotations } };
}

/** The volume set aside for a claim; the same object when it is already. */
export function boundVolume<T extends VolumeLike>(volume: T, claim: ClaimLike): T {
  const { namespace, name, uid, resourceVersion } = claim.metadata;
  const present = volume.spec.claimRef;
  const marked = isBoundTo(volume, claim) ? volume : annotated(volume, { [boundByControllerAnnotation]: 'yes' });
  if (present?.name === name && present.namespace === namespace && present.uid === uid) return marked;
  const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion };
  return { ...marked, spec: { ...marked.spec, claimRef } };
}

const requested = ({ spec }: ClaimLike): string => spec.resources?.requests?.storage ?? '0';
const capacity = ({ spec }: VolumeLike): string => spec.capacity?.storage ?? '0';
/** Both file systems, or both block devices. */
export const sameMode = (volume: VolumeLike, claim: ClaimLike) =>
  (volume.spec.volumeMode ?? 'Filesystem') === (claim.spec.volumeMode ?? 'Filesystem');
const sameAttributes = (volume: VolumeLike, claim: ClaimLike) =>
  (volume.spec.volumeAttributesClassName ?? '') === (claim.spec.volumeAttributesClassName ?? '');
const hasModes = (volume: VolumeLike, claim: ClaimLike) =>
  (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode) === true);

/** Why a volume that a claim asks for by name cannot be its own; undefined when it can. */
export function whyNotBindable(volume: VolumeLike, claim: ClaimLike): string | undefined {
  if (volume.metadata.deletionTimestamp !== undefined) return `the volume is marked for deletion ${goQuote(volume.metadata.name)}`;
  if (value(capacity(volume)) < value(requested(claim))) return 'requested PV is too small';
  if (storageClassOf(volume) !== storageClassOf(claim)) return 'storageClassName does not match';
  if (!sameAttributes(volume, claim)) return 'volumeAttributesClassName does not match';
  if (!sameMode(volume, claim)) return 'incompatible volumeMode';
  if (!hasModes(volume, claim)) return 'incompatible accessMode';
  return undefined;
}

/** Whether pods of a node can reach a volume. Only labels count. https://kubernetes.io/docs/concepts/storage/persistent-volumes/#node-affinity */
export function isReachableFrom({ spec }: VolumeLike, node: Node): boolean {
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms;
  const ofLabels = { ...node, metadata: { ...node.metadata, name: '' } };
  return terms === undefined || terms.some((term) => matchesNodeSelectorTerm(term, ofLabels));
}

export interface MatchOptions {
  /** Only volumes that its pods can reach, unbound ones too. */
  readonly node?: Node;
  /** Names of volumes that are promised to other claims. */
  readonly taken?: { has(name: string): boolean };
  /** Leaves unbound volumes to the scheduler. */
  readonly onlyPrebound?: boolean;
}

/**
 * The volume for a claim: one set aside for it, or else the smallest that is available and has all it asks for.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
 */
export function findVolume<T extends VolumeLike>(claim: ClaimLike, volumes: Iterable<T>, options: MatchOptions = {}): T | undefined {
  const { node, taken, onlyPrebound = false } = options;
  const selector = claim.spec.selector === undefined ? undefined : labelSelectorMatcher(claim.spec.selector);
  const wanted = requested(claim);
  const isPossible = (volume: T) =>
    taken?.has(volume.metadata.name) !== true &&
    (volume.spec.claimRef === undefined || isBoundTo(volume, claim)) &&
    compareQuantities(capacity(volume), wanted) >= 0 &&
    sameMode(volume, claim) &&
    sameAttributes(volume, claim) &&
    volume.metadata.deletionTimestamp === undefined;
  const isFree = (volume: T) =>
    volume.status.phase === 'Available' &&
    (selector === undefined || selector.matches(volume.metadata.labels)) &&
    storageClassOf(volume) === storageClassOf(claim) &&
    hasModes(volume, claim) &&
    (node === undefined || isReachableFrom(volume, node));
  let best: T | undefined;
  for (const volume of volumes) {
    if (!isPossible(volume)) continue;
    if (isBoundTo(volume, claim)) return node === undefined || isReachableFrom(volume, node) ? volume : undefined;
    if (onlyPrebound || !isFree(volume)) continue;
    if (best === undefined || compareQuantities(capacity(volume), capacity(best)) < 0) best = volume;
  }
  return best;
}

/** As `findVolume`, of the volumes with the fewest access modes that have one. */
export function findVolumeOfFewestModes<T extends VolumeLike>(
  claim: ClaimLike,
  volumes: readonly T[],
  options: MatchOptions = {},
): T | undefined {
  const groups = Map.groupBy(
    volumes.filter((volume) => hasModes(volume, claim)),
    ({ spec }) => new Set(spec.accessModes).size,
  );
  for (const size of [...groups.keys()].sort((a, b) => a - b)) {
    const found = findVolume(claim, groups.get(size)!, options);
    if (found !== undefined) return found;
  }
  return undefined;
}
