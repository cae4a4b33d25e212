import type { Column, Draft } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { ageColumn, nameColumn } from '../../lib/columns.ts';
import type { RoleRef, Subject } from '../shapes/role.ts';

export interface BindingLike extends ApiObject {
  readonly subjects?: readonly Subject[] | undefined;
  readonly roleRef: RoleRef;
}
export const rbacGroup = 'rbac.authorization.k8s.io';

/** pkg/apis/rbac/v1/defaults.go. */
export function defaultBinding(binding: Draft<BindingLike>): void {
  binding.roleRef.apiGroup ||= rbacGroup;
  for (const subject of binding.subjects ?? []) if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ||= rbacGroup;
}

const namesOf = (binding: BindingLike, kind: string, text: (subject: Subject) => string) =>
  (binding.subjects ?? [])
    .filter((subject) => subject.kind === kind)
    .map(text)
    .join(', ');

/** Of RoleBindings and ClusterRoleBindings. */
export const bindingColumns: readonly Column<BindingLike>[] = [
  nameColumn,
  { name: 'Role', type: 'string', value: ({ roleRef }) => `${roleRef.kind}/${roleRef.name}` },
  ageColumn,
  { name: 'Users', type: 'string', priority: 1, value: (binding) => namesOf(binding, 'User', (subject) => subject.name) },
  { name: 'Groups', type: 'string', priority: 1, value: (binding) => namesOf(binding, 'Group', (subject) => subject.name) },
  {
    name: 'ServiceAccounts',
    type: 'string',
    priority: 1,
    value: (binding) => namesOf(binding, 'ServiceAccount', (subject) => `${subject.namespace ?? ''}/${subject.name}`),
  },
];
