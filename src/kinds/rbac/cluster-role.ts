import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { list, object, of, optional, ptr } from '../../api/schema.ts';
import { aggregationRule, policyRule } from './shapes/role.ts';
import { createdAtColumn, nameColumn } from '../lib/columns.ts';
import { validateRole } from './lib/validate.ts';

export const ClusterRole = defineKind({
  group: 'rbac.authorization.k8s.io',
  version: 'v1',
  kind: 'ClusterRole',
  plural: 'clusterroles',
  scope: 'Cluster',
  openApiName: 'io.k8s.api.rbac.v1.ClusterRole',
  names: 'path-segment',
  createOnUpdate: true,
  fields: {
    rules: optional(list(2, of(policyRule), { listType: 'atomic' })),
    aggregationRule: ptr(object(3, aggregationRule)),
  },
  validate: (role) => validateRole(role, false),
  columns: [nameColumn, createdAtColumn],
});
export interface ClusterRole extends ObjectOf<typeof ClusterRole> {}
