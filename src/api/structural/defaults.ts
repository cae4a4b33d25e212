import { isObject } from '../../base/objects.ts';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from './json-schema.ts';
import { define, dropped, mapFields, mapItems } from './prune.ts';

/** Defaults of a schema, and nulls where none may stand. Nothing is changed in place. */
const schemaOf = (schema: JsonSchema | undefined, name: string): JsonSchema | undefined =>
  schema === undefined ? undefined : (propertyOf(schema, name) ?? additionalOf(schema));
const refusesNull = (schema: JsonSchema | undefined): schema is JsonSchema => schema !== undefined && schema.nullable !== true;

/** Without fields that are null though they may not be and have no default. */
export function dropNulls<T>(value: T, schema: JsonSchema | undefined): T {
  return dropNullsOf(value, schema) as T;
}
function dropNullsOf(value: unknown, schema: JsonSchema | undefined): unknown {
  if (Array.isArray(value)) {
    const items = schema === undefined ? undefined : itemsOf(schema);
    return mapItems(value, (item) => dropNullsOf(item, items));
  }
  if (!isObject(value)) return value;
  return mapFields(value, (item, name) => {
    const below = schemaOf(schema, name);
    return item === null && refusesNull(below) && below.default === undefined ? dropped : dropNullsOf(item, below);
  });
}

/** With defaults where fields are missing, or are null and may not be. The defaults themselves are shared, not copied. */
export function withDefaults<T>(value: T, schema: JsonSchema | undefined): T {
  return schema === undefined || !hasDefaults(schema) ? value : (defaultsOf(value, schema) as T);
}
function defaultsOf(value: unknown, schema: JsonSchema): unknown {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    return items === undefined ? value : mapItems(value, (item) => filled(item, items));
  }
  if (!isObject(value)) return value;
  const missing = Object.entries(schema.properties ?? {}).filter(
    ([name, { default: given }]) => given !== undefined && !Object.hasOwn(value, name),
  );
  let whole: Readonly<Record<string, unknown>> = value;
  if (missing.length > 0) {
    const added: Record<string, unknown> = { ...value };
    for (const [name, property] of missing) define(added, name, property.default);
    whole = added;
  }
  return mapFields(whole, (item, name) => {
    const property = propertyOf(schema, name);
    if (property !== undefined) return item === null && property.default === undefined ? item : filled(item, property);
    const additional = additionalOf(schema);
    return additional === undefined ? item : filled(item, additional);
  });
}
/** A null that may not be gives way to the default, or stays when there is none. */
function filled(item: unknown, schema: JsonSchema): unknown {
  const value = item === null && refusesNull(schema) ? (schema.default ?? null) : item;
  return defaultsOf(value, schema);
}

const having = new WeakMap<JsonSchema, boolean>();
/** Whether there is anything to fill in below. */
function hasDefaults(schema: JsonSchema): boolean {
  let has = having.get(schema);
  if (has === undefined) {
    const below = [...Object.values(schema.properties ?? {}), itemsOf(schema), additionalOf(schema)];
    has = below.some((one) => one !== undefined && (one.default !== undefined || hasDefaults(one)));
    having.set(schema, has);
  }
  return has;
}
