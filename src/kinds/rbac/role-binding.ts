import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, object, of, opt, required } from '../../api/schema.ts';
import { roleRef, subject } from './shapes/role.ts';
import { bindingColumns, defaultBinding } from './lib/binding.ts';
import { validateBinding } from './lib/validate.ts';

export const RoleBinding = defineKind({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'RoleBinding',
  plural: 'rolebindings',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.rbac.v1.RoleBinding',
  names: 'path-segment',
  createOnUpdate: true,
  fields: {
    subjects: opt(list(2, of(subject), { listType: 'atomic' })),
    roleRef: required(object(3, roleRef)),
  },
  validate: (binding, context) => validateBinding(binding, context, true),
  defaults: defaultBinding,
  columns: bindingColumns,
});
export interface RoleBinding extends ObjectOf<typeof RoleBinding> {}
