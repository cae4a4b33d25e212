import { byDefault, int32, opt, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const scaleSpec = shape('io.k8s.api.autoscaling.v1.ScaleSpec', {
  replicas: byDefault(0, opt(int32(1))),
});
export interface ScaleSpec extends ShapeOf<typeof scaleSpec> {}

export const scaleStatus = shape('io.k8s.api.autoscaling.v1.ScaleStatus', {
  replicas: int32(1),
  selector: opt(string(2)),
});
export interface ScaleStatus extends ShapeOf<typeof scaleStatus> {}
