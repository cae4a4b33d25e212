import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { bool, bytes, map, opt, ptr, string } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validateConfigMap } from './lib/validate-data.ts';

export const ConfigMap = defineKind({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.core.v1.ConfigMap',
  fields: {
    immutable: ptr(bool(4)),
    data: opt(map(2, string(0))),
    binaryData: opt(map(3, bytes(0))),
  },
  validate: validateConfigMap,
  columns: [
    nameColumn,
    { name: 'Data', type: 'string', value: (map) => Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length },
    ageColumn,
  ],
});
export interface ConfigMap extends ObjectOf<typeof ConfigMap> {}
