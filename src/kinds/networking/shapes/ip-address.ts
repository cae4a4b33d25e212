import { object, opt, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const parentReference = shape('io.k8s.api.networking.v1.ParentReference', {
  group: opt(string(1)),
  resource: opt(string(2)),
  namespace: opt(string(3)),
  name: opt(string(4)),
});
export interface ParentReference extends ShapeOf<typeof parentReference> {}

export const ipAddressSpec = shape('io.k8s.api.networking.v1.IPAddressSpec', {
  parentRef: ptr(object(1, parentReference)),
});
export interface IPAddressSpec extends ShapeOf<typeof ipAddressSpec> {}
