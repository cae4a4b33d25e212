import { labelSelectorRequirement } from '../../../api/meta.ts';
import { bool, list, map, object, of, opt, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const fieldSelectorRequirement = shape('io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement', {
  key: string(1),
  operator: string(2),
  values: opt(list(3, string(0), { listType: 'atomic' })),
});
export interface FieldSelectorRequirement extends ShapeOf<typeof fieldSelectorRequirement> {}

export const fieldSelectorAttributes = shape('io.k8s.api.authorization.v1.FieldSelectorAttributes', {
  rawSelector: opt(string(1)),
  requirements: opt(list(2, of(fieldSelectorRequirement), { listType: 'atomic' })),
});
export interface FieldSelectorAttributes extends ShapeOf<typeof fieldSelectorAttributes> {}

export const labelSelectorAttributes = shape('io.k8s.api.authorization.v1.LabelSelectorAttributes', {
  rawSelector: opt(string(1)),
  requirements: opt(list(2, of(labelSelectorRequirement), { listType: 'atomic' })),
});
export interface LabelSelectorAttributes extends ShapeOf<typeof labelSelectorAttributes> {}

export const resourceAttributes = shape('io.k8s.api.authorization.v1.ResourceAttributes', {
  namespace: opt(string(1)),
  verb: opt(string(2)),
  group: opt(string(3)),
  version: opt(string(4)),
  resource: opt(string(5)),
  subresource: opt(string(6)),
  name: opt(string(7)),
  fieldSelector: ptr(object(8, fieldSelectorAttributes)),
  labelSelector: ptr(object(9, labelSelectorAttributes)),
});
export interface ResourceAttributes extends ShapeOf<typeof resourceAttributes> {}

export const nonResourceAttributes = shape('io.k8s.api.authorization.v1.NonResourceAttributes', {
  path: opt(string(1)),
  verb: opt(string(2)),
});
export interface NonResourceAttributes extends ShapeOf<typeof nonResourceAttributes> {}

export const subjectAccessReviewSpec = shape('io.k8s.api.authorization.v1.SubjectAccessReviewSpec', {
  resourceAttributes: ptr(object(1, resourceAttributes)),
  nonResourceAttributes: ptr(object(2, nonResourceAttributes)),
  user: opt(string(3)),
  groups: opt(list(4, string(0), { listType: 'atomic' })),
  extra: opt(map(5, list(0, string(0), { goName: 'v1.ExtraValue' }))),
  uid: opt(string(6)),
});
export interface SubjectAccessReviewSpec extends ShapeOf<typeof subjectAccessReviewSpec> {}

export const selfSubjectAccessReviewSpec = shape('io.k8s.api.authorization.v1.SelfSubjectAccessReviewSpec', {
  resourceAttributes: ptr(object(1, resourceAttributes)),
  nonResourceAttributes: ptr(object(2, nonResourceAttributes)),
});
export interface SelfSubjectAccessReviewSpec extends ShapeOf<typeof selfSubjectAccessReviewSpec> {}

export const subjectAccessReviewStatus = shape('io.k8s.api.authorization.v1.SubjectAccessReviewStatus', {
  allowed: bool(1),
  denied: opt(bool(4)),
  reason: opt(string(2)),
  evaluationError: opt(string(3)),
});
export interface SubjectAccessReviewStatus extends ShapeOf<typeof subjectAccessReviewStatus> {}

export const selfSubjectRulesReviewSpec = shape('io.k8s.api.authorization.v1.SelfSubjectRulesReviewSpec', {
  namespace: opt(string(1)),
});
export interface SelfSubjectRulesReviewSpec extends ShapeOf<typeof selfSubjectRulesReviewSpec> {}

export const resourceRule = shape('io.k8s.api.authorization.v1.ResourceRule', {
  verbs: list(1, string(0), { listType: 'atomic' }),
  apiGroups: opt(list(2, string(0), { listType: 'atomic' })),
  resources: opt(list(3, string(0), { listType: 'atomic' })),
  resourceNames: opt(list(4, string(0), { listType: 'atomic' })),
});
export interface ResourceRule extends ShapeOf<typeof resourceRule> {}

export const nonResourceRule = shape('io.k8s.api.authorization.v1.NonResourceRule', {
  verbs: list(1, string(0), { listType: 'atomic' }),
  nonResourceURLs: opt(list(2, string(0), { listType: 'atomic' })),
});
export interface NonResourceRule extends ShapeOf<typeof nonResourceRule> {}

export const subjectRulesReviewStatus = shape('io.k8s.api.authorization.v1.SubjectRulesReviewStatus', {
  resourceRules: list(1, of(resourceRule), { listType: 'atomic' }),
  nonResourceRules: list(2, of(nonResourceRule), { listType: 'atomic' }),
  incomplete: bool(3),
  evaluationError: opt(string(4)),
});
export interface SubjectRulesReviewStatus extends ShapeOf<typeof subjectRulesReviewStatus> {}
