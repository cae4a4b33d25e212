/** Gives every expression a type and every name its meaning (cel-go checker/checker.go). */
import { type Expr, type Fold, type Parsed, type StructExpr, operators, qualifiedName } from './ast.ts';
import type { DeclaredOverload, Declarations, FunctionDecl } from './declarations.ts';
import { type Issues, type Location, noLocation } from './source.ts';
import * as types from './types.ts';
import { type CelType, formatType, isDyn, isOptional, sameType } from './types.ts';
import { Bindings, instantiate, isDynOrError, isError, mostGeneral, substitute } from './unify.ts';
import { typeOf } from './values.ts';

export interface Checked {
  /** With names resolved: selects that spell a variable are idents, functions have their full names. */
  readonly expr: Expr;
  readonly types: ReadonlyMap<number, CelType>;
  /** Ids of the overloads that a call can mean. */
  readonly overloads: ReadonlyMap<number, readonly string[]>;
  readonly variables: ReadonlySet<string>;
  /** Idents that name types. */
  readonly typeNames: ReadonlyMap<number, string>;
  readonly offsets: ReadonlyMap<number, number>;
}

/** Names that comprehensions bring. */
interface Scope {
  readonly names: ReadonlyMap<string, CelType>;
  readonly parent: Scope | undefined;
}
interface Found {
  readonly name: string;
  readonly type: CelType;
  readonly what: 'variable' | 'local' | 'type';
}

const unwrapOptional = (type: CelType): CelType => (isOptional(type) ? type.parameters[0]! : type);

export class Checker {
  readonly #declarations: Declarations;
  readonly #issues: Issues;
  readonly #offsets: ReadonlyMap<number, number>;
  readonly #types = new Map<number, CelType>();
  readonly #overloads = new Map<number, readonly string[]>();
  readonly #variables = new Set<string>();
  readonly #typeNames = new Map<number, string>();
  readonly #bindings = new Bindings();
  #scope: Scope | undefined;
  #freeVariables = 0;

  constructor(declarations: Declarations, parsed: Parsed, issues: Issues) {
    this.#declarations = declarations;
    this.#issues = issues;
    this.#offsets = parsed.offsets;
  }

  run(parsed: Expr): Checked {
    const expr = this.#check(parsed);
    for (const [id, type] of this.#types) this.#types.set(id, substitute(this.#bindings, type, true));
    return {
      expr,
      types: this.#types,
      overloads: this.#overloads,
      variables: this.#variables,
      typeNames: this.#typeNames,
      offsets: this.#offsets,
    };
  }

  #location(id: number): Location {
    const offset = this.#offsets.get(id);
    return offset === undefined ? noLocation : this.#issues.source.location(offset);
  }
  #report(id: number, message: string): void {
    this.#issues.report(this.#location(id), message);
  }
  #undeclared(id: number, name: string): void {
    this.#report(id, `undeclared reference to '${name}' (in container '${this.#declarations.container}')`);
  }
  #mismatch(id: number, wanted: CelType, given: CelType): void {
    this.#report(id, `expected type '${formatType(wanted)}' but found '${formatType(given)}'`);
  }
  #set(expr: Expr, type: CelType): void {
    this.#types.set(expr.id, type);
  }
  #typeOf(expr: Expr): CelType {
    return this.#types.get(expr.id)!;
  }
  #resolved(type: CelType): CelType {
    return substitute(this.#bindings, type, false);
  }
  #newVariable(): CelType {
    return types.param(`_var${this.#freeVariables++}`);
  }

  #lookup(name: string): Found | undefined {
    for (const candidate of this.#declarations.candidates(name)) {
      for (let scope = this.#scope; scope !== undefined; scope = scope.parent) {
        const local = scope.names.get(candidate);
        if (local !== undefined) return { name: candidate, type: local, what: 'local' };
      }
      const variable = this.#declarations.variables.get(candidate);
      if (variable !== undefined) return { name: candidate, type: variable.type, what: 'variable' };
      const object = this.#declarations.findObject(candidate);
      if (object !== undefined) return { name: candidate, type: types.typeOfType(object.type), what: 'type' };
      const type = this.#declarations.types.get(candidate);
      if (type !== undefined) return { name: candidate, type: types.typeOfType(type.type), what: 'type' };
    }
    return undefined;
  }
  #lookupFunction(name: string): FunctionDecl | undefined {
    for (const candidate of this.#declarations.candidates(name)) {
      const found = this.#declarations.functions.get(candidate);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  #refer(id: number, found: Found): Expr {
    if (found.what === 'variable') this.#variables.add(found.name);
    if (found.what === 'type') this.#typeNames.set(id, found.name);
    const expr: Expr = { kind: 'ident', id, name: found.name };
    this.#set(expr, found.type);
    return expr;
  }

  #check(expr: Expr): Expr {
    switch (expr.kind) {
      case 'literal':
        this.#set(expr, typeOf(expr.value));
        return expr;
      case 'ident': {
        const found = this.#lookup(expr.name);
        if (found !== undefined) return this.#refer(expr.id, found);
        this.#set(expr, types.errorType);
        this.#undeclared(expr.id, expr.name);
        return expr;
      }
      case 'select':
        return this.#checkSelect(expr);
      case 'call':
        return this.#checkCall(expr);
      case 'list':
        return this.#checkList(expr);
      case 'map':
        return this.#checkMap(expr);
      case 'struct':
        return this.#checkStruct(expr);
      case 'fold':
        return this.#checkFold(expr);
      default:
        this.#set(expr, types.errorType);
        return expr;
    }
  }

  #checkSelect(expr: Expr & { kind: 'select' }): Expr {
    const name = qualifiedName(expr);
    if (name !== undefined) {
      const found = this.#lookup(name);
      if (found !== undefined) return this.#refer(expr.id, found);
    }
    const operand = this.#check(expr.operand);
    const type = this.#fieldType(expr.id, operand, expr.field, false);
    this.#set(expr, expr.testOnly ? types.bool : this.#resolved(type));
    return { ...expr, operand };
  }
  #fieldType(id: number, operand: Expr, field: string, optional: boolean): CelType {
    const operandType = this.#resolved(this.#typeOf(operand));
    const target = unwrapOptional(operandType);
    let result = types.errorType;
    switch (target.kind) {
      case 'map':
        result = target.parameters[1]!;
        break;
      case 'struct':
        result = this.#lookupField(id, target.name, field) ?? types.errorType;
        break;
      case 'param':
        this.#bindings.assignable(types.dyn, target);
        result = types.dyn;
        break;
      default:
        if (!isDynOrError(target)) this.#report(id, `type '${formatType(target)}' does not support field selection`);
        result = types.dyn;
    }
    return optional || isOptional(operandType) ? types.optional(result) : result;
  }
  #lookupField(id: number, typeName: string, field: string): CelType | undefined {
    const object = this.#declarations.findObject(typeName);
    if (object === undefined) {
      this.#report(id, `unexpected failed resolution of '${typeName}'`);
      return undefined;
    }
    const type = object.field(field);
    if (type === undefined) this.#report(id, `undefined field '${field}'`);
    return type;
  }

  #checkCall(expr: Expr & { kind: 'call' }): Expr {
    if (expr.name === operators.optionalSelect) {
      const operand = this.#check(expr.args[0]!);
      const name = expr.args[1] as Expr & { kind: 'literal' };
      this.#set(name, types.string);
      const type = this.#fieldType(expr.id, operand, name.value as string, true);
      this.#set(expr, this.#resolved(type));
      this.#overloads.set(expr.id, ['select_optional_field']);
      return { ...expr, args: [operand, name] };
    }
    const args = expr.args.map((arg) => this.#check(arg));
    if (expr.target === undefined) {
      const found = this.#lookupFunction(expr.name);
      if (found === undefined) {
        this.#undeclared(expr.id, expr.name);
        this.#set(expr, types.errorType);
        return { ...expr, args };
      }
      const call: Expr = { kind: 'call', id: expr.id, name: found.name, args };
      this.#resolve(call, found, undefined, args);
      return call;
    }
    const prefix = qualifiedName(expr.target);
    if (prefix !== undefined) {
      const found = this.#lookupFunction(`${prefix}.${expr.name}`);
      if (found !== undefined) {
        const call: Expr = { kind: 'call', id: expr.id, name: found.name, args };
        this.#resolve(call, found, undefined, args);
        return call;
      }
    }
    const target = this.#check(expr.target);
    const call: Expr = { ...expr, target, args };
    const found = this.#lookupFunction(expr.name);
    if (found !== undefined) this.#resolve(call, found, target, args);
    else {
      this.#set(expr, types.errorType);
      this.#undeclared(expr.id, expr.name);
    }
    return call;
  }

  #resolve(call: Expr & { kind: 'call' }, found: FunctionDecl, target: Expr | undefined, args: readonly Expr[]): void {
    const given = [...(target === undefined ? [] : [target]), ...args].map((arg) => this.#typeOf(arg));
    if (found.name === operators.and || found.name === operators.or) {
      this.#checkLogic(call, found, args);
      return;
    }
    let result: CelType | undefined;
    const ids: string[] = [];
    for (const overload of found.overloads) {
      if ((overload.member === true) !== (target !== undefined)) continue;
      const { args: wanted, result: gives } = this.#instantiated(overload);
      if (!this.#bindings.assignableList(given, wanted)) continue;
      ids.push(overload.id);
      const type = this.#resolved(gives);
      if (result === undefined) result = type;
      else if (!isDyn(result) && !sameType(type, result)) result = types.dyn;
    }
    if (result === undefined) {
      const shown = given.map((type) => formatType(substitute(this.#bindings, type, true)));
      const signature = target === undefined ? `(${shown.join(', ')})` : `${shown[0]}.(${shown.slice(1).join(', ')})`;
      this.#report(call.id, `found no matching overload for '${found.name}' applied to '${signature}'`);
      this.#set(call, types.errorType);
      return;
    }
    this.#set(call, result);
    this.#overloads.set(call.id, ids);
  }
  #checkLogic(call: Expr, found: FunctionDecl, args: readonly Expr[]): void {
    let right = true;
    for (const arg of args) {
      if (this.#bindings.assignable(this.#typeOf(arg), types.bool)) continue;
      this.#mismatch(arg.id, types.bool, this.#typeOf(arg));
      right = false;
    }
    this.#set(call, right ? types.bool : types.errorType);
    if (right) this.#overloads.set(call.id, [found.overloads[0]!.id]);
  }
  #instantiated(overload: DeclaredOverload): { args: readonly CelType[]; result: CelType } {
    if (overload.typeParameters.length === 0) return overload;
    const fresh = new Map(overload.typeParameters.map((name) => [name, this.#newVariable()]));
    return { args: overload.args.map((type) => instantiate(type, fresh)), result: instantiate(overload.result, fresh) };
  }

  /** The type of an element, entry or field written with `?`: what the optional holds. */
  #optionalValue(expr: Expr): CelType {
    const type = this.#typeOf(expr);
    if (isOptional(type)) return unwrapOptional(type);
    if (!isDyn(type)) this.#mismatch(expr.id, types.optional(type), type);
    return type;
  }
  #join(before: CelType | undefined, type: CelType): CelType {
    if (before === undefined) return type;
    return this.#bindings.assignable(before, type) ? mostGeneral(before, type) : types.dyn;
  }
  #checkList(expr: Expr & { kind: 'list' }): Expr {
    let type: CelType | undefined;
    const elements = expr.elements.map((one, index) => {
      const element = this.#check(one);
      type = this.#join(type, expr.optionals.includes(index) ? this.#optionalValue(element) : this.#typeOf(element));
      return element;
    });
    this.#set(expr, types.list(type ?? this.#newVariable()));
    return { ...expr, elements };
  }
  #checkMap(expr: Expr & { kind: 'map' }): Expr {
    let keyType: CelType | undefined;
    let valueType: CelType | undefined;
    const entries = expr.entries.map((entry) => {
      const key = this.#check(entry.key);
      keyType = this.#join(keyType, this.#typeOf(key));
      const value = this.#check(entry.value);
      valueType = this.#join(valueType, entry.optional ? this.#optionalValue(value) : this.#typeOf(value));
      return { ...entry, key, value };
    });
    this.#set(expr, types.map(keyType ?? this.#newVariable(), valueType ?? this.#newVariable()));
    return { ...expr, entries };
  }
  #checkStruct(expr: StructExpr): Expr {
    const found = this.#lookup(expr.name);
    if (found === undefined) {
      this.#undeclared(expr.id, expr.name);
      this.#set(expr, types.errorType);
      return expr;
    }
    let result = types.errorType;
    if (!isError(found.type)) {
      if (found.type.kind !== 'type') this.#report(expr.id, `'${formatType(found.type)}' is not a type`);
      else {
        result = found.type.parameters[0]!;
        if (result.kind !== 'struct') {
          this.#report(expr.id, `'${result.name}' is not a message type`);
          result = types.errorType;
        }
      }
    }
    this.#set(expr, result);
    const fields = expr.fields.map((field) => {
      const value = this.#check(field.value);
      const wanted = this.#lookupField(field.id, found.name, field.name) ?? types.errorType;
      const given = field.optional ? this.#optionalValue(value) : this.#typeOf(value);
      if (!this.#bindings.assignable(wanted, given)) {
        const message = `expected type of field '${field.name}' is '${formatType(wanted)}' but provided type is '${formatType(given)}'`;
        this.#report(field.id, message);
      }
      return { ...field, value };
    });
    return { ...expr, name: found.name, fields };
  }

  /** Types of the iteration variables. */
  #iterated(range: Expr, two: boolean): readonly [CelType, CelType | undefined] {
    const type = this.#resolved(this.#typeOf(range));
    switch (type.kind) {
      case 'list':
        return two ? [types.int, type.parameters[0]] : [type.parameters[0]!, undefined];
      case 'map':
        return [type.parameters[0]!, two ? type.parameters[1] : undefined];
      case 'dyn':
      case 'error':
      case 'param':
        this.#bindings.assignable(types.dyn, type);
        return [types.dyn, types.dyn];
    }
    const message = `expression of type '${formatType(type)}' cannot be range of a comprehension (must be list, map, or dynamic)`;
    this.#report(range.id, message);
    return [types.errorType, types.errorType];
  }
  #assert(expr: Expr, wanted: CelType): void {
    if (!this.#bindings.assignable(wanted, this.#typeOf(expr))) this.#mismatch(expr.id, wanted, this.#typeOf(expr));
  }
  #checkFold(expr: Fold): Expr {
    const range = this.#check(expr.range);
    const accuInit = this.#check(expr.accuInit);
    const accuType = this.#typeOf(accuInit);
    const outer = this.#scope;
    const [first, second] = this.#iterated(range, expr.iterVar2 !== undefined);
    const accuScope: Scope = { names: new Map([[expr.accuVar, accuType]]), parent: outer };
    const names = new Map([[expr.iterVar, first]]);
    if (expr.iterVar2 !== undefined) names.set(expr.iterVar2, second!);
    this.#scope = { names, parent: accuScope };
    const condition = this.#check(expr.condition);
    this.#assert(condition, types.bool);
    const step = this.#check(expr.step);
    this.#assert(step, accuType);
    this.#scope = accuScope;
    const result = this.#check(expr.result);
    this.#scope = outer;
    this.#set(expr, this.#resolved(this.#typeOf(result)));
    return { ...expr, range, accuInit, condition, step, result };
  }
}
