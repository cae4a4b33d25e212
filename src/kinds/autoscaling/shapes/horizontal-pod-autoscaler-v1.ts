import { labelSelector } from '../../../api/meta.ts';
import { int32, int64, object, opt, ptr, quantity, required, shape, type ShapeOf, string, time } from '../../../api/schema.ts';

export const crossVersionObjectReference = shape(
  'io.k8s.api.autoscaling.v1.CrossVersionObjectReference',
  {
    kind: string(1),
    name: string(2),
    apiVersion: opt(string(3)),
  },
  { mapType: 'atomic' },
);
export interface CrossVersionObjectReference extends ShapeOf<typeof crossVersionObjectReference> {}

export const objectMetricSource = shape('io.k8s.api.autoscaling.v1.ObjectMetricSource', {
  target: object(1, crossVersionObjectReference),
  metricName: string(2),
  targetValue: quantity(3),
  selector: ptr(object(4, labelSelector)),
  averageValue: ptr(quantity(5)),
});
export interface ObjectMetricSource extends ShapeOf<typeof objectMetricSource> {}

export const podsMetricSource = shape('io.k8s.api.autoscaling.v1.PodsMetricSource', {
  metricName: string(1),
  targetAverageValue: quantity(2),
  selector: ptr(object(3, labelSelector)),
});
export interface PodsMetricSource extends ShapeOf<typeof podsMetricSource> {}

export const resourceMetricSource = shape('io.k8s.api.autoscaling.v1.ResourceMetricSource', {
  name: string(1),
  targetAverageUtilization: ptr(int32(2)),
  targetAverageValue: ptr(quantity(3)),
});
export interface ResourceMetricSource extends ShapeOf<typeof resourceMetricSource> {}

export const containerResourceMetricSource = shape('io.k8s.api.autoscaling.v1.ContainerResourceMetricSource', {
  name: string(1),
  targetAverageUtilization: ptr(int32(2)),
  targetAverageValue: ptr(quantity(3)),
  container: string(5),
});
export interface ContainerResourceMetricSource extends ShapeOf<typeof containerResourceMetricSource> {}

export const externalMetricSource = shape('io.k8s.api.autoscaling.v1.ExternalMetricSource', {
  metricName: string(1),
  metricSelector: ptr(object(2, labelSelector)),
  targetValue: ptr(quantity(3)),
  targetAverageValue: ptr(quantity(4)),
});
export interface ExternalMetricSource extends ShapeOf<typeof externalMetricSource> {}

export const metricSpec = shape('io.k8s.api.autoscaling.v1.MetricSpec', {
  type: string(1, { enum: ['Object', 'Pods', 'Resource', 'ContainerResource', 'External'] }),
  object: ptr(object(2, objectMetricSource)),
  pods: ptr(object(3, podsMetricSource)),
  resource: ptr(object(4, resourceMetricSource)),
  containerResource: ptr(object(7, containerResourceMetricSource)),
  external: ptr(object(5, externalMetricSource)),
});
export interface MetricSpec extends ShapeOf<typeof metricSpec> {}

export const objectMetricStatus = shape('io.k8s.api.autoscaling.v1.ObjectMetricStatus', {
  target: object(1, crossVersionObjectReference),
  metricName: string(2),
  currentValue: quantity(3),
  selector: ptr(object(4, labelSelector)),
  averageValue: ptr(quantity(5)),
});
export interface ObjectMetricStatus extends ShapeOf<typeof objectMetricStatus> {}

export const podsMetricStatus = shape('io.k8s.api.autoscaling.v1.PodsMetricStatus', {
  metricName: string(1),
  currentAverageValue: quantity(2),
  selector: ptr(object(3, labelSelector)),
});
export interface PodsMetricStatus extends ShapeOf<typeof podsMetricStatus> {}

export const resourceMetricStatus = shape('io.k8s.api.autoscaling.v1.ResourceMetricStatus', {
  name: string(1),
  currentAverageUtilization: ptr(int32(2)),
  currentAverageValue: quantity(3),
});
export interface ResourceMetricStatus extends ShapeOf<typeof resourceMetricStatus> {}

export const containerResourceMetricStatus = shape('io.k8s.api.autoscaling.v1.ContainerResourceMetricStatus', {
  name: string(1),
  currentAverageUtilization: ptr(int32(2)),
  currentAverageValue: quantity(3),
  container: string(4),
});
export interface ContainerResourceMetricStatus extends ShapeOf<typeof containerResourceMetricStatus> {}

export const externalMetricStatus = shape('io.k8s.api.autoscaling.v1.ExternalMetricStatus', {
  metricName: string(1),
  metricSelector: ptr(object(2, labelSelector)),
  currentValue: quantity(3),
  currentAverageValue: ptr(quantity(4)),
});
export interface ExternalMetricStatus extends ShapeOf<typeof externalMetricStatus> {}

export const metricStatus = shape('io.k8s.api.autoscaling.v1.MetricStatus', {
  type: string(1, { enum: ['Object', 'Pods', 'Resource', 'ContainerResource', 'External'] }),
  object: ptr(object(2, objectMetricStatus)),
  pods: ptr(object(3, podsMetricStatus)),
  resource: ptr(object(4, resourceMetricStatus)),
  containerResource: ptr(object(7, containerResourceMetricStatus)),
  external: ptr(object(5, externalMetricStatus)),
});
export interface MetricStatus extends ShapeOf<typeof metricStatus> {}

export const horizontalPodAutoscalerCondition = shape('io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: time(3),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface HorizontalPodAutoscalerCondition extends ShapeOf<typeof horizontalPodAutoscalerCondition> {}

export const horizontalPodAutoscalerSpec = shape('io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec', {
  scaleTargetRef: required(object(1, crossVersionObjectReference)),
  minReplicas: ptr(int32(2)),
  maxReplicas: int32(3),
  targetCPUUtilizationPercentage: ptr(int32(4)),
});
export interface HorizontalPodAutoscalerSpec extends ShapeOf<typeof horizontalPodAutoscalerSpec> {}

export const horizontalPodAutoscalerStatus = shape('io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus', {
  observedGeneration: ptr(int64(1)),
  lastScaleTime: ptr(time(2)),
  currentReplicas: int32(3),
  desiredReplicas: int32(4),
  currentCPUUtilizationPercentage: ptr(int32(5)),
});
export interface HorizontalPodAutoscalerStatus extends ShapeOf<typeof horizontalPodAutoscalerStatus> {}
