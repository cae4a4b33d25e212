import { nullable, object, opt, ptr, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const ingressClassParametersReference = shape('io.k8s.api.networking.v1.IngressClassParametersReference', {
  apiGroup: ptr(string(1)),
  kind: string(2),
  name: string(3),
  scope: nullable(string(4)),
  namespace: ptr(string(5)),
});
export interface IngressClassParametersReference extends ShapeOf<typeof ingressClassParametersReference> {}

export const ingressClassSpec = shape('io.k8s.api.networking.v1.IngressClassSpec', {
  controller: opt(string(1)),
  parameters: ptr(object(2, ingressClassParametersReference)),
});
export interface IngressClassSpec extends ShapeOf<typeof ingressClassSpec> {}
