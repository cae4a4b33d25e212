import { condition } from '../../../api/meta.ts';
import { int64, list, object, of, opt, ptr, required, shape, type ShapeOf, string } from '../../../api/schema.ts';
import { paramKind, paramRef, variable } from './policy.ts';
import { matchCondition, matchResources } from './rules.ts';

export const validation = shape('io.k8s.api.admissionregistration.v1.Validation', {
  expression: string(1),
  message: opt(string(2)),
  reason: ptr(string(3)),
  messageExpression: opt(string(4)),
});
export interface Validation extends ShapeOf<typeof validation> {}

export const auditAnnotation = shape('io.k8s.api.admissionregistration.v1.AuditAnnotation', {
  key: string(1),
  valueExpression: string(2),
});
export interface AuditAnnotation extends ShapeOf<typeof auditAnnotation> {}

export const validatingAdmissionPolicySpec = shape('io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicySpec', {
  paramKind: ptr(object(1, paramKind)),
  matchConstraints: ptr(object(2, matchResources)),
  validations: opt(list(3, of(validation), { listType: 'atomic' })),
  failurePolicy: ptr(string(4, { enum: ['Ignore', 'Fail'] })),
  auditAnnotations: opt(list(5, of(auditAnnotation), { listType: 'atomic' })),
  matchConditions: opt(list(6, of(matchCondition), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
  variables: opt(list(7, of(variable), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
});
export interface ValidatingAdmissionPolicySpec extends ShapeOf<typeof validatingAdmissionPolicySpec> {}

export const expressionWarning = shape('io.k8s.api.admissionregistration.v1.ExpressionWarning', {
  fieldRef: string(2),
  warning: string(3),
});
export interface ExpressionWarning extends ShapeOf<typeof expressionWarning> {}

export const typeChecking = shape('io.k8s.api.admissionregistration.v1.TypeChecking', {
  expressionWarnings: opt(list(1, of(expressionWarning), { listType: 'atomic' })),
});
export interface TypeChecking extends ShapeOf<typeof typeChecking> {}

export const validatingAdmissionPolicyStatus = shape('io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyStatus', {
  observedGeneration: opt(int64(1)),
  typeChecking: ptr(object(2, typeChecking)),
  conditions: opt(list(3, of(condition), { listType: 'map', listKeys: ['type'] })),
});
export interface ValidatingAdmissionPolicyStatus extends ShapeOf<typeof validatingAdmissionPolicyStatus> {}

export const validatingAdmissionPolicyBindingSpec = shape('io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec', {
  policyName: required(opt(string(1))),
  paramRef: ptr(object(2, paramRef)),
  matchResources: ptr(object(3, matchResources)),
  validationActions: required(opt(list(4, string(0, { enum: ['Deny', 'Warn', 'Audit'] }), { listType: 'set' }))),
});
export interface ValidatingAdmissionPolicyBindingSpec extends ShapeOf<typeof validatingAdmissionPolicyBindingSpec> {}
