import { labelSelector } from '../../../api/meta.ts';
import { list, of, opt, optional, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const policyRule = shape('io.k8s.api.rbac.v1.PolicyRule', {
  verbs: list(1, string(0), { listType: 'atomic' }),
  apiGroups: opt(list(2, string(0), { listType: 'atomic' })),
  resources: opt(list(3, string(0), { listType: 'atomic' })),
  resourceNames: opt(list(4, string(0), { listType: 'atomic' })),
  nonResourceURLs: opt(list(5, string(0), { listType: 'atomic' })),
});
export interface PolicyRule extends ShapeOf<typeof policyRule> {}

export const aggregationRule = shape('io.k8s.api.rbac.v1.AggregationRule', {
  clusterRoleSelectors: opt(list(1, of(labelSelector), { listType: 'atomic' })),
});
export interface AggregationRule extends ShapeOf<typeof aggregationRule> {}

export const subject = shape(
  'io.k8s.api.rbac.v1.Subject',
  {
    kind: string(1),
    apiGroup: opt(string(2)),
    name: string(3),
    namespace: opt(string(4)),
  },
  { mapType: 'atomic' },
);
export interface Subject extends ShapeOf<typeof subject> {}

export const roleRef = shape(
  'io.k8s.api.rbac.v1.RoleRef',
  {
    apiGroup: optional(string(1)),
    kind: string(2),
    name: string(3),
  },
  { mapType: 'atomic' },
);
export interface RoleRef extends ShapeOf<typeof roleRef> {}
