import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { bool, list, map, of, opt, ptr, string } from '../../api/schema.ts';
import { oldNodeLabels } from '../core/lib/node-label-warnings.ts';
import { topologySelectorTerm } from '../core/shapes/affinity.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { isDefaultClass } from './lib/default-class.ts';
import { validateStorageClass } from './lib/validate-classes.ts';

export const StorageClass = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'StorageClass',
  plural: 'storageclasses',
  shortNames: ['sc'],
  scope: 'Cluster',
  openApiName: 'io.k8s.api.storage.v1.StorageClass',
  fields: {
    provisioner: string(2),
    parameters: opt(map(3, string(0))),
    reclaimPolicy: ptr(string(4, { enum: ['Recycle', 'Delete', 'Retain'] })),
    mountOptions: opt(list(5, string(0), { listType: 'atomic' })),
    allowVolumeExpansion: ptr(bool(6)),
    volumeBindingMode: ptr(string(7, { enum: ['Immediate', 'WaitForFirstConsumer'] })),
    allowedTopologies: opt(list(8, of(topologySelectorTerm), { listType: 'atomic' })),
  },
  validate: validateStorageClass,
  *warnings({ allowedTopologies = [] }) {
    for (const [index, { matchLabelExpressions = [] }] of allowedTopologies.entries())
      for (const [position, { key }] of matchLabelExpressions.entries())
        if (oldNodeLabels[key]) yield `allowedTopologies[${index}].matchLabelExpressions[${position}].key: ${oldNodeLabels[key]}`;
  },
  defaults(object) {
    object.reclaimPolicy ??= 'Delete';
    object.volumeBindingMode ??= 'Immediate';
  },
  columns: [
    { ...nameColumn, value: ({ metadata }) => (isDefaultClass(metadata) ? `${metadata.name} (default)` : (metadata.name ?? '')) },
    { name: 'Provisioner', description: 'Who makes volumes of the class', value: ({ provisioner }) => provisioner },
    {
      name: 'ReclaimPolicy',
      description: 'What becomes of volumes without claim',
      value: ({ reclaimPolicy }) => reclaimPolicy ?? 'Delete',
    },
    {
      name: 'VolumeBindingMode',
      description: 'When claims are bound',
      value: ({ volumeBindingMode }) => volumeBindingMode ?? 'Immediate',
    },
    {
      name: 'AllowVolumeExpansion',
      description: 'Whether claims may grow',
      value: ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false,
    },
    ageColumn,
  ],
});
export interface StorageClass extends ObjectOf<typeof StorageClass> {}
