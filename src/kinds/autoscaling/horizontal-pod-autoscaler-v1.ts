import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { autoscalerV1Columns } from './lib/autoscaler-columns.ts';
import { defaultAutoscalerV1, keepAnnotationsV1 } from './lib/autoscaler-strategy.ts';
import { toV2 } from './lib/convert.ts';
import { validateAutoscaler } from './lib/validate-autoscaler.ts';
import { horizontalPodAutoscalerSpec, horizontalPodAutoscalerStatus } from './shapes/horizontal-pod-autoscaler-v1.ts';

/** The same objects as those of autoscaling/v2, with CPU as the one metric that has a field. */
export const HorizontalPodAutoscalerV1 = defineKind({
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],
  openApiName: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  storedAs: { group: 'autoscaling', kind: 'HorizontalPodAutoscaler' },
  fields: {
    spec: required(object(2, horizontalPodAutoscalerSpec)),
    status: object(3, horizontalPodAutoscalerStatus),
  },
  validate: (autoscaler, { old, subresource }) =>
    validateAutoscaler(toV2(autoscaler), { subresource, ...(old === undefined ? {} : { old: toV2(old) }) }),
  defaults: defaultAutoscalerV1,
  prepareForCreate(autoscaler) {
    autoscaler.status = { currentReplicas: 0, desiredReplicas: 0 };
    keepAnnotationsV1(autoscaler, undefined, '');
  },
  prepareForUpdate: (autoscaler, old, { subresource }) => keepAnnotationsV1(autoscaler, old, subresource),
  columns: autoscalerV1Columns,
});
export interface HorizontalPodAutoscalerV1 extends ObjectOf<typeof HorizontalPodAutoscalerV1> {}
