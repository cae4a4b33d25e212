import type { CustomResourceDefinitionCondition, CustomResourceDefinitionStatus } from '../shapes/custom-resource-definition.ts';

/** Conditions of a CustomResourceDefinition. */
export type ConditionType =
  | 'Established'
  | 'NamesAccepted'
  | 'NonStructuralSchema'
  | 'Terminating'
  | 'KubernetesAPIApprovalPolicyConformant';
interface HasStatus {
  readonly status: Pick<CustomResourceDefinitionStatus, 'conditions'>;
}

export const conditionOf = ({ status }: HasStatus, type: ConditionType): CustomResourceDefinitionCondition | undefined =>
  status.conditions?.find((condition) => condition.type === type);
export const isConditionTrue = (definition: HasStatus, type: ConditionType): boolean => conditionOf(definition, type)?.status === 'True';

/** The conditions with this one among them; its time is kept unless its status changes. */
export function withCondition(
  conditions: readonly CustomResourceDefinitionCondition[] | null | undefined,
  { type, status, reason, message }: Pick<CustomResourceDefinitionCondition, 'type' | 'status' | 'reason' | 'message'>,
  time: string,
): readonly CustomResourceDefinitionCondition[] {
  const present = conditions ?? [];
  const before = present.find((one) => one.type === type);
  const isChange = before?.status !== status || before.lastTransitionTime === undefined;
  const next = { ...before, type, status, lastTransitionTime: isChange ? time : before.lastTransitionTime, reason, message };
  return before === undefined ? [...present, next] : present.map((one) => (one === before ? next : one));
}
