import { formatTime } from '../../api/gotime.ts';
import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { shownAccessModes } from './lib/access-modes.ts';
import { storageClassOf } from './lib/claim-strategy.ts';
import { validateVolume } from './lib/validate-persistent-volume.ts';
import { defaultPersistentVolume, prepareVolumeForUpdate, volumeWarnings } from './lib/volume-strategy.ts';
import { persistentVolumeSpec, persistentVolumeStatus } from './shapes/persistent-volume.ts';

export const PersistentVolume = defineKind({
  group: '',
  version: 'v1',
  kind: 'PersistentVolume',
  plural: 'persistentvolumes',
  shortNames: ['pv'],
  scope: 'Cluster',
  subresources: ['status'],
  openApiName: 'io.k8s.api.core.v1.PersistentVolume',
  fields: {
    spec: object(2, persistentVolumeSpec),
    status: object(3, persistentVolumeStatus),
  },
  validate: validateVolume,
  warnings: volumeWarnings,
  defaults: defaultPersistentVolume,
  prepareForCreate(volume, { clock }) {
    volume.status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(clock.now()) };
  },
  prepareForUpdate: prepareVolumeForUpdate,
  columns: [
    nameColumn,
    { name: 'Capacity', description: 'Storage that the volume has', value: ({ spec }) => spec.capacity?.storage ?? '0' },
    { name: 'Access Modes', description: 'How the volume can be mounted', value: ({ spec }) => shownAccessModes(spec.accessModes) },
    {
      name: 'Reclaim Policy',
      description: 'What becomes of the volume when its claim is gone',
      value: ({ spec }) => spec.persistentVolumeReclaimPolicy ?? '',
    },
    {
      name: 'Status',
      description: 'Phase of the volume',
      value: ({ metadata, status }) => (metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating'),
    },
    {
      name: 'Claim',
      description: 'Claim that the volume is bound to',
      value: ({ spec: { claimRef } }) => (claimRef === undefined ? '' : `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`),
    },
    {
      name: 'StorageClass',
      description: 'Class of the volume',
      value: storageClassOf,
    },
    {
      name: 'VolumeAttributesClass',
      description: 'Class of the attributes of the volume',
      value: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>',
    },
    { name: 'Reason', description: 'Why the volume failed', value: ({ status }) => status.reason ?? '' },
    ageColumn,
    { name: 'VolumeMode', priority: 1, description: 'File system or block device', value: ({ spec }) => spec.volumeMode ?? '<unset>' },
  ],
});
export interface PersistentVolume extends ObjectOf<typeof PersistentVolume> {}
