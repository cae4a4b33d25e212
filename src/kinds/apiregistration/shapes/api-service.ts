import { bool, bytes, int32, list, object, of, opt, optional, ptr, shape, type ShapeOf, string, time } from '../../../api/schema.ts';

export const serviceReference = shape('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference', {
  namespace: opt(string(1)),
  name: opt(string(2)),
  port: ptr(int32(3)),
});
export interface ServiceReference extends ShapeOf<typeof serviceReference> {}

export const apiServiceSpec = shape('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec', {
  service: ptr(object(1, serviceReference)),
  group: opt(string(2)),
  version: opt(string(3)),
  insecureSkipTLSVerify: opt(bool(4)),
  caBundle: opt(bytes(5, { listType: 'atomic' })),
  groupPriorityMinimum: int32(7),
  versionPriority: int32(8),
});
export interface APIServiceSpec extends ShapeOf<typeof apiServiceSpec> {}

export const apiServiceCondition = shape('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: optional(time(3)),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface APIServiceCondition extends ShapeOf<typeof apiServiceCondition> {}

export const apiServiceStatus = shape('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus', {
  conditions: opt(list(1, of(apiServiceCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
});
export interface APIServiceStatus extends ShapeOf<typeof apiServiceStatus> {}
