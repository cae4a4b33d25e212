import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
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
  fields: { spec: object(2, scaleSpec), status: object(3, scaleStatus) },
});
export interface Scale extends ObjectOf<typeof Scale> {}
