import { isObject } from '../../base/objects.ts';
import { type Decoded, DecodeFailure, type DecodeOptions, identityChecked } from '../decode.ts';
import { type AnyKind, apiVersionOf, type CustomVersion, type Draft } from '../kind.ts';
import { type ApiObject, objectMeta } from '../meta.ts';
import { badRequest, fieldError, invalid } from '../status.ts';
import { unknownFields } from '../unknown-fields.ts';
import { dropNulls, withDefaults } from './defaults.ts';
import { coerceEmbedded, coerceMetadata, EmbeddedError } from './embedded.ts';
import { plainWithFloats, rememberFloats } from './floats.ts';
import type { JsonObject } from './json-schema.ts';
import { prune } from './prune.ts';

/** Custom resources whole: as they come, as they are read back, and as a conversion leaves them. */
type Custom = ApiObject & Readonly<Record<string, unknown>>;

/** An object somebody sent, fresh and free to be changed but for its values; not defaulted yet. Throws as `decodeObject`. */
export function decodeCustom(kind: AnyKind, custom: CustomVersion, json: unknown, options: DecodeOptions = {}): Decoded {
  const { value, written } = plainWithFloats(json);
  const given = identified(kind, value, options.isPatched === true);
  const cannot = (why: string) => new DecodeFailure(kind, why);
  const metadata = coerceMetadata(given.metadata, false);
  if ('error' in metadata) throw cannot(metadata.error);
  const unknownMetadata = unknownFields(objectMeta, given.metadata ?? {}).map((path) => `metadata.${path}`);
  const noted = () => {
    const paths: string[] = [];
    return { paths, note: (path: string) => void paths.push(path) };
  };
  let object = given as Custom;
  const pruned = noted();
  // What was applied is a value and no text: its nulls stay, for validation to tell of.
  const known = custom.preservesUnknown ? object : prune(object, custom.schema, true, pruned.note);
  object = custom.preservesUnknown || options.isValue === true ? known : dropNulls(known, custom.schema);
  const embedded = noted();
  try {
    object = coerceEmbedded(object, custom.schema, { note: embedded.note });
  } catch (error) {
    throw error instanceof EmbeddedError ? cannot(error.message) : error;
  }
  const unknown = [...unknownMetadata, ...pruned.paths.sort(), ...embedded.paths.sort()];
  const problems = [
    ...(options.problems ?? []),
    ...(options.duplicates ?? []).map((path) => `duplicate field ${JSON.stringify(path)}`),
    ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
  ];
  if (options.fieldValidation === 'Strict' && problems.length > 0) throw cannot(`strict decoding error: ${problems.join(', ')}`);
  const draft = { ...object, metadata: metadata.value };
  rememberFloats(draft, written);
  return {
    object: draft as unknown as Draft<ApiObject>,
    warnings: options.fieldValidation === 'Ignore' ? [] : problems,
  };
}

/** An object that says it is of the kind. A patch makes another version of it only by mistake, which validation finds. */
function identified(kind: AnyKind, json: unknown, isPatched: boolean): JsonObject {
  const { apiVersion, kind: name } = (isObject(json) ? json : {}) as JsonObject;
  const wanted = apiVersionOf(kind);
  if (isObject(json) && (typeof name !== 'string' || name === '')) {
    const text = JSON.stringify(json);
    const summary = text.length > 30 ? `${text.slice(0, 30)} ...` : text;
    throw badRequest(
      `the object provided is unrecognized (must be of type ${kind.kind}): Object 'Kind' is missing in '${text}' (${summary})`,
    );
  }
  const { metadata } = (isObject(json) ? json : {}) as JsonObject;
  const objectName = isObject(metadata) && typeof metadata.name === 'string' ? metadata.name : '';
  const refuse = (field: string, given: unknown, must: string) =>
    invalid({ group: kind.group, kind: String(name) }, objectName, [fieldError.invalid(field, given, `must be ${must}`)]);
  if (isPatched && apiVersion !== wanted) throw refuse('apiVersion', apiVersion, wanted);
  if (typeof name === 'string' && name !== kind.kind && (apiVersion === undefined || apiVersion === wanted)) {
    throw refuse('kind', name, kind.kind);
  }
  return identityChecked(kind, json);
}

/** By the schema of its version: what a conversion or the server itself made. */
export function coerceCustom({ preservesUnknown, schema }: CustomVersion, object: ApiObject): ApiObject {
  const known = preservesUnknown ? object : dropNulls(prune(object, schema, true), schema);
  return coerceEmbedded(known, schema);
}

/** A stored object in its own version: rules may have come after it was written. The same object when there is nothing to do. */
export function readStored({ preservesUnknown, schema }: CustomVersion, stored: ApiObject): ApiObject {
  const known = preservesUnknown ? stored : dropNulls(prune(stored, schema, true), schema);
  return withDefaults(coerceEmbedded(known, schema, { dropInvalid: true }), schema);
}

export const asVersion = (kind: AnyKind, object: ApiObject): ApiObject => ({ ...object, apiVersion: apiVersionOf(kind) });
