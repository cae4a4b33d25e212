import {
  any,
  bool,
  double,
  type Field,
  int64,
  intOrString,
  type JsonValue,
  list,
  map,
  object,
  ptr,
  type Shape,
  string,
} from '../schema.ts';
import { additionalOf, itemsOf, type JsonSchema, keepsUnknown, propertyOf } from './json-schema.ts';

/** A schema as fields, for what needs to know no more than how values are put together: server-side apply (kube-openapi schemaconv). */
const anything = any(0);

/** The fields beside apiVersion, kind and metadata. */
export function shapeOfSchema(name: string, schema: JsonSchema | undefined, keepsAll: boolean): Shape {
  if (schema === undefined) return { name, fields: {}, additional: anything };
  const { kind: _, apiVersion: __, metadata: ___, ...properties } = schema.properties ?? {};
  return objectShape({ ...schema, properties }, keepsAll, name);
}

function objectShape(schema: JsonSchema, outerKeepsAll: boolean, name = ''): Shape {
  const keepsAll = outerKeepsAll || keepsUnknown(schema);
  const fields: Record<string, Field> = {};
  for (const [property, below] of Object.entries(schema.properties ?? {})) fields[property] = ptr(fieldOf(below, keepsAll));
  const additional = keepsAll || Object.keys(fields).length === 0 ? anything : undefined;
  return { name, fields, ...(additional === undefined ? {} : { additional }), ...atomic(schema) };
}
const atomic = (schema: JsonSchema) => (schema['x-kubernetes-map-type'] === 'atomic' ? { mapType: 'atomic' as const } : {});

function fieldOf(schema: JsonSchema, outerKeepsAll: boolean): Field {
  const keepsAll = outerKeepsAll || keepsUnknown(schema);
  switch (schema.type) {
    case 'string':
      // Other formats are scalars of any type.
      return schema.format === undefined || schema.format === '' || schema.format === 'byte' ? string(0) : intOrString(0);
    case 'integer':
      return int64(0);
    case 'number':
      return double(0);
    case 'boolean':
      return bool(0);
    case 'array': {
      const items = itemsOf(schema);
      const of = items === undefined ? anything : fieldOf(items, keepsAll);
      const listType = schema['x-kubernetes-list-type'];
      const listKeys = schema['x-kubernetes-list-map-keys'] ?? [];
      if (listType === 'map') return list(0, of, { listType, listKeys, keyDefaults: defaultsOf(items, listKeys) });
      return list(0, of, { listType: listType === 'set' ? 'set' : 'atomic' });
    }
    case 'object':
      return objectField(schema, keepsAll);
    default:
      return schema.properties === undefined ? anything : objectField(schema, keepsAll);
  }
}
function defaultsOf(items: JsonSchema | undefined, keys: readonly string[]): Readonly<Record<string, JsonValue>> {
  const given = keys.map((key) => [key, items === undefined ? undefined : propertyOf(items, key)?.default] as const);
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Record<string, JsonValue>;
}
function objectField(schema: JsonSchema, keepsAll: boolean): Field {
  const additional = additionalOf(schema);
  if (schema.properties === undefined && additional !== undefined) return map(0, fieldOf(additional, keepsAll), atomic(schema));
  return object(0, objectShape(schema, keepsAll));
}
