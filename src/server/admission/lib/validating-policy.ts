import { type Bindings, maxMessageExpressionSizeBytes, runtimeCostBudget } from '../../../cel/index.ts';
import type { Clock } from '../../../base/clock.ts';
import { ExpressionCompiler, expressionTypes } from '../../../kinds/admissionregistration/lib/expressions.ts';
import type { Validation } from '../../../kinds/admissionregistration/shapes/validating-admission-policy.ts';
import type { ValidatingAdmissionPolicy } from '../../../kinds/admissionregistration/validating-admission-policy.ts';
import { Budget, composed, evaluate, type Expression, type NamedExpression, OutOfBudget, type Outcome } from './evaluation.ts';
import { compileConditions, conditionsHold } from './match-conditions.ts';
import type { ConditionObserver } from './metrics.ts';

/** A ValidatingAdmissionPolicy's expressions, and what they say of a request (k8s.io/apiserver pkg/admission/plugin/policy/validating). */
export interface CompiledPolicy {
  readonly failurePolicy: string;
  readonly conditions: readonly Expression[];
  readonly variables: readonly NamedExpression[];
  readonly validations: readonly CompiledValidation[];
  readonly auditAnnotations: readonly NamedExpression[];
}
interface CompiledValidation extends Expression {
  readonly validation: Validation;
  readonly message: Expression | undefined;
}

type Timed = Outcome & { readonly seconds: number };
/** Who is told of match conditions, and whose clock tells how long things take. */
export type PolicyObserver = ConditionObserver & { readonly clock: Clock };

export function compileVariables(
  variables: readonly { readonly name: string; readonly expression: string }[],
  params: boolean,
  compiler: ExpressionCompiler,
): readonly NamedExpression[] {
  return variables.map(({ name, expression }) => {
    const compiled = compiler.compile(expression, { params, authorizer: true }, expressionTypes.variable, 'stored');
    compiler.declare(name, compiled);
    return { name, text: expression, compiled };
  });
}

export function compilePolicy({ spec }: ValidatingAdmissionPolicy): CompiledPolicy {
  const params = spec.paramKind !== undefined;
  const compiler = new ExpressionCompiler(true);
  const compile = (expression: string, wanted: 'condition' | 'message' | 'auditValue'): Expression => ({
    text: expression,
    compiled: compiler.compile(expression, { params, authorizer: wanted !== 'message' }, expressionTypes[wanted], 'stored'),
  });
  const variables = compileVariables(spec.variables ?? [], params, compiler);
  return {
    failurePolicy: spec.failurePolicy ?? 'Fail',
    variables,
    conditions: compileConditions(spec.matchConditions ?? [], params, compiler),
    validations: (spec.validations ?? []).map((validation) => ({
      ...compile(validation.expression, 'condition'),
      validation,
      message: validation.messageExpression ? compile(validation.messageExpression, 'message') : undefined,
    })),
    auditAnnotations: (spec.auditAnnotations ?? []).map(({ key, valueExpression }) => ({
      name: key,
      ...compile(valueExpression, 'auditValue'),
    })),
  };
}

/** That a request is to be refused. */
export interface Denial {
  readonly message: string;
  /** '' : for no reason of its own. */
  readonly reason: string;
  /** Which of the validations it was. */
  readonly index: number;
  readonly seconds: number;
}
export interface PolicyResult {
  readonly denials: readonly Denial[];
  readonly auditAnnotations: readonly { readonly key: string; readonly value: string }[];
  /** Values of audit annotations that could not be told: these deny, whatever the binding's actions. */
  readonly failures: readonly { readonly message: string; readonly seconds: number }[];
  /** What went wrong without a consequence. */
  readonly ignored: readonly { readonly message: string; readonly seconds: number }[];
}
const nothing: PolicyResult = { denials: [], auditAnnotations: [], failures: [], ignored: [] };

/** What a policy says with one set of parameters. */
export async function validate(policy: CompiledPolicy, bindings: Bindings, observer: PolicyObserver): Promise<PolicyResult> {
  const isIgnored = policy.failurePolicy === 'Ignore';
  const failed = (message: string): PolicyResult =>
    isIgnored
      ? { ...nothing, ignored: [{ message, seconds: 0 }] }
      : { ...nothing, denials: [{ message, reason: '', index: 0, seconds: 0 }] };
  if (policy.conditions.length > 0) {
    const { matches, error } = await conditionsHold(policy.conditions, bindings, policy.failurePolicy, observer, policy.variables);
    if (error !== undefined) return failed(error);
    if (!matches) return nothing;
  }
  const budget = new Budget(runtimeCostBudget);
  let outcomes: readonly (Timed | undefined)[];
  try {
    outcomes = await evaluateAll(policy.validations, bindings, policy.variables, budget, observer);
  } catch (error) {
    return failed(messageOf(error));
  }
  const { authorizer: _, 'authorizer.requestResource': __, ...withoutAuthorizer } = bindings;
  const denials: Denial[] = [];
  const ignored: PolicyResult['ignored'][number][] = [];
  const messages = await evaluateAll(
    policy.validations.map(({ message }) => message),
    withoutAuthorizer,
    policy.variables,
    budget,
    observer,
  ).catch(messageOf);
  for (const [index, { validation }] of policy.validations.entries()) {
    const { value, error, seconds } = outcomes[index]!;
    const fault = error ?? (typeof messages === 'string' ? `failed messageExpression: ${messages}` : undefined);
    if (fault !== undefined) {
      if (isIgnored) ignored.push({ message: fault, seconds });
      else denials.push({ message: fault, reason: '', index, seconds });
    } else if (value !== true) {
      const message = messageFor(validation, (messages as readonly (Outcome | undefined)[])[index]);
      denials.push({ message, reason: validation.reason ?? 'Invalid', index, seconds });
    }
  }
  return await withAnnotations(policy, { denials, ignored }, withoutAuthorizer, failed, observer);
}

async function withAnnotations(
  { auditAnnotations: expressions, variables, failurePolicy }: CompiledPolicy,
  found: Pick<PolicyResult, 'denials' | 'ignored'>,
  bindings: Bindings,
  failed: (message: string) => PolicyResult,
  observer: PolicyObserver,
): Promise<PolicyResult> {
  const values = await evaluateAll(expressions, bindings, variables, new Budget(runtimeCostBudget), observer).catch(messageOf);
  if (typeof values === 'string') return failed(values);
  const auditAnnotations: { key: string; value: string }[] = [];
  const failures: PolicyResult['failures'][number][] = [];
  for (const [index, { name: key }] of expressions.entries()) {
    const { value, error, seconds } = values[index]!;
    if (error !== undefined) {
      if (failurePolicy !== 'Ignore') failures.push({ message: error, seconds });
    } else if (typeof value === 'string' && value.trim() !== '') auditAnnotations.push({ key, value: value.trim() });
  }
  return { ...found, auditAnnotations, failures };
}

/** One after the other, with variables of their own. Throws OutOfBudget. */
async function evaluateAll(
  expressions: readonly (Expression | undefined)[],
  bindings: Bindings,
  variables: readonly NamedExpression[],
  budget: Budget,
  { clock }: PolicyObserver,
): Promise<readonly (Timed | undefined)[]> {
  const all = composed(bindings, variables, budget);
  const outcomes: (Timed | undefined)[] = [];
  for (const expression of expressions) {
    const startMs = clock.monotonic();
    const outcome = expression && (await evaluate(expression, all, budget));
    outcomes.push(outcome && { ...outcome, seconds: (clock.monotonic() - startMs) / 1000 });
  }
  return outcomes;
}
function messageOf(error: unknown): string {
  if (error instanceof OutOfBudget) return error.message;
  throw error;
}

/** The message that is computed, when there is a good one; else the one that is written, or the expression. */
function messageFor({ message = '', expression }: Validation, computed: Outcome | undefined): string {
  const text = typeof computed?.value === 'string' ? computed.value.trim() : '';
  const isGood = text !== '' && !text.includes('\n') && new TextEncoder().encode(text).byteLength <= maxMessageExpressionSizeBytes;
  if (isGood) return text;
  return message.trim() === '' ? `failed expression: ${expression.trim()}` : message.trim();
}
