import { formatTime } from '../../api/gotime.ts';
import { fieldError, type FieldError } from '../../api/status.ts';
import { checkStructural, structuralFault } from '../../api/structural/check.ts';
import { sameJson } from '../../base/equal.ts';
import type { CustomResourceDefinition } from '../../kinds/apiextensions/custom-resource-definition.ts';
import { approvalOf, isProtectedGroup } from '../../kinds/apiextensions/lib/approval.ts';
import { caBundleFault } from '../../kinds/apiextensions/lib/ca-bundle.ts';
import { isConditionTrue, withCondition } from '../../kinds/apiextensions/lib/conditions.ts';
import type { CustomResourceDefinitionStatus } from '../../kinds/apiextensions/shapes/custom-resource-definition.ts';
import { acceptNames, type Condition, joined } from './names.ts';

/** The status of a definition as the server keeps it. */
type Status = CustomResourceDefinitionStatus;

/**
 * The next status on the way to what the definition should have; undefined: it has it. Names come first: with them accepted the resource is
 * served, and only then it is called established. `group`: every definition of its group.
 */
export function nextStatus(
  definition: CustomResourceDefinition,
  group: readonly CustomResourceDefinition[],
  nowMs: number,
): Status | undefined {
  const { status } = definition;
  const time = formatTime(nowMs);
  const names = acceptNames(definition, group);
  let conditions = status.conditions ?? [];
  const set = (condition: Condition | undefined) => {
    if (
      condition !== undefined &&
      !isSame(
        conditions.find(({ type }) => type === condition.type),
        condition,
      )
    ) {
      conditions = withCondition(conditions, condition, time);
    }
  };
  set(approval(definition));
  const nonStructural = structure(definition);
  if (nonStructural === undefined) conditions = conditions.filter(({ type }) => type !== 'NonStructuralSchema');
  else set(nonStructural);
  for (const condition of names?.conditions ?? []) set(condition);
  const acceptedNames = names?.names ?? status.acceptedNames;
  if (sameJson(conditions, status.conditions ?? []) && sameJson(acceptedNames, status.acceptedNames)) set(establishment(definition));
  const next = { ...status, conditions, acceptedNames };
  return sameJson(next, { ...status, conditions: status.conditions ?? [] }) ? undefined : next;
}
const isSame = (present: Condition | undefined, { status, reason, message }: Condition): boolean =>
  present !== undefined && present.status === status && (present.reason ?? '') === reason && (present.message ?? '') === message;

function establishment(definition: CustomResourceDefinition): Condition | undefined {
  if (!isConditionTrue(definition, 'NamesAccepted') || isConditionTrue(definition, 'Established')) return undefined;
  if (caBundleFault(definition.spec.conversion?.webhook?.clientConfig?.caBundle) !== undefined) {
    return { type: 'Established', status: 'False', reason: 'InvalidCABundle', message: 'The conversion webhook CABundle is invalid' };
  }
  return { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' };
}

const approvalReasons = {
  invalid: 'InvalidAnnotation',
  missing: 'MissingAnnotation',
  approved: 'ApprovedAnnotation',
  bypassed: 'UnapprovedAnnotation',
} as const;
function approval({ spec, metadata }: CustomResourceDefinition): Condition | undefined {
  if (!isProtectedGroup(spec.group)) return undefined;
  const { state, reason } = approvalOf(metadata.annotations);
  return {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: state === 'approved' ? 'True' : 'False',
    reason: approvalReasons[state],
    message: reason,
  };
}

function structure({ spec }: CustomResourceDefinition): Condition | undefined {
  const errors: FieldError[] = [];
  if (spec.preserveUnknownFields === true) errors.push(fieldError.invalid('spec.preserveUnknownFields', true, 'must be false'));
  for (const [index, { name, schema }] of spec.versions.entries()) {
    const whole = schema?.openAPIV3Schema;
    if (whole === undefined) continue;
    const fault = structuralFault(whole);
    if (fault !== undefined) {
      const message = `failed to check validation schema for version ${name}: ${fault}`;
      return { type: 'NonStructuralSchema', status: 'Unknown', reason: 'StructuralError', message };
    }
    for (const error of checkStructural(whole, `spec.versions[${index}].schema.openAPIV3Schema`)) errors.push(error);
  }
  if (errors.length === 0) return undefined;
  const message = joined(errors.map(({ path, text }) => `${path}: ${text}`));
  return { type: 'NonStructuralSchema', status: 'True', reason: 'Violations', message };
}
