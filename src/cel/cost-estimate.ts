/** What an evaluation can cost, reckoned before there is data (cel-go checker/cost.go). */
import type { CostRange, SizeRange } from './api.ts';
import { type Call, type Expr, type Fold, accumulator, oldAccumulator } from './ast.ts';
import type { Checked } from './checker.ts';
import { type CallEstimate, type Operand, estimateCall } from './cost-calls.ts';
import { listCreateCost, mapCreateCost, structCreateCost } from './costs.ts';
import { fixed, noCost, plus, product, uncountable, union, unknownSize } from './estimates.ts';
import { runeCount } from './strings.ts';
import { type CelType, isOptional } from './types.ts';
import { Bytes } from './values.ts';

type SizeOf = (path: readonly string[]) => SizeRange | undefined;
/** Sizes of the keys and values of a collection. */
export interface EntrySize {
  readonly container: 'list' | 'map';
  readonly key: SizeRange;
  readonly value: SizeRange;
}
interface Local {
  readonly path: readonly string[];
  readonly size: SizeRange | undefined;
  readonly entry: EntrySize | undefined;
}

const unionEntries = (a: EntrySize | undefined, b: EntrySize | undefined): EntrySize | undefined =>
  a && b && { container: a.container, key: union(a.key, b.key), value: union(a.value, b.value) };

function literalSize(expr: Expr): SizeRange | undefined {
  switch (expr.kind) {
    case 'literal':
      if (typeof expr.value === 'string') return fixed(runeCount(expr.value));
      return fixed(expr.value instanceof Bytes ? expr.value.value.length : 1);
    case 'list':
      return fixed(expr.elements.length);
    case 'map':
      return fixed(expr.entries.length);
    default:
      return undefined;
  }
}
const scalars = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);
const isScalar = (type: CelType): boolean => scalars.has(type.kind) || (isOptional(type) && isScalar(type.parameters[0]!));

class Coster {
  readonly #checked: Checked;
  readonly #sizeOf: SizeOf;
  readonly #paths = new Map<number, readonly string[]>();
  readonly #sizes = new Map<number, SizeRange>();
  readonly #entries = new Map<number, EntrySize>();
  readonly #locals = new Map<string, Local[]>();

  constructor(checked: Checked, sizeOf: SizeOf) {
    this.#checked = checked;
    this.#sizeOf = sizeOf;
  }

  cost(expr: Expr): CostRange {
    switch (expr.kind) {
      case 'ident':
        this.#paths.set(expr.id, this.#local(expr.name)?.path ?? [expr.name]);
        return fixed(1);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return expr.fields.reduce((sum, field) => plus(sum, this.cost(field.value)), fixed(structCreateCost) as CostRange);
      case 'fold':
        return this.#fold(expr);
      default:
        return noCost;
    }
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }
  #push(name: string, local: Local): void {
    const stack = this.#locals.get(name);
    if (stack === undefined) this.#locals.set(name, [local]);
    else stack.push(local);
  }
  #pop(name: string): void {
    this.#locals.get(name)!.pop();
  }
  typeOf(expr: Expr): CelType {
    return this.#checked.types.get(expr.id)!;
  }
  #path(expr: Expr): readonly string[] {
    if (expr.kind === 'ident') {
      const local = this.#local(expr.name);
      if (local !== undefined) return local.path;
    }
    return this.#paths.get(expr.id) ?? [];
  }

  /** undefined: not known. */
  size(expr: Expr): SizeRange | undefined {
    const known = this.#sizes.get(expr.id) ?? literalSize(expr);
    if (known !== undefined) return known;
    const path = this.#path(expr);
    const given = path.length === 0 ? undefined : this.#sizeOf(path);
    if (given !== undefined) {
      this.#sizes.set(expr.id, given);
      return given;
    }
    if (isScalar(this.typeOf(expr))) return fixed(1);
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined;
  }
  #sizeOrUnknown(expr: Expr): SizeRange {
    return this.size(expr) ?? unknownSize;
  }
  #setSize(expr: Expr, size: SizeRange | undefined): void {
    if (size !== undefined) this.#sizes.set(expr.id, size);
  }
  entry(expr: Expr): EntrySize | undefined {
    const known = this.#entries.get(expr.id);
    if (known !== undefined) return known;
    return expr.kind === 'ident' ? this.#local(expr.name)?.entry : undefined;
  }
  #setEntry(expr: Expr, entry: EntrySize | undefined): void {
    if (entry !== undefined) this.#entries.set(expr.id, entry);
  }

  #select(expr: Expr & { kind: 'select' }): CostRange {
    const operand = this.cost(expr.operand);
    if (expr.testOnly) return operand;
    this.#paths.set(expr.id, [...this.#path(expr.operand), expr.field]);
    return ['map', 'struct', 'param'].includes(this.typeOf(expr.operand).kind) ? plus(operand, fixed(1)) : operand;
  }
  #list(expr: Expr & { kind: 'list' }): CostRange {
    let sum: CostRange = fixed(listCreateCost);
    let item: SizeRange = { min: expr.elements.length === 0 ? 0 : uncountable, max: 0 };
    for (const element of expr.elements) {
      sum = plus(sum, this.cost(element));
      item = union(item, this.#sizeOrUnknown(element));
    }
    this.#setEntry(expr, { container: 'list', key: fixed(1), value: item });
    return sum;
  }
  #map(expr: Expr & { kind: 'map' }): CostRange {
    let sum: CostRange = fixed(mapCreateCost);
    const none: SizeRange = { min: expr.entries.length === 0 ? 0 : uncountable, max: 0 };
    let keySize = none;
    let valueSize = none;
    for (const { key, value } of expr.entries) {
      sum = plus(plus(sum, this.cost(key)), this.cost(value));
      keySize = union(keySize, this.#sizeOrUnknown(key));
      valueSize = union(valueSize, this.#sizeOrUnknown(value));
    }
    this.#setEntry(expr, { container: 'map', key: keySize, value: valueSize });
    return sum;
  }

  #fold(expr: Fold): CostRange {
    const { range, accuInit, condition, step, result, accuVar, iterVar, iterVar2 } = expr;
    const isBind = range.kind === 'list' && range.elements.length === 0 && condition.kind === 'literal' && condition.value === false;
    let sum = plus(this.cost(range), this.cost(accuInit));
    this.#push(accuVar, { path: this.#path(accuInit), size: this.size(accuInit), entry: this.entry(accuInit) });
    if (isBind && accuVar !== oldAccumulator) {
      sum = plus(sum, this.cost(result));
      this.#pop(accuVar);
      this.#setSize(expr, this.size(result));
      this.#setEntry(expr, this.entry(result));
      return sum;
    }
    this.#pushIterated(expr);
    const turn = plus(this.cost(condition), this.cost(step));
    this.#pop(iterVar);
    if (iterVar2 !== undefined) this.#pop(iterVar2);
    sum = plus(sum, this.cost(result));
    this.#pop(accuVar);
    const count = this.#sizeOrUnknown(range);
    sum = plus(sum, product(count, turn));
    if (accuInit.kind === 'literal') this.#setSize(expr, this.size(accuInit));
    if (accuInit.kind === 'list' || accuInit.kind === 'map') {
      this.#setSize(expr, count);
      this.#setEntry(expr, this.entry(step));
    }
    return sum;
  }
  #pushIterated({ range, iterVar, iterVar2 }: Fold): void {
    const entry = this.entry(range);
    const path = this.#path(range);
    const isList = (entry?.container ?? this.typeOf(range).kind) === 'list';
    const values: Local = { path: [...path, isList ? '@items' : '@values'], size: entry?.value, entry: undefined };
    const keys: Local = { path: [...path, isList ? '@indices' : '@keys'], size: entry?.key, entry: undefined };
    if (iterVar2 === undefined) this.#push(iterVar, isList ? values : keys);
    else {
      this.#push(iterVar, keys);
      this.#push(iterVar2, values);
    }
  }

  #operand(expr: Expr): Operand {
    const path = this.#path(expr);
    const hidden = path[0] === accumulator || path[0] === oldAccumulator;
    return { expr, path: hidden ? [] : path, type: this.typeOf(expr), size: this.size(expr), entry: this.entry(expr) };
  }
  #call(expr: Call): CostRange {
    if (expr.name === 'dyn') {
      const argument = expr.args[0]!;
      const cost = plus(fixed(1), this.cost(argument));
      this.#setSize(expr, this.size(argument));
      this.#setEntry(expr, this.entry(argument));
      return cost;
    }
    const costs: CostRange[] = [];
    const args = expr.args.map((arg) => {
      costs.push(this.cost(arg));
      return this.#operand(arg);
    });
    const ids = this.#checked.overloads.get(expr.id) ?? [];
    if (ids.length === 0) return noCost;
    let sum = noCost;
    let target: Operand | undefined;
    if (expr.target !== undefined) {
      sum = this.cost(expr.target);
      target = this.#operand(expr.target);
    }
    let cost: CostRange = { min: uncountable, max: 0 };
    let resultSize: SizeRange | undefined;
    for (const id of ids) {
      const estimate = estimateCall({ name: expr.name, id, target, args, costs, sizeOf: this.#sizeOf });
      this.#remember(expr, id, args, estimate);
      cost = union(cost, estimate.cost);
      if (estimate.size !== undefined) resultSize = resultSize === undefined ? estimate.size : union(resultSize, estimate.size);
      if (id === 'index_list' || id === 'index_map') {
        resultSize = args[0]!.entry?.value;
        this.#paths.set(expr.id, [...this.#path(expr.args[0]!), id === 'index_list' ? '@items' : '@values']);
      }
      resultSize ??= this.size(expr);
    }
    this.#setSize(expr, resultSize);
    return plus(sum, cost);
  }
  /** Sizes of what the result holds, where they follow from the arguments. */
  #remember(expr: Call, id: string, args: readonly Operand[], _estimate: CallEstimate): void {
    if (id === 'conditional') this.#setEntry(expr, unionEntries(args[1]!.entry, args[2]!.entry));
    if (id === 'add_list' || id === 'add_string' || id === 'add_bytes') this.#setEntry(expr, unionEntries(args[0]!.entry, args[1]!.entry));
  }
}

export const estimateCost = (checked: Checked, sizeOf: SizeOf): CostRange => new Coster(checked, sizeOf).cost(checked.expr);
