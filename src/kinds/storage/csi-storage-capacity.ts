import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { labelSelector } from '../../api/meta.ts';
import { object, ptr, quantity, string } from '../../api/schema.ts';
import { expressionWarnings, oldNodeLabels } from '../core/lib/node-label-warnings.ts';
import { createdAtColumn, nameColumn } from '../lib/columns.ts';
import { validateCapacity } from './lib/validate-csi.ts';

export const CSIStorageCapacity = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSIStorageCapacity',
  plural: 'csistoragecapacities',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.storage.v1.CSIStorageCapacity',
  fields: {
    nodeTopology: ptr(object(2, labelSelector)),
    storageClassName: string(3),
    capacity: ptr(quantity(4)),
    maximumVolumeSize: ptr(quantity(5)),
  },
  validate: validateCapacity,
  *warnings({ nodeTopology }) {
    if (nodeTopology === undefined) return;
    yield* expressionWarnings(nodeTopology, 'nodeTopology');
    for (const label of Object.keys(nodeTopology.matchLabels ?? {}))
      if (oldNodeLabels[label]) yield `nodeTopology.matchLabels.${label}: ${oldNodeLabels[label]}`;
  },
  columns: [nameColumn, createdAtColumn],
});
export interface CSIStorageCapacity extends ObjectOf<typeof CSIStorageCapacity> {}
