import { embedded, list, object, of, opt, ptr, shape, type ShapeOf, string } from '../../../api/schema.ts';
import { deviceSelector, opaqueDeviceConfiguration } from './resource-claim.ts';

export const deviceClassConfiguration = shape('io.k8s.api.resource.v1.DeviceClassConfiguration', {
  ...embedded(1, { opaque: ptr(object(1, opaqueDeviceConfiguration)) }, 'DeviceConfiguration'),
});
export interface DeviceClassConfiguration extends ShapeOf<typeof deviceClassConfiguration> {}

export const deviceClassSpec = shape('io.k8s.api.resource.v1.DeviceClassSpec', {
  selectors: opt(list(1, of(deviceSelector), { listType: 'atomic' })),
  config: opt(list(2, of(deviceClassConfiguration), { listType: 'atomic' })),
  extendedResourceName: ptr(string(4)),
});
export interface DeviceClassSpec extends ShapeOf<typeof deviceClassSpec> {}
