import { labelSelector } from '../../../api/meta.ts';
import {
  int32,
  int64,
  list,
  object,
  of,
  opt,
  optional,
  ptr,
  quantity,
  required,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';

export const crossVersionObjectReference = shape('io.k8s.api.autoscaling.v2.CrossVersionObjectReference', {
  kind: string(1),
  name: string(2),
  apiVersion: opt(string(3)),
});
export interface CrossVersionObjectReference extends ShapeOf<typeof crossVersionObjectReference> {}

export const metricIdentifier = shape('io.k8s.api.autoscaling.v2.MetricIdentifier', {
  name: string(1),
  selector: ptr(object(2, labelSelector)),
});
export interface MetricIdentifier extends ShapeOf<typeof metricIdentifier> {}

export const metricTarget = shape('io.k8s.api.autoscaling.v2.MetricTarget', {
  type: string(1),
  value: ptr(quantity(2)),
  averageValue: ptr(quantity(3)),
  averageUtilization: ptr(int32(4)),
});
export interface MetricTarget extends ShapeOf<typeof metricTarget> {}

export const metricValueStatus = shape('io.k8s.api.autoscaling.v2.MetricValueStatus', {
  value: ptr(quantity(1)),
  averageValue: ptr(quantity(2)),
  averageUtilization: ptr(int32(3)),
});
export interface MetricValueStatus extends ShapeOf<typeof metricValueStatus> {}

export const objectMetricSource = shape('io.k8s.api.autoscaling.v2.ObjectMetricSource', {
  describedObject: required(object(1, crossVersionObjectReference)),
  target: required(object(2, metricTarget)),
  metric: required(object(3, metricIdentifier)),
});
export interface ObjectMetricSource extends ShapeOf<typeof objectMetricSource> {}

export const podsMetricSource = shape('io.k8s.api.autoscaling.v2.PodsMetricSource', {
  metric: required(object(1, metricIdentifier)),
  target: required(object(2, metricTarget)),
});
export interface PodsMetricSource extends ShapeOf<typeof podsMetricSource> {}

export const resourceMetricSource = shape('io.k8s.api.autoscaling.v2.ResourceMetricSource', {
  name: string(1),
  target: required(object(2, metricTarget)),
});
export interface ResourceMetricSource extends ShapeOf<typeof resourceMetricSource> {}

export const containerResourceMetricSource = shape('io.k8s.api.autoscaling.v2.ContainerResourceMetricSource', {
  name: string(1),
  target: required(object(2, metricTarget)),
  container: string(3),
});
export interface ContainerResourceMetricSource extends ShapeOf<typeof containerResourceMetricSource> {}

export const externalMetricSource = shape('io.k8s.api.autoscaling.v2.ExternalMetricSource', {
  metric: required(object(1, metricIdentifier)),
  target: required(object(2, metricTarget)),
});
export interface ExternalMetricSource extends ShapeOf<typeof externalMetricSource> {}

export const metricSpec = shape('io.k8s.api.autoscaling.v2.MetricSpec', {
  type: string(1),
  object: ptr(object(2, objectMetricSource)),
  pods: ptr(object(3, podsMetricSource)),
  resource: ptr(object(4, resourceMetricSource)),
  containerResource: ptr(object(7, containerResourceMetricSource)),
  external: ptr(object(5, externalMetricSource)),
});
export interface MetricSpec extends ShapeOf<typeof metricSpec> {}

export const objectMetricStatus = shape('io.k8s.api.autoscaling.v2.ObjectMetricStatus', {
  metric: required(object(1, metricIdentifier)),
  current: required(object(2, metricValueStatus)),
  describedObject: required(object(3, crossVersionObjectReference)),
});
export interface ObjectMetricStatus extends ShapeOf<typeof objectMetricStatus> {}

export const podsMetricStatus = shape('io.k8s.api.autoscaling.v2.PodsMetricStatus', {
  metric: required(object(1, metricIdentifier)),
  current: required(object(2, metricValueStatus)),
});
export interface PodsMetricStatus extends ShapeOf<typeof podsMetricStatus> {}

export const resourceMetricStatus = shape('io.k8s.api.autoscaling.v2.ResourceMetricStatus', {
  name: string(1),
  current: required(object(2, metricValueStatus)),
});
export interface ResourceMetricStatus extends ShapeOf<typeof resourceMetricStatus> {}

export const containerResourceMetricStatus = shape('io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus', {
  name: string(1),
  current: required(object(2, metricValueStatus)),
  container: string(3),
});
export interface ContainerResourceMetricStatus extends ShapeOf<typeof containerResourceMetricStatus> {}

export const externalMetricStatus = shape('io.k8s.api.autoscaling.v2.ExternalMetricStatus', {
  metric: required(object(1, metricIdentifier)),
  current: required(object(2, metricValueStatus)),
});
export interface ExternalMetricStatus extends ShapeOf<typeof externalMetricStatus> {}

export const metricStatus = shape('io.k8s.api.autoscaling.v2.MetricStatus', {
  type: string(1),
  object: ptr(object(2, objectMetricStatus)),
  pods: ptr(object(3, podsMetricStatus)),
  resource: ptr(object(4, resourceMetricStatus)),
  containerResource: ptr(object(7, containerResourceMetricStatus)),
  external: ptr(object(5, externalMetricStatus)),
});
export interface MetricStatus extends ShapeOf<typeof metricStatus> {}

export const hpaScalingPolicy = shape('io.k8s.api.autoscaling.v2.HPAScalingPolicy', {
  type: string(1),
  value: int32(2),
  periodSeconds: int32(3),
});
export interface HPAScalingPolicy extends ShapeOf<typeof hpaScalingPolicy> {}

export const hpaScalingRules = shape('io.k8s.api.autoscaling.v2.HPAScalingRules', {
  stabilizationWindowSeconds: ptr(int32(3)),
  selectPolicy: ptr(string(1)),
  policies: opt(list(2, of(hpaScalingPolicy), { listType: 'atomic' })),
  tolerance: ptr(quantity(4)),
});
export interface HPAScalingRules extends ShapeOf<typeof hpaScalingRules> {}

export const horizontalPodAutoscalerBehavior = shape('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior', {
  scaleUp: ptr(object(1, hpaScalingRules)),
  scaleDown: ptr(object(2, hpaScalingRules)),
});
export interface HorizontalPodAutoscalerBehavior extends ShapeOf<typeof horizontalPodAutoscalerBehavior> {}

export const horizontalPodAutoscalerCondition = shape('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: optional(time(3)),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface HorizontalPodAutoscalerCondition extends ShapeOf<typeof horizontalPodAutoscalerCondition> {}

export const horizontalPodAutoscalerSpec = shape('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec', {
  scaleTargetRef: required(object(1, crossVersionObjectReference)),
  minReplicas: ptr(int32(2)),
  maxReplicas: int32(3),
  metrics: opt(list(4, of(metricSpec), { listType: 'atomic' })),
  behavior: ptr(object(5, horizontalPodAutoscalerBehavior)),
});
export interface HorizontalPodAutoscalerSpec extends ShapeOf<typeof horizontalPodAutoscalerSpec> {}

export const horizontalPodAutoscalerStatus = shape('io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus', {
  observedGeneration: ptr(int64(1)),
  lastScaleTime: ptr(time(2)),
  currentReplicas: opt(int32(3)),
  desiredReplicas: int32(4),
  currentMetrics: optional(list(5, of(metricStatus), { listType: 'atomic' })),
  conditions: opt(
    list(6, of(horizontalPodAutoscalerCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' }),
  ),
});
export interface HorizontalPodAutoscalerStatus extends ShapeOf<typeof horizontalPodAutoscalerStatus> {}
