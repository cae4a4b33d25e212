import { labelSelector } from '../../../api/meta.ts';
import {
  bool,
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

export const rollingUpdateDeployment = shape('io.k8s.api.apps.v1.RollingUpdateDeployment', {
  maxUnavailable: ptr(intOrString(1)),
  maxSurge: ptr(intOrString(2)),
});
export interface RollingUpdateDeployment extends ShapeOf<typeof rollingUpdateDeployment> {}

export const deploymentStrategy = shape('io.k8s.api.apps.v1.DeploymentStrategy', {
  type: opt(string(1, { enum: ['Recreate', 'RollingUpdate'] })),
  rollingUpdate: ptr(object(2, rollingUpdateDeployment)),
});
export interface DeploymentStrategy extends ShapeOf<typeof deploymentStrategy> {}

export const deploymentSpec = shape('io.k8s.api.apps.v1.DeploymentSpec', {
  replicas: ptr(int32(1)),
  selector: required(nullable(object(2, labelSelector))),
  template: required(object(3, podTemplateSpec)),
  strategy: object(4, deploymentStrategy, { patchStrategy: 'retainKeys' }),
  minReadySeconds: opt(int32(5)),
  revisionHistoryLimit: ptr(int32(6)),
  paused: opt(bool(7)),
  progressDeadlineSeconds: ptr(int32(9)),
});
export interface DeploymentSpec extends ShapeOf<typeof deploymentSpec> {}

export const deploymentCondition = shape('io.k8s.api.apps.v1.DeploymentCondition', {
  type: string(1),
  status: string(2),
  lastUpdateTime: optional(time(6)),
  lastTransitionTime: optional(time(7)),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface DeploymentCondition extends ShapeOf<typeof deploymentCondition> {}

export const deploymentStatus = shape('io.k8s.api.apps.v1.DeploymentStatus', {
  observedGeneration: opt(int64(1)),
  replicas: opt(int32(2)),
  updatedReplicas: opt(int32(3)),
  readyReplicas: opt(int32(7)),
  availableReplicas: opt(int32(4)),
  unavailableReplicas: opt(int32(5)),
  terminatingReplicas: ptr(int32(9)),
  conditions: opt(list(6, of(deploymentCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
  collisionCount: ptr(int32(8)),
});
export interface DeploymentStatus extends ShapeOf<typeof deploymentStatus> {}
