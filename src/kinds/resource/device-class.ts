import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validateDeviceClass } from './lib/validate-device-class.ts';
import { deviceClassSpec } from './shapes/device-class.ts';

export const DeviceClass = defineKind({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'DeviceClass',
  plural: 'deviceclasses',
  scope: 'Cluster',
  names: 'long-name',
  openApiName: 'io.k8s.api.resource.v1.DeviceClass',
  generation: true,
  fields: {
    spec: required(object(2, deviceClassSpec)),
  },
  validate: validateDeviceClass,
  columns: [nameColumn, ageColumn],
});
export interface DeviceClass extends ObjectOf<typeof DeviceClass> {}
