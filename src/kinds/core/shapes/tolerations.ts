import { int64, opt, ptr, shape, string, time, type ShapeOf } from '../../../api/schema.ts';

export const taint = shape('io.k8s.api.core.v1.Taint', {
  key: string(1),
  value: opt(string(2)),
  effect: string(3, { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] }),
  timeAdded: ptr(time(4)),
});
export interface Taint extends ShapeOf<typeof taint> {}

export const toleration = shape('io.k8s.api.core.v1.Toleration', {
  key: opt(string(1)),
  operator: opt(string(2, { enum: ['Exists', 'Equal', 'Lt', 'Gt'] })),
  value: opt(string(3)),
  effect: opt(string(4, { enum: ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] })),
  tolerationSeconds: ptr(int64(5)),
});
export interface Toleration extends ShapeOf<typeof toleration> {}
