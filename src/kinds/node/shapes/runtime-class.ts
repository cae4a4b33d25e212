import { list, map, of, opt, quantity, shape, string, type ShapeOf } from '../../../api/schema.ts';
import { toleration } from '../../core/shapes/tolerations.ts';

export const overhead = shape('io.k8s.api.node.v1.Overhead', {
  podFixed: opt(map(1, quantity(0))),
});
export interface Overhead extends ShapeOf<typeof overhead> {}

export const scheduling = shape('io.k8s.api.node.v1.Scheduling', {
  nodeSelector: opt(map(1, string(0), { mapType: 'atomic' })),
  tolerations: opt(list(2, of(toleration), { listType: 'atomic' })),
});
export interface Scheduling extends ShapeOf<typeof scheduling> {}
