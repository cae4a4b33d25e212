import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { any, int64 } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { controllerName } from './lib/controller-name.ts';

export const ControllerRevision = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.apps.v1.ControllerRevision',
  fields: {
    data: any(2),
    revision: int64(3),
  },
  columns: [
    nameColumn,
    { name: 'Controller', type: 'string', value: controllerName },
    { name: 'Revision', type: 'string', value: (revision) => revision.revision },
    ageColumn,
  ],
});
export interface ControllerRevision extends ObjectOf<typeof ControllerRevision> {}
