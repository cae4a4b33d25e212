import { list, map, of, opt, quantity, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const resourceClaim = shape('io.k8s.api.core.v1.ResourceClaim', {
  name: string(1),
  request: opt(string(2)),
});
export interface ResourceClaim extends ShapeOf<typeof resourceClaim> {}

export const resourceRequirements = shape('io.k8s.api.core.v1.ResourceRequirements', {
  limits: opt(map(1, quantity(0))),
  requests: opt(map(2, quantity(0))),
  claims: opt(list(3, of(resourceClaim), { listType: 'map', listKeys: ['name'] })),
});
export interface ResourceRequirements extends ShapeOf<typeof resourceRequirements> {}

export const volumeResourceRequirements = shape('io.k8s.api.core.v1.VolumeResourceRequirements', {
  limits: opt(map(1, quantity(0))),
  requests: opt(map(2, quantity(0))),
});
export interface VolumeResourceRequirements extends ShapeOf<typeof volumeResourceRequirements> {}

export const containerResizePolicy = shape('io.k8s.api.core.v1.ContainerResizePolicy', {
  resourceName: string(1),
  restartPolicy: string(2),
});
export interface ContainerResizePolicy extends ShapeOf<typeof containerResizePolicy> {}
