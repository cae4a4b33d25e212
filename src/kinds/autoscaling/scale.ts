import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { scaleSpec, scaleStatus } from './shapes/scale.ts';

/** Replicas of any kind that has them: what its scale subresource takes and gives. */
export const Scale = defineKind({
  group: 'autoscaling',
  version: 'v1',
  kind: 'Scale',
  openApiName: 'io.k8s.api.autoscaling.v1.Scale',
  plural: '*/scale',
  singular: '',
  scope: 'Namespaced',
  verbs: ['create'],
  columns: [
    { ...nameColumn, format: '' },
    { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
    { name: 'Available', type: 'integer', value: ({ status }) => status.replicas },
    ageColumn,
  ],
  fields: { spec: object(2, scaleSpec), status: object(3, scaleStatus) },
});
export interface Scale extends ObjectOf<typeof Scale> {}
