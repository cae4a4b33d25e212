import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, ptr } from '../../api/schema.ts';
import { deleteOptions } from '../../api/meta-types.ts';

export const Eviction = defineKind({
  group: 'policy',
  version: 'v1',
  kind: 'Eviction',
  openApiName: 'io.k8s.api.policy.v1.Eviction',
  plural: 'pods/eviction',
  singular: '',
  scope: 'Namespaced',
  verbs: ['create'],
  fields: {
    deleteOptions: ptr(object(2, deleteOptions)),
  },
});
export interface Eviction extends ObjectOf<typeof Eviction> {}
