import { int32, list, nullable, object, of, opt, optional, ptr, shape, type ShapeOf, string, time } from '../../../api/schema.ts';

export const queuingConfiguration = shape('io.k8s.api.flowcontrol.v1.QueuingConfiguration', {
  queues: optional(int32(1)),
  handSize: optional(int32(2)),
  queueLengthLimit: optional(int32(3)),
});
export interface QueuingConfiguration extends ShapeOf<typeof queuingConfiguration> {}

export const limitResponse = shape(
  'io.k8s.api.flowcontrol.v1.LimitResponse',
  {
    type: string(1),
    queuing: ptr(object(2, queuingConfiguration)),
  },
  { unions: [{ discriminator: 'type', members: { queuing: 'Queuing' } }] },
);
export interface LimitResponse extends ShapeOf<typeof limitResponse> {}

export const limitedPriorityLevelConfiguration = shape('io.k8s.api.flowcontrol.v1.LimitedPriorityLevelConfiguration', {
  nominalConcurrencyShares: nullable(int32(1)),
  limitResponse: object(2, limitResponse),
  lendablePercent: ptr(int32(3)),
  borrowingLimitPercent: ptr(int32(4)),
});
export interface LimitedPriorityLevelConfiguration extends ShapeOf<typeof limitedPriorityLevelConfiguration> {}

export const exemptPriorityLevelConfiguration = shape('io.k8s.api.flowcontrol.v1.ExemptPriorityLevelConfiguration', {
  nominalConcurrencyShares: ptr(int32(1)),
  lendablePercent: ptr(int32(2)),
});
export interface ExemptPriorityLevelConfiguration extends ShapeOf<typeof exemptPriorityLevelConfiguration> {}

export const priorityLevelConfigurationSpec = shape(
  'io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationSpec',
  {
    type: string(1),
    limited: ptr(object(2, limitedPriorityLevelConfiguration)),
    exempt: ptr(object(3, exemptPriorityLevelConfiguration)),
  },
  { unions: [{ discriminator: 'type', members: { exempt: 'Exempt', limited: 'Limited' } }] },
);
export interface PriorityLevelConfigurationSpec extends ShapeOf<typeof priorityLevelConfigurationSpec> {}

export const priorityLevelConfigurationCondition = shape('io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationCondition', {
  type: opt(string(1)),
  status: opt(string(2)),
  lastTransitionTime: optional(time(3)),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface PriorityLevelConfigurationCondition extends ShapeOf<typeof priorityLevelConfigurationCondition> {}

export const priorityLevelConfigurationStatus = shape('io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationStatus', {
  conditions: opt(
    list(1, of(priorityLevelConfigurationCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' }),
  ),
});
export interface PriorityLevelConfigurationStatus extends ShapeOf<typeof priorityLevelConfigurationStatus> {}
