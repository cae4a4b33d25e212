import { int32, microTime, opt, optional, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const eventSource = shape('io.k8s.api.core.v1.EventSource', {
  component: opt(string(1)),
  host: opt(string(2)),
});
export interface EventSource extends ShapeOf<typeof eventSource> {}

export const eventSeries = shape('io.k8s.api.core.v1.EventSeries', {
  count: opt(int32(1)),
  lastObservedTime: optional(microTime(2)),
});
export interface EventSeries extends ShapeOf<typeof eventSeries> {}
