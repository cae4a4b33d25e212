import { embedded, int32, list, nullable, object, of, opt, ptr, required, shape, type ShapeOf, string } from '../../../api/schema.ts';
import { typedLocalObjectReference } from '../../core/shapes/references.ts';

export const serviceBackendPort = shape(
  'io.k8s.api.networking.v1.ServiceBackendPort',
  {
    name: opt(string(1)),
    number: opt(int32(2)),
  },
  { mapType: 'atomic' },
);
export interface ServiceBackendPort extends ShapeOf<typeof serviceBackendPort> {}

export const ingressServiceBackend = shape('io.k8s.api.networking.v1.IngressServiceBackend', {
  name: string(1),
  port: object(2, serviceBackendPort),
});
export interface IngressServiceBackend extends ShapeOf<typeof ingressServiceBackend> {}

export const ingressBackend = shape('io.k8s.api.networking.v1.IngressBackend', {
  service: ptr(object(4, ingressServiceBackend)),
  resource: ptr(object(3, typedLocalObjectReference)),
});
export interface IngressBackend extends ShapeOf<typeof ingressBackend> {}

export const httpIngressPath = shape('io.k8s.api.networking.v1.HTTPIngressPath', {
  path: opt(string(1)),
  pathType: required(nullable(string(3, { enum: ['Exact', 'ImplementationSpecific', 'Prefix'] }))),
  backend: required(object(2, ingressBackend)),
});
export interface HTTPIngressPath extends ShapeOf<typeof httpIngressPath> {}

export const httpIngressRuleValue = shape('io.k8s.api.networking.v1.HTTPIngressRuleValue', {
  paths: list(1, of(httpIngressPath), { listType: 'atomic' }),
});
export interface HTTPIngressRuleValue extends ShapeOf<typeof httpIngressRuleValue> {}

export const ingressRuleValue = shape('io.k8s.api.networking.v1.IngressRuleValue', {
  http: ptr(object(1, httpIngressRuleValue)),
});
export interface IngressRuleValue extends ShapeOf<typeof ingressRuleValue> {}

export const ingressRule = shape('io.k8s.api.networking.v1.IngressRule', {
  host: opt(string(1)),
  ...embedded(2, ingressRuleValue.fields, 'IngressRuleValue'),
});
export interface IngressRule extends ShapeOf<typeof ingressRule> {}

export const ingressTLS = shape('io.k8s.api.networking.v1.IngressTLS', {
  hosts: opt(list(1, string(0), { listType: 'atomic' })),
  secretName: opt(string(2)),
});
export interface IngressTLS extends ShapeOf<typeof ingressTLS> {}

export const ingressSpec = shape('io.k8s.api.networking.v1.IngressSpec', {
  ingressClassName: ptr(string(4)),
  defaultBackend: ptr(object(1, ingressBackend)),
  tls: opt(list(2, of(ingressTLS), { listType: 'atomic' })),
  rules: opt(list(3, of(ingressRule), { listType: 'atomic' })),
});
export interface IngressSpec extends ShapeOf<typeof ingressSpec> {}

export const ingressPortStatus = shape('io.k8s.api.networking.v1.IngressPortStatus', {
  port: int32(1),
  protocol: string(2, { enum: ['TCP', 'UDP', 'SCTP'] }),
  error: ptr(string(3)),
});
export interface IngressPortStatus extends ShapeOf<typeof ingressPortStatus> {}

export const ingressLoadBalancerIngress = shape('io.k8s.api.networking.v1.IngressLoadBalancerIngress', {
  ip: opt(string(1)),
  hostname: opt(string(2)),
  ports: opt(list(4, of(ingressPortStatus), { listType: 'atomic' })),
});
export interface IngressLoadBalancerIngress extends ShapeOf<typeof ingressLoadBalancerIngress> {}

export const ingressLoadBalancerStatus = shape('io.k8s.api.networking.v1.IngressLoadBalancerStatus', {
  ingress: opt(list(1, of(ingressLoadBalancerIngress), { listType: 'atomic' })),
});
export interface IngressLoadBalancerStatus extends ShapeOf<typeof ingressLoadBalancerStatus> {}

export const ingressStatus = shape('io.k8s.api.networking.v1.IngressStatus', {
  loadBalancer: object(1, ingressLoadBalancerStatus),
});
export interface IngressStatus extends ShapeOf<typeof ingressStatus> {}
