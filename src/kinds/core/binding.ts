import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { objectReference } from './shapes/references.ts';
import { fieldError } from '../../api/status.ts';

export const Binding = defineKind({
  group: '',
  version: 'v1',
  kind: 'Binding',
  plural: 'bindings',
  scope: 'Namespaced',
  verbs: ['create'],
  openApiName: 'io.k8s.api.core.v1.Binding',
  fields: {
    target: required(object(2, objectReference)),
  },
  *validate({ target }) {
    if (target.kind && target.kind !== 'Node')
      yield fieldError.notSupported('target.kind', target.kind, ['Node', '<empty>'], 'as given', 'plain');
    if (!target.name) yield fieldError.required('target.name');
  },
});
export interface Binding extends ObjectOf<typeof Binding> {}
