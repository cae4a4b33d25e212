import { list, object, of, opt, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';
import { paramKind, paramRef, variable } from './policy.ts';
import { matchCondition, matchResources } from './rules.ts';

export const applyConfiguration = shape('io.k8s.api.admissionregistration.v1.ApplyConfiguration', {
  expression: opt(string(1)),
});
export interface ApplyConfiguration extends ShapeOf<typeof applyConfiguration> {}

export const jsonPatch = shape('io.k8s.api.admissionregistration.v1.JSONPatch', {
  expression: opt(string(1)),
});
export interface JSONPatch extends ShapeOf<typeof jsonPatch> {}

export const mutation = shape('io.k8s.api.admissionregistration.v1.Mutation', {
  patchType: string(2, { enum: ['ApplyConfiguration', 'JSONPatch'] }),
  applyConfiguration: ptr(object(3, applyConfiguration)),
  jsonPatch: ptr(object(4, jsonPatch)),
});
export interface Mutation extends ShapeOf<typeof mutation> {}

export const mutatingAdmissionPolicySpec = shape('io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicySpec', {
  paramKind: ptr(object(1, paramKind)),
  matchConstraints: ptr(object(2, matchResources)),
  variables: opt(list(3, of(variable), { listType: 'atomic' })),
  mutations: opt(list(4, of(mutation), { listType: 'atomic' })),
  failurePolicy: ptr(string(5, { enum: ['Ignore', 'Fail'] })),
  matchConditions: opt(list(6, of(matchCondition), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
  reinvocationPolicy: opt(string(7, { enum: ['Never', 'IfNeeded'] })),
});
export interface MutatingAdmissionPolicySpec extends ShapeOf<typeof mutatingAdmissionPolicySpec> {}

export const mutatingAdmissionPolicyBindingSpec = shape('io.k8s.api.admissionregistration.v1.MutatingAdmissionPolicyBindingSpec', {
  policyName: opt(string(1)),
  paramRef: ptr(object(2, paramRef)),
  matchResources: ptr(object(3, matchResources)),
});
export interface MutatingAdmissionPolicyBindingSpec extends ShapeOf<typeof mutatingAdmissionPolicyBindingSpec> {}
