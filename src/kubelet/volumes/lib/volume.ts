import type { Clock } from '../../../base/clock.ts';
import type { ObjectReader } from '../../context.ts';
import type { Allocatable } from '../../field-ref.ts';
import type { Mounter } from '../../mounter.ts';
import type { BackedVolume, Pod } from '../../types.ts';

export interface VolumeContext {
  readonly pod: Pod;
  readonly volume: BackedVolume;
  /** Folder that is this volume's own; it need not exist yet. */
  readonly path: string;
  readonly reader: ObjectReader;
  readonly mounts: Mounter;
  readonly clock: Clock;
  readonly allocatable: Allocatable;
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  /** Makes the image of an image volume present and gives its reference. */
  readonly pullImage: () => Promise<string>;
}
/** One type of volume. */
export interface VolumeType {
  /** The field of a volume that asks for it. */
  readonly type: string;
  /** Makes the volume or brings it up to date; repeated while the pod runs. Throws Error with what to tell the user. */
  readonly setUp: (context: VolumeContext) => Promise<void>;
  /** Undoes what needs more than removing the folder. */
  readonly tearDown?: (context: { readonly path: string; readonly mounts: Mounter }) => Promise<void>;
  /** What containers see of it, when that is not the folder. */
  readonly hostPath?: (volume: BackedVolume) => string;
}
export const defineVolume = (type: VolumeType): VolumeType => type;
