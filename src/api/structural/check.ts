import { isObject } from '../../base/objects.ts';
import { sameJson } from '../../base/equal.ts';
import { compilePattern } from '../../base/regexp.ts';
import { type FieldError, fieldError } from '../status.ts';
import { additionalOf, isEmbedded, isIntOrString, itemsOf, type JsonSchema, keepsUnknown } from './json-schema.ts';

/** Whether a schema is structural: says for every value what it is, apart from what it may be (apiserver/schema/validation.go upstream). */

/** What makes a schema none that could be structural; undefined when there is nothing. */
export function structuralFault(schema: JsonSchema): string | undefined {
  const unsupported = unsupportedField(schema);
  if (unsupported !== undefined) return `OpenAPIV3Schema '${unsupported}' is not supported`;
  for (const nested of [schema.not, ...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) {
    const fault = nested === undefined ? undefined : structuralFault(nested);
    if (fault !== undefined) return fault;
  }
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    return "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined";
  }
  if (Array.isArray(schema.items) && schema.items.length > 0) return "OpenAPIV3Schema 'items' must be a schema, but is an array";
  for (const below of [itemsOf(schema), ...Object.values(schema.properties ?? {}), additionalOf(schema)]) {
    const fault = below === undefined ? undefined : structuralFault(below);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
function unsupportedField(schema: JsonSchema): string | undefined {
  const isSet = (value: object | undefined) => value !== undefined && Object.keys(value).length > 0;
  if (schema.id) return 'id';
  if (schema.$schema) return 'schema';
  if (schema.$ref) return '$ref';
  if (isSet(schema.patternProperties)) return 'patternProperties';
  if (isSet(schema.dependencies)) return 'dependencies';
  if (schema.additionalItems !== undefined) return 'additionalItems';
  return isSet(schema.definitions) ? 'definitions' : undefined;
}

type Level = 'root' | 'item' | 'field';
type Errors = Generator<FieldError>;

/** What is not structural, in the order of the messages. */
export function checkStructural(schema: JsonSchema, path: string): readonly FieldError[] {
  const errors = [...checkSchema(schema, 'root', path), ...checkComplete(schema, schema, path, path)];
  const textOf = (error: FieldError) => `${error.path}: ${error.text}`;
  return errors.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
}

const intOrString = [{ type: 'integer' }, { type: 'string' }];
const isIntOrStringUnion = (anyOf: readonly JsonSchema[] | undefined) => sameJson(anyOf, intOrString);

function* checkSchema(schema: JsonSchema, level: Level, path: string): Errors {
  const items = itemsOf(schema);
  if (schema.type === 'array' && items === undefined) yield fieldError.required(`${path}.items`, 'must be specified');
  if (items !== undefined) yield* checkSchema(items, 'item', `${path}.items`);
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    yield* checkSchema(property, 'field', `${path}.properties[${name}]`);
  if (schema.additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`;
    if (level === 'root') yield fieldError.forbidden(at, 'must not be used at the root');
    const additional = additionalOf(schema);
    if (additional !== undefined) yield* checkSchema(additional, 'field', at);
  }
  if (isIntOrString(schema)) yield* checkIntOrString(schema, path);
  yield* checkNested(schema, path, isIntOrStringUnion(schema.anyOf), isIntOrStringUnion(schema.allOf?.[0]?.anyOf));
  yield* checkType(schema, level, path);
  yield* checkIdentity(schema, level, path);
}
function* checkIntOrString(schema: JsonSchema, path: string): Errors {
  const why = 'must be false if x-kubernetes-int-or-string is true';
  if (keepsUnknown(schema)) yield fieldError.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, true, why);
  if (isEmbedded(schema)) yield fieldError.invalid(`${path}.x-kubernetes-embedded-resource`, true, why);
}
const untyped: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};
function* checkType(schema: JsonSchema, level: Level, path: string): Errors {
  const { type } = schema;
  const at = `${path}.type`;
  if (isEmbedded(schema) && type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    yield type ? fieldError.invalid(at, type, why) : fieldError.required(at, why);
  } else if (!type && !isIntOrString(schema) && !keepsUnknown(schema)) yield fieldError.required(at, untyped[level]);
  if (isEmbedded(schema) && schema.additionalProperties !== undefined) {
    yield fieldError.forbidden(`${path}.additionalProperties`, 'must not be used if x-kubernetes-embedded-resource is set');
  }
  if (level === 'root' && type && type !== 'object') yield fieldError.invalid(at, type, 'must be object at the root');
}
/** kind, apiVersion and metadata are given; a schema may say little about them. */
function* checkIdentity(schema: JsonSchema, level: Level, path: string): Errors {
  const { properties = {} } = schema;
  const isWhole = level === 'root' || isEmbedded(schema);
  for (const name of ['kind', 'apiVersion']) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isWhole && property !== undefined && property.type !== 'string') {
      yield fieldError.invalid(`${path}.properties[${name}].type`, property.type ?? '', 'must be string');
    }
  }
  const metadata = Object.hasOwn(properties, 'metadata') ? properties.metadata : undefined;
  if (metadata !== undefined) {
    const at = `${path}.properties[metadata]`;
    if (isWhole && metadata.type !== 'object') yield fieldError.invalid(`${at}.type`, metadata.type ?? '', 'must be object');
    if (level === 'root' && !namesOnly(metadata)) {
      yield fieldError.forbidden(at, 'must not specify anything other than name and generateName, but metadata is implicitly specified');
    }
  }
  if (isEmbedded(schema) && !keepsUnknown(schema) && Object.keys(properties).length === 0) {
    const why = 'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    yield fieldError.required(`${path}.properties`, why);
  }
}
function namesOnly({ type: _, default: __, properties = {}, ...rest }: JsonSchema): boolean {
  return Object.keys(rest).length === 0 && Object.keys(properties).every((name) => name === 'name' || name === 'generateName');
}

/** What stands under allOf, anyOf, oneOf and not. */
function* checkNested(schema: JsonSchema, path: string, skipAnyOf: boolean, skipFirstAllOf: boolean): Errors {
  if (!skipAnyOf) for (const [index, one] of (schema.anyOf ?? []).entries()) yield* checkClause(one, `${path}.anyOf[${index}]`, false);
  for (const [index, one] of (schema.allOf ?? []).entries()) {
    yield* checkClause(one, `${path}.allOf[${index}]`, skipFirstAllOf && index === 0);
  }
  for (const [index, one] of (schema.oneOf ?? []).entries()) yield* checkClause(one, `${path}.oneOf[${index}]`, false);
  if (schema.not !== undefined) yield* checkClause(schema.not, `${path}.not`, false);
  if (schema.pattern) {
    try {
      compilePattern(schema.pattern);
    } catch (error) {
      const why = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
      yield fieldError.invalid(`${path}.pattern`, schema.pattern, why);
    }
  }
}
const isAllowing = (additional: JsonSchema['additionalProperties']) => additional === true || isObject(additional);
/** Fields that belong to structure, and how upstream says that a clause has them. */
const structural: readonly (readonly [keyof JsonSchema, string, (value: any) => boolean])[] = [
  ['type', 'must be empty', Boolean],
  ['additionalProperties', 'must be undefined', isAllowing],
  ['default', 'must be undefined', (value) => value !== undefined],
  ['title', 'must be empty', Boolean],
  ['description', 'must be empty', Boolean],
  ['nullable', 'must be false', Boolean],
  ['x-kubernetes-preserve-unknown-fields', 'must be false', Boolean],
  ['x-kubernetes-embedded-resource', 'must be false', Boolean],
  ['x-kubernetes-int-or-string', 'must be false', Boolean],
  ['x-kubernetes-list-map-keys', 'must be empty', (keys) => keys !== undefined && keys.length > 0],
  ['x-kubernetes-list-type', 'must be undefined', (value) => value !== undefined],
  ['x-kubernetes-map-type', 'must be undefined', (value) => value !== undefined],
  ['x-kubernetes-validations', 'must be empty', (rules) => rules !== undefined && rules.length > 0],
];
function* checkClause(clause: JsonSchema, path: string, skipAnyOf: boolean): Errors {
  yield* checkNested(clause, path, skipAnyOf, false);
  const items = itemsOf(clause);
  if (items !== undefined) yield* checkClause(items, `${path}.items`, false);
  for (const [name, property] of Object.entries(clause.properties ?? {}))
    yield* checkClause(property, `${path}.properties[${name}]`, false);
  for (const [field, why, isSet] of structural) {
    if (isSet(clause[field])) yield fieldError.forbidden(`${path}.${field}`, `${why} to be structural`);
  }
  if (clause.properties !== undefined && Object.hasOwn(clause.properties, 'metadata')) {
    yield fieldError.forbidden(`${path}.properties[metadata]`, 'must not be specified in a nested context');
  }
}

/** Whatever a clause speaks of is specified outside, too. `structure` undefined: it is not. */
function* checkComplete(clause: JsonSchema, structure: JsonSchema, path: string, at: string): Errors {
  const clauses: readonly (readonly [JsonSchema | undefined, string])[] = [
    [clause.not, 'not'],
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((junctor) =>
      (clause[junctor] ?? []).map((one, index) => [one, `${junctor}[${index}]`] as const),
    ),
  ];
  for (const [one, name] of clauses) if (one !== undefined) yield* checkClauseComplete(one, structure, path, `${at}.${name}`);
}
function* checkClauseComplete(clause: JsonSchema, structure: JsonSchema | undefined, path: string, at: string): Errors {
  if (structure === undefined) return yield fieldError.required(path, `because it is defined in ${at}`);
  yield* checkComplete(clause, structure, path, at);
  const items = itemsOf(clause);
  if (items !== undefined) yield* checkClauseComplete(items, itemsOf(structure), `${path}.items`, `${at}.items`);
  for (const [name, property] of Object.entries(clause.properties ?? {})) {
    const below = `properties[${name}]`;
    const outside =
      structure.properties !== undefined && Object.hasOwn(structure.properties, name) ? structure.properties[name] : undefined;
    yield* checkClauseComplete(property, outside, `${path}.${below}`, `${at}.${below}`);
  }
}
