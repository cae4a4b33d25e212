import { addQuantities, compareQuantities, subtractQuantities } from '../../api/quantity.ts';
import { type Allocated, isAllocated } from './allocated.ts';
import type { Candidate, Pool } from './pools.ts';

type Amounts = Map<string, string>;

const keyOf = (counterSet: string, counter: string) => `${counterSet}/${counter}`;

/** Applies `change` to what a device takes of each counter. */
function each({ device }: Candidate, change: (key: string, amount: string) => void): void {
  for (const { counterSet, counters = {} } of device.consumesCounters ?? []) {
    for (const [name, { value }] of Object.entries(counters)) change(keyOf(counterSet, name), value);
  }
}

/** What is left of the counters that devices of a pool share. */
export class Counters {
  readonly #allocated: Allocated;
  readonly #left = new Map<string, Amounts>();

  constructor(allocated: Allocated) {
    this.#allocated = allocated;
  }
  /** Takes what a device needs; false, and nothing taken, when that is not there. */
  take(candidate: Candidate): boolean {
    const left = this.#of(candidate.pool);
    each(candidate, (key, amount) => left.set(key, subtractQuantities(left.get(key)!, amount)));
    const fits = [...left.values()].every((amount) => compareQuantities(amount, '0') >= 0);
    if (!fits) this.giveBack(candidate);
    return fits;
  }
  giveBack(candidate: Candidate): void {
    const left = this.#of(candidate.pool);
    each(candidate, (key, amount) => left.set(key, addQuantities(left.get(key)!, amount)));
  }
  #of(pool: Pool): Amounts {
    const known = this.#left.get(pool.id);
    if (known !== undefined) return known;
    const left: Amounts = new Map();
    for (const { name, counters = {} } of pool.counterSets) {
      for (const [counter, { value }] of Object.entries(counters)) left.set(keyOf(name, counter), value);
    }
    for (const candidate of [...pool.candidates, ...pool.others]) {
      if (isAllocated(candidate.id, this.#allocated)) {
        each(candidate, (key, amount) => left.set(key, subtractQuantities(left.get(key)!, amount)));
      }
    }
    this.#left.set(pool.id, left);
    return left;
  }
}
