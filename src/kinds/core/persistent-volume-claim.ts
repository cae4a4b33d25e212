import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { shownAccessModes } from './lib/access-modes.ts';
import { claimWarnings, defaultClaim, prepareClaimForCreate, prepareClaimForUpdate, storageClassOf } from './lib/claim-strategy.ts';
import { validateClaim } from './lib/validate-claim.ts';
import { persistentVolumeClaimSpec, persistentVolumeClaimStatus } from './shapes/persistent-volume-claim.ts';

export const PersistentVolumeClaim = defineKind({
  group: '',
  version: 'v1',
  kind: 'PersistentVolumeClaim',
  plural: 'persistentvolumeclaims',
  shortNames: ['pvc'],
  scope: 'Namespaced',
  subresources: ['status'],
  completedByUpdate: true,
  openApiName: 'io.k8s.api.core.v1.PersistentVolumeClaim',
  fields: {
    spec: object(2, persistentVolumeClaimSpec),
    status: object(3, persistentVolumeClaimStatus),
  },
  validate: validateClaim,
  warnings: claimWarnings,
  defaults: defaultClaim,
  prepareForCreate: prepareClaimForCreate,
  prepareForUpdate: prepareClaimForUpdate,
  columns: [
    nameColumn,
    {
      name: 'Status',
      description: 'Phase of the claim',
      value: ({ metadata, status }) => (metadata.deletionTimestamp === undefined ? (status.phase ?? '') : 'Terminating'),
    },
    { name: 'Volume', description: 'Volume that the claim is bound to', value: ({ spec }) => spec.volumeName ?? '' },
    {
      name: 'Capacity',
      description: 'Storage of the bound volume',
      value: ({ spec, status }) => (spec.volumeName ? (status.capacity?.storage ?? '0') : ''),
    },
    {
      name: 'Access Modes',
      description: 'How the bound volume can be mounted',
      value: ({ spec, status }) => (spec.volumeName ? shownAccessModes(status.accessModes) : ''),
    },
    {
      name: 'StorageClass',
      description: 'Class that the claim asks for',
      value: storageClassOf,
    },
    {
      name: 'VolumeAttributesClass',
      description: 'Class of attributes that the claim asks for',
      value: ({ spec }) => spec.volumeAttributesClassName ?? '<unset>',
    },
    ageColumn,
    { name: 'VolumeMode', priority: 1, description: 'File system or block device', value: ({ spec }) => spec.volumeMode ?? '<unset>' },
  ],
});
export interface PersistentVolumeClaim extends ObjectOf<typeof PersistentVolumeClaim> {}
