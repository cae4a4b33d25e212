import { labelSelector, objectMeta } from '../../../api/meta.ts';
import {
  bool,
  int32,
  int64,
  list,
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

export const podFailurePolicyOnExitCodesRequirement = shape('io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement', {
  containerName: ptr(string(1)),
  operator: string(2, { enum: ['In', 'NotIn'] }),
  values: list(3, int32(0), { listType: 'set' }),
});
export interface PodFailurePolicyOnExitCodesRequirement extends ShapeOf<typeof podFailurePolicyOnExitCodesRequirement> {}

export const podFailurePolicyOnPodConditionsPattern = shape('io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern', {
  type: string(1),
  status: optional(string(2)),
});
export interface PodFailurePolicyOnPodConditionsPattern extends ShapeOf<typeof podFailurePolicyOnPodConditionsPattern> {}

export const podFailurePolicyRule = shape('io.k8s.api.batch.v1.PodFailurePolicyRule', {
  action: string(1, { enum: ['FailJob', 'FailIndex', 'Ignore', 'Count'] }),
  onExitCodes: ptr(object(2, podFailurePolicyOnExitCodesRequirement)),
  onPodConditions: opt(list(3, of(podFailurePolicyOnPodConditionsPattern), { listType: 'atomic' })),
});
export interface PodFailurePolicyRule extends ShapeOf<typeof podFailurePolicyRule> {}

export const podFailurePolicy = shape('io.k8s.api.batch.v1.PodFailurePolicy', {
  rules: list(1, of(podFailurePolicyRule), { listType: 'atomic' }),
});
export interface PodFailurePolicy extends ShapeOf<typeof podFailurePolicy> {}

export const successPolicyRule = shape('io.k8s.api.batch.v1.SuccessPolicyRule', {
  succeededIndexes: ptr(string(1)),
  succeededCount: ptr(int32(2)),
});
export interface SuccessPolicyRule extends ShapeOf<typeof successPolicyRule> {}

export const successPolicy = shape('io.k8s.api.batch.v1.SuccessPolicy', {
  rules: list(1, of(successPolicyRule), { listType: 'atomic' }),
});
export interface SuccessPolicy extends ShapeOf<typeof successPolicy> {}

export const jobSpec = shape('io.k8s.api.batch.v1.JobSpec', {
  parallelism: ptr(int32(1)),
  completions: ptr(int32(2)),
  activeDeadlineSeconds: ptr(int64(3)),
  podFailurePolicy: ptr(object(11, podFailurePolicy)),
  successPolicy: ptr(object(16, successPolicy)),
  backoffLimit: ptr(int32(7)),
  backoffLimitPerIndex: ptr(int32(12)),
  maxFailedIndexes: ptr(int32(13)),
  selector: ptr(object(4, labelSelector)),
  manualSelector: ptr(bool(5)),
  template: required(object(6, podTemplateSpec)),
  ttlSecondsAfterFinished: ptr(int32(8)),
  completionMode: ptr(string(9, { enum: ['NonIndexed', 'Indexed'] })),
  suspend: ptr(bool(10)),
  podReplacementPolicy: ptr(string(14, { enum: ['TerminatingOrFailed', 'Failed'] })),
  managedBy: ptr(string(15)),
});
export interface JobSpec extends ShapeOf<typeof jobSpec> {}

export const jobCondition = shape('io.k8s.api.batch.v1.JobCondition', {
  type: string(1),
  status: string(2),
  lastProbeTime: optional(time(3)),
  lastTransitionTime: optional(time(4)),
  reason: opt(string(5)),
  message: opt(string(6)),
});
export interface JobCondition extends ShapeOf<typeof jobCondition> {}

export const uncountedTerminatedPods = shape('io.k8s.api.batch.v1.UncountedTerminatedPods', {
  succeeded: opt(list(1, string(0), { listType: 'set' })),
  failed: opt(list(2, string(0), { listType: 'set' })),
});
export interface UncountedTerminatedPods extends ShapeOf<typeof uncountedTerminatedPods> {}

export const jobStatus = shape('io.k8s.api.batch.v1.JobStatus', {
  conditions: opt(list(1, of(jobCondition), { listType: 'atomic', patchStrategy: 'merge', mergeKey: 'type' })),
  startTime: ptr(time(2)),
  completionTime: ptr(time(3)),
  active: opt(int32(4)),
  succeeded: opt(int32(5)),
  failed: opt(int32(6)),
  terminating: ptr(int32(11)),
  completedIndexes: opt(string(7)),
  failedIndexes: ptr(string(10)),
  uncountedTerminatedPods: ptr(object(8, uncountedTerminatedPods)),
  ready: ptr(int32(9)),
});
export interface JobStatus extends ShapeOf<typeof jobStatus> {}

export const jobTemplateSpec = shape('io.k8s.api.batch.v1.JobTemplateSpec', {
  metadata: object(1, objectMeta),
  spec: object(2, jobSpec),
});
export interface JobTemplateSpec extends ShapeOf<typeof jobTemplateSpec> {}
