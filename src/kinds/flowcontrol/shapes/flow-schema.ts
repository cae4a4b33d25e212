import { bool, int32, list, object, of, opt, optional, ptr, required, shape, type ShapeOf, string, time } from '../../../api/schema.ts';

export const priorityLevelConfigurationReference = shape('io.k8s.api.flowcontrol.v1.PriorityLevelConfigurationReference', {
  name: string(1),
});
export interface PriorityLevelConfigurationReference extends ShapeOf<typeof priorityLevelConfigurationReference> {}

export const flowDistinguisherMethod = shape('io.k8s.api.flowcontrol.v1.FlowDistinguisherMethod', {
  type: string(1),
});
export interface FlowDistinguisherMethod extends ShapeOf<typeof flowDistinguisherMethod> {}

export const userSubject = shape('io.k8s.api.flowcontrol.v1.UserSubject', {
  name: string(1),
});
export interface UserSubject extends ShapeOf<typeof userSubject> {}

export const groupSubject = shape('io.k8s.api.flowcontrol.v1.GroupSubject', {
  name: string(1),
});
export interface GroupSubject extends ShapeOf<typeof groupSubject> {}

export const serviceAccountSubject = shape('io.k8s.api.flowcontrol.v1.ServiceAccountSubject', {
  namespace: string(1),
  name: string(2),
});
export interface ServiceAccountSubject extends ShapeOf<typeof serviceAccountSubject> {}

export const subject = shape(
  'io.k8s.api.flowcontrol.v1.Subject',
  {
    kind: string(1),
    user: ptr(object(2, userSubject)),
    group: ptr(object(3, groupSubject)),
    serviceAccount: ptr(object(4, serviceAccountSubject)),
  },
  { unions: [{ discriminator: 'kind', members: { group: 'Group', serviceAccount: 'ServiceAccount', user: 'User' } }] },
);
export interface Subject extends ShapeOf<typeof subject> {}

export const resourcePolicyRule = shape('io.k8s.api.flowcontrol.v1.ResourcePolicyRule', {
  verbs: list(1, string(0), { listType: 'set' }),
  apiGroups: list(2, string(0), { listType: 'set' }),
  resources: list(3, string(0), { listType: 'set' }),
  clusterScope: opt(bool(4)),
  namespaces: optional(list(5, string(0), { listType: 'set' })),
});
export interface ResourcePolicyRule extends ShapeOf<typeof resourcePolicyRule> {}

export const nonResourcePolicyRule = shape('io.k8s.api.flowcontrol.v1.NonResourcePolicyRule', {
  verbs: list(1, string(0), { listType: 'set' }),
  nonResourceURLs: list(6, string(0), { listType: 'set' }),
});
export interface NonResourcePolicyRule extends ShapeOf<typeof nonResourcePolicyRule> {}

export const policyRulesWithSubjects = shape('io.k8s.api.flowcontrol.v1.PolicyRulesWithSubjects', {
  subjects: list(1, of(subject), { listType: 'atomic' }),
  resourceRules: opt(list(2, of(resourcePolicyRule), { listType: 'atomic' })),
  nonResourceRules: opt(list(3, of(nonResourcePolicyRule), { listType: 'atomic' })),
});
export interface PolicyRulesWithSubjects extends ShapeOf<typeof policyRulesWithSubjects> {}

export const flowSchemaSpec = shape('io.k8s.api.flowcontrol.v1.FlowSchemaSpec', {
  priorityLevelConfiguration: required(object(1, priorityLevelConfigurationReference)),
  matchingPrecedence: optional(int32(2)),
  distinguisherMethod: ptr(object(3, flowDistinguisherMethod)),
  rules: opt(list(4, of(policyRulesWithSubjects), { listType: 'atomic' })),
});
export interface FlowSchemaSpec extends ShapeOf<typeof flowSchemaSpec> {}

export const flowSchemaCondition = shape('io.k8s.api.flowcontrol.v1.FlowSchemaCondition', {
  type: opt(string(1)),
  status: opt(string(2)),
  lastTransitionTime: optional(time(3)),
  reason: opt(string(4)),
  message: opt(string(5)),
});
export interface FlowSchemaCondition extends ShapeOf<typeof flowSchemaCondition> {}

export const flowSchemaStatus = shape('io.k8s.api.flowcontrol.v1.FlowSchemaStatus', {
  conditions: opt(list(1, of(flowSchemaCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
});
export interface FlowSchemaStatus extends ShapeOf<typeof flowSchemaStatus> {}
