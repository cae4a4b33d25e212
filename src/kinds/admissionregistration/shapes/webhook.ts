import { labelSelector } from '../../../api/meta.ts';
import { bytes, int32, list, nullable, object, of, opt, ptr, required, shape, type ShapeOf, string } from '../../../api/schema.ts';
import { matchCondition, ruleWithOperations } from './rules.ts';

export const serviceReference = shape('io.k8s.api.admissionregistration.v1.ServiceReference', {
  namespace: string(1),
  name: string(2),
  path: ptr(string(3)),
  port: ptr(int32(4)),
});
export interface ServiceReference extends ShapeOf<typeof serviceReference> {}

export const webhookClientConfig = shape('io.k8s.api.admissionregistration.v1.WebhookClientConfig', {
  url: ptr(string(3)),
  service: ptr(object(1, serviceReference)),
  caBundle: opt(bytes(2)),
});
export interface WebhookClientConfig extends ShapeOf<typeof webhookClientConfig> {}

export const validatingWebhook = shape('io.k8s.api.admissionregistration.v1.ValidatingWebhook', {
  name: string(1),
  clientConfig: required(object(2, webhookClientConfig)),
  rules: opt(list(3, of(ruleWithOperations), { listType: 'atomic' })),
  failurePolicy: ptr(string(4, { enum: ['Ignore', 'Fail'] })),
  matchPolicy: ptr(string(9, { enum: ['Exact', 'Equivalent'] })),
  namespaceSelector: ptr(object(5, labelSelector)),
  objectSelector: ptr(object(10, labelSelector)),
  sideEffects: required(nullable(string(6, { enum: ['Unknown', 'None', 'Some', 'NoneOnDryRun'] }))),
  timeoutSeconds: ptr(int32(7)),
  admissionReviewVersions: list(8, string(0), { listType: 'atomic' }),
  matchConditions: opt(list(11, of(matchCondition), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
});
export interface ValidatingWebhook extends ShapeOf<typeof validatingWebhook> {}

export const mutatingWebhook = shape('io.k8s.api.admissionregistration.v1.MutatingWebhook', {
  name: string(1),
  clientConfig: required(object(2, webhookClientConfig)),
  rules: opt(list(3, of(ruleWithOperations), { listType: 'atomic' })),
  failurePolicy: ptr(string(4, { enum: ['Ignore', 'Fail'] })),
  matchPolicy: ptr(string(9, { enum: ['Exact', 'Equivalent'] })),
  namespaceSelector: ptr(object(5, labelSelector)),
  objectSelector: ptr(object(11, labelSelector)),
  sideEffects: required(nullable(string(6, { enum: ['Unknown', 'None', 'Some', 'NoneOnDryRun'] }))),
  timeoutSeconds: ptr(int32(7)),
  admissionReviewVersions: list(8, string(0), { listType: 'atomic' }),
  reinvocationPolicy: ptr(string(10, { enum: ['Never', 'IfNeeded'] })),
  matchConditions: opt(list(12, of(matchCondition), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
});
export interface MutatingWebhook extends ShapeOf<typeof mutatingWebhook> {}
