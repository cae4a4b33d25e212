/** Calls that are rewritten when they are parsed: has, all, exists, map and the like (cel-go parser/macro.go, ext/). */
import { type Expr, accumulator, oldAccumulator, operators } from './ast.ts';
import type { CelValue } from './values.ts';

export interface Macro {
  readonly name: string;
  readonly args: number | '*';
  readonly receiver: boolean;
  /** undefined: this call is not meant. Throws MacroError for wrong arguments. */
  readonly expand: (builder: MacroBuilder, target: Expr | undefined, args: readonly Expr[]) => Expr | undefined;
}
export const macroKey = (name: string, args: number | '*', receiver: boolean): string => `${name}:${args}:${receiver}`;

export class MacroError extends Error {
  /** Of the expression that is wrong. */
  readonly id: number;
  constructor(id: number, message: string) {
    super(message);
    this.id = id;
  }
}

interface Ids {
  newId(offset: number): number;
  readonly offsets: ReadonlyMap<number, number>;
}
/** Makes expressions at the position of the macro call. */
export class MacroBuilder {
  readonly #ids: Ids;
  readonly #callId: number;
  constructor(ids: Ids, callId: number) {
    this.#ids = ids;
    this.#callId = callId;
  }
  #id(): number {
    return this.#ids.newId(this.#ids.offsets.get(this.#callId) ?? 0);
  }
  literal(value: CelValue): Expr {
    return { kind: 'literal', id: this.#id(), value };
  }
  ident(name: string): Expr {
    return { kind: 'ident', id: this.#id(), name };
  }
  accu(): Expr {
    return this.ident(accumulator);
  }
  call(name: string, ...args: Expr[]): Expr {
    return { kind: 'call', id: this.#id(), name, args };
  }
  memberCall(name: string, target: Expr, ...args: Expr[]): Expr {
    return { kind: 'call', id: this.#id(), name, target, args };
  }
  list(...elements: Expr[]): Expr {
    return { kind: 'list', id: this.#id(), elements, optionals: [] };
  }
  map(): Expr {
    return { kind: 'map', id: this.#id(), entries: [] };
  }
  presenceTest(operand: Expr, field: string): Expr {
    return { kind: 'select', id: this.#id(), operand, field, testOnly: true };
  }
  fold(parts: Omit<Expr & { kind: 'fold' }, 'kind' | 'id'>): Expr {
    return { kind: 'fold', id: this.#id(), ...parts };
  }
  /** `name` stands for `init` in `result`. */
  bind(name: string, init: Expr, result: Expr): Expr {
    const range = this.list();
    const condition = this.literal(false);
    return this.fold({ range, iterVar: '#unused', accuVar: name, accuInit: init, condition, step: this.ident(name), result });
  }
  /** The same expression once more, with ids of its own. */
  copy(expr: Expr): Expr {
    const id = this.#ids.newId(this.#ids.offsets.get(expr.id) ?? 0);
    switch (expr.kind) {
      case 'select':
        return { ...expr, id, operand: this.copy(expr.operand) };
      case 'call': {
        const args = expr.args.map((arg) => this.copy(arg));
        return expr.target === undefined ? { ...expr, id, args } : { ...expr, id, args, target: this.copy(expr.target) };
      }
      case 'list':
        return { ...expr, id, elements: expr.elements.map((element) => this.copy(element)) };
      case 'map':
        return {
          ...expr,
          id,
          entries: expr.entries.map((entry) => ({ ...entry, id: this.#id(), key: this.copy(entry.key), value: this.copy(entry.value) })),
        };
      case 'struct':
        return { ...expr, id, fields: expr.fields.map((field) => ({ ...field, id: this.#id(), value: this.copy(field.value) })) };
      case 'fold':
        return {
          ...expr,
          id,
          range: this.copy(expr.range),
          accuInit: this.copy(expr.accuInit),
          condition: this.copy(expr.condition),
          step: this.copy(expr.step),
          result: this.copy(expr.result),
        };
      default:
        return { ...expr, id };
    }
  }
}

type Expand = (builder: MacroBuilder, target: Expr, args: readonly Expr[]) => Expr;
const receiver = (name: string, args: number, expand: Expand): Macro => ({
  name,
  args,
  receiver: true,
  expand: (builder, target, given) => expand(builder, target!, given),
});

const overwritesAccumulator = 'iteration variable overwrites accumulator variable';
const isAccumulator = (name: string) => name === accumulator || name === oldAccumulator;
function variable(expr: Expr, message: string): string {
  if (expr.kind !== 'ident') throw new MacroError(expr.id, message);
  return expr.name;
}
function iterationVariable(expr: Expr, message: string): string {
  const name = variable(expr, message);
  if (isAccumulator(name)) throw new MacroError(expr.id, overwritesAccumulator);
  return name;
}
interface IterationVariables {
  readonly iterVar: string;
  readonly iterVar2?: string;
}
function twoVariables(args: readonly Expr[]): IterationVariables {
  const iterVar = variable(args[0]!, 'argument must be a simple name');
  const iterVar2 = variable(args[1]!, 'argument must be a simple name');
  if (iterVar === iterVar2) throw new MacroError(args[1]!.id, `duplicate variable name: ${iterVar}`);
  if (isAccumulator(iterVar)) throw new MacroError(args[0]!.id, overwritesAccumulator);
  if (isAccumulator(iterVar2)) throw new MacroError(args[1]!.id, overwritesAccumulator);
  return { iterVar, iterVar2 };
}
const oneVariable = (args: readonly Expr[]): IterationVariables => ({
  iterVar: iterationVariable(args[0]!, 'argument must be a simple name'),
});

type Quantifier = (b: MacroBuilder, range: Expr, variables: IterationVariables, predicate: Expr) => Expr;
const all: Quantifier = (b, range, variables, predicate) => {
  const accuInit = b.literal(true);
  const condition = b.call(operators.notStrictlyFalse, b.accu());
  const step = b.call(operators.and, b.accu(), predicate);
  return b.fold({ range, ...variables, accuVar: accumulator, accuInit, condition, step, result: b.accu() });
};
const exists: Quantifier = (b, range, variables, predicate) => {
  const accuInit = b.literal(false);
  const condition = b.call(operators.notStrictlyFalse, b.call(operators.not, b.accu()));
  const step = b.call(operators.or, b.accu(), predicate);
  return b.fold({ range, ...variables, accuVar: accumulator, accuInit, condition, step, result: b.accu() });
};
const existsOne: Quantifier = (b, range, variables, predicate) => {
  const accuInit = b.literal(0);
  const condition = b.literal(true);
  const step = b.call(operators.conditional, predicate, b.call(operators.add, b.accu(), b.literal(1)), b.accu());
  const result = b.call(operators.equals, b.accu(), b.literal(1));
  return b.fold({ range, ...variables, accuVar: accumulator, accuInit, condition, step, result });
};
const one =
  (quantifier: Quantifier): Expand =>
  (b, target, args) =>
    quantifier(b, target, oneVariable(args), args[1]!);
const two =
  (quantifier: Quantifier): Expand =>
  (b, target, args) =>
    quantifier(b, target, twoVariables(args), args[2]!);

/** Collects what `step` adds, for elements that pass the filter. */
function collect(b: MacroBuilder, range: Expr, variables: IterationVariables, into: Expr, add: () => Expr, filter: Expr | undefined): Expr {
  const condition = b.literal(true);
  let step = add();
  if (filter !== undefined) step = b.call(operators.conditional, filter, step, b.accu());
  return b.fold({ range, ...variables, accuVar: accumulator, accuInit: into, condition, step, result: b.accu() });
}
const append = (b: MacroBuilder, element: Expr) => () => b.call(operators.add, b.accu(), b.list(element));

/** `range.map(x, transform)` and `range.map(x, filter, transform)`. */
export const expandMap: Expand = (b, range, args) => {
  const iterVar = iterationVariable(args[0]!, 'argument is not an identifier');
  return collect(b, range, { iterVar }, b.list(), append(b, args.at(-1)!), args.length === 3 ? args[1] : undefined);
};
const expandFilter: Expand = (b, range, args) => {
  const iterVar = iterationVariable(args[0]!, 'argument is not an identifier');
  return collect(b, range, { iterVar }, b.list(), append(b, args[0]!), args[1]);
};
const expandHas: Macro['expand'] = (b, _target, args) => {
  const arg = args[0]!;
  if (arg.kind !== 'select') throw new MacroError(arg.id, 'invalid argument to has() macro');
  return b.presenceTest(arg.operand, arg.field);
};

export const standardMacros: readonly Macro[] = [
  { name: 'has', args: 1, receiver: false, expand: expandHas },
  receiver('all', 2, one(all)),
  receiver('exists', 2, one(exists)),
  receiver('exists_one', 2, one(existsOne)),
  receiver('map', 2, expandMap),
  receiver('map', 3, expandMap),
  receiver('filter', 2, expandFilter),
];

const mapInsert = 'cel.@mapInsert';
const transformed = (args: readonly Expr[]) => ({ filter: args.length === 4 ? args[2] : undefined, transform: args.at(-1)! });
const transformList: Expand = (b, range, args) => {
  const variables = twoVariables(args);
  const { filter, transform } = transformed(args);
  const add = append(b, transform)();
  const step = filter === undefined ? add : b.call(operators.conditional, filter, add, b.accu());
  return b.fold({ range, ...variables, accuVar: accumulator, accuInit: b.list(), condition: b.literal(true), step, result: b.accu() });
};
const intoMap =
  (entry: (b: MacroBuilder, variables: IterationVariables, transform: Expr) => Expr): Expand =>
  (b, range, args) => {
    const variables = twoVariables(args);
    const { filter, transform } = transformed(args);
    const add = entry(b, variables, transform);
    const step = filter === undefined ? add : b.call(operators.conditional, filter, add, b.accu());
    return b.fold({ range, ...variables, accuVar: accumulator, accuInit: b.map(), condition: b.literal(true), step, result: b.accu() });
  };
const transformMap = intoMap((b, { iterVar }, transform) => b.call(mapInsert, b.accu(), b.ident(iterVar), transform));
const transformMapEntry = intoMap((b, _variables, transform) => b.call(mapInsert, b.accu(), transform));

/** Comprehensions over index and element, or key and value. */
export const twoVariableMacros: readonly Macro[] = [
  receiver('all', 3, two(all)),
  receiver('exists', 3, two(exists)),
  receiver('existsOne', 3, two(existsOne)),
  receiver('exists_one', 3, two(existsOne)),
  receiver('transformList', 3, transformList),
  receiver('transformList', 4, transformList),
  receiver('transformMap', 3, transformMap),
  receiver('transformMap', 4, transformMap),
  receiver('transformMapEntry', 3, transformMapEntry),
  receiver('transformMapEntry', 4, transformMapEntry),
];

const optionalMap =
  (name: string, wrap: boolean): Expand =>
  (b, target, args) => {
    const variableName = variable(args[0]!, `${name}() variable name must be a simple identifier`);
    const present = b.memberCall('hasValue', target);
    const range = b.list();
    const accuInit = b.memberCall('value', b.copy(target));
    const condition = b.literal(false);
    const step = b.ident(variableName);
    const computed = b.fold({ range, iterVar: '#unused', accuVar: variableName, accuInit, condition, step, result: args[1]! });
    const some = wrap ? b.call('optional.of', computed) : computed;
    return b.call(operators.conditional, present, some, b.call('optional.none'));
  };
export const optionalMacros: readonly Macro[] = [
  receiver('optMap', 2, optionalMap('optMap', true)),
  receiver('optFlatMap', 2, optionalMap('optFlatMap', false)),
];

/** `cel.bind(name, value, expression)` */
export const bindMacro: Macro = {
  name: 'bind',
  args: 3,
  receiver: true,
  expand: (b, target, args) => {
    if (target?.kind !== 'ident' || target.name !== 'cel') return undefined;
    return b.bind(variable(args[0]!, 'cel.bind() variable names must be simple identifiers'), args[1]!, args[2]!);
  },
};

const sortable = new Set(['list', 'select', 'ident', 'fold', 'call']);
/** `list.sortBy(x, key)` */
export const sortByMacro: Macro = receiver('sortBy', 2, (b, target, args) => {
  const input = b.ident('@__sortBy_input__');
  if (!sortable.has(target.kind)) {
    throw new MacroError(target.id, 'sortBy can only be applied to a list, identifier, comprehension, call or select expression');
  }
  const keys = expandMap(b, b.copy(input), args);
  const call = b.memberCall('@sortByAssociatedKeys', b.copy(input), keys);
  return b.fold({
    range: b.list(),
    iterVar: '#unused',
    accuVar: '@__sortBy_input__',
    accuInit: target,
    condition: b.literal(false),
    step: input,
    result: call,
  });
});
