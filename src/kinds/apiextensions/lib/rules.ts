import type { JsonSchema, ValidationRule } from '../../../api/structural/json-schema.ts';
import {
  type CelType,
  type DeclType,
  type Environment,
  environment,
  type Program,
  type SizeRange,
  schemaType,
  types,
} from '../../../cel/index.ts';
import { placeOf } from './field-path.ts';

/** Validation rules in CEL, compiled (pkg/apiserver/schema/cel/compilation.go upstream). */
export interface CompiledRule {
  readonly rule: ValidationRule;
  /** undefined: it is empty, or `error` says why not. */
  readonly program: Program | undefined;
  readonly error: string | undefined;
  readonly message: Program | undefined;
  readonly messageError: string | undefined;
  readonly usesOldSelf: boolean;
  readonly maxCost: number;
  readonly messageMaxCost: number;
  /** Where a failure is reported, below the value; '' is the value itself. */
  readonly fieldPath: string;
}
/** Expressions that a stored definition has may use all that this server knows; new ones what the version before knows, too. */
export interface KnownExpressions {
  readonly rules: { has(expression: string): boolean };
  readonly messages: { has(expression: string): boolean };
}
export const allKnown: KnownExpressions = { rules: { has: () => true }, messages: { has: () => true } };

export const rulesOf = (schema: JsonSchema): readonly ValidationRule[] => schema['x-kubernetes-validations'] ?? [];
/** undefined: CEL sees no such values. */
export const declarationOf = (schema: JsonSchema, isResource: boolean): DeclType | undefined =>
  schemaType(schema as Parameters<typeof schemaType>[0], isResource);

/** The rules of one schema, not of those within it. */
export function compileRules(
  schema: JsonSchema,
  rules: readonly ValidationRule[],
  self: DeclType,
  known: KnownExpressions,
): readonly CompiledRule[] {
  const environments = new Environments(self);
  const sizeOf = sizesOf(self);
  return rules.map((rule) => compileRule(schema, rule, environments, sizeOf, known));
}

class Environments {
  readonly #self: DeclType;
  readonly #made = new Map<string, Environment>();
  constructor(self: DeclType) {
    this.#self = self;
  }
  get(isStored: boolean, hasOptionalOld: boolean): Environment {
    const name = `${isStored} ${hasOptionalOld}`;
    let made = this.#made.get(name);
    if (made === undefined) {
      const oldSelf: CelType | DeclType = hasOptionalOld ? types.optional(this.#self.celType) : this.#self;
      made = environment({ kind: isStored ? 'stored' : 'new', variables: { self: this.#self, oldSelf } });
      this.#made.set(name, made);
    }
    return made;
  }
}

type SizeOf = (path: readonly string[]) => SizeRange | undefined;
/** How large values can be, by the path from self or oldSelf. */
const sizesOf =
  (self: DeclType): SizeOf =>
  ([, ...steps]) => {
    let type: DeclType | undefined = self;
    for (const step of steps) {
      if (step === '@items' || step === '@values') type = type.elemType;
      else if (step === '@keys') type = type.keyType;
      else type = type.fields?.get(step)?.type;
      if (type === undefined) return undefined;
    }
    return { min: 0, max: type.maxElements };
  };

function compileRule(
  schema: JsonSchema,
  rule: ValidationRule,
  environments: Environments,
  sizeOf: SizeOf,
  known: KnownExpressions,
): CompiledRule {
  const none: CompiledRule = {
    rule,
    program: undefined,
    error: undefined,
    message: undefined,
    messageError: undefined,
    usesOldSelf: false,
    maxCost: 0,
    messageMaxCost: 0,
    fieldPath: '',
  };
  if (rule.rule.trim() === '') return none;
  const isOptional = rule.optionalOldSelf === true;
  const { program, failure } = environments.get(known.rules.has(rule.rule), isOptional).compile(rule.rule);
  if (failure !== undefined) return { ...none, error: `compilation failed: ${failure.text}` };
  if (!types.sameType(program.outputType, types.bool)) return { ...none, error: 'cel expression must evaluate to a bool' };
  const usesOldSelf = program.references.has('oldSelf');
  if (program.instantiationError !== undefined) {
    return { ...none, usesOldSelf, error: `program instantiation failed: ${program.instantiationError}` };
  }
  const compiled = { ...none, usesOldSelf, program, maxCost: program.estimateCost(sizeOf).max, fieldPath: normalized(schema, rule) };
  if (!rule.messageExpression) return compiled;
  const env = environments.get(known.messages.has(rule.messageExpression), isOptional);
  const { program: message, failure: fault } = env.compile(rule.messageExpression);
  const failed = (messageError: string) => ({ ...compiled, fieldPath: '', messageError });
  if (fault !== undefined) return failed(`messageExpression compilation failed: ${fault.text}`);
  if (!types.sameType(message.outputType, types.string)) return failed('messageExpression must evaluate to a string');
  if (message.instantiationError !== undefined) return failed(`messageExpression instantiation failed: ${message.instantiationError}`);
  return { ...compiled, message, messageMaxCost: message.estimateCost(sizeOf).max };
}
function normalized(schema: JsonSchema, { fieldPath }: ValidationRule): string {
  if (!fieldPath) return '';
  try {
    return placeOf(schema, fieldPath).path;
  } catch {
    return '';
  }
}
