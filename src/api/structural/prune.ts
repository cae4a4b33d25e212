import { isObject } from '../../base/objects.ts';
import { additionalOf, isEmbedded, itemsOf, type JsonSchema, keepsUnknown, propertyOf } from './json-schema.ts';

/**
 * Values without what their schema does not know (pruning). Nothing is changed in place: a value with nothing to prune is
 * given back itself.
 */
const identity = new Set(['apiVersion', 'kind', 'metadata']);
type Note = ((path: string) => void) | undefined;

/** With `isRoot` the object's own apiVersion, kind and metadata stay. `note` is told the path of everything that is dropped. */
export function prune<T>(value: T, schema: JsonSchema | undefined, isRoot: boolean, note?: Note): T {
  const root = isRoot && !(schema !== undefined && isEmbedded(schema));
  return pruneValue(value, schema, root, '', note) as T;
}

/** The same as `pruneAll` of pairs that may have changed: undefined when none has. */
function pruneValue(value: unknown, schema: JsonSchema | undefined, isRoot: boolean, path: string, note: Note): unknown {
  if (schema !== undefined && keepsUnknown(schema)) return keep(value, schema, isRoot, path, note);
  if (Array.isArray(value)) {
    const items = schema === undefined ? undefined : itemsOf(schema);
    return mapItems(value, (item, index) => pruneValue(item, items, false, `${path}[${index}]`, note));
  }
  if (!isObject(value)) return value;
  const keepsIdentity = isRoot || (schema !== undefined && isEmbedded(schema));
  return mapFields(value, (item, name) => {
    if (keepsIdentity && identity.has(name)) return item;
    const at = path === '' ? name : `${path}.${name}`;
    const property = schema === undefined ? undefined : propertyOf(schema, name);
    if (property !== undefined) return pruneValue(item, property, false, at, note);
    if (schema?.additionalProperties !== undefined) return pruneValue(item, additionalOf(schema), false, at, note);
    if (schema === undefined || !identity.has(name) || path !== '') note?.(at);
    return dropped;
  });
}
/** Under x-kubernetes-preserve-unknown-fields: only what the schema does name is looked into. */
function keep(value: unknown, schema: JsonSchema | undefined, isRoot: boolean, path: string, note: Note): unknown {
  if (schema === undefined) return value;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return mapItems(value, (item, index) => keep(item, items, false, `${path}[${index}]`, note));
  }
  if (!isObject(value)) return value;
  const keepsIdentity = isRoot || isEmbedded(schema);
  return mapFields(value, (item, name) => {
    if (keepsIdentity && identity.has(name)) return item;
    const at = path === '' ? name : `${path}.${name}`;
    const property = propertyOf(schema, name);
    if (property !== undefined) return pruneValue(item, property, false, at, note);
    return schema.additionalProperties === undefined ? item : pruneValue(item, additionalOf(schema), false, at, note);
  });
}

/** Says that a field is to be left out. */
export const dropped = Symbol('dropped');

/** A list with other items; itself when none changed. */
export function mapItems(list: readonly unknown[], change: (item: unknown, index: number) => unknown): readonly unknown[] {
  let result: unknown[] | undefined;
  for (let index = 0; index < list.length; index++) {
    const item = list[index];
    const changed = change(item, index);
    if (changed === item) continue;
    result ??= [...list];
    result[index] = changed;
  }
  return result ?? list;
}
/** An object with other values, without those that are `dropped`; itself when none changed. */
export function mapFields(
  object: Readonly<Record<string, unknown>>,
  change: (item: unknown, name: string) => unknown,
): Readonly<Record<string, unknown>> {
  let result: Record<string, unknown> | undefined;
  for (const name of Object.keys(object)) {
    const item = object[name];
    const changed = change(item, name);
    if (changed === item) continue;
    result ??= { ...object };
    if (changed === dropped) delete result[name];
    else define(result, name, changed);
  }
  return result ?? object;
}
export function define(object: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== '__proto__') object[name] = value;
  else Object.defineProperty(object, name, { value, enumerable: true, writable: true, configurable: true });
}
