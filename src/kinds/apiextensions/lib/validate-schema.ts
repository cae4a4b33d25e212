import { isObject } from '../../../base/objects.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import { checkStructural, structuralFault } from '../../../api/structural/check.ts';
import { type DefaultRules, validateDefaults } from '../../../api/structural/check-defaults.ts';
import { isEmbedded, itemsOf, type JsonSchema } from '../../../api/structural/json-schema.ts';
import { type Below, checkExpressions, placeBelow, type RulePlace, rootPlace } from './check-rules.ts';
import { checkValueRules, ruleTree } from './custom-rules.ts';
import { placeOf } from './field-path.ts';
import { shownItems, shownSchema } from './internal.ts';
import type { KnownExpressions } from './rules.ts';

/** The rules for the schema of a version (pkg/apis/apiextensions/validation upstream); stored definitions may break newer ones. */
export interface SchemaRules {
  readonly hasStatus: boolean;
  readonly mustBeStructural: boolean;
  readonly mustHaveKnownTypes: boolean;
  readonly mustHavePrunedDefaults: boolean;
  readonly mustHaveAtomicSets: boolean;
  readonly mustHaveSafeMapKeys: boolean;
  /** Expressions that the stored definition has. */
  readonly known: KnownExpressions;
  /** The schema is as it was stored. */
  readonly isUnchanged: boolean;
}
type Errors = Generator<FieldError>;

export function* validateSchema(schema: JsonSchema, path: string, rules: SchemaRules): Errors {
  let found = false;
  const report = function* (errors: Iterable<FieldError>): Errors {
    for (const error of errors) {
      found = true;
      yield error;
    }
  };
  if (rules.hasStatus) yield* report(checkRootFields(schema, path));
  if (schema.nullable === true) yield* report([fieldError.forbidden(`${path}.nullable`, 'nullable cannot be true at the root')]);
  let fault: string | undefined;
  let isStructural = false;
  if (rules.mustBeStructural) {
    fault = structuralFault(schema);
    const errors = fault === undefined ? checkStructural(schema, path) : [];
    yield* report(errors);
    if (fault === undefined && errors.length === 0) {
      const checkRules = defaultRules();
      const wrong = [...validateDefaults(schema, path, { mustBePruned: rules.mustHavePrunedDefaults, checkRules })];
      yield* report(wrong);
      isStructural = wrong.length === 0;
    }
  }
  const ruled = isStructural ? rootPlace(rules.known, rules.isUnchanged) : undefined;
  const place: Place = { rules, insideMetadata: false, noDefaults: undefined, faults: new Set(), ruleErrors: [], ruled };
  yield* report(checkNode(schema, path, true, place));
  yield* report(place.ruleErrors);
  if (ruled !== undefined) yield* report(ruled.costs.errors(path));
  // What can't be structural has usually been said already, in more detail.
  if (!found && fault !== undefined) yield fieldError.invalid(path, '', fault);
}

const rootFields = new Set([
  'Description',
  'Type',
  'Format',
  'Title',
  'Maximum',
  'ExclusiveMaximum',
  'Minimum',
  'ExclusiveMinimum',
  'MaxLength',
  'MinLength',
  'Pattern',
  'MaxItems',
  'MinItems',
  'UniqueItems',
  'MultipleOf',
  'Required',
  'Items',
  'Properties',
  'ExternalDocs',
  'Example',
  'XPreserveUnknownFields',
  'XValidations',
]);
/** With a status, the schema of the status must be able to stand by itself. */
function* checkRootFields(schema: JsonSchema, path: string): Errors {
  for (const [name, value] of Object.entries(shownSchema(schema))) {
    if (value === null || value === '' || value === false) continue;
    if (name === 'Type') {
      if (value === 'object') continue;
      const why = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled';
      return yield fieldError.invalid(`${path}.type`, value, why);
    }
    if (rootFields.has(name)) continue;
    const why = `only [${[...rootFields].join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`;
    return yield fieldError.invalid(path, shownSchema(schema), why);
  }
}

interface Place {
  readonly rules: SchemaRules;
  readonly insideMetadata: boolean;
  /** Why there may be no defaults here. */
  readonly noDefaults: string | undefined;
  /** What was found so far, beside rules that can't be run. */
  readonly faults: Set<FieldError>;
  /** They come after all else. */
  readonly ruleErrors: FieldError[];
  /** undefined: rules are not looked at. */
  readonly ruled: RulePlace | undefined;
}
const identity = ['metadata', 'kind', 'apiVersion'];

/** Defaults obey the rules, whether something was there before or not. */
function defaultRules(): DefaultRules['checkRules'] {
  return (schema, value, path) => {
    const tree = ruleTree(schema, isEmbedded(schema));
    if (tree === undefined) return [];
    const errors = checkValueRules(tree, { path, value, old: value });
    return errors.length > 0 ? errors : checkValueRules(tree, { path, value });
  };
}

/** Rules are looked at where nothing else is wrong. */
function* checkNode(schema: JsonSchema | undefined, path: string, isRoot: boolean, place: Place): Errors {
  if (schema === undefined) return;
  const before = place.faults.size;
  for (const error of checkOne(schema, path, isRoot, place)) {
    place.faults.add(error);
    yield error;
  }
  if (place.ruled === undefined || place.faults.size > before) return;
  for (const error of checkExpressions(schema, path, isRoot, place.ruled)) place.ruleErrors.push(error);
}
const within = (place: Place, schema: JsonSchema, path: string, below: Below = 'other'): Place =>
  place.ruled === undefined ? place : { ...place, ruled: placeBelow(place.ruled, schema, path, below) };
const unruled = (place: Place): Place => ({ ...place, ruled: undefined });

function* checkOne(schema: JsonSchema, path: string, isRoot: boolean, place: Place): Errors {
  yield* checkSupported(schema, path, place);
  if (schema.uniqueItems === true) {
    yield fieldError.forbidden(`${path}.uniqueItems`, 'uniqueItems cannot be set to true since the runtime complexity becomes quadratic');
  }
  yield* checkFields(schema, path, isRoot, place);
  yield* checkClauses(schema, path, place);
  if (Array.isArray(schema.items)) {
    for (const [index, one] of (schema.items as readonly JsonSchema[]).entries())
      yield* checkNode(one, `${path}.items[${index}]`, false, unruled(place));
  } else yield* checkNode(itemsOf(schema), `${path}.items`, false, within(place, schema, path, 'item'));
  for (const [name, one] of Object.entries(schema.dependencies ?? {})) {
    if (isObject(one)) yield* checkNode(one as JsonSchema, `${path}.dependencies[${name}]`, false, unruled(place));
  }
  yield* checkExtensions(schema, path, place.rules);
  yield* checkRules(schema, path);
}

function* checkFields(schema: JsonSchema, path: string, isRoot: boolean, place: Place): Errors {
  const { additionalProperties, properties } = schema;
  if (additionalProperties !== undefined) {
    const at = `${path}.additionalProperties`;
    if (properties !== undefined && Object.keys(properties).length > 0 && additionalProperties !== true) {
      yield fieldError.forbidden(at, 'additionalProperties and properties are mutual exclusive');
    }
    const noDefaults = place.insideMetadata ? 'inside additionalProperties applying to object metadata' : place.noDefaults;
    if (typeof additionalProperties === 'object') {
      yield* checkNode(additionalProperties, at, false, { ...within(place, schema, path), noDefaults });
    }
  }
  const inner = within(place, schema, path, 'property');
  for (const [name, property] of Object.entries(properties ?? {})) {
    const isIdentity = (isRoot || isEmbedded(schema)) && identity.includes(name);
    const below = isIdentity ? { ...inner, insideMetadata: true, noDefaults: isRoot ? `in top-level ${name}` : place.noDefaults } : inner;
    yield* checkNode(property, `${path}.properties[${name}]`, false, below);
  }
}
function* checkClauses(schema: JsonSchema, path: string, outer: Place): Errors {
  const place = unruled(outer);
  yield* checkNode(schema.not, `${path}.not`, false, place);
  for (const junctor of ['allOf', 'oneOf', 'anyOf'] as const) {
    for (const [index, one] of (schema[junctor] ?? []).entries()) yield* checkNode(one, `${path}.${junctor}[${index}]`, false, place);
  }
  for (const [name, one] of Object.entries(schema.definitions ?? {})) yield* checkNode(one, `${path}.definitions[${name}]`, false, place);
}

const types = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
export const hasUnknownType = ({ type }: JsonSchema): boolean => Boolean(type) && !types.includes(type!);

function* checkSupported(schema: JsonSchema, path: string, { rules, insideMetadata, noDefaults }: Place): Errors {
  const forbid = (field: string, why: string) => fieldError.forbidden(`${path}.${field}`, why);
  const unsupported = (field: string) => forbid(field, `${field} is not supported`);
  if (rules.mustHaveKnownTypes && hasUnknownType(schema))
    yield fieldError.notSupported(`${path}.type`, schema.type, types, 'sorted', 'plain');
  if (schema.default !== undefined && noDefaults !== undefined) yield forbid('default', `must not be set ${noDefaults}`);
  if (schema.id) yield unsupported('id');
  if (schema.additionalItems !== undefined) yield unsupported('additionalItems');
  if (schema.patternProperties !== undefined) yield unsupported('patternProperties');
  if (schema.definitions !== undefined) yield unsupported('definitions');
  if (schema.dependencies !== undefined) yield unsupported('dependencies');
  if (schema.$ref !== undefined) yield unsupported('$ref');
  if (schema.type === 'null') yield forbid('type', 'type cannot be set to null, use nullable as an alternative');
  if (Array.isArray(schema.items) && schema.items.length > 0) yield forbid('items', 'items must be a schema object and not an array');
  if (insideMetadata && isEmbedded(schema)) yield forbid('x-kubernetes-embedded-resource', 'must not be used inside of resource meta');
}

function* checkExtensions(schema: JsonSchema, path: string, rules: SchemaRules): Errors {
  if (schema['x-kubernetes-preserve-unknown-fields'] === false) {
    yield fieldError.invalid(`${path}.x-kubernetes-preserve-unknown-fields`, false, 'must be true or undefined');
  }
  const typeMust = (type: string, extension: string) => {
    const why = `must be ${type} if ${extension} is specified`;
    return schema.type ? fieldError.invalid(`${path}.type`, schema.type, why) : fieldError.required(`${path}.type`, why);
  };
  const mapType = schema['x-kubernetes-map-type'];
  if (mapType !== undefined && schema.type !== 'object') yield typeMust('object', 'x-kubernetes-map-type');
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular') {
    yield fieldError.notSupported(`${path}.x-kubernetes-map-type`, mapType, ['atomic', 'granular'], 'sorted', 'plain');
  }
  const listType = schema['x-kubernetes-list-type'];
  const listPath = `${path}.x-kubernetes-list-type`;
  if (listType !== undefined && schema.type !== 'array') yield typeMust('array', 'x-kubernetes-list-type');
  else if (rules.mustHaveAtomicSets) yield* checkSetItems(schema, path);
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType)) {
    yield fieldError.notSupported(listPath, listType, ['atomic', 'set', 'map'], 'as given', 'plain');
  }
  if ((schema['x-kubernetes-list-map-keys'] ?? []).length > 0 && listType !== 'map') {
    const why = 'must be map if x-kubernetes-list-map-keys is non-empty';
    yield listType === undefined ? fieldError.required(listPath, why) : fieldError.invalid(listPath, listType, why);
  }
  if (listType === 'map') yield* checkMapList(schema, path);
  if (rules.mustHaveSafeMapKeys) yield* checkMapKeys(schema, path);
}
/** A set whose items could be merged has no items to tell apart. */
export function hasLooseSet(schema: JsonSchema): boolean {
  return !checkSetItems(schema, '').next().done;
}
function* checkSetItems(schema: JsonSchema, path: string): Errors {
  const items = itemsOf(schema);
  if (schema['x-kubernetes-list-type'] !== 'set' || items === undefined) return;
  const why = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  const shown = items['x-kubernetes-list-type'] ?? null;
  if (items.type === 'array' && shown !== null && shown !== 'atomic') {
    yield fieldError.invalid(`${path}.items.x-kubernetes-list-type`, shown, why);
  }
  if (items.type === 'object' && items['x-kubernetes-map-type'] !== 'atomic') {
    yield fieldError.invalid(`${path}.items.x-kubernetes-map-type`, shown, why);
  }
}
function* checkMapList(schema: JsonSchema, path: string): Errors {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  const keysPath = `${path}.x-kubernetes-list-map-keys`;
  const itemsPath = `${path}.items`;
  const items = itemsOf(schema);
  if (keys.length === 0) yield fieldError.required(keysPath, 'must not be empty if x-kubernetes-list-type is map');
  if (schema.items === undefined) return yield fieldError.required(itemsPath, 'must have a schema if x-kubernetes-list-type is map');
  if (items === undefined) {
    const shown = schema.items === null ? { Schema: null, JSONSchemas: null } : shownItems(schema.items);
    return yield fieldError.invalid(itemsPath, shown, 'must only have a single schema if x-kubernetes-list-type is map');
  }
  if (items.type !== 'object') {
    return yield fieldError.invalid(
      `${itemsPath}.type`,
      items.type ?? '',
      "must be object if parent array's x-kubernetes-list-type is map",
    );
  }
  for (const [index, key] of keys.entries()) {
    const property = items.properties !== undefined && Object.hasOwn(items.properties, key) ? items.properties[key] : undefined;
    if (property === undefined) yield fieldError.invalid(keysPath, keys, 'entries must all be names of item properties');
    else if (property.type === 'array' || property.type === 'object') {
      const why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
      yield fieldError.invalid(`${itemsPath}.properties[${key}].type`, items.type, why);
    }
    if (keys.indexOf(key) < index) yield fieldError.invalid(keysPath, keys, 'must not contain duplicate entries');
  }
}
/** Keys of items can't be missing, nor null. */
export const hasUnsafeMapKeys = (schema: JsonSchema): boolean => !checkMapKeys(schema, '').next().done;
function* checkMapKeys(schema: JsonSchema, path: string): Errors {
  const items = itemsOf(schema);
  const listType = schema['x-kubernetes-list-type'];
  if (items === undefined || (listType !== 'set' && listType !== 'map')) return;
  if (items.nullable === true) {
    yield fieldError.forbidden(`${path}.items.nullable`, `cannot be nullable when x-kubernetes-list-type is ${listType}`);
  }
  if (listType === 'set') return;
  for (const key of schema['x-kubernetes-list-map-keys'] ?? []) {
    const property = items.properties !== undefined && Object.hasOwn(items.properties, key) ? items.properties[key] : undefined;
    if (property === undefined) continue;
    const at = `${path}.items.properties[${key}]`;
    if (items.required?.includes(key) !== true && property.default === undefined) {
      const why = 'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property';
      yield fieldError.required(`${at}.default`, why);
    }
    if (property.nullable === true) {
      yield fieldError.forbidden(`${at}.nullable`, 'this property is in x-kubernetes-list-map-keys, so it cannot be nullable');
    }
  }
}

const reasons = ['FieldValueDuplicate', 'FieldValueForbidden', 'FieldValueInvalid', 'FieldValueRequired'];
const hasBreak = (text: string) => /[\n\r]/.test(text);
/** Rules in CEL, as far as they are texts. */
function* checkRules(schema: JsonSchema, path: string): Errors {
  for (const [index, rule] of (schema['x-kubernetes-validations'] ?? []).entries()) {
    const at = `${path}.x-kubernetes-validations[${index}]`;
    const { message = '', messageExpression = '', reason, fieldPath = '' } = rule;
    const text = rule.rule.trim();
    if (text === '') yield fieldError.required(`${at}.rule`, 'rule is not specified');
    else if (message !== '' && message.trim() === '') yield fieldError.invalid(`${at}.message`, message, 'must be non-empty if specified');
    else if (hasBreak(message.trim())) yield fieldError.invalid(`${at}.message`, message, 'must not contain line breaks');
    else if (hasBreak(text) && message.trim() === '') {
      yield fieldError.required(`${at}.message`, 'message must be specified if rule contains line breaks');
    }
    if (messageExpression !== '' && messageExpression.trim() === '') {
      yield fieldError.required(`${at}.messageExpression`, 'messageExpression must be non-empty if specified');
    }
    if (reason !== undefined && !reasons.includes(reason)) yield fieldError.notSupported(`${at}.reason`, reason, reasons);
    if (fieldPath === '') continue;
    if (fieldPath.trim() === '') yield fieldError.invalid(`${at}.fieldPath`, fieldPath, 'must be non-empty if specified');
    if (hasBreak(fieldPath)) yield fieldError.invalid(`${at}.fieldPath`, fieldPath, 'must not contain line breaks');
    if (!isPlace(schema, fieldPath)) yield fieldError.invalid(`${at}.fieldPath`, fieldPath, 'must be a valid path');
  }
}
function isPlace(schema: JsonSchema, fieldPath: string): boolean {
  if (structuralFault(schema) !== undefined) return true;
  try {
    placeOf(schema, fieldPath);
    return true;
  } catch {
    return false;
  }
}
