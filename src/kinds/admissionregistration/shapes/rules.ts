import { labelSelector } from '../../../api/meta.ts';
import { embedded, list, object, of, opt, ptr, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const rule = shape('io.k8s.api.admissionregistration.v1.Rule', {
  apiGroups: opt(list(1, string(0), { listType: 'atomic' })),
  apiVersions: opt(list(2, string(0), { listType: 'atomic' })),
  resources: opt(list(3, string(0), { listType: 'atomic' })),
  scope: ptr(string(4, { enum: ['Cluster', 'Namespaced', '*'] })),
});
export interface Rule extends ShapeOf<typeof rule> {}

export const ruleWithOperations = shape('io.k8s.api.admissionregistration.v1.RuleWithOperations', {
  operations: opt(list(1, string(0, { enum: ['*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT'] }), { listType: 'atomic' })),
  ...embedded(2, rule.fields, 'Rule'),
});
export interface RuleWithOperations extends ShapeOf<typeof ruleWithOperations> {}

export const namedRuleWithOperations = shape(
  'io.k8s.api.admissionregistration.v1.NamedRuleWithOperations',
  {
    resourceNames: opt(list(1, string(0), { listType: 'atomic' })),
    ...embedded(2, ruleWithOperations.fields, 'RuleWithOperations'),
  },
  { mapType: 'atomic' },
);
export interface NamedRuleWithOperations extends ShapeOf<typeof namedRuleWithOperations> {}

export const matchResources = shape(
  'io.k8s.api.admissionregistration.v1.MatchResources',
  {
    namespaceSelector: ptr(object(1, labelSelector)),
    objectSelector: ptr(object(2, labelSelector)),
    resourceRules: opt(list(3, of(namedRuleWithOperations), { listType: 'atomic' })),
    excludeResourceRules: opt(list(4, of(namedRuleWithOperations), { listType: 'atomic' })),
    matchPolicy: ptr(string(7, { enum: ['Exact', 'Equivalent'] })),
  },
  { mapType: 'atomic' },
);
export interface MatchResources extends ShapeOf<typeof matchResources> {}

export const matchCondition = shape('io.k8s.api.admissionregistration.v1.MatchCondition', {
  name: string(1),
  expression: string(2),
});
export interface MatchCondition extends ShapeOf<typeof matchCondition> {}
