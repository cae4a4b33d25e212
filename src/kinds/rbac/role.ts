import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, of, optional } from '../../api/schema.ts';
import { policyRule } from './shapes/role.ts';
import { createdAtColumn, nameColumn } from '../lib/columns.ts';
import { validateRole } from './lib/validate.ts';

export const Role = defineKind({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'Role',
  plural: 'roles',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.rbac.v1.Role',
  names: 'path-segment',
  createOnUpdate: true,
  fields: {
    rules: optional(list(2, of(policyRule), { listType: 'atomic' })),
  },
  validate: (role) => validateRole(role, true),
  columns: [nameColumn, createdAtColumn],
});
export interface Role extends ObjectOf<typeof Role> {}
