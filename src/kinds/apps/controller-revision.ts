import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { any, int64, optional } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { controllerName } from './lib/controller-name.ts';
import { fieldError } from '../../api/status.ts';
import { immutable, nonNegative } from '../lib/validate.ts';

export const ControllerRevision = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.apps.v1.ControllerRevision',
  fields: {
    data: optional({ ...any(2), mapType: 'atomic' }),
    revision: int64(3),
  },
  *validate(revision, { old }) {
    yield* nonNegative('revision', revision.revision);
    if (old !== undefined) yield* immutable('data', revision.data, old.data);
    else if (revision.data === null || revision.data === undefined) yield fieldError.required('data', 'data is mandatory');
    else if (typeof revision.data !== 'object' || Array.isArray(revision.data))
      yield fieldError.required('data', 'data must be a valid JSON object');
  },
  columns: [
    nameColumn,
    { name: 'Controller', type: 'string', value: controllerName },
    { name: 'Revision', type: 'string', value: (revision) => revision.revision },
    ageColumn,
  ],
});
export interface ControllerRevision extends ObjectOf<typeof ControllerRevision> {}
