/** Complaints about literals that cannot be right (cel-go cel/validator.go, ext/formatting.go). */
import { patternOf } from './library/overloads.ts';
import { type Call, type Expr, children } from './ast.ts';
import type { Checked } from './checker.ts';
import type { Declarations } from './declarations.ts';
import { checkFormat } from './library/format-check.ts';
import { type Issues, noLocation } from './source.ts';
import { type CelType, formatType } from './types.ts';
import { CelError, type CelValue } from './values.ts';

interface Place {
  readonly expr: Expr;
  /** Within the arguments of string.format, where elements may differ. */
  readonly inFormat: boolean;
}
/** All expressions, those around before those within. */
function* places(expr: Expr, inFormat = false): Generator<Place> {
  yield { expr, inFormat };
  const within = inFormat || (expr.kind === 'call' && expr.name === 'format');
  for (const child of children(expr)) yield* places(child, within);
}

/** Same but for the names of type parameters. */
function equivalent(a: CelType, b: CelType): boolean {
  if (a.kind !== b.kind || a.parameters.length !== b.parameters.length) return false;
  if (a.kind !== 'param' && a.name !== b.name) return false;
  return a.parameters.every((one, index) => equivalent(one, b.parameters[index]!));
}

class Validator {
  readonly #checked: Checked;
  readonly #issues: Issues;
  constructor(checked: Checked, issues: Issues) {
    this.#checked = checked;
    this.#issues = issues;
  }
  report(id: number, message: string): void {
    const offset = this.#checked.offsets.get(id);
    this.#issues.report(offset === undefined ? noLocation : this.#issues.source.location(offset), message);
  }
  typeOf(expr: Expr): CelType {
    return this.#checked.types.get(expr.id)!;
  }
  #mismatch(id: number, wanted: CelType, given: CelType): void {
    this.report(id, `expected type '${formatType(wanted)}' but found '${formatType(given)}'`);
  }
  list(expr: Expr & { kind: 'list' }): void {
    let type: CelType | undefined;
    for (const [index, element] of expr.elements.entries()) {
      const whole = this.typeOf(element);
      const given = expr.optionals.includes(index) ? (whole.parameters[0] ?? whole) : whole;
      type ??= given;
      if (equivalent(type, given)) continue;
      this.#mismatch(element.id, type, given);
      return;
    }
  }
  map(expr: Expr & { kind: 'map' }): void {
    let keyType: CelType | undefined;
    let valueType: CelType | undefined;
    for (const { key, value, optional } of expr.entries) {
      const given = this.typeOf(key);
      const whole = this.typeOf(value);
      const givenValue = optional ? (whole.parameters[0] ?? whole) : whole;
      keyType ??= given;
      valueType ??= givenValue;
      if (!equivalent(keyType, given)) this.#mismatch(key.id, keyType, given);
      if (!equivalent(valueType, givenValue)) this.#mismatch(value.id, valueType, givenValue);
    }
  }
}

/** The only argument, or the first one, if it is written out. */
const literalArgument = (call: Call): (Expr & { kind: 'literal' }) | undefined => {
  const first = call.args[0];
  return first?.kind === 'literal' ? first : undefined;
};

export function validate(checked: Checked, declarations: Declarations, issues: Issues): void {
  const validator = new Validator(checked, issues);
  const all = [...places(checked.expr)];
  const calls = (name: string) => all.flatMap(({ expr }) => (expr.kind === 'call' && expr.name === name ? [expr] : []));
  for (const name of ['duration', 'timestamp']) {
    for (const call of calls(name)) {
      const argument = literalArgument(call);
      if (argument !== undefined && converts(declarations, name, argument.value) instanceof CelError) {
        validator.report(argument.id, `invalid ${name} argument`);
      }
    }
  }
  for (const call of calls('matches')) {
    const argument = literalArgument(call);
    if (typeof argument?.value === 'string' && patternOf(argument.value) instanceof CelError) {
      validator.report(argument.id, 'invalid matches argument');
    }
  }
  for (const { expr, inFormat } of all) if (expr.kind === 'list' && !inFormat) validator.list(expr);
  for (const { expr, inFormat } of all) if (expr.kind === 'map' && !inFormat) validator.map(expr);
  for (const call of calls('format')) {
    if (!checked.overloads.get(call.id)?.includes('string_format')) continue;
    for (const { id, message } of checkFormat(call, (expr) => validator.typeOf(expr))) validator.report(id, message);
  }
}
function converts(declarations: Declarations, name: string, value: CelValue): CelValue {
  const overloads = declarations.functions.get(name)!.overloads;
  return overloads[overloads.length - 1]!.call(value);
}
