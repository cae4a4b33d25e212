import { byBytes } from '../../base/byte-order.ts';
import { sameJson } from '../../base/equal.ts';
import { inOrder } from '../go-text.ts';
import { additionalOf, isEmbedded, isIntOrString, itemsOf, type JsonSchema, keepsUnknown } from './json-schema.ts';

/** Schemas of custom resources as OpenAPI publishes them (pkg/controller/openapi/builder upstream). */
export type OpenApiVersion = 2 | 3;
type Draft = { -readonly [K in keyof JsonSchema]: JsonSchema[K] } & Record<string, unknown>;

const intOrString: readonly JsonSchema[] = [{ type: 'integer' }, { type: 'string' }];
const text = { type: 'string' };
const metadataOf = (version: OpenApiVersion) => ({
  $ref: `#/${version === 2 ? 'definitions' : 'components/schemas'}/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta`,
});

export interface PublishedKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Paths without their first dot. */
  readonly selectableFields: readonly string[];
}

/** What is said of a whole object. `schema` undefined: there is none that is structural. */
export function publishedSchema(
  schema: JsonSchema | undefined,
  about: PublishedKind,
  version: OpenApiVersion,
  preservesUnknown: boolean,
): JsonSchema {
  const { group, kind, selectableFields } = about;
  const extensions = {
    'x-kubernetes-group-version-kind': [{ group, kind, version: about.version }],
    ...(selectableFields.length === 0 ? {} : { 'x-kubernetes-selectable-fields': selectableFields.map((fieldPath) => ({ fieldPath })) }),
  };
  // kubectl takes a list of fields for a complete one.
  const isOpen = schema === undefined || (version === 2 && (keepsUnknown(schema) || preservesUnknown));
  if (isOpen) return { type: 'object', ...extensions } as JsonSchema;
  const published = publish(schema, version);
  const properties = byName({ ...published.properties, apiVersion: text, kind: text, metadata: metadataOf(version) });
  return { ...published, properties, ...extensions } as JsonSchema;
}

type Properties = NonNullable<JsonSchema['properties']>;
/** As Go writes maps. */
const byName = (properties: Properties, of = (property: JsonSchema): JsonSchema => property): Properties =>
  Object.fromEntries(
    Object.keys(properties)
      .sort(byBytes)
      .map((name) => [name, of(properties[name]!)]),
  );
function publish(schema: JsonSchema, version: OpenApiVersion): JsonSchema {
  const open = version === 3 ? unfold(schema) : narrow(schema);
  const result: Draft = { ...open };
  delete result.definitions;
  if (open.default !== undefined) result.default = inOrder(open.default);
  // Defaults can't be merged with what is published for built-in kinds.
  if (version === 2) delete result.default;
  // Upstream makes this document of maps.
  const rules = result['x-kubernetes-validations'];
  if (version === 2 && rules !== undefined) result['x-kubernetes-validations'] = inOrder(rules) as typeof rules;
  const items = itemsOf(open);
  if (items !== undefined) result.items = publish(items, version);
  const additional = additionalOf(open);
  if (additional !== undefined) result.additionalProperties = publish(additional, version);
  if (open.properties !== undefined) {
    result.properties = byName(open.properties, (property) => publish(property, version));
  }
  return isEmbedded(open) && !(version === 2 && keepsUnknown(open)) ? withIdentity(result, version) : result;
}
function withIdentity(schema: JsonSchema, version: OpenApiVersion): JsonSchema {
  const { required = [], properties } = schema;
  return {
    ...schema,
    properties: byName({
      ...properties,
      apiVersion: text,
      kind: text,
      metadata: version === 2 ? metadataOf(2) : { allOf: [metadataOf(3)] },
    } as Properties),
    required: [...required, ...['kind', 'apiVersion'].filter((name) => !required.includes(name))],
  } as JsonSchema;
}

/** int-or-string says which types it is. */
function unfold(schema: JsonSchema): JsonSchema {
  if (!isIntOrString(schema) || sameJson(schema.anyOf, intOrString) || sameJson(schema.allOf?.[0]?.anyOf, intOrString)) return schema;
  if (schema.anyOf === undefined) return { ...schema, anyOf: intOrString };
  return { ...schema, allOf: [{ anyOf: intOrString }, ...(schema.allOf ?? [])] };
}

/** Without what OpenAPI v2 has no word for, or kubectl does not understand. */
function narrow(schema: JsonSchema): JsonSchema {
  const { allOf: _, oneOf: __, anyOf: ___, not: ____, nullable, ...rest } = schema;
  const result: Draft = { ...rest };
  if (nullable === true) {
    delete result.type;
    delete result.items;
    delete result.properties;
  }
  if (keepsUnknown(schema)) {
    delete result.items;
    delete result.properties;
  }
  if (result.items === undefined && result.type === 'array') delete result.type;
  if (keepsUnknown(schema) && result.type === 'object') delete result.type;
  const canBeNull = Object.keys(result.properties ?? {}).filter((name) => result.properties![name]!.nullable === true);
  const required = schema.required?.filter((name) => !canBeNull.includes(name)) ?? [];
  if (required.length === 0 || additionalOf(result)?.nullable === true) delete result.required;
  else result.required = required;
  return result;
}
