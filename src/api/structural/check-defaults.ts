import { isObject } from '../../base/objects.ts';
import { sameJson } from '../../base/equal.ts';
import { inOrder } from '../go-text.ts';
import { type FieldError, fieldError } from '../status.ts';
import { coerceEmbedded, EmbeddedError, validateEmbedded } from './embedded.ts';
import { fieldErrorsOf } from './field-errors.ts';
import { additionalOf, isEmbedded, itemsOf, type JsonObject, type JsonSchema, someSchema } from './json-schema.ts';
import { prune } from './prune.ts';
import { validateValue } from './validate.ts';

/** The object that has a value at one place, and nothing else; and the value of that place in an object. */
interface Surrounding {
  readonly wrap: (value: unknown) => unknown;
  readonly read: (object: unknown) => unknown;
}
const whole: Surrounding = { wrap: (value) => value, read: (object) => object };
const typed: Surrounding = {
  wrap: (value) => ({ apiVersion: 'validation/v1', kind: 'Validation', ...(value as JsonObject) }),
  read: (object) => object,
};
const inField = (outer: Surrounding, name: string): Surrounding => ({
  wrap: (value) => outer.wrap({ [name]: value }),
  read(object) {
    const holder = outer.read(object);
    return isObject(holder) ? holder[name] : undefined;
  },
});
const inList = (outer: Surrounding): Surrounding => ({
  wrap: (value) => outer.wrap([value]),
  read(object) {
    const holder = outer.read(object);
    return Array.isArray(holder) ? holder[0] : undefined;
  },
});

export const hasDefault = (schema: JsonSchema | undefined): boolean => someSchema(schema, (one) => one.default !== undefined);

/** The schema with defaults as the schema itself would prune them; itself when that changes nothing. */
export function pruneDefaults(schema: JsonSchema): JsonSchema {
  return hasDefault(schema) ? pruneDefaultsOf(schema, schema, whole) : schema;
}
function pruneDefaultsOf(schema: JsonSchema, root: JsonSchema, place: Surrounding): JsonSchema {
  const changes: { -readonly [K in keyof JsonSchema]: JsonSchema[K] } = {};
  if (schema.default !== undefined) {
    const pruned = prunedDefault(schema.default, root, place);
    if (!sameJson(pruned, schema.default)) changes.default = pruned;
  }
  const additional = additionalOf(schema);
  if (additional !== undefined) {
    const next = pruneDefaultsOf(additional, root, inField(place, '*'));
    if (next !== additional) changes.additionalProperties = next;
  }
  const items = itemsOf(schema);
  if (items !== undefined) {
    const next = pruneDefaultsOf(items, root, inList(place));
    if (next !== items) changes.items = next;
  }
  const properties = Object.entries(schema.properties ?? {}).map(
    ([name, property]) => [name, property, pruneDefaultsOf(property, root, inField(place, name))] as const,
  );
  if (properties.some(([, before, after]) => before !== after)) {
    changes.properties = Object.fromEntries(properties.map(([name, , after]) => [name, after]));
  }
  return Object.keys(changes).length === 0 ? schema : { ...schema, ...changes };
}
function prunedDefault(value: unknown, root: JsonSchema, place: Surrounding): unknown {
  const object = coerceEmbedded(place.wrap(value), root, { isRoot: true, dropInvalid: true });
  return place.read(prune(object, root, true));
}

export interface DefaultRules {
  /** Defaults may not have fields that the schema does not know. */
  readonly mustBePruned: boolean;
  /** What the rules in CEL have against a default that is right otherwise. */
  readonly checkRules: (schema: JsonSchema, value: unknown, path: string) => Iterable<FieldError>;
}
/** Whether the defaults within a schema are values that the schema takes. */
export function* validateDefaults(schema: JsonSchema, path: string, rules: DefaultRules): Generator<FieldError> {
  yield* validateDefaultsOf({ ...schema, 'x-kubernetes-embedded-resource': true }, path, rules, schema, whole, false);
}
function* validateDefaultsOf(
  schema: JsonSchema,
  path: string,
  rules: DefaultRules,
  outerRoot: JsonSchema,
  outerPlace: Surrounding,
  outerInside: boolean,
): Generator<FieldError> {
  const starts = isEmbedded(schema);
  const root = starts ? schema : outerRoot;
  const place = starts ? typed : outerPlace;
  const inside = starts ? false : outerInside;
  if (schema.default !== undefined) {
    const at = `${path}.default`;
    let isRight = true;
    for (const error of inside
      ? validateInMetadata(schema, schema.default, root, place, at)
      : validateDefault(schema, schema.default, rules, at)) {
      isRight = false;
      yield error;
    }
    if (isRight) yield* rules.checkRules(schema, schema.default, at);
  }
  const items = itemsOf(schema);
  if (items !== undefined) yield* validateDefaultsOf(items, `${path}.items`, rules, root, inList(place), inside);
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const below = inside || (starts && ['metadata', 'apiVersion', 'kind'].includes(name));
    yield* validateDefaultsOf(property, `${path}.properties[${name}]`, rules, root, inField(place, name), below);
  }
}

function* validateInMetadata(
  schema: JsonSchema,
  value: unknown,
  root: JsonSchema,
  place: Surrounding,
  path: string,
): Generator<FieldError> {
  const invalid = (why: string) => fieldError.invalid(path, inOrder(value), `must result in valid metadata: ${why}`);
  let object = place.wrap(value);
  try {
    object = coerceEmbedded(object, root, { isRoot: true });
  } catch (error) {
    if (error instanceof EmbeddedError) return yield invalid(error.message);
    throw error;
  }
  const errors = [...validateEmbedded(object, root, '', true)].map((error) => `${error.path}: ${error.text}`);
  if (errors.length > 0) yield invalid(errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]`);
  else yield* fieldErrorsOf(validateValue(schema, value, { mode: 'default' }), path);
}
function* validateDefault(schema: JsonSchema, value: unknown, rules: DefaultRules, path: string): Generator<FieldError> {
  const isWhole = isEmbedded(schema);
  if (rules.mustBePruned && !sameJson(prune(value, schema, isWhole), value)) {
    yield fieldError.invalid(path, inOrder(value), 'must not have unknown fields');
  }
  let coerced = value;
  try {
    coerced = coerceEmbedded(value, schema, { isRoot: isWhole, path });
  } catch (error) {
    if (!(error instanceof EmbeddedError)) throw error;
    return yield error.field;
  }
  const errors = [...validateEmbedded(coerced, schema, path, isWhole)];
  yield* errors.length > 0 ? errors : fieldErrorsOf(validateValue(schema, coerced, { mode: 'default' }), path);
}
