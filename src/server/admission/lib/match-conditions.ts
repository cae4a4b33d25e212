import { type Bindings, matchConditionsCostBudget } from '../../../cel/index.ts';
import { ExpressionCompiler, expressionTypes } from '../../../kinds/admissionregistration/lib/expressions.ts';
import type { MatchCondition } from '../../../kinds/admissionregistration/shapes/rules.ts';
import type { Clock } from '../../../base/clock.ts';
import { joinErrors } from '../../lib/configuration.ts';
import { Budget, composed, evaluate, type Expression, type NamedExpression, OutOfBudget } from './evaluation.ts';
import type { ConditionObserver } from './metrics.ts';

/** Conditions in CEL that must all hold (k8s.io/apiserver pkg/admission/plugin/webhook/matchconditions). */
export function compileConditions(
  conditions: readonly MatchCondition[],
  params: boolean,
  compiler = new ExpressionCompiler(false),
): readonly Expression[] {
  return conditions.map(({ expression }) => {
    const text = expression.trim();
    return { text, compiled: compiler.compile(text, { params, authorizer: true }, expressionTypes.condition, 'stored') };
  });
}

export interface Verdict {
  readonly matches: boolean;
  /** Why it can't be told; then nothing matches. */
  readonly error?: string;
}
/** They see no namespace, and the resource that was asked for rather than an equivalent one. */
function unplaced(bindings: Bindings): Bindings {
  const request = bindings.request as { readonly requestResource: unknown };
  return { ...bindings, namespaceObject: null, request: { ...request, resource: request.requestResource } };
}
/** One that is false decides; else errors do, by the failure policy. What it comes to is told to the observer. */
export async function conditionsHold(
  conditions: readonly Expression[],
  bindings: Bindings,
  failurePolicy: string,
  observer: ConditionObserver & { readonly clock: Clock },
  variables: readonly NamedExpression[] = [],
): Promise<Verdict> {
  const startMs = observer.clock.monotonic();
  const observe = (errors: number, isExcluded: boolean) =>
    observer.evaluated((observer.clock.monotonic() - startMs) / 1000, errors, isExcluded);
  const failed = (error: string): Verdict => (failurePolicy === 'Ignore' ? { matches: false } : { matches: false, error });
  const budget = new Budget(matchConditionsCostBudget);
  const all = composed(unplaced(bindings), variables, budget);
  const errors: string[] = [];
  let isFalse = false;
  try {
    for (const condition of conditions) {
      const { value, error } = await evaluate(condition, all, budget);
      if (error !== undefined) errors.push(error);
      isFalse ||= value === false;
    }
  } catch (error) {
    if (!(error instanceof OutOfBudget)) throw error;
    observe(errors.length, false);
    return failed(error.message);
  }
  observe(errors.length, isFalse);
  if (isFalse) return { matches: false };
  return errors.length > 0 ? failed(joinErrors(errors)) : { matches: true };
}
