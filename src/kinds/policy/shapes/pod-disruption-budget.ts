import { condition, labelSelector } from '../../../api/meta.ts';
import {
  int32,
  int64,
  intOrString,
  list,
  map,
  object,
  of,
  opt,
  optional,
  ptr,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';

export const podDisruptionBudgetSpec = shape('io.k8s.api.policy.v1.PodDisruptionBudgetSpec', {
  minAvailable: ptr(intOrString(1)),
  selector: ptr(object(2, labelSelector, { patchStrategy: 'replace' })),
  maxUnavailable: ptr(intOrString(3)),
  unhealthyPodEvictionPolicy: ptr(string(4, { enum: ['IfHealthyBudget', 'AlwaysAllow'] })),
});
export interface PodDisruptionBudgetSpec extends ShapeOf<typeof podDisruptionBudgetSpec> {}

export const podDisruptionBudgetStatus = shape('io.k8s.api.policy.v1.PodDisruptionBudgetStatus', {
  observedGeneration: opt(int64(1)),
  disruptedPods: opt(map(2, time(0))),
  disruptionsAllowed: optional(int32(3)),
  currentHealthy: optional(int32(4)),
  desiredHealthy: optional(int32(5)),
  expectedPods: optional(int32(6)),
  conditions: opt(list(7, of(condition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
});
export interface PodDisruptionBudgetStatus extends ShapeOf<typeof podDisruptionBudgetStatus> {}
