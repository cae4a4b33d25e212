import type { Clock } from '../../../base/clock.ts';
import { isObject } from '../../../base/objects.ts';
import { plainNumbers } from '../../../api/number-text.ts';
import { type FieldError, fieldError, omitted } from '../../../api/status.ts';
import { type Correlation, itemsByKey, keyOf } from '../../../api/structural/correlation.ts';
import {
  additionalOf,
  isEmbedded,
  itemsOf,
  type JsonSchema,
  propertyOf,
  type ValidationRule,
} from '../../../api/structural/json-schema.ts';
import {
  type Bindings,
  type CelValue,
  maxMessageExpressionSizeBytes,
  Optional,
  type Program,
  runtimeCostBudget,
  schemaValue,
  withObjectMeta,
} from '../../../cel/index.ts';
import { allKnown, type CompiledRule, compileRules, declarationOf, rulesOf } from './rules.ts';

/** Validation rules at work on objects (pkg/apiserver/schema/cel/validation.go upstream). */
interface Node {
  /** Of the values: rules of an allOf are about those of the schema around it. */
  readonly schema: JsonSchema;
  /** With what every object has, for whole objects. */
  readonly seen: JsonSchema;
  readonly rules: readonly CompiledRule[];
  readonly cannot: string | undefined;
  readonly items: Node | undefined;
  readonly additional: Node | undefined;
  readonly properties: ReadonlyMap<string, Node>;
  readonly allOf: readonly Node[];
}

/** Told how long work on custom resources takes, in seconds. */
export interface RuleTimes {
  readonly clock: Clock;
  /** The rules of one place were compiled. */
  compiled(seconds: number): void;
  /** The rules of one place and all below were run. */
  evaluated(seconds: number): void;
  /** It was found what an update leaves as it was. */
  compared(seconds: number): void;
}

/** undefined: there are no rules. */
export function ruleTree(schema: JsonSchema, isResource: boolean, times?: RuleTimes): Node | undefined {
  return nodeOf(schema, schema, isResource, times);
}

function nodeOf(ruled: JsonSchema, schema: JsonSchema, isResource: boolean, times: RuleTimes | undefined): Node | undefined {
  const below = (ruledBelow: JsonSchema | undefined, schemaBelow: JsonSchema | undefined) =>
    ruledBelow === undefined || schemaBelow === undefined ? undefined : nodeOf(ruledBelow, schemaBelow, isEmbedded(schemaBelow), times);
  const items = below(itemsOf(ruled), itemsOf(schema));
  const additional = below(additionalOf(ruled), additionalOf(schema));
  const properties = new Map<string, Node>();
  for (const [name, property] of Object.entries(ruled.properties ?? {})) {
    const own = propertyOf(schema, name);
    // What CEL sees no values of has no rules.
    const node = own === undefined || declarationOf(own, isEmbedded(own)) === undefined ? undefined : below(property, own);
    if (node !== undefined) properties.set(name, node);
  }
  const allOf = (ruled.allOf ?? []).flatMap((one) => nodeOf(one, schema, isResource, times) ?? []);
  const rules = rulesOf(ruled);
  if (rules.length === 0 && items === undefined && additional === undefined && properties.size === 0 && allOf.length === 0)
    return undefined;
  const self = rules.length === 0 ? undefined : declarationOf(schema, isResource);
  const cannot = rules.length > 0 && self === undefined ? 'failed to convert to declType for CEL validation rules' : undefined;
  const startedMs = times?.clock.monotonic() ?? 0;
  const compiled = self === undefined ? [] : compileRules(schema, rules, self, allKnown);
  times?.compiled((times.clock.monotonic() - startedMs) / 1000);
  const seen = isResource ? (withObjectMeta(schema as never) as JsonSchema) : schema;
  return { schema, seen, rules: compiled, cannot, items, additional, properties, allOf };
}

/** What stood here before, as far as can be told, and in the nearest place where it can be. */
interface Before {
  readonly current: Correlation | undefined;
  readonly nearest: Correlation | undefined;
}
const nothing: Before = { current: undefined, nearest: undefined };
const isUnchanged = ({ current, nearest }: Before): boolean => (current ?? nearest)?.isSame === true;
function keyBefore(before: Before, name: string): Before {
  const { current, nearest } = before;
  if (current === undefined) return before;
  // Both objects are shown in the same version: nobody can tell whether these changed.
  if (nearest === undefined && (name === 'apiVersion' || name === 'kind')) return nothing;
  return { current: current.key(name), nearest: current };
}
const indexBefore = (before: Before, index: number): Before =>
  before.current === undefined ? before : { current: before.current.index(index), nearest: before.current };

export interface RuleRun {
  readonly path: string;
  readonly value: unknown;
  readonly old?: unknown;
  readonly correlation?: Correlation | undefined;
  /** Told of failures that nobody has to mend: the value is as it was. */
  readonly warn?: ((text: string) => void) | undefined;
  readonly times?: RuleTimes | undefined;
}
export function checkValueRules(tree: Node, { path, value, old, correlation, warn, times }: RuleRun): readonly FieldError[] {
  const run = new Run(warn ?? (() => undefined), times);
  run.check(tree, path, value, old, { current: correlation, nearest: undefined });
  return run.errors;
}

class Run {
  readonly errors: FieldError[] = [];
  readonly #warn: (text: string) => void;
  readonly #times: RuleTimes | undefined;
  /** Below zero: it is used up, and no more rules are run. */
  #budget = runtimeCostBudget;

  constructor(warn: (text: string) => void, times: RuleTimes | undefined) {
    this.#warn = warn;
    this.#times = times;
  }
  check(node: Node, path: string, value: unknown, old: unknown, before: Before): void {
    const times = this.#times;
    if (times === undefined) return this.#check(node, path, value, old, before);
    const startedMs = times.clock.monotonic();
    this.#check(node, path, value, old, before);
    times.evaluated((times.clock.monotonic() - startedMs) / 1000);
  }
  #check(node: Node, path: string, value: unknown, old: unknown, before: Before): void {
    if (value === undefined || value === null) return;
    this.#rules(node, path, value, old, before);
    for (const one of node.allOf) {
      if (this.#budget < 0) return;
      this.check(one, path, value, old, { current: undefined, nearest: before.nearest });
    }
    if (Array.isArray(value)) this.#items(node, path, value, Array.isArray(old) ? old : [], before);
    else if (isObject(value)) this.#members(node, path, value, isObject(old) ? old : {}, before);
  }
  #items({ items, schema }: Node, path: string, value: readonly unknown[], old: readonly unknown[], before: Before): void {
    if (items === undefined) return;
    const keys = schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : [];
    const oldItems = keys.length === 0 ? undefined : itemsByKey(old, keys);
    for (const [index, item] of value.entries()) {
      if (this.#budget < 0) return;
      const key = keyOf(item, keys);
      const oldItem = key === undefined ? undefined : oldItems?.get(key);
      this.check(items, `${path}[${index}]`, item, oldItem, indexBefore(before, index));
    }
  }
  #members(
    node: Node,
    path: string,
    value: Readonly<Record<string, unknown>>,
    old: Readonly<Record<string, unknown>>,
    before: Before,
  ): void {
    for (const [name, member] of Object.entries(value)) {
      const was = Object.hasOwn(old, name) ? old[name] : undefined;
      if (this.#budget < 0) return;
      if (node.additional !== undefined) this.check(node.additional, `${path}[${name}]`, member, was, keyBefore(before, name));
      const property = node.properties.get(name);
      if (property !== undefined) this.check(property, path === '' ? name : `${path}.${name}`, member, was, keyBefore(before, name));
    }
  }

  #rules(node: Node, path: string, value: unknown, old: unknown, before: Before): void {
    const at = path === '' ? '<nil>' : path;
    const type = node.schema.type ?? '';
    const invalid = (why: string) => this.errors.push(fieldError.invalid(at, type, why));
    if (node.cannot !== undefined) return void invalid(`rule compiler initialization error: ${node.cannot}`);
    if (node.rules.length === 0) return;
    if (this.#budget <= 0) {
      invalid('validation failed due to running out of cost budget, no further validation rules will be run');
      this.#budget = -1;
      return;
    }
    const values = new Values(node, value, old);
    for (const compiled of node.rules) {
      if (compiled.error !== undefined) invalid(`rule compile error: ${compiled.error}`);
      else if (compiled.program !== undefined && !this.#rule(compiled, compiled.program, values, path, node, before)) return;
    }
  }
  /** False when nothing more may be run. */
  #rule(compiled: CompiledRule, program: Program, values: Values, path: string, node: Node, before: Before): boolean {
    const { rule, usesOldSelf } = compiled;
    const isOptional = rule.optionalOldSelf === true;
    if (usesOldSelf && values.old === undefined && !isOptional) return true;
    const type = node.schema.type ?? '';
    const at = path === '' ? '<nil>' : path;
    const invalid = (why: string) => this.errors.push(fieldError.invalid(at, type, why));
    const { value, error, cost } = program.evaluate(values.bindings(isOptional));
    if (cost > this.#budget) {
      invalid('validation failed due to running out of cost budget, no further validation rules will be run');
      return this.#stop();
    }
    this.#budget -= cost;
    if (error !== undefined) {
      const { message } = error;
      if (message.startsWith('no such overload')) {
        invalid(`'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${nameOf(rule)}`);
      } else if (message.startsWith('operation cancelled: actual cost limit exceeded')) {
        invalid(`'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${nameOf(rule)}`);
        return this.#stop();
      } else invalid(`${message} evaluating rule: ${nameOf(rule)}`);
      return true;
    }
    if (value === true) return true;
    const where = compiled.fieldPath === '' ? at : path === '' ? compiled.fieldPath : `${path}.${compiled.fieldPath}`;
    const report = (failure: FieldError) => {
      if (!usesOldSelf && isUnchanged(before)) this.#warn(`${failure.path}: ${failure.text}`);
      else this.errors.push(failure);
    };
    const text = compiled.message === undefined ? undefined : this.#message(compiled.message, rule, values);
    if (text !== undefined && 'fatal' in text) {
      report(fieldError.invalid(where, type, text.fatal));
      return this.#stop();
    }
    const detail = text?.text ?? (rule.message ? rule.message.trim() : `failed rule: ${nameOf(rule)}`);
    report(failureOf(rule, where, type === 'object' || type === 'array' ? omitted : values.json, detail));
    return true;
  }
  #stop(): false {
    this.#budget = -1;
    return false;
  }
  /** undefined: it gave none that can be shown. */
  #message(program: Program, rule: ValidationRule, values: Values): { readonly text: string } | { readonly fatal: string } | undefined {
    const { value, error, cost } = program.evaluate(values.bindings(false));
    if (cost > this.#budget) {
      return { fatal: 'messageExpression evaluation failed due to running out of cost budget, no further validation rules will be run' };
    }
    if (error?.message.startsWith('operation cancelled: actual cost limit exceeded')) {
      const shown = JSON.stringify(rule.messageExpression);
      return { fatal: `no further validation rules will be run due to call cost exceeds limit for messageExpression: ${shown}` };
    }
    this.#budget -= cost;
    if (typeof value !== 'string') return undefined;
    const text = value.trim();
    const isFit = text !== '' && !text.includes('\n') && new TextEncoder().encode(text).length <= maxMessageExpressionSizeBytes;
    return isFit ? { text } : undefined;
  }
}

const nameOf = ({ message, rule }: ValidationRule): string => (message ? message : rule).trim();

function failureOf({ reason }: ValidationRule, path: string, written: unknown, detail: string): FieldError {
  const value = plainNumbers(written);
  switch (reason) {
    case 'FieldValueForbidden':
      return fieldError.forbidden(path, detail);
    case 'FieldValueRequired':
      return fieldError.required(path, detail);
    case 'FieldValueDuplicate':
      return fieldError.duplicate(path, value);
    default:
      return fieldError.invalid(path, value, detail);
  }
}

/** The values that the rules of one place see. */
class Values {
  readonly json: unknown;
  readonly old: unknown;
  readonly #node: Node;
  #plain: Bindings | undefined;
  #optional: Bindings | undefined;

  constructor(node: Node, json: unknown, old: unknown) {
    this.#node = node;
    this.json = json;
    this.old = old ?? undefined;
  }
  #of(json: unknown): CelValue {
    return schemaValue(json, this.#node.seen as never);
  }
  bindings(isOptional: boolean): Bindings {
    const plain = this.#plain ?? { self: this.#of(this.json), ...(this.old === undefined ? {} : { oldSelf: this.#of(this.old) }) };
    this.#plain = plain;
    if (!isOptional) return plain;
    this.#optional ??= { self: plain.self, oldSelf: this.old === undefined ? Optional.none : Optional.of(plain.oldSelf as CelValue) };
    return this.#optional;
  }
}
export type RuleTree = Node;
