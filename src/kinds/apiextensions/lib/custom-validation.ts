import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { goQuote } from '../../../api/go-text.ts';
import { isQualifiedName } from '../../../api/names.ts';
import { nestedInteger, nestedText, splitPath } from '../../../api/nested.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { Correlation, type Stopwatch } from '../../../api/structural/correlation.ts';
import { validateEmbedded } from '../../../api/structural/embedded.ts';
import { fieldErrorsOf } from '../../../api/structural/field-errors.ts';
import { type JsonSchema, propertyOf } from '../../../api/structural/json-schema.ts';
import { withFloats } from '../../../api/structural/floats.ts';
import { validateListTypes } from '../../../api/structural/list-types.ts';
import { validateValue } from '../../../api/structural/validate.ts';
import { checkValueRules, type RuleTimes, type RuleTree } from './custom-rules.ts';
import type { CustomResourceSubresourceScale } from '../shapes/custom-resource-definition.ts';

/** What is wrong with a custom resource, metadata aside (pkg/registry/customresource upstream). */
export interface CustomRules {
  readonly schema: JsonSchema | undefined;
  readonly scale: CustomResourceSubresourceScale | undefined;
  /** Compiled when it is first asked for. */
  readonly ruleTree: () => RuleTree | undefined;
  readonly times?: RuleTimes | undefined;
}
type Custom = ApiObject & { readonly status?: unknown };
type Errors = Generator<FieldError>;

/** While one of these stands, values are not what rules take them for. */
const blocking: ReadonlySet<FieldError['type']> = new Set([
  'FieldValueNotSupported',
  'FieldValueRequired',
  'FieldValueTooLong',
  'FieldValueTooMany',
  'FieldValueTypeInvalid',
]);
const unchecked =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

export function* validateCustom(object: Custom, context: ValidationContext<Custom>, rules: CustomRules): Errors {
  const { schema } = rules;
  const { old, warn } = context;
  const { times } = rules;
  const watch: Stopwatch | undefined = times && { now: () => times.clock.monotonic(), spentMs: 0, isRunning: false };
  const correlation = old === undefined || schema === undefined ? undefined : new Correlation(object, old, schema, watch);
  let isBlocked = context.found?.some(({ type }) => blocking.has(type)) ?? false;
  const written = withFloats(object);
  for (const error of validateBySchema(object, written, context, rules, correlation)) {
    isBlocked ||= blocking.has(error.type);
    yield error;
  }
  const tree = rules.ruleTree();
  if (tree !== undefined && isBlocked) yield fieldError.invalid('<nil>', null, unchecked);
  else if (tree !== undefined) yield* checkValueRules(tree, { path: '', value: written, old, correlation, warn, times });
  if (correlation !== undefined && watch !== undefined) times?.compared(watch.spentMs / 1000);
}

function* validateBySchema(
  object: Custom,
  written: Custom,
  { old, subresource }: ValidationContext<Custom>,
  rules: CustomRules,
  correlation: Correlation | undefined,
): Errors {
  const { schema } = rules;
  if (subresource === 'status') {
    const statusSchema = schema === undefined ? undefined : propertyOf(schema, 'status');
    if (statusSchema !== undefined && Object.hasOwn(written, 'status') && written.status !== null) {
      yield* fieldErrorsOf(validateValue(statusSchema, written.status, { correlation: correlation?.key('status') }), 'status');
    }
    yield* validateScaleStatus(written, rules.scale);
  } else {
    if (schema !== undefined) yield* fieldErrorsOf(validateValue(schema, written, { correlation }));
    yield* validateScaleSpec(written, rules.scale);
    yield* validateScaleStatus(written, rules.scale);
    yield* validateEmbedded(object, schema);
  }
  const wasFaulty = old !== undefined && !validateListTypes(schema, old).next().done;
  if (!wasFaulty) yield* validateListTypes(schema, object);
}

const int32Max = 2 ** 31 - 1;
function* validateReplicas(object: Custom, path: string): Errors {
  let replicas: number;
  try {
    replicas = nestedInteger(object, splitPath(path)) ?? 0;
  } catch (error) {
    return yield fieldError.invalid(path, 0, (error as Error).message);
  }
  if (replicas < 0) yield fieldError.invalid(path, replicas, 'should be a non-negative integer');
  else if (replicas > int32Max) yield fieldError.invalid(path, replicas, `should be less than or equal to ${int32Max}`);
}
function* validateScaleSpec(object: Custom, scale: CustomRules['scale']): Errors {
  if (scale !== undefined) yield* validateReplicas(object, scale.specReplicasPath);
}
function* validateScaleStatus(object: Custom, scale: CustomRules['scale']): Errors {
  if (scale === undefined) return;
  yield* validateReplicas(object, scale.statusReplicasPath);
  if (scale.labelSelectorPath === undefined) return;
  try {
    nestedText(object, splitPath(scale.labelSelectorPath));
  } catch (error) {
    yield fieldError.invalid(scale.labelSelectorPath, '', (error as Error).message);
  }
}

const standardFinalizers = ['foregroundDeletion', 'kubernetes', 'orphan'];
/** Finalizers that were added now and could clash with others'. */
export function* finalizerWarnings({ metadata }: ApiObject, old: ApiObject | undefined): Generator<string> {
  const known = old?.metadata.finalizers ?? [];
  const added = [...new Set(metadata.finalizers)].filter((name) => !known.includes(name)).sort();
  for (const name of added) {
    const about = `metadata.finalizers: ${goQuote(name)}: `;
    for (const message of isQualifiedName(name)) yield about + message;
    if (name.includes('/') || standardFinalizers.includes(name)) continue;
    const including = name.includes('.') ? ' including a path (/)' : '';
    yield `${about}prefer a domain-qualified finalizer name${including} to avoid accidental conflicts with other finalizer writers`;
  }
}
