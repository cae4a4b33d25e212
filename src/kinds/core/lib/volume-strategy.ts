import { formatTime } from '../../../api/gotime.ts';
import type { Draft, Strategy } from '../../../api/kind.ts';
import { storageClassAnnotation } from './claim-strategy.ts';
import { expressionWarnings } from './node-label-warnings.ts';
import { roundResources } from './round-resources.ts';
import type { VolumeLike } from './validate-persistent-volume.ts';
import { defaultVolumeSources } from './volume-defaults.ts';

export function defaultPersistentVolume(volume: Draft<VolumeLike>): void {
  volume.status.phase ||= 'Pending';
  volume.spec.persistentVolumeReclaimPolicy ||= 'Retain';
  volume.spec.volumeMode ??= 'Filesystem';
  roundResources(volume.spec.capacity);
  defaultVolumeSources(volume.spec);
}

/** A change of phase takes its time along, unless the writer says another one. */
export const prepareVolumeForUpdate: NonNullable<Strategy<VolumeLike>['prepareForUpdate']> = (volume, old, { clock, subresource }) => {
  if (subresource !== 'status') return;
  const { status } = volume;
  const before = old.status.lastPhaseTransitionTime;
  const { phase = '', lastPhaseTransitionTime: time } = status;
  if (phase === (old.status.phase ?? '')) {
    if (time === undefined && before !== undefined) status.lastPhaseTransitionTime = before;
  } else if (time === undefined || time === before) status.lastPhaseTransitionTime = formatTime(clock.now());
};

const annotations: Readonly<Record<string, string>> = {
  [storageClassAnnotation]: 'deprecated since v1.8; use "storageClassName" attribute instead',
  'volume.beta.kubernetes.io/mount-options': 'deprecated since v1.31; use "mountOptions" attribute instead',
};
const sources: readonly (readonly [field: keyof VolumeLike['spec'], shown: string, text: string])[] = [
  ['cephfs', 'cephfs', 'deprecated in v1.28, non-functional in v1.31+'],
  ['photonPersistentDisk', 'photonPersistentDisk', 'deprecated in v1.11, non-functional in v1.16+'],
  ['scaleIO', 'scaleIO', 'deprecated in v1.16, non-functional in v1.22+'],
  ['storageos', 'storageOS', 'deprecated in v1.22, non-functional in v1.25+'],
  ['glusterfs', 'glusterfs', 'deprecated in v1.25, non-functional in v1.26+'],
  ['rbd', 'rbd', 'deprecated in v1.28, non-functional in v1.31+'],
];
/** pkg/api/persistentvolume GetWarningsForPersistentVolume. */
export function* volumeWarnings({ metadata, spec }: VolumeLike): Generator<string> {
  for (const [key, text] of Object.entries(annotations))
    if (metadata.annotations?.[key] !== undefined) yield `metadata.annotations[${key}]: ${text}`;
  if (spec.persistentVolumeReclaimPolicy === 'Recycle') {
    const advice = 'Instead, the recommended approach is to use dynamic provisioning.';
    yield `spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. ${advice}`;
  }
  for (const [index, term] of (spec.nodeAffinity?.required?.nodeSelectorTerms ?? []).entries())
    yield* expressionWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`);
  for (const [field, shown, text] of sources) if (spec[field] !== undefined) yield `spec.${shown}: ${text}`;
}
