/** A compiled expression. */
import type { Bindings, CostRange, Evaluation, Limits, Program, SizeRange } from './api.ts';
import { selects } from './ast.ts';
import type { Evaluate } from './attributes.ts';
import type { Checked } from './checker.ts';
import { perCallLimit } from './costs.ts';
import type { Declarations } from './declarations.ts';
import { CostLimitExceeded, EvaluationFailed, Frame, Interrupted } from './frame.ts';
import { fromJson } from './json-values.ts';
import { InstantiationError, Planner } from './plan.ts';
import { Pending } from './pending.ts';
import type { CelType } from './types.ts';
import { CelError, type CelValue } from './values.ts';

type Estimate = (sizeOf?: (path: readonly string[]) => SizeRange | undefined) => CostRange;

export class CompiledProgram implements Program {
  readonly expression: string;
  readonly outputType: CelType;
  readonly references: ReadonlySet<string>;
  readonly estimateCost: Estimate;
  readonly instantiationError?: string;
  readonly #evaluate: Evaluate;
  readonly #slots: number;
  readonly selects: Program['selects'];

  constructor(expression: string, checked: Checked, declarations: Declarations, estimate: Estimate) {
    this.expression = expression;
    this.outputType = checked.types.get(checked.expr.id)!;
    this.references = checked.variables;
    this.selects = (field, of) => selects(checked.expr, field, of);
    let known: CostRange | undefined;
    this.estimateCost = (sizeOf) => (sizeOf === undefined ? (known ??= estimate()) : estimate(sizeOf));
    const planner = new Planner(checked, declarations);
    let evaluate: Evaluate;
    try {
      evaluate = planner.plan(checked.expr).evaluate;
    } catch (error) {
      if (!(error instanceof InstantiationError)) throw error;
      const failed = new CelError(error.message);
      this.instantiationError = error.message;
      evaluate = () => failed;
    }
    this.#evaluate = evaluate;
    this.#slots = planner.slots;
  }

  evaluate(bindings: Bindings, limits: Limits = {}): Evaluation {
    const resolve = (name: string): CelValue | undefined => {
      if (!Object.hasOwn(bindings, name)) return undefined;
      const bound = bindings[name];
      return fromJson(typeof bound === 'function' ? bound() : bound);
    };
    const frame = new Frame(limits.costLimit ?? perCallLimit, this.#slots, resolve, limits.interrupted);
    try {
      const value = this.#evaluate(frame);
      if (value instanceof CelError) return { error: { message: value.message, kind: 'value' }, cost: frame.cost };
      return { value, cost: frame.cost };
    } catch (error) {
      if (error instanceof EvaluationFailed) return { error: { message: error.message, kind: 'value' }, cost: frame.cost };
      if (error instanceof Interrupted) return { error: { message: 'operation interrupted', kind: 'interrupted' }, cost: frame.cost };
      if (!(error instanceof CostLimitExceeded)) throw error;
      return { error: { message: 'operation cancelled: actual cost limit exceeded', kind: 'costLimit' }, cost: frame.cost };
    }
  }

  async evaluateAsync(bindings: Bindings, limits: Limits = {}): Promise<Evaluation> {
    for (;;) {
      try {
        return this.evaluate(bindings, limits);
      } catch (error) {
        if (!(error instanceof Pending)) throw error;
        await error.answer;
      }
    }
  }
}
