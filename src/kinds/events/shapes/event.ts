import { int32, microTime, shape, type ShapeOf } from '../../../api/schema.ts';

export const eventSeries = shape('io.k8s.api.events.v1.EventSeries', {
  count: int32(1),
  lastObservedTime: microTime(2),
});
export interface EventSeries extends ShapeOf<typeof eventSeries> {}
