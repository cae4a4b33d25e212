import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { objectReference } from './shapes/references.ts';

export const Binding = defineKind({
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  scope: 'Namespaced',
  verbs: ['create'],
  openApiName: 'io.k8s.api.core.v1.Binding',
  fields: {
    target: object(2, objectReference),
  },
});
export interface Binding extends ObjectOf<typeof Binding> {}
