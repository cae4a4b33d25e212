import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { autoscalerColumns } from './lib/autoscaler-columns.ts';
import { defaultAutoscaler } from './lib/autoscaler-strategy.ts';
import { validateAutoscaler } from './lib/validate-autoscaler.ts';
import { horizontalPodAutoscalerSpec, horizontalPodAutoscalerStatus } from './shapes/horizontal-pod-autoscaler.ts';

export const HorizontalPodAutoscaler = defineKind({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],
  openApiName: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  fields: {
    spec: required(object(2, horizontalPodAutoscalerSpec)),
    status: object(3, horizontalPodAutoscalerStatus),
  },
  validate: validateAutoscaler,
  defaults: defaultAutoscaler,
  prepareForCreate(autoscaler) {
    autoscaler.status = { desiredReplicas: 0, currentMetrics: [] };
  },
  columns: autoscalerColumns,
});
export interface HorizontalPodAutoscaler extends ObjectOf<typeof HorizontalPodAutoscaler> {}
