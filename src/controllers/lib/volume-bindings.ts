import { goQuote } from '../../api/go-text.ts';
import type { ApiObject } from '../../api/meta.ts';
import { compareQuantities, parseQuantity } from '../../api/quantity.ts';
import {
  annotated,
  bindCompletedAnnotation,
  boundByControllerAnnotation,
  hasAnnotation,
  migratedToAnnotation,
} from '../../kinds/core/lib/volume-binding.ts';
import type { PersistentVolume } from '../../kinds/core/persistent-volume.ts';
import type { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { migratedPlugins } from '../../kinds/storage/lib/migrated-plugins.ts';

/** On a volume: its size before it grew, until the file system has followed. */
const preResizeAnnotation = 'volume.alpha.kubernetes.io/pre-resize-capacity';

/** The claim with its volume; the same object when it has it already. */
export function boundClaim(claim: PersistentVolumeClaim, volume: PersistentVolume): PersistentVolumeClaim {
  const { name } = volume.metadata;
  const isNamed = claim.spec.volumeName === name;
  const byController = isNamed || hasAnnotation(claim, boundByControllerAnnotation) ? {} : { [boundByControllerAnnotation]: 'yes' };
  const completed = hasAnnotation(claim, bindCompletedAnnotation) ? {} : { [bindCompletedAnnotation]: 'yes' };
  const marked = annotated(claim, { ...byController, ...completed });
  return isNamed ? marked : { ...marked, spec: { ...marked.spec, volumeName: name } };
}

/** The volume without its claim: one that the user set aside stays set aside for whoever has the claim's name. */
export function unboundVolume(volume: PersistentVolume): PersistentVolume {
  const { claimRef, ...spec } = volume.spec;
  if (claimRef !== undefined && !hasAnnotation(volume, boundByControllerAnnotation)) {
    const { uid: _, ...byName } = claimRef;
    return { ...volume, spec: { ...spec, claimRef: byName } };
  }
  return annotated({ ...volume, spec }, { [boundByControllerAnnotation]: undefined });
}

function capacityFor(claim: PersistentVolumeClaim, volume: PersistentVolume): Readonly<Record<string, string>> | undefined {
  const { capacity } = claim.status;
  const size = volume.spec.capacity?.storage;
  if (size === undefined) throw new Error(`PersistentVolume ${goQuote(volume.metadata.name)} is without a storage capacity`);
  const before = volume.metadata.annotations?.[preResizeAnnotation];
  if (before !== undefined) return { ...capacity, storage: isQuantity(before) ? before : size };
  return capacity?.storage !== undefined && compareQuantities(capacity.storage, size) === 0 ? capacity : volume.spec.capacity;
}
function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch {
    return false;
  }
}

/** Status of a claim in a phase, with what `volume` gives it. Size and attributes are taken over as it gets bound; later they are the driver's. */
export function claimStatus(
  claim: PersistentVolumeClaim,
  phase: string,
  volume: PersistentVolume | undefined,
): PersistentVolumeClaim['status'] {
  const { accessModes: _, capacity, currentVolumeAttributesClassName: current, ...rest } = claim.status;
  if (volume === undefined) return { ...rest, phase };
  const isNew = claim.status.phase !== phase;
  const attributes = claim.status.phase === 'Pending' && phase === 'Bound' ? volume.spec.volumeAttributesClassName : current;
  return {
    ...rest,
    phase,
    accessModes: volume.spec.accessModes,
    capacity: isNew ? capacityFor(claim, volume) : capacity,
    ...(attributes === undefined ? {} : { currentVolumeAttributesClassName: attributes }),
  };
}

/** Who provisions in the place of what was once built in. */
export const driverOf = (provisioner: string): string => migratedPlugins[provisioner] ?? provisioner;

/** The object with the name of the driver that has taken it over, when the provisioner that an annotation names has been. */
export function withDriver<T extends ApiObject>(object: T, ...annotations: readonly string[]): T {
  const name = annotations.find((one) => hasAnnotation(object, one));
  if (name === undefined) return object;
  const provisioner = object.metadata.annotations?.[name] ?? '';
  const driver = driverOf(provisioner);
  return annotated(object, { [migratedToAnnotation]: driver === provisioner ? undefined : driver });
}
