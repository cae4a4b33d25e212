import { type Decoded, type DecodeOptions, identityChecked } from '../decode.ts';
import { type AnyKind, apiVersionOf, type CustomVersion, type Draft } from '../kind.ts';
import { type ApiObject, objectMeta } from '../meta.ts';
import { badRequest } from '../status.ts';
import { unknownFields } from '../unknown-fields.ts';
import { dropNulls, withDefaults } from './defaults.ts';
import { coerceEmbedded, coerceMetadata, EmbeddedError } from './embedded.ts';
import { prune } from './prune.ts';

/** Custom resources whole: as they come, as they are read back, and as a conversion leaves them. */
type Custom = ApiObject & Readonly<Record<string, unknown>>;

/** An object somebody sent, fresh and free to be changed but for its values; not defaulted yet. Throws as `decodeObject`. */
export function decodeCustom(kind: AnyKind, custom: CustomVersion, json: unknown, options: DecodeOptions = {}): Decoded {
  const given = identityChecked(kind, json);
  const cannot = (why: string) => badRequest(`${kind.kind} in version "${kind.version}" cannot be handled as a ${kind.kind}: ${why}`);
  const metadata = coerceMetadata(given.metadata, false);
  if ('error' in metadata) throw cannot(metadata.error);
  const unknown = unknownFields(objectMeta, given.metadata ?? {}).map((path) => `metadata.${path}`);
  const noted = () => {
    const paths: string[] = [];
    return { paths, note: (path: string) => void paths.push(path) };
  };
  let object = given as Custom;
  const pruned = noted();
  if (!custom.preservesUnknown) object = dropNulls(prune(object, custom.schema, true, pruned.note), custom.schema);
  const embedded = noted();
  try {
    object = coerceEmbedded(object, custom.schema, { note: embedded.note });
  } catch (error) {
    throw error instanceof EmbeddedError ? cannot(error.message) : error;
  }
  unknown.push(...pruned.paths.sort(), ...embedded.paths.sort());
  const problems = [
    ...(options.duplicates ?? []).map((path) => `duplicate field ${JSON.stringify(path)}`),
    ...unknown.map((path) => `unknown field ${JSON.stringify(path)}`),
  ];
  if (options.fieldValidation === 'Strict' && problems.length > 0) throw cannot(`strict decoding error: ${problems.join(', ')}`);
  return {
    object: { ...object, metadata: metadata.value } as unknown as Draft<ApiObject>,
    warnings: options.fieldValidation === 'Ignore' ? [] : problems,
  };
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
