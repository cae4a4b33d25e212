import { object, opt, ptr, required, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const parentReference = shape('io.k8s.api.networking.v1.ParentReference', {
  group: opt(string(1)),
  resource: required(opt(string(2))),
  namespace: opt(string(3)),
  name: required(opt(string(4))),
});
export interface ParentReference extends ShapeOf<typeof parentReference> {}

export const ipAddressSpec = shape('io.k8s.api.networking.v1.IPAddressSpec', {
  parentRef: required(ptr(object(1, parentReference))),
});
export interface IPAddressSpec extends ShapeOf<typeof ipAddressSpec> {}
