import { isObject } from '../../base/objects.ts';
import { tryDecodeShape } from '../decode.ts';
import { inOrder } from '../go-text.ts';
import { type ObjectMeta, objectMeta } from '../meta.ts';
import { isDns1035Label } from '../names.ts';
import { type FieldError, fieldError } from '../status.ts';
import { unknownFields } from '../unknown-fields.ts';
import { validateObjectMeta } from '../validate-meta.ts';
import { additionalOf, isEmbedded, itemsOf, type JsonObject, type JsonSchema, propertyOf } from './json-schema.ts';
import { dropped, mapFields, mapItems } from './prune.ts';

/** Whole objects within an object (x-kubernetes-embedded-resource): their apiVersion, kind and metadata. */
export interface CoerceOptions {
  /** The value is an object itself. */
  readonly isRoot?: boolean;
  /** What cannot be is left out, instead of refused: for what was stored before there were rules. */
  readonly dropInvalid?: boolean;
  /** Where the value stands; '' is the top. */
  readonly path?: string;
  /** Told the path of every unknown field of metadata. */
  readonly note?: (path: string) => void;
}
/** Thrown for an embedded object that is none. */
export class EmbeddedError extends Error {
  readonly field: FieldError;
  constructor(field: FieldError) {
    super(`${field.path}: ${field.text}`);
    this.field = field;
  }
}

const child = (path: string, name: string) => (path === '' ? name : `${path}.${name}`);
const key = (path: string, name: string) => `${path === '' ? '<nil>' : path}[${name}]`;

/** With metadata of embedded objects as metadata is: typed, without unknown fields. Throws EmbeddedError. */
export function coerceEmbedded<T>(value: T, schema: JsonSchema | undefined, options: CoerceOptions = {}): T {
  if (schema === undefined) return value;
  return coerce(value, schema, options.isRoot === true || isEmbedded(schema), options.path ?? '', options) as T;
}
function coerce(value: unknown, schema: JsonSchema | undefined, isWhole: boolean, path: string, options: CoerceOptions): unknown {
  if (schema === undefined || !(isWhole || hasEmbedded(schema))) return value;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return mapItems(value, (item, index) => coerceAt(item, items, `${path}[${index}]`, options));
  }
  if (!isObject(value)) return value;
  return mapFields(value, (item, name) => {
    const own = isWhole ? coerceIdentity(item, name, path, options) : item;
    if (own === dropped) return own;
    const property = propertyOf(schema, name);
    if (property !== undefined) return coerceAt(own, property, child(path, name), options);
    const additional = additionalOf(schema);
    return additional === undefined ? own : coerceAt(own, additional, key(path, name), options);
  });
}
const coerceAt = (value: unknown, schema: JsonSchema | undefined, path: string, options: CoerceOptions) =>
  coerce(value, schema, schema !== undefined && isEmbedded(schema), path, options);

function coerceIdentity(value: unknown, name: string, path: string, { dropInvalid, note }: CoerceOptions): unknown {
  if (name === 'apiVersion' || name === 'kind') {
    if (typeof value === 'string') return value;
    if (dropInvalid) return dropped;
    throw new EmbeddedError(fieldError.invalid(child(path, name), inOrder(value), 'must be a string'));
  }
  if (name !== 'metadata') return value;
  const metadata = coerceMetadata(value, dropInvalid === true);
  if ('error' in metadata) {
    if (dropInvalid) return value;
    throw new EmbeddedError(fieldError.invalid(child(path, name), inOrder(value), metadata.error));
  }
  if (note !== undefined) for (const unknown of unknownFields(objectMeta, value)) note(`${child(path, name)}.${unknown}`);
  return metadata.value;
}
/** Metadata of any object; `dropInvalid` leaves out fields of wrong types. */
export function coerceMetadata(value: unknown, dropInvalid: boolean): ReturnType<typeof tryDecodeShape> {
  const whole = tryDecodeShape(objectMeta, value ?? {});
  if (!('error' in whole) || !dropInvalid || !isObject(value)) return whole;
  const kept = Object.entries(value).filter(([name, field]) => !('error' in tryDecodeShape(objectMeta, { [name]: field })));
  return tryDecodeShape(objectMeta, Object.fromEntries(kept));
}

const having = new WeakMap<JsonSchema, boolean>();
/** Whether there may be an object within. */
function hasEmbedded(schema: JsonSchema): boolean {
  let has = having.get(schema);
  if (has === undefined) {
    const below = [...Object.values(schema.properties ?? {}), itemsOf(schema), additionalOf(schema)];
    has = below.some((one) => one !== undefined && (isEmbedded(one) || hasEmbedded(one)));
    having.set(schema, has);
  }
  return has;
}

/** What is wrong with identity and metadata of embedded objects. */
export function* validateEmbedded(value: unknown, schema: JsonSchema | undefined, path = '', isRoot = false): Generator<FieldError> {
  if (schema === undefined) return;
  const isWhole = isRoot || isEmbedded(schema);
  if (!isWhole && !hasEmbedded(schema)) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    for (const [index, item] of value.entries()) yield* validateEmbedded(item, items, `${path}[${index}]`);
  } else if (isObject(value)) {
    if (isWhole) yield* validateWhole(value, path);
    const additional = additionalOf(schema);
    for (const [name, item] of Object.entries(value)) {
      const property = propertyOf(schema, name);
      if (property !== undefined) yield* validateEmbedded(item, property, child(path, name));
      else if (additional !== undefined) yield* validateEmbedded(item, additional, key(path, name));
    }
  }
}

function* validateWhole(object: JsonObject, path: string): Generator<FieldError> {
  for (const name of ['apiVersion', 'kind']) if (!Object.hasOwn(object, name)) yield fieldError.required(child(path, name));
  if (Object.hasOwn(object, 'apiVersion')) yield* validateApiVersion(object.apiVersion, child(path, 'apiVersion'));
  if (Object.hasOwn(object, 'kind')) yield* validateKind(object.kind, child(path, 'kind'));
  if (!Object.hasOwn(object, 'metadata')) return;
  const at = child(path, 'metadata');
  const metadata = coerceMetadata(object.metadata, false);
  if ('error' in metadata) return yield fieldError.invalid(at, inOrder(object.metadata), metadata.error);
  const meta = metadata.value as Partial<ObjectMeta>;
  const scope = meta.namespace ? 'Namespaced' : 'Cluster';
  // Nobody asks for a name here.
  yield* validateObjectMeta(
    { names: 'path-segment', scope, plainFinalizers: true },
    { ...meta, name: meta.name || 'fakename' },
    { path: at },
  );
}
function* validateApiVersion(value: unknown, path: string): Generator<FieldError> {
  if (typeof value !== 'string') yield fieldError.invalid(path, inOrder(value), 'must be a string');
  else if (value === '') yield fieldError.invalid(path, value, 'must not be empty');
  else if (value.split('/').length > 2) yield fieldError.invalid(path, value, `unexpected GroupVersion string: ${value}`);
}
function* validateKind(value: unknown, path: string): Generator<FieldError> {
  if (typeof value !== 'string') yield fieldError.invalid(path, inOrder(value), 'must be a string');
  else if (value === '') yield fieldError.invalid(path, value, 'must not be empty');
  else {
    const messages = isDns1035Label(value.toLowerCase());
    if (messages.length > 0)
      yield fieldError.invalid(path, value, `may have mixed case, but should otherwise match: ${messages.join(',')}`);
  }
}
