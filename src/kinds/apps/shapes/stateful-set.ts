import { labelSelector } from '../../../api/meta.ts';
import {
  int32,
  int64,
  intOrString,
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
import { persistentVolumeClaim } from '../../core/shapes/persistent-volume-claim.ts';
import { podTemplateSpec } from '../../core/shapes/pod-template.ts';

export const rollingUpdateStatefulSetStrategy = shape('io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy', {
  partition: ptr(int32(1)),
  maxUnavailable: ptr(intOrString(2)),
});
export interface RollingUpdateStatefulSetStrategy extends ShapeOf<typeof rollingUpdateStatefulSetStrategy> {}

export const statefulSetUpdateStrategy = shape('io.k8s.api.apps.v1.StatefulSetUpdateStrategy', {
  type: opt(string(1, { enum: ['RollingUpdate', 'OnDelete'] })),
  rollingUpdate: ptr(object(2, rollingUpdateStatefulSetStrategy)),
});
export interface StatefulSetUpdateStrategy extends ShapeOf<typeof statefulSetUpdateStrategy> {}

export const statefulSetPersistentVolumeClaimRetentionPolicy = shape('io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy', {
  whenDeleted: opt(string(1)),
  whenScaled: opt(string(2)),
});
export interface StatefulSetPersistentVolumeClaimRetentionPolicy extends ShapeOf<typeof statefulSetPersistentVolumeClaimRetentionPolicy> {}

export const statefulSetOrdinals = shape('io.k8s.api.apps.v1.StatefulSetOrdinals', {
  start: optional(int32(1)),
});
export interface StatefulSetOrdinals extends ShapeOf<typeof statefulSetOrdinals> {}

export const statefulSetSpec = shape('io.k8s.api.apps.v1.StatefulSetSpec', {
  replicas: ptr(int32(1)),
  selector: required(nullable(object(2, labelSelector))),
  template: required(object(3, podTemplateSpec)),
  volumeClaimTemplates: opt(list(4, of(persistentVolumeClaim), { listType: 'atomic' })),
  serviceName: optional(string(5)),
  podManagementPolicy: opt(string(6, { enum: ['OrderedReady', 'Parallel'] })),
  updateStrategy: object(7, statefulSetUpdateStrategy),
  revisionHistoryLimit: ptr(int32(8)),
  minReadySeconds: opt(int32(9)),
  persistentVolumeClaimRetentionPolicy: ptr(object(10, statefulSetPersistentVolumeClaimRetentionPolicy)),
  ordinals: ptr(object(11, statefulSetOrdinals)),
});
export interface StatefulSetSpec extends ShapeOf<typeof statefulSetSpec> {}

export const statefulSetCondition = shape('io.k8s.api.apps.v1.StatefulSetCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: optional(time(3)),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface StatefulSetCondition extends ShapeOf<typeof statefulSetCondition> {}

export const statefulSetStatus = shape('io.k8s.api.apps.v1.StatefulSetStatus', {
  observedGeneration: opt(int64(1)),
  replicas: int32(2),
  readyReplicas: opt(int32(3)),
  currentReplicas: opt(int32(4)),
  updatedReplicas: opt(int32(5)),
  currentRevision: opt(string(6)),
  updateRevision: opt(string(7)),
  collisionCount: ptr(int32(9)),
  conditions: opt(list(10, of(statefulSetCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
  availableReplicas: optional(int32(11)),
});
export interface StatefulSetStatus extends ShapeOf<typeof statefulSetStatus> {}
