import { int32, list, object, of, optional, ptr, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const volumeNodeResources = shape('io.k8s.api.storage.v1.VolumeNodeResources', {
  count: ptr(int32(1)),
});
export interface VolumeNodeResources extends ShapeOf<typeof volumeNodeResources> {}

export const csiNodeDriver = shape('io.k8s.api.storage.v1.CSINodeDriver', {
  name: string(1),
  nodeID: string(2),
  topologyKeys: optional(list(3, string(0), { listType: 'atomic' })),
  allocatable: ptr(object(4, volumeNodeResources)),
});
export interface CSINodeDriver extends ShapeOf<typeof csiNodeDriver> {}

export const csiNodeSpec = shape('io.k8s.api.storage.v1.CSINodeSpec', {
  drivers: list(1, of(csiNodeDriver), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' }),
});
export interface CSINodeSpec extends ShapeOf<typeof csiNodeSpec> {}
