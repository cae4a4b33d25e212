import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, object, of, opt, required } from '../../api/schema.ts';
import { roleRef, subject } from './shapes/role.ts';
import { bindingColumns, defaultBinding } from './lib/binding.ts';
import { validateBinding } from './lib/validate.ts';

export const ClusterRoleBinding = defineKind({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRoleBinding',
  plural: 'clusterrolebindings',
  scope: 'Cluster',
  openApiName: 'io.k8s.api.rbac.v1.ClusterRoleBinding',
  names: 'path-segment',
  createOnUpdate: true,
  fields: {
    subjects: opt(list(2, of(subject), { listType: 'atomic' })),
    roleRef: required(object(3, roleRef)),
  },
  validate: (binding, context) => validateBinding(binding, context, false),
  defaults: defaultBinding,
  columns: bindingColumns,
});
export interface ClusterRoleBinding extends ObjectOf<typeof ClusterRoleBinding> {}
