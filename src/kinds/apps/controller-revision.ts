import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { any, int64 } from '../../api/schema.ts';

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
});
export interface ControllerRevision extends ObjectOf<typeof ControllerRevision> {}
