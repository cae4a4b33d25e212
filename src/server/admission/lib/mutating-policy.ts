import { decodeObject } from '../../../api/decode.ts';
import { undeclared } from '../../../api/apply/declared.ts';
import { merge, rootField } from '../../../api/apply/typed.ts';
import { type AnyKind, apiVersionOf } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { applyJsonPatch } from '../../../api/patch-json.ts';
import type { Field, JsonValue } from '../../../api/schema.ts';
import { internalError, StatusError } from '../../../api/status.ts';
import {
  type Bindings,
  CelList,
  type CelValue,
  JsonPatchValue,
  misplacedObjects,
  ObjectValue,
  runtimeCostBudget,
} from '../../../cel/index.ts';
import { ExpressionCompiler, expressionTypes } from '../../../kinds/admissionregistration/lib/expressions.ts';
import type { MutatingAdmissionPolicy } from '../../../kinds/admissionregistration/mutating-admission-policy.ts';
import { DecodeFailure } from '../../../api/decode.ts';
import { copy } from '../../lib/plain.ts';
import { Budget, composed, evaluate, type Expression, type NamedExpression } from './evaluation.ts';
import { compileConditions } from './match-conditions.ts';
import { compileVariables } from './validating-policy.ts';

/** A MutatingAdmissionPolicy's expressions, and what they make of an object (k8s.io/apiserver pkg/admission/plugin/policy/mutating). */
export interface CompiledMutations {
  readonly failurePolicy: string;
  readonly conditions: readonly Expression[];
  readonly variables: readonly NamedExpression[];
  readonly mutations: readonly CompiledMutation[];
}
interface CompiledMutation extends Expression {
  readonly type: 'apply' | 'json';
}

export function compileMutations({ spec }: MutatingAdmissionPolicy): CompiledMutations {
  const params = spec.paramKind !== undefined;
  const compiler = new ExpressionCompiler(true);
  const scope = { params, authorizer: true, patches: true };
  const variables = compileVariables(spec.variables ?? [], params, compiler);
  return {
    failurePolicy: spec.failurePolicy ?? 'Fail',
    variables,
    conditions: compileConditions(spec.matchConditions ?? [], params, compiler),
    mutations: (spec.mutations ?? []).map(({ patchType, applyConfiguration, jsonPatch }): CompiledMutation => {
      const type = patchType === 'JSONPatch' ? 'json' : 'apply';
      const text = (type === 'json' ? jsonPatch : applyConfiguration)?.expression ?? '';
      const wanted = type === 'json' ? expressionTypes.jsonPatch : expressionTypes.applyConfiguration;
      return { type, text, compiled: compiler.compile(text, scope, wanted, 'stored') };
    }),
  };
}

/**
 * The object after one mutation, read as `kind` reads it, not defaulted yet. Throws StatusError for what fails whatever the
 * failure policy is, Error for the rest.
 */
export async function mutate(
  mutation: CompiledMutation,
  object: ApiObject,
  kind: AnyKind,
  bindings: Bindings,
  variables: readonly NamedExpression[],
): Promise<ApiObject> {
  if (mutation.compiled.program === undefined) throw new Error(mutation.compiled.fault);
  const budget = new Budget(runtimeCostBudget);
  const { value, error } = await evaluate(mutation, composed(bindings, variables, budget), budget);
  if (error !== undefined) throw new Error(error);
  return mutation.type === 'json' ? jsonPatched(object, kind, value) : applied(object, kind, value);
}

function checkPlaces(value: CelValue, root: string): void {
  const faults = misplacedObjects(value, [root]);
  if (faults.length > 0) throw new Error(`type mismatch: ${faults.join('\n')}`);
}

/** `object` with everything that the value says put over it. */
function applied(object: ApiObject, kind: AnyKind, value: CelValue): ApiObject {
  if (!(value instanceof ObjectValue)) throw new Error('unsupported return type from ApplyConfiguration expression');
  checkPlaces(value, 'Object');
  const patch = { ...(value.json() as object), apiVersion: apiVersionOf(kind), kind: kind.kind } as JsonValue;
  const root = rootField(kind);
  const failed = (why: string) => new Error(`error applying patch: ${why}`);
  const fault = undeclared(root, patch);
  if (fault !== undefined) throw failed(`failed to convert patch object to typed object: ${fault}`);
  const atomics = [...atomicsOf(root, patch, '')];
  if (atomics.length > 0) throw failed(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`);
  const merged = merge(root, object as unknown as JsonValue, patch);
  if (kind.custom !== undefined) return copy(merged) as unknown as ApiObject;
  try {
    return decodeObject(kind, merged, { fieldValidation: 'Ignore', isPatched: true, isValue: true }).object as ApiObject;
  } catch (error) {
    if (!(error instanceof DecodeFailure)) throw error;
    throw new Error(`unable to convert unstructured object to ${kind.group}/${kind.version}, Kind=${kind.kind}: ${error.ofValue}`);
  }
}

/** Paths of what a patch would replace as a whole. */
function* atomicsOf(field: Field, value: JsonValue, path: string): Generator<string> {
  if (Array.isArray(value)) {
    if (field.type === 'any' || (field.type === 'list' && field.listType !== 'map' && field.listType !== 'set')) yield path;
    if (field.type === 'list') {
      for (const [index, item] of (value as readonly JsonValue[]).entries()) yield* atomicsOf(field.of!, item, `${path}[${index}]`);
    }
  } else if (typeof value === 'object' && value !== null) {
    if (field.mapType === 'atomic' || (field.type === 'object' && field.shape?.mapType === 'atomic')) yield path;
    if (field.type !== 'object') return;
    for (const [name, child] of Object.entries(value)) {
      const below = Object.hasOwn(field.shape!.fields, name) ? field.shape!.fields[name] : undefined;
      if (below !== undefined && child !== undefined) yield* atomicsOf(below, child, `${path}.${name}`);
    }
  }
}

function operationOf(value: CelValue): object {
  if (!(value instanceof JsonPatchValue)) throw new Error('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch');
  if (value.value instanceof ObjectValue) checkPlaces(value.value, value.value.type.name);
  try {
    return value.json() as object;
  } catch (error) {
    const why = (error as Error).message;
    throw new Error(`JSONPath valueExpression evaluated to a type that could not marshal to JSON: ${why}`);
  }
}
function jsonPatched(object: ApiObject, kind: AnyKind, value: CelValue): ApiObject {
  if (!(value instanceof CelList)) throw new Error('type mismatch: JSONPatchType.expression should evaluate to array');
  const operations = [...value].map(operationOf);
  let made: unknown;
  try {
    made = applyJsonPatch(object, operations);
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    // A test that fails means: not this object.
    if (why.endsWith(': test failed')) return object;
    throw new Error(`JSON Patch: ${why}`);
  }
  if (kind.custom !== undefined) return copy(made) as ApiObject;
  try {
    return decodeObject(kind, made, { fieldValidation: 'Strict', isPatched: true }).object as ApiObject;
  } catch (error) {
    if (error instanceof DecodeFailure) throw internalError(error.why);
    throw error instanceof StatusError ? internalError(error.message) : error;
  }
}
