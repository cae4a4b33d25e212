import { type FieldError, fieldError } from '../../../api/status.ts';
import { isEmbedded, type JsonSchema, someSchema } from '../../../api/structural/json-schema.ts';
import { maxRequestSizeBytes } from '../../../cel/index.ts';
import { shownRule } from './internal.ts';
import { compileRules, declarationOf, type KnownExpressions, rulesOf } from './rules.ts';

/** Whether the rules of a schema can be run, and how dear they can get (pkg/apis/apiextensions/validation upstream). */
const ruleCostMax = 10_000_000;
const definitionCostMax = 100_000_000;
const overflow = 2 ** 64;
const dearestShown = 4;

/** What rules of one schema come to. */
export class RuleCosts {
  #total = 0;
  #dearest: { readonly path: string; readonly cost: number }[] = [];

  add(path: string, cost: number): void {
    this.#total = Math.min(this.#total + cost, overflow);
    if (cost < definitionCostMax / 100) return;
    this.#dearest.push({ path, cost });
    this.#dearest = this.#dearest.sort((a, b) => b.cost - a.cost).slice(0, dearestShown);
  }
  *errors(path: string): Generator<FieldError> {
    if (this.#total <= definitionCostMax) return;
    const why = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    for (const dear of this.#dearest) yield fieldError.forbidden(dear.path, why);
    const name = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    yield fieldError.forbidden(path, tooDear(name, this.#total, definitionCostMax));
  }
}
function tooDear(name: string, cost: number, max: number): string {
  const factor = cost / max;
  const shown = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${factor.toFixed(1)}x`;
  const hint = '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
  return `${name} exceeds budget by factor of ${shown} ${hint}`;
}

/** Where rules stand: how many values there can be, and whether what was there before can be told. */
export interface RulePlace {
  readonly known: KnownExpressions;
  readonly costs: RuleCosts;
  /** undefined: nothing bounds the number. */
  readonly cardinality: number | undefined;
  /** The path of the outermost schema whose parts can't be told to be the same as before. */
  readonly uncorrelatable: string | undefined;
  /** The schema was stored as it is: how dear a rule is, was found good before. */
  readonly ignoresRuleCost: boolean;
}
export const rootPlace = (known: KnownExpressions, ignoresRuleCost: boolean): RulePlace => ({
  known,
  costs: new RuleCosts(),
  cardinality: 1,
  uncorrelatable: undefined,
  ignoresRuleCost,
});
/** What a schema is to one right below it. */
export type Below = 'property' | 'item' | 'other';
/** For the schemas right below. */
export function placeBelow(place: RulePlace, schema: JsonSchema, path: string, below: Below): RulePlace {
  const most = mostElements(schema);
  const cardinality = place.cardinality === undefined || most === undefined ? undefined : product(place.cardinality, most);
  return { ...place, cardinality, uncorrelatable: place.uncorrelatable ?? (isLoose(schema, below) ? path : undefined) };
}
const correlatable = new Set<unknown>([undefined, 'granular', 'atomic']);
/** Whether what is below it can't be told to be the same as before. */
function isLoose(schema: JsonSchema, below: Below): boolean {
  if (below === 'item') return schema['x-kubernetes-list-type'] !== 'map';
  return below === 'property' && !correlatable.has(schema['x-kubernetes-map-type']);
}
function mostElements(schema: JsonSchema): number | undefined {
  const bound = (max: number | undefined) => (max === undefined ? undefined : Math.max(max, 0));
  if (schema.type === 'object') return schema.additionalProperties === undefined ? 1 : bound(schema.maxProperties);
  return schema.type === 'array' ? bound(schema.maxItems) : 1;
}
const product = (a: number, b: number) => Math.min(a * b, overflow);

/** The expressions of stored schemas. */
export function expressionsOf(schemas: readonly JsonSchema[]): KnownExpressions {
  const rules = new Set<string>();
  const messages = new Set<string>();
  const note = (schema: JsonSchema) => {
    for (const { rule, messageExpression } of rulesOf(schema)) {
      rules.add(rule);
      if (messageExpression) messages.add(messageExpression);
    }
    return false;
  };
  for (const schema of schemas) someSchema(schema, note);
  return { rules, messages };
}

/** The rules of a schema that has no other fault, not of those within it. */
export function* checkExpressions(schema: JsonSchema, path: string, isRoot: boolean, place: RulePlace): Generator<FieldError> {
  const rules = rulesOf(schema);
  if (rules.length === 0) return;
  const at = `${path}.x-kubernetes-validations`;
  const self = declarationOf(schema, isRoot || isEmbedded(schema));
  if (self === undefined) {
    const why = 'unable to convert structural schema to CEL declarations';
    return yield fieldError.internal(at, `internal error: failed to construct type information for x-kubernetes-validations rules: ${why}`);
  }
  const cardinality = place.cardinality ?? Math.floor(maxRequestSizeBytes / (self.minSerializedSize + 1));
  for (const [index, compiled] of compileRules(schema, rules, self, place.known).entries()) {
    const { rule, error, messageError, message, usesOldSelf, messageMaxCost } = compiled;
    const here = `${at}[${index}]`;
    const dear = (field: string, name: string, cost: number): FieldError[] => {
      place.costs.add(`${here}.${field}`, cost);
      const isTooDear = !place.ignoresRuleCost && cost > ruleCostMax;
      return isTooDear ? [fieldError.forbidden(`${here}.${field}`, tooDear(name, cost, ruleCostMax))] : [];
    };
    yield* dear('rule', 'estimated rule cost', product(compiled.maxCost, cardinality));
    if (error !== undefined) yield fieldError.invalid(`${here}.rule`, shownRule(rule), error);
    if (messageError !== undefined) yield fieldError.invalid(`${here}.messageExpression`, shownRule(rule), messageError);
    else if (message !== undefined) yield* dear('messageExpression', 'estimated messageExpression cost', messageMaxCost);
    if (usesOldSelf && place.uncorrelatable !== undefined) {
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${place.uncorrelatable}`;
      yield fieldError.invalid(`${here}.rule`, rule.rule, why);
    } else if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
      yield fieldError.invalid(`${here}.optionalOldSelf`, rule.optionalOldSelf, 'may not be set if oldSelf is not used in rule');
    }
  }
}
