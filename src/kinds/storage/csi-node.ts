import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validateCsiNode } from './lib/validate-csi.ts';
import { csiNodeSpec } from './shapes/csi-node.ts';

export const CSINode = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  scope: 'Cluster',
  openApiName: 'io.k8s.api.storage.v1.CSINode',
  fields: {
    spec: required(object(2, csiNodeSpec)),
  },
  validate: validateCsiNode,
  columns: [
    nameColumn,
    {
      name: 'Drivers',
      type: 'integer',
      description: 'CSI drivers that are registered on the node',
      value: ({ spec }) => spec.drivers?.length ?? 0,
    },
    ageColumn,
  ],
});
export interface CSINode extends ObjectOf<typeof CSINode> {}
