/**
 * Variables, and fields and elements chosen from values (cel-go interpreter/attributes.go). A chain `a.b[c].d` is one attribute: its
 * variable costs 1 when it is read for itself, each step of it 1; the branches of a conditional cost nothing but what they do.
 */
import type { Frame } from './frame.ts';
import { goText, goType } from './text.ts';
import { formatType } from './types.ts';
import {
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Double,
  OpaqueValue,
  Optional,
  TypeValue,
  Uint,
  noSuchOverload,
  typeOf,
} from './values.ts';

export type Evaluate = (frame: Frame) => CelValue;

interface Step {
  /** `.?field`, `[?index]`: from here on the result is an optional. */
  readonly optional: boolean;
  /** From has(): gives whether it is there. */
  readonly testOnly: boolean;
  /** Known when the program was made, or computed. */
  readonly key: CelValue | Evaluate;
}
export type Source =
  | { readonly kind: 'value'; readonly read: Evaluate }
  | { readonly kind: 'conditional'; readonly condition: Evaluate; readonly yes: Attribute; readonly no: Attribute };

export class Attribute {
  readonly #source: Source;
  readonly #steps: Step[] = [];
  constructor(source: Source) {
    this.#source = source;
  }
  add(step: Step): void {
    if (this.#source.kind === 'value') this.#steps.push(step);
    else {
      this.#source.yes.add(step);
      this.#source.no.add(step);
    }
  }
  /** What reading it costs besides its steps. */
  get cost(): number {
    return this.#source.kind === 'value' ? 1 : 0;
  }
  /** Reads it; the steps are charged, the attribute itself is not. Call when all steps are added. */
  compile(): Evaluate {
    if (this.#source.kind === 'value') return applySteps(this.#source.read, this.#steps);
    const { condition } = this.#source;
    const yes = this.#source.yes.compile();
    const no = this.#source.no.compile();
    return (frame) => {
      const value = condition(frame);
      if (value === true) return yes(frame);
      if (value === false) return no(frame);
      return value instanceof CelError ? value : noSuchOverload;
    };
  }
}

/** Upstream takes what an optional variable or branch holds to Go's types and back: what has no way back fails, and the rest loses its schema. */
function unwrapped(value: CelValue): CelValue {
  if (value instanceof Optional) return value.value === undefined ? null : unwrapped(value.value);
  if (value instanceof TypeValue) return value.type.name;
  if (value instanceof CelError) return new CelError(`unsupported conversion to ref.Val: (*errors.errorString)${value.message}`);
  if (value instanceof CelMap || value instanceof CelList || value instanceof OpaqueValue) return value.unwrapped();
  return value;
}

function applySteps(read: Evaluate, steps: readonly Step[]): Evaluate {
  if (steps.length === 0) {
    return (frame) => {
      const value = read(frame);
      return value instanceof Optional && value.value !== undefined ? Optional.of(unwrapped(value.value)) : value;
    };
  }
  if (steps.every((step) => !step.optional && !step.testOnly && typeof step.key === 'string')) {
    return plainFields(
      read,
      steps.map((step) => step.key as string),
    );
  }
  return (frame) => {
    let value = read(frame);
    if (value instanceof CelError) return value;
    let optional = false;
    if (value instanceof Optional) {
      if (value.value === undefined) return value;
      value = unwrapped(value.value);
      optional = true;
    }
    for (const step of steps) {
      optional ||= step.optional;
      const next: CelValue | undefined = takeStep(frame, value, step, optional);
      if (next === undefined) return Optional.none;
      if (next instanceof CelError) return next;
      value = next;
    }
    return optional ? Optional.of(value) : value;
  };
}
/** The usual chain, `self.spec.replicas`. */
function plainFields(read: Evaluate, fields: readonly string[]): Evaluate {
  return (frame) => {
    let value = read(frame);
    if (value instanceof Optional) {
      if (value.value === undefined) return value;
      value = unwrapped(value.value);
      for (const field of fields) {
        const next: CelValue | undefined = choose(value, field, true);
        if (next === undefined) return Optional.none;
        frame.charge(next instanceof CelError ? 0 : 1);
        if (next instanceof CelError) return next;
        value = next;
      }
      return Optional.of(value);
    }
    for (const field of fields) {
      if (value instanceof CelError) return value;
      frame.charge(1);
      value = choose(value, field, false)!;
    }
    return value;
  };
}

/** undefined: it is not there, and that is no error. */
function takeStep(frame: Frame, value: CelValue, step: Step, optional: boolean): CelValue | undefined {
  const key = typeof step.key === 'function' ? step.key(frame) : step.key;
  const wrong = key instanceof CelError ? key : invalidKey(key);
  const next = wrong === undefined ? choose(value, key, optional || step.testOnly) : wrong;
  if (!optional) {
    frame.charge(1);
    return step.testOnly && !(next instanceof CelError) ? next !== undefined : next;
  }
  if (next !== undefined && !(next instanceof CelError)) frame.charge(1);
  return next;
}

/** What cannot be a key or index at all. */
export function invalidKey(key: CelValue): CelError | undefined {
  switch (typeof key) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return undefined;
  }
  return key instanceof Uint || key instanceof Double
    ? undefined
    : new CelError(`invalid qualifier type: ${key === null ? '<nil>' : goType(key)}`);
}

const noSuchKey = (key: CelValue) => new CelError(`no such key: ${goText(key)}`);

/** The index that a number stands for. */
export function indexOf(key: CelValue): number | CelError {
  if (typeof key === 'number') return key;
  if (typeof key === 'bigint') return Number(key);
  if (key instanceof Double) return Number.isInteger(key.value) ? key.value : unsupportedIndex(key);
  if (key instanceof Uint) return key.value < 2n ** 63n ? Number(key.value) : unsupportedIndex(key);
  return new CelError(`unsupported index type '${formatType(typeOf(key))}' in list`);
}
const unsupportedIndex = (key: CelValue) => new CelError(`unsupported index value ${goText(key)} in list`);

/** The field, element or entry; undefined only if `test` is set and there is none. */
export function choose(value: CelValue, key: CelValue, test: boolean): CelValue | undefined {
  if (value instanceof CelMap) {
    const found = value.find(key);
    return found === undefined && !test ? noSuchKey(key) : found;
  }
  if (value instanceof CelList) {
    const index = indexOf(key);
    if (index instanceof CelError) return index;
    if (index >= 0 && index < value.size) return value.get(index);
    return test ? undefined : new CelError(`index out of bounds: ${goText(key)}`);
  }
  if (value instanceof CelError) return value;
  if (value instanceof OpaqueValue && typeof key === 'string') {
    const found = value.field(key, test);
    if (found !== undefined) return found;
  }
  return test ? undefined : noSuchKey(key);
}
