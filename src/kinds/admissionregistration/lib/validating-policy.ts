import type { ValidationContext } from '../../../api/kind.ts';
import { parseJsonPath } from '../../../api/json-path.ts';
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
import { ExpressionCompiler, expressionErrors, expressionKind, expressionTypes } from './expressions.ts';
import { validatePolicySpec } from './policies.ts';

/** ValidatingAdmissionPolicy (pkg/apis/admissionregistration/validation). */
export interface ValidatingPolicyLike extends ApiObject {
  readonly spec: ValidatingAdmissionPolicySpec;
  readonly status: ValidatingAdmissionPolicyStatus;
}
const mostAuditAnnotations = 20;
const longestValueExpression = 5 * 1024;
const reasons = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];

/** Compiles the expressions of one policy. */
interface Compilation {
  readonly compiler: ExpressionCompiler;
  readonly params: boolean;
  readonly old: ValidatingAdmissionPolicySpec | undefined;
}

function* validateValidation(validation: Validation, path: string, { compiler, params, old }: Compilation): Errors {
  const { expression, message = '', messageExpression = '', reason } = validation;
  const stored = old?.validations ?? [];
  if (expression.trim() === '') yield fieldError.required(`${path}.expression`, 'expression is not specified');
  else {
    const kind = expressionKind(
      expression,
      stored.map((one) => one.expression),
    );
    const compiled = compiler.compile(expression, { params, authorizer: true }, expressionTypes.condition, kind);
    yield* expressionErrors(`${path}.expression`, expression, compiled);
  }
  if (messageExpression !== '' && messageExpression.trim() === '')
    yield fieldError.invalid(`${path}.messageExpression`, messageExpression, 'must be non-empty if specified');
  else if (messageExpression !== '') {
    const kind = expressionKind(
      messageExpression,
      stored.map((one) => one.messageExpression),
    );
    const compiled = compiler.compile(messageExpression, { params, authorizer: false }, expressionTypes.message, kind);
    yield* expressionErrors(`${path}.messageExpression`, messageExpression, compiled);
  }
  if (message !== '' && message.trim() === '') yield fieldError.invalid(`${path}.message`, message, 'must be non-empty if specified');
  else if (/[\n\r]/.test(message.trim())) yield fieldError.invalid(`${path}.message`, message, 'must not contain line breaks');
  yield* oneOf(`${path}.reason`, reason, reasons);
}

function* validateAuditAnnotation(
  annotation: AuditAnnotation,
  policyName: string,
  path: string,
  { compiler, params, old }: Compilation,
): Errors {
  const { key, valueExpression } = annotation;
  if (policyName === '') yield fieldError.invalid(`${path}.key`, key, 'requires metadata.name be non-empty');
  else yield* invalidIf(isQualifiedName(`${policyName}/${key}`), `${path}.key`, `${policyName}/${key}`);
  const expression = valueExpression.trim();
  if (expression === '') yield fieldError.required(`${path}.valueExpression`, 'valueExpression is not specified');
  else if (byteLength(expression) > longestValueExpression)
    yield fieldError.required(`${path}.valueExpression`, `must not exceed ${longestValueExpression} bytes in length`);
  else {
    const stored = (old?.auditAnnotations ?? []).map((one) => one.valueExpression);
    const scope = { params, authorizer: true };
    const compiled = compiler.compile(expression, scope, expressionTypes.auditValue, expressionKind(valueExpression, stored));
    yield* expressionErrors(`${path}.valueExpression`, valueExpression, compiled);
  }
}

function* validateFieldRef(fieldRef: string, path: string): Errors {
  if (fieldRef === '') return yield fieldError.required(path);
  try {
    parseJsonPath(fieldRef);
  } catch (error) {
    yield fieldError.invalid(path, fieldRef, `invalid JSONPath: ${(error as Error).message}`);
  }
}

function* validateStatus({ typeChecking, conditions = [] }: ValidatingAdmissionPolicyStatus): Errors {
  for (const [index, { fieldRef, warning }] of (typeChecking?.expressionWarnings ?? []).entries()) {
    const path = `status.typeChecking.expressionWarnings[${index}]`;
    if (warning === '') yield fieldError.required(`${path}.warning`);
    yield* validateFieldRef(fieldRef.trim(), `${path}.fieldRef`);
  }
  yield* validateConditions(conditions, 'status.conditions');
}

export function* validateValidatingPolicy(policy: ValidatingPolicyLike, context: ValidationContext<ValidatingPolicyLike>): Errors {
  const { metadata, spec, status } = policy;
  if (context.subresource === 'status') return yield* validateStatus(status);
  const old = context.old?.spec;
  const compiler = new ExpressionCompiler((spec.variables ?? []).length > 0);
  const compilation: Compilation = { compiler, params: spec.paramKind !== undefined, old };
  const known = (old?.validations ?? []).map(({ expression }) => expression);
  yield* validatePolicySpec(spec, old, compiler, function* () {}, known);
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const either = 'validations or auditAnnotations must contain at least one item';
    yield fieldError.required('spec.validations', either);
    return yield fieldError.required('spec.auditAnnotations', either);
  }
  for (const [index, validation] of validations.entries()) yield* validateValidation(validation, `spec.validations[${index}]`, compilation);
  const path = 'spec.auditAnnotations';
  if (auditAnnotations.length > mostAuditAnnotations) {
    const shown = auditAnnotations.map(({ key, valueExpression }) => ({ Key: key, ValueExpression: valueExpression }));
    yield fieldError.invalid(path, shown, `must not have more than ${mostAuditAnnotations} auditAnnotations`);
  }
  const keys = new Set<string>();
  for (const [index, annotation] of auditAnnotations.entries()) {
    yield* validateAuditAnnotation(annotation, metadata.name ?? '', `${path}[${index}]`, compilation);
    if (keys.has(annotation.key)) yield fieldError.duplicate(`${path}[${index}].key`, annotation.key);
    keys.add(annotation.key);
  }
}
