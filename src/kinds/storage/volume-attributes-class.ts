import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { map, opt, string } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validateAttributesClass } from './lib/validate-classes.ts';

export const VolumeAttributesClass = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  scope: 'Cluster',
  openApiName: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  fields: {
    driverName: string(2),
    parameters: opt(map(3, string(0))),
  },
  validate: validateAttributesClass,
  columns: [nameColumn, { name: 'DriverName', description: 'CSI driver of the class', value: ({ driverName }) => driverName }, ageColumn],
});
export interface VolumeAttributesClass extends ObjectOf<typeof VolumeAttributesClass> {}
