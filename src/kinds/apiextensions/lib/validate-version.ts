import { goJson } from '../../../api/go-text.ts';
import { isDns1035Label } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { JsonSchema } from '../../../api/structural/json-schema.ts';
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionNames,
  CustomResourceSubresources,
  SelectableField,
} from '../shapes/custom-resource-definition.ts';
import { placeOf, type SchemaPlace } from './field-path.ts';

type Errors = Generator<FieldError>;
const columnTypes = ['boolean', 'date', 'integer', 'number', 'string'];
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password'];
const selectableFieldsMax = 8;

export function* validateNames(names: CustomResourceDefinitionNames, path: string): Errors {
  const labels = function* (value: string, at: string, prefix = ''): Errors {
    const messages = value === '' ? [] : isDns1035Label(prefix === '' ? value : value.toLowerCase());
    if (messages.length > 0) yield fieldError.invalid(at, value, prefix + messages.join(','));
  };
  const mixedCase = 'may have mixed case, but should otherwise match: ';
  yield* labels(names.plural, `${path}.plural`);
  yield* labels(names.singular ?? '', `${path}.singular`);
  yield* labels(names.kind, `${path}.kind`, mixedCase);
  yield* labels(names.listKind ?? '', `${path}.listKind`, mixedCase);
  yield* validateLabels(names.shortNames ?? [], `${path}.shortNames`);
  if (names.kind !== '' && names.kind === names.listKind) {
    yield fieldError.invalid(`${path}.listKind`, names.listKind, 'kind and listKind may not be the same');
  }
  yield* validateLabels(names.categories ?? [], `${path}.categories`);
}
function* validateLabels(labels: readonly string[], path: string): Errors {
  for (const [index, label] of labels.entries()) {
    const messages = isDns1035Label(label);
    if (messages.length > 0) yield fieldError.invalid(`${path}[${index}]`, label, messages.join(','));
  }
}

/** Upstream shows what a pointer points to as JSON, even texts. */
const invalidPointer: typeof fieldError.invalid = (path, value, why) => ({
  type: 'FieldValueInvalid',
  path,
  text: `Invalid value: ${goJson(value)}: ${why}`,
});

/** Paths of columns and of scale begin with a dot; more is not asked. */
function* validateSimplePath(jsonPath: string, path: string): Errors {
  if (!jsonPath.startsWith('.')) yield fieldError.invalid(path, jsonPath, 'must be a simple json path starting with .');
}

export function* validateColumns(columns: readonly CustomResourceColumnDefinition[] | undefined, path: string): Errors {
  for (const [index, { name, type, format = '', jsonPath }] of (columns ?? []).entries()) {
    const at = `${path}[${index}]`;
    const oneOf = `must be one of ${columnTypes.join(',')}`;
    if (name === '') yield fieldError.required(`${at}.name`);
    if (type === '') yield fieldError.required(`${at}.type`, oneOf);
    else if (!columnTypes.includes(type)) yield fieldError.invalid(`${at}.type`, type, oneOf);
    if (format !== '' && !columnFormats.includes(format)) {
      yield fieldError.invalid(`${at}.format`, format, `must be one of ${columnFormats.join(',')}`);
    }
    if (jsonPath === '') yield fieldError.required(`${at}.JSONPath`);
    else yield* validateSimplePath(jsonPath, `${at}.JSONPath`);
  }
}

export function* validateSubresources(subresources: CustomResourceSubresources | undefined, path: string): Errors {
  const scale = subresources?.scale;
  if (scale === undefined) return;
  const check = function* (
    value: string,
    field: string,
    under: readonly string[],
    words: string,
    invalid: typeof fieldError.invalid = fieldError.invalid,
  ): Errors {
    const at = `${path}.scale.${field}`;
    if (value === '') return yield fieldError.required(at);
    const errors = [...validateSimplePath(value, at)];
    if (errors.length > 0) yield* errors;
    else if (!under.some((prefix) => value.startsWith(prefix))) yield invalid(at, value, `should be a json path under ${words}`);
  };
  yield* check(scale.specReplicasPath, 'specReplicasPath', ['.spec.'], '.spec');
  yield* check(scale.statusReplicasPath, 'statusReplicasPath', ['.status.'], '.status');
  if (scale.labelSelectorPath)
    yield* check(scale.labelSelectorPath, 'labelSelectorPath', ['.spec.', '.status.'], 'either .spec or .status', invalidPointer);
}

export function* validateSelectableFields(
  fields: readonly SelectableField[],
  schema: JsonSchema,
  path: string,
  allowsMany: boolean,
): Errors {
  const seen = new Set<string>();
  for (const [index, { jsonPath }] of fields.entries()) {
    const at = `${path}[${index}].jsonPath`;
    if (jsonPath === '') {
      yield fieldError.required(at);
      continue;
    }
    let place: SchemaPlace;
    try {
      place = placeOf(schema, jsonPath, false);
    } catch (error) {
      yield fieldError.invalid(at, jsonPath, `is an invalid path: ${(error as Error).message}`);
      continue;
    }
    if (place.first === 'metadata') yield fieldError.invalid(at, jsonPath, 'must not point to fields in metadata');
    if (!['string', 'boolean', 'integer'].includes(place.schema?.type ?? '')) {
      const why = 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.';
      yield fieldError.invalid(at, jsonPath, why);
    }
    if (seen.has(place.path)) yield fieldError.duplicate(at, jsonPath);
    seen.add(place.path);
  }
  if (seen.size > selectableFieldsMax && !allowsMany) yield fieldError.tooMany(path, seen.size, selectableFieldsMax);
}
export const hasTooMany = (fields: readonly SelectableField[] | undefined): boolean => (fields?.length ?? 0) > selectableFieldsMax;

const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;
export function* validateDeprecation(deprecated: boolean, warning: string | undefined, path: string): Errors {
  if (warning === undefined) return;
  const invalid = (why: string) => invalidPointer(path, warning, why);
  if (!deprecated) return yield invalid('can only be set for deprecated versions');
  const bytes = new TextEncoder().encode(warning).length;
  if (bytes > 256) yield invalid('must be <= 256 characters long');
  if (bytes === 0) yield invalid('must not be an empty string');
  let index = 0;
  for (const character of warning) {
    if (!printable.test(character)) {
      yield invalid(`must only contain printable UTF-8 characters; non-printable character found at index ${index}`);
      break;
    }
    index += new TextEncoder().encode(character).length;
  }
}
