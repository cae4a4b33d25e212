/** The state of one evaluation. */
import type { CelValue } from './values.ts';

export class CostLimitExceeded extends Error {}
export class Interrupted extends Error {}
/** Ends the evaluation with this message, where upstream panics: nothing absorbs it. */
export class EvaluationFailed extends Error {}

export class Frame {
  cost = 0;
  readonly limit: number;
  /** Variables of comprehensions; undefined: an accumulator not yet begun. */
  readonly slots: (CelValue | undefined)[];
  readonly #resolve: (name: string) => CelValue | undefined;
  readonly #variables = new Map<string, CelValue | undefined>();
  readonly #interrupted: (() => boolean) | undefined;
  #steps = 0;

  constructor(limit: number, slots: number, resolve: (name: string) => CelValue | undefined, interrupted?: () => boolean) {
    this.limit = limit;
    this.slots = new Array(slots);
    this.#resolve = resolve;
    this.#interrupted = interrupted;
  }
  charge(cost: number): void {
    this.cost += cost;
    if (this.cost > this.limit) throw new CostLimitExceeded();
  }
  variable(name: string): CelValue | undefined {
    const known = this.#variables.get(name);
    if (known !== undefined) return known;
    const value = this.#resolve(name);
    this.#variables.set(name, value);
    return value;
  }
  /** After every step of a comprehension. */
  step(): void {
    if (this.#interrupted === undefined || ++this.#steps % interruptCheckFrequency !== 0) return;
    if (this.#interrupted()) throw new Interrupted();
  }
}
/** Steps between two looks at the clock (k8s.io/apiserver/pkg/apis/cel). */
const interruptCheckFrequency = 100;
