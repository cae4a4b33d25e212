/** Comprehensions. */
import type { Evaluate } from './attributes.ts';
import { goType } from './text.ts';
import { ArrayList, CelError, CelList, CelMap, type CelValue, EntryMap, GrowingList } from './values.ts';

/** Collects entries; cel.@mapInsert adds to it in place. */
export class GrowingMap extends EntryMap {}

/** Collections that are empty at first are changed in place. */
export const growing =
  (init: Evaluate): Evaluate =>
  (frame) => {
    const value = init(frame);
    if (value instanceof CelList && value.size === 0) return new GrowingList();
    return value instanceof CelMap && value.size === 0 ? new GrowingMap() : value;
  };
function settled(value: CelValue): CelValue {
  if (value instanceof GrowingList) return new ArrayList(value.items);
  return value instanceof GrowingMap ? new EntryMap(value.entries.values()) : value;
}

interface FoldPlan {
  readonly range: Evaluate;
  readonly condition: { readonly evaluate: Evaluate; readonly constant?: CelValue };
  readonly step: Evaluate;
  readonly result: Evaluate;
  /** Slots of the accumulator and the iteration variables. */
  readonly accu: number;
  readonly first: number;
  readonly second: number | undefined;
}

export function planFold(plan: FoldPlan): Evaluate {
  const { range, step, result, accu, first, second } = plan;
  const condition = plan.condition.constant === true ? undefined : plan.condition.evaluate;
  return (frame) => {
    const { slots } = frame;
    slots[accu] = undefined;
    const over = range(frame);
    if (over instanceof CelError) return over;
    /** Whether to go on. */
    const turn = (): boolean => {
      const go = condition === undefined ? true : condition(frame);
      if (go === false) return false;
      slots[accu] = step(frame);
      return true;
    };
    if (over instanceof CelList) {
      for (let index = 0; index < over.size; index++) {
        if (second === undefined) slots[first] = over.get(index);
        else {
          slots[first] = index;
          slots[second] = over.get(index);
        }
        if (!turn()) break;
        frame.step();
      }
    } else if (over instanceof CelMap) {
      for (const key of over.keys()) {
        slots[first] = key;
        if (second !== undefined) slots[second] = over.find(key)!;
        if (!turn()) break;
        frame.step();
      }
    } else if (second === undefined) return new CelError(`got '${goType(over)}', expected iterable type`);
    else return new CelError(`unsupported comprehension range type: ${goType(over)}`);
    return settled(result(frame));
  };
}
