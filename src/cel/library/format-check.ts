/** Finds wrong arguments of string.format before it runs, where they are written out. */
import type { Call, Expr } from '../ast.ts';
import type { CelType, Kind } from '../types.ts';
import { type Clause, FormatError, eachClause, onlyFor } from './format.ts';

const allowed: Readonly<Record<Clause, readonly Kind[]>> = {
  s: ['list', 'map', 'int', 'uint', 'double', 'bool', 'string', 'timestamp', 'bytes', 'duration', 'type', 'null'],
  d: ['int', 'uint'],
  f: ['double', 'string'],
  e: ['double', 'string'],
  b: ['int', 'uint', 'bool'],
  x: ['int', 'uint', 'string', 'bytes'],
  o: ['int', 'uint'],
};

/** The first expression that %s cannot print. */
function unprintable(expr: Expr, typeOf: (expr: Expr) => CelType): Expr | undefined {
  const { kind } = typeOf(expr);
  if (kind !== 'dyn' && !allowed.s.includes(kind)) return expr;
  if (expr.kind === 'list') return firstOf(expr.elements, typeOf);
  return expr.kind === 'map'
    ? firstOf(
        expr.entries.flatMap(({ key, value }) => [key, value]),
        typeOf,
      )
    : undefined;
}
function firstOf(exprs: readonly Expr[], typeOf: (expr: Expr) => CelType): Expr | undefined {
  for (const expr of exprs) {
    const wrong = unprintable(expr, typeOf);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

export function checkFormat(call: Call, typeOf: (expr: Expr) => CelType): readonly { id: number; message: string }[] {
  const { target } = call;
  const [list] = call.args;
  if (target?.kind !== 'literal' || typeof target.value !== 'string' || call.args.length !== 1 || list?.kind !== 'list') return [];
  const args = list.elements;
  let id = call.id;
  let requested = 0;
  try {
    const check = (index: number, clause: Clause): string => {
      requested++;
      const arg = args[index]!;
      const fits = ['dyn', ...allowed[clause]].includes(typeOf(arg).kind);
      const wrong = clause === 's' ? unprintable(arg, typeOf) : fits ? undefined : arg;
      if (wrong === undefined) return '';
      id = wrong.id;
      throw new FormatError(onlyFor[clause](typeOf(wrong).name));
    };
    eachClause(target.value, args.length, check, true);
  } catch (error) {
    if (error instanceof FormatError) return [{ id, message: error.message }];
    throw error;
  }
  if (args.length <= requested) return [];
  return [{ id: call.id, message: `too many arguments supplied to string.format (expected ${requested}, got ${args.length})` }];
}
