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
import { podTemplateSpec } from '../../core/shapes/pod-template.ts';

export const rollingUpdateDaemonSet = shape('io.k8s.api.apps.v1.RollingUpdateDaemonSet', {
  maxUnavailable: ptr(intOrString(1)),
  maxSurge: ptr(intOrString(2)),
});
export interface RollingUpdateDaemonSet extends ShapeOf<typeof rollingUpdateDaemonSet> {}

export const daemonSetUpdateStrategy = shape('io.k8s.api.apps.v1.DaemonSetUpdateStrategy', {
  type: opt(string(1, { enum: ['RollingUpdate', 'OnDelete'] })),
  rollingUpdate: ptr(object(2, rollingUpdateDaemonSet)),
});
export interface DaemonSetUpdateStrategy extends ShapeOf<typeof daemonSetUpdateStrategy> {}

export const daemonSetSpec = shape('io.k8s.api.apps.v1.DaemonSetSpec', {
  selector: required(nullable(object(1, labelSelector))),
  template: required(object(2, podTemplateSpec)),
  updateStrategy: object(3, daemonSetUpdateStrategy),
  minReadySeconds: opt(int32(4)),
  revisionHistoryLimit: ptr(int32(6)),
});
export interface DaemonSetSpec extends ShapeOf<typeof daemonSetSpec> {}

export const daemonSetCondition = shape('io.k8s.api.apps.v1.DaemonSetCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: optional(time(3)),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface DaemonSetCondition extends ShapeOf<typeof daemonSetCondition> {}

export const daemonSetStatus = shape('io.k8s.api.apps.v1.DaemonSetStatus', {
  currentNumberScheduled: int32(1),
  numberMisscheduled: int32(2),
  desiredNumberScheduled: int32(3),
  numberReady: int32(4),
  observedGeneration: opt(int64(5)),
  updatedNumberScheduled: opt(int32(6)),
  numberAvailable: opt(int32(7)),
  numberUnavailable: opt(int32(8)),
  collisionCount: ptr(int32(9)),
  conditions: opt(list(10, of(daemonSetCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
});
export interface DaemonSetStatus extends ShapeOf<typeof daemonSetStatus> {}
