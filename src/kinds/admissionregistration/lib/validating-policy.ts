import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isQualifiedName } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { byteLength, type Errors, invalidIf, oneOf } from '../../lib/validate.ts';
import { validateConditions } from '../../lib/validate-conditions.ts';
import type {
  AuditAnnotation,
  Validation,
  ValidatingAdmissionPolicySpec,
  ValidatingAdmissionPolicyStatus,
} from '../shapes/validating-admission-policy.ts';
import { validatePolicySpec } from './policies.ts';

/** ValidatingAdmissionPolicy (pkg/apis/admissionregistration/validation). */
export interface ValidatingPolicyLike extends ApiObject {
  readonly spec: ValidatingAdmissionPolicySpec;
  readonly status: ValidatingAdmissionPolicyStatus;
}
const mostAuditAnnotations = 20;
const longestValueExpression = 5 * 1024;
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

function* validateValidation({ expression, message = '', messageExpression = '', reason }: Validation, path: string): Errors {
  if (expression.trim() === '') yield fieldError.required(`${path}.expression`, 'expression is not specified');
  if (messageExpression !== '' && messageExpression.trim() === '')
    yield fieldError.invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified');
  if (message !== '' && message.trim() === '') yield fieldError.invalid(`${path}.message`, message, 'must be non-empty if specified');
  else if (/[\n\r]/.test(message.trim())) yield fieldError.invalid(`${path}.message`, message, 'must not contain line breaks');
  yield* oneOf(`${path}.reason`, reason, reasons);
}

function* validateAuditAnnotation({ key, valueExpression }: AuditAnnotation, policyName: string, path: string): Errors {
  if (policyName === '') yield fieldError.invalid(`${path}.key`, key, 'requires metadata.name be non-empty');
  else yield* invalidIf(isQualifiedName(`${policyName}/${key}`), `${path}.key`, `${policyName}/${key}`);
  const expression = valueExpression.trim();
  if (expression === '') yield fieldError.required(`${path}.valueExpression`, 'valueExpression is not specified');
  else if (byteLength(expression) > longestValueExpression)
    yield fieldError.required(`${path}.valueExpression`, `must not exceed ${longestValueExpression} bytes in length`);
}

function* validateStatus({ typeChecking, conditions = [] }: ValidatingAdmissionPolicyStatus): Errors {
  for (const [index, { fieldRef, warning }] of (typeChecking?.expressionWarnings ?? []).entries()) {
    const path = `status.typeChecking.expressionWarnings[${index}]`;
    if (warning === '') yield fieldError.required(`${path}.warning`);
    if (fieldRef.trim() === '') yield fieldError.required(`${path}.fieldRef`);
  }
  yield* validateConditions(conditions, 'status.conditions');
}

export function* validateValidatingPolicy(policy: ValidatingPolicyLike, context: ValidationContext<ValidatingPolicyLike>): Errors {
  const { metadata, spec, status } = policy;
  if (context.subresource === 'status') return yield* validateStatus(status);
  yield* validatePolicySpec(spec, context.old?.spec, function* () {});
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const either = 'validations or auditAnnotations must contain at least one item';
    yield fieldError.required('spec.validations', either);
    return yield fieldError.required('spec.auditAnnotations', either);
  }
  for (const [index, validation] of validations.entries()) yield* validateValidation(validation, `spec.validations[${index}]`);
  const path = 'spec.auditAnnotations';
  if (auditAnnotations.length > mostAuditAnnotations) {
    const shown = auditAnnotations.map(({ key, valueExpression }) => ({ Key: key, ValueExpression: valueExpression }));
    yield fieldError.invalid(path, shown, `must not have more than ${mostAuditAnnotations} auditAnnotations`);
  }
  const keys = new Set<string>();
  for (const [index, annotation] of auditAnnotations.entries()) {
    yield* validateAuditAnnotation(annotation, metadata.name ?? '', `${path}[${index}]`);
    if (keys.has(annotation.key)) yield fieldError.duplicate(`${path}[${index}].key`, annotation.key);
    keys.add(annotation.key);
  }
}
