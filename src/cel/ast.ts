/** Expressions as the parser makes them. The checker writes resolved names into idents, calls and structs. */
import type { CelValue } from './values.ts';

export type Expr = Literal | Ident | Select | Call | ListExpr | MapExpr | StructExpr | Fold | Unspecified;

export interface Literal {
  readonly kind: 'literal';
  readonly id: number;
  readonly value: CelValue;
}
export interface Ident {
  readonly kind: 'ident';
  readonly id: number;
  readonly name: string;
}
export interface Select {
  readonly kind: 'select';
  readonly id: number;
  readonly operand: Expr;
  readonly field: string;
  /** From has(): only whether it is there. */
  readonly testOnly: boolean;
}
export interface Call {
  readonly kind: 'call';
  readonly id: number;
  readonly name: string;
  readonly target?: Expr;
  readonly args: readonly Expr[];
}
export interface ListExpr {
  readonly kind: 'list';
  readonly id: number;
  readonly elements: readonly Expr[];
  /** Indices of elements written with `?`. */
  readonly optionals: readonly number[];
}
export interface MapEntry {
  readonly id: number;
  readonly key: Expr;
  readonly value: Expr;
  readonly optional: boolean;
}
export interface MapExpr {
  readonly kind: 'map';
  readonly id: number;
  readonly entries: readonly MapEntry[];
}
export interface StructField {
  readonly id: number;
  readonly name: string;
  readonly value: Expr;
  readonly optional: boolean;
}
export interface StructExpr {
  readonly kind: 'struct';
  readonly id: number;
  readonly name: string;
  readonly fields: readonly StructField[];
}
/** What comprehension macros become. */
export interface Fold {
  readonly kind: 'fold';
  readonly id: number;
  readonly range: Expr;
  readonly iterVar: string;
  /** Set: the first is index or key, this one the value. */
  readonly iterVar2?: string;
  readonly accuVar: string;
  readonly accuInit: Expr;
  readonly condition: Expr;
  readonly step: Expr;
  readonly result: Expr;
}
/** What stands where an error was. */
export interface Unspecified {
  readonly kind: 'unspecified';
  readonly id: number;
}

/** The one variable that macros collect into; nobody can write this name. */
export const accumulator = '@result';
/** How it was once called: still refused as a variable. */
export const oldAccumulator = '__result__';

export interface Parsed {
  readonly expr: Expr;
  /** Where each id starts, in code points. */
  readonly offsets: ReadonlyMap<number, number>;
}

/** Each expression that this one consists of, from left to right. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'select':
      return [expr.operand];
    case 'call':
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args];
    case 'list':
      return expr.elements;
    case 'map':
      return expr.entries.flatMap((entry) => [entry.key, entry.value]);
    case 'struct':
      return expr.fields.map((field) => field.value);
    case 'fold':
      return [expr.range, expr.accuInit, expr.condition, expr.step, expr.result];
    default:
      return [];
  }
}

/** The name that an expression of names and dots spells ('a.b.c'). */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name;
  if (expr.kind !== 'select' || expr.testOnly) return undefined;
  const prefix = qualifiedName(expr.operand);
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`;
}

/** Names of operators as functions, as cel-go has them. */
export const operators = {
  conditional: '_?_:_',
  and: '_&&_',
  or: '_||_',
  not: '!_',
  equals: '_==_',
  notEquals: '_!=_',
  add: '_+_',
  negate: '-_',
  index: '_[_]',
  optionalIndex: '_[?_]',
  optionalSelect: '_?._',
  in: '@in',
  notStrictlyFalse: '@not_strictly_false',
} as const;
export const binaryOperators: Readonly<Record<string, string>> = {
  '<': '_<_',
  '<=': '_<=_',
  '>': '_>_',
  '>=': '_>=_',
  '==': '_==_',
  '!=': '_!=_',
  in: '@in',
  '+': '_+_',
  '-': '_-_',
  '*': '_*_',
  '/': '_/_',
  '%': '_%_',
};

/** Whether a field is selected somewhere in an expression (`x.field`, `x.?field`, `has(x.field)`); with `of`, whether it is of that variable. */
export function selects(expr: Expr, field: string, of?: string): boolean {
  const isOf = (operand: Expr) => of === undefined || (operand.kind === 'ident' && operand.name === of);
  if (expr.kind === 'select' && expr.field === field && isOf(expr.operand)) return true;
  if (expr.kind === 'call' && expr.name === operators.optionalSelect && expr.args.length === 2) {
    const [operand, name] = expr.args as [Expr, Expr];
    if (name.kind === 'literal' && name.value === field && isOf(operand)) return true;
  }
  return children(expr).some((child) => selects(child, field, of));
}
