/** From checked expressions to closures that evaluate them, with every step's cost (cel-go interpreter/planner.go, runtimecost.go). */
import { type Call, type Expr, type Fold, operators } from './ast.ts';
import { Attribute, type Evaluate, invalidKey } from './attributes.ts';
import type { Checked } from './checker.ts';
import { listCreateCost, mapCreateCost, structCreateCost } from './costs.ts';
import { type CallCost, callCost } from './cost-actual.ts';
import type { Declarations } from './declarations.ts';
import { type Dispatch, dispatch, isConversion } from './dispatch.ts';
import { growing, planFold } from './fold.ts';
import { Frame } from './frame.ts';
import { goText, goType } from './text.ts';
import {
  ArrayList,
  Bytes,
  CelError,
  type CelList,
  type CelValue,
  Double,
  EntryMap,
  Optional,
  Uint,
  equal,
  isInt,
  orNoSuchOverload,
} from './values.ts';

/** A constant part of the expression fails, whatever the data. */
export class InstantiationError extends Error {}

/** One planned expression: a constant, an attribute that may be extended, or something to evaluate. */
export interface Node {
  readonly evaluate: Evaluate;
  readonly constant?: CelValue;
  readonly attribute?: Attribute;
}
const constant = (value: CelValue): Node => ({ constant: value, evaluate: () => value });
const computed = (evaluate: Evaluate): Node => ({ evaluate });
const isConstant = (node: Node): node is Node & { readonly constant: CelValue } => node.constant !== undefined;

/** Attributes are compiled when they are complete: when somebody evaluates them. */
class AttributeNode implements Node {
  readonly attribute: Attribute;
  readonly #testOnly: boolean;
  #evaluate: Evaluate | undefined;
  constructor(attribute: Attribute, testOnly = false) {
    this.attribute = attribute;
    this.#testOnly = testOnly;
  }
  get evaluate(): Evaluate {
    this.#evaluate ??= this.#compile();
    return this.#evaluate;
  }
  #compile(): Evaluate {
    const read = this.attribute.compile();
    const { cost } = this.attribute;
    if (this.#testOnly) {
      return (frame) => {
        const value = read(frame);
        if (cost === 0) frame.charge(-1);
        return value instanceof Optional ? value.value !== undefined : value;
      };
    }
    if (cost === 0) return read;
    return (frame) => {
      const value = read(frame);
      frame.charge(1);
      return value;
    };
  }
}

export class Planner {
  readonly #checked: Checked;
  readonly #declarations: Declarations;
  /** Variables of comprehensions around the expression at hand. */
  #locals = new Map<string, { readonly slot: number; readonly init?: Evaluate }>();
  slots = 0;

  constructor(checked: Checked, declarations: Declarations) {
    this.#checked = checked;
    this.#declarations = declarations;
  }

  plan(expr: Expr): Node {
    switch (expr.kind) {
      case 'literal':
        return constant(expr.value);
      case 'ident':
        return this.#ident(expr.id, expr.name);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return this.#struct(expr);
      case 'fold':
        return this.#fold(expr);
      default:
        throw new InstantiationError('unsupported expr');
    }
  }

  #ident(id: number, name: string): Node {
    const typeName = this.#checked.typeNames.get(id);
    if (typeName !== undefined) {
      const type = this.#declarations.types.get(typeName);
      if (type === undefined) throw new InstantiationError(`reference to undefined type: ${typeName}`);
      return constant(type);
    }
    // Upstream takes whatever holds a type for the name of one.
    if (this.#checked.types.get(id)?.kind === 'type') throw new InstantiationError(`reference to undefined type: ${name}`);
    const local = this.#locals.get(name);
    if (local === undefined) {
      const missing = new CelError(`no such attribute(s): ${name}`);
      const read: Evaluate = (frame) => {
        const value = frame.variable(name);
        return value === undefined ? missing : value;
      };
      return new AttributeNode(new Attribute({ kind: 'value', read }));
    }
    const { slot, init } = local;
    if (init === undefined) return new AttributeNode(new Attribute({ kind: 'value', read: (frame) => frame.slots[slot]! }));
    const read: Evaluate = (frame) => {
      if (frame.slots[slot] === undefined) frame.slots[slot] = init(frame);
      return frame.slots[slot]!;
    };
    return new AttributeNode(new Attribute({ kind: 'value', read }));
  }
  /** The attribute that a step can be added to. */
  #attributeOf(node: Node): Attribute {
    return node.attribute ?? new Attribute({ kind: 'value', read: node.evaluate });
  }
  #select(expr: Expr & { kind: 'select' }): Node {
    const operand = this.plan(expr.operand);
    const attribute = this.#attributeOf(operand);
    attribute.add({ key: expr.field, optional: false, testOnly: expr.testOnly });
    return expr.testOnly ? new AttributeNode(attribute, true) : operand.attribute ? operand : new AttributeNode(attribute);
  }
  #index(target: Node, index: Node, optional: boolean): Node {
    const attribute = this.#attributeOf(target);
    if (isConstant(index)) {
      const { constant: key } = index;
      if (invalidKey(key) !== undefined) throw new InstantiationError(`invalid qualifier type: ${goType(key)}`);
    }
    const key = isConstant(index) ? index.constant : (index.attribute?.compile() ?? index.evaluate);
    attribute.add({ key, optional, testOnly: false });
    return target.attribute ? target : new AttributeNode(attribute);
  }

  #call(expr: Call): Node {
    const args = [...(expr.target === undefined ? [] : [expr.target]), ...expr.args].map((arg) => this.plan(arg));
    const [first, second] = args as [Node, Node];
    switch (expr.name) {
      case operators.and:
        return computed(and(first.evaluate, second.evaluate));
      case operators.or:
        return computed(or(first.evaluate, second.evaluate));
      case operators.conditional:
        return this.#conditional(args);
      case operators.index:
        return this.#index(first, second, false);
      case operators.optionalIndex:
      case operators.optionalSelect:
        return this.#index(first, second, true);
      case operators.equals:
        return computed(equality(first.evaluate, second.evaluate, false));
      case operators.notEquals:
        return computed(equality(first.evaluate, second.evaluate, true));
    }
    return this.#function(expr, args);
  }
  #conditional(args: readonly Node[]): Node {
    const [condition, yes, no] = args as [Node, Node, Node];
    return new AttributeNode(
      new Attribute({ kind: 'conditional', condition: condition.evaluate, yes: this.#attributeOf(yes), no: this.#attributeOf(no) }),
    );
  }

  #function(expr: Call, args: readonly Node[]): Node {
    const ids = this.#checked.overloads.get(expr.id) ?? [];
    const overloadId = ids.length === 1 ? ids[0]! : '';
    const evaluates = args.map((arg) => arg.evaluate);
    if (expr.name === 'or' && (overloadId === '' || overloadId === 'optional_or_optional') && args.length === 2) {
      return computed(orElse(evaluates[0]!, evaluates[1]!, false));
    }
    if (expr.name === 'orValue' && (overloadId === '' || overloadId === 'optional_orValue_value') && args.length === 2) {
      return computed(orElse(evaluates[0]!, evaluates[1]!, true));
    }
    if (overloadId === 'in_list' && isConstant(args[1]!)) {
      const membership = setMembership(evaluates[0]!, args[1]!.constant as CelList);
      if (membership !== undefined) return membership;
    }
    const found = this.#declarations.functions.get(expr.name)!;
    const pattern = args[1]?.constant;
    const withPattern = typeof pattern === 'string' ? found.overloads.find((overload) => overload.withPattern)?.withPattern : undefined;
    const cost = callCost(expr.name, overloadId);
    if (withPattern !== undefined) {
      const call = withPattern(pattern as string);
      if (call instanceof CelError) throw new InstantiationError(call.message);
      return computed(callClosure({ call, eager: false, nonStrict: false }, evaluates, cost));
    }
    const evaluate = callClosure(dispatch(found, overloadId, args.length), evaluates, cost);
    if (args.length === 1 && isConstant(args[0]!) && isConversion(expr.name)) {
      const value = evaluate(new Frame(Number.POSITIVE_INFINITY, 0, () => undefined));
      if (value instanceof CelError) throw new InstantiationError(value.message);
      return constant(value);
    }
    return computed(evaluate);
  }

  #list(expr: Expr & { kind: 'list' }): Node {
    const nodes = expr.elements.map((element) => this.plan(element));
    const elements = nodes.map((node) => node.evaluate);
    const optionals = expr.optionals.length === 0 ? undefined : expr.elements.map((_, index) => expr.optionals.includes(index));
    const build: Evaluate = (frame) => {
      const items: CelValue[] = [];
      for (let index = 0; index < elements.length; index++) {
        let value = elements[index]!(frame);
        if (value instanceof CelError) return value;
        if (optionals?.[index]) {
          if (!(value instanceof Optional)) {
            return new CelError(`cannot initialize optional list element from non-optional value ${goText(value)}`);
          }
          if (value.value === undefined) continue;
          value = value.value;
        }
        items.push(value);
      }
      return new ArrayList(items);
    };
    return this.#construct(nodes, build, listCreateCost);
  }
  /** What is made of constants is a constant, and free. */
  #construct(nodes: readonly Node[], build: Evaluate, cost: number): Node {
    if (nodes.every(isConstant)) return constant(build(new Frame(Number.POSITIVE_INFINITY, 0, () => undefined)));
    return computed((frame) => {
      const value = build(frame);
      frame.charge(cost);
      return value;
    });
  }
  #map(expr: Expr & { kind: 'map' }): Node {
    const keys = expr.entries.map((entry) => this.plan(entry.key));
    const values = expr.entries.map((entry) => this.plan(entry.value));
    const build: Evaluate = (frame) => {
      const map = new EntryMap();
      for (const [index, entry] of expr.entries.entries()) {
        const key = keys[index]!.evaluate(frame);
        if (key instanceof CelError) return key;
        let value = values[index]!.evaluate(frame);
        if (value instanceof CelError) return value;
        if (entry.optional) {
          if (!(value instanceof Optional)) {
            return new CelError(`cannot initialize optional entry '${goText(key)}' from non-optional value ${goText(value)}`);
          }
          if (value.value === undefined) {
            map.delete(key);
            continue;
          }
          value = value.value;
        }
        map.set(key, value);
      }
      return map;
    };
    return this.#construct([...keys, ...values], build, mapCreateCost);
  }
  #struct(expr: Expr & { kind: 'struct' }): Node {
    const type = this.#declarations.resolver?.resolve(expr.name);
    if (type === undefined) throw new InstantiationError(`unknown type: ${expr.name}`);
    const values = expr.fields.map((field) => this.plan(field.value).evaluate);
    return computed((frame) => {
      const fields = new Map<string, CelValue>();
      let result: CelValue | undefined;
      for (const [index, field] of expr.fields.entries()) {
        let value = values[index]!(frame);
        if (value instanceof CelError) {
          result = value;
          break;
        }
        if (field.optional) {
          if (!(value instanceof Optional)) {
            result = new CelError(`cannot initialize optional entry '${field.name}' from non-optional value ${goText(value)}`);
            break;
          }
          if (value.value === undefined) {
            fields.delete(field.name);
            continue;
          }
          value = value.value;
        }
        fields.set(field.name, value);
      }
      if (result === undefined) result = type.construct(fields);
      frame.charge(structCreateCost);
      return result;
    });
  }

  #fold(expr: Fold): Node {
    const outer = this.#locals;
    const init = this.plan(expr.accuInit).evaluate;
    const range = this.plan(expr.range);
    const accu = this.slots++;
    const first = this.slots++;
    const second = expr.iterVar2 === undefined ? undefined : this.slots++;
    const withAccu = new Map(outer).set(expr.accuVar, { slot: accu, init: growing(init) });
    this.#locals = new Map(withAccu).set(expr.iterVar, { slot: first });
    // An accumulator that has the name of the iteration variable hides it.
    if (expr.accuVar === expr.iterVar) this.#locals.set(expr.accuVar, withAccu.get(expr.accuVar)!);
    if (second !== undefined) this.#locals.set(expr.iterVar2!, { slot: second });
    const condition = this.plan(expr.condition);
    const step = this.plan(expr.step).evaluate;
    this.#locals = withAccu;
    const result = this.plan(expr.result).evaluate;
    this.#locals = outer;
    return computed(planFold({ range: range.evaluate, condition, step, result, accu, first, second }));
  }
}

function and(left: Evaluate, right: Evaluate): Evaluate {
  return (frame) => {
    const a = left(frame);
    if (a === false) return false;
    const b = right(frame);
    if (b === false) return false;
    return a !== true ? orNoSuchOverload(a) : b !== true ? orNoSuchOverload(b) : true;
  };
}
function or(left: Evaluate, right: Evaluate): Evaluate {
  return (frame) => {
    const a = left(frame);
    if (a === true) return true;
    const b = right(frame);
    if (b === true) return true;
    return a !== false ? orNoSuchOverload(a) : b !== false ? orNoSuchOverload(b) : false;
  };
}
function equality(left: Evaluate, right: Evaluate, negated: boolean): Evaluate {
  const cost = callCost(negated ? operators.notEquals : operators.equals, negated ? 'not_equals' : 'equals');
  const costOf = typeof cost === 'number' ? () => cost : cost;
  return (frame) => {
    const a = left(frame);
    const b = right(frame);
    const result = a instanceof CelError ? a : b instanceof CelError ? b : negated ? equal(a, b) !== true : equal(a, b);
    frame.charge(typeof a === 'number' && typeof b === 'number' ? 1 : costOf([a, b], result));
    return result;
  };
}
function orElse(left: Evaluate, right: Evaluate, unwrap: boolean): Evaluate {
  return (frame) => {
    const value = left(frame);
    if (!(value instanceof Optional)) return value;
    if (value.value === undefined) return right(frame);
    return unwrap ? value.value : value;
  };
}
/** A look-up in a set, which is free, for lists of constants of plain types. */
function setMembership(value: Evaluate, list: CelList): Node | undefined {
  if (list.size === 0) return constant(false);
  const known = new Set<unknown>();
  for (const element of list) {
    if (typeof element === 'string' || typeof element === 'boolean' || isInt(element)) known.add(element);
    else if (element instanceof Double || element instanceof Uint) known.add(numericKey(element));
    else return undefined;
  }
  return computed((frame) => {
    const wanted = value(frame);
    if (wanted instanceof CelError) return wanted;
    if (wanted instanceof Bytes) return false;
    return known.has(wanted instanceof Double || wanted instanceof Uint ? numericKey(wanted) : wanted);
  });
}
function numericKey(value: Double | Uint): unknown {
  if (value instanceof Double) {
    if (!Number.isInteger(value.value)) return value;
    return Number.isSafeInteger(value.value) ? value.value : BigInt(value.value);
  }
  return value.value <= 9007199254740991n ? Number(value.value) : value.value;
}

/** A call that a failed argument ends before the others are evaluated is free. */
function callClosure({ call, eager, nonStrict }: Dispatch, args: readonly Evaluate[], cost: CallCost): Evaluate {
  const charge = typeof cost === 'number' ? undefined : cost;
  const fixed = typeof cost === 'number' ? cost : 0;
  // What the result does not change is charged before the work is done: a call that the limit forbids takes no time.
  const early = charge !== undefined && charge.length < 2 ? charge : undefined;
  const late = early === undefined ? charge : undefined;
  if (eager && args.length === 1) {
    const only = args[0]!;
    return (frame) => {
      const value = only(frame);
      frame.charge(early === undefined ? fixed : early([value], null));
      const result = value instanceof CelError && !nonStrict ? value : call(value);
      if (late !== undefined) frame.charge(late([value], result));
      return result;
    };
  }
  if (eager && args.length === 2) {
    const [left, right] = args as [Evaluate, Evaluate];
    return (frame) => {
      const a = left(frame);
      const b = right(frame);
      frame.charge(early === undefined ? fixed : early([a, b], null));
      const result = a instanceof CelError ? a : b instanceof CelError ? b : call(a, b);
      if (late !== undefined) frame.charge(late([a, b], result));
      return result;
    };
  }
  return (frame) => {
    const values: CelValue[] = [];
    let failed: CelError | undefined;
    for (const arg of args) {
      const value = arg(frame);
      values.push(value);
      if (!(value instanceof CelError)) continue;
      failed = value;
      break;
    }
    if (values.length < args.length) return failed!;
    frame.charge(early === undefined ? fixed : early(values, null));
    const result = failed === undefined ? call(...values) : failed;
    if (late !== undefined) frame.charge(late(values, result));
    return result;
  };
}
