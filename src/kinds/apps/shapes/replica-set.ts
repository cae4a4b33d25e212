import { labelSelector } from '../../../api/meta.ts';
import {
  int32,
  int64,
  list,
  nullable,
  object,
  of,
  opt,
  optional,
  ptr,
  required,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';
import { podTemplateSpec } from '../../core/shapes/pod-template.ts';

export const replicaSetSpec = shape('io.k8s.api.apps.v1.ReplicaSetSpec', {
  replicas: ptr(int32(1)),
  minReadySeconds: opt(int32(4)),
  selector: required(nullable(object(2, labelSelector))),
  template: object(3, podTemplateSpec),
});
export interface ReplicaSetSpec extends ShapeOf<typeof replicaSetSpec> {}

export const replicaSetCondition = shape('io.k8s.api.apps.v1.ReplicaSetCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: optional(time(3)),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface ReplicaSetCondition extends ShapeOf<typeof replicaSetCondition> {}

export const replicaSetStatus = shape('io.k8s.api.apps.v1.ReplicaSetStatus', {
  replicas: int32(1),
  fullyLabeledReplicas: opt(int32(2)),
  readyReplicas: opt(int32(4)),
  availableReplicas: opt(int32(5)),
  terminatingReplicas: ptr(int32(7)),
  observedGeneration: opt(int64(3)),
  conditions: opt(list(6, of(replicaSetCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
});
export interface ReplicaSetStatus extends ShapeOf<typeof replicaSetStatus> {}
