import { list, map, of, opt, quantity, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const limitRangeItem = shape('io.k8s.api.core.v1.LimitRangeItem', {
  type: string(1),
  max: opt(map(2, quantity(0))),
  min: opt(map(3, quantity(0))),
  default: opt(map(4, quantity(0))),
  defaultRequest: opt(map(5, quantity(0))),
  maxLimitRequestRatio: opt(map(6, quantity(0))),
});
export interface LimitRangeItem extends ShapeOf<typeof limitRangeItem> {}

export const limitRangeSpec = shape('io.k8s.api.core.v1.LimitRangeSpec', {
  limits: list(1, of(limitRangeItem), { listType: 'atomic' }),
});
export interface LimitRangeSpec extends ShapeOf<typeof limitRangeSpec> {}
