import { isObject } from '../../../base/objects.ts';
import { sameJson } from '../../../base/equal.ts';
import { inOrder } from '../../../api/go-text.ts';
import type { JsonSchema, ValidationRule } from '../../../api/structural/json-schema.ts';
import type {
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  WebhookClientConfig,
} from '../shapes/custom-resource-definition.ts';

/**
 * Upstream validates an internal form, in which what all versions have in common stands above them; its errors speak of places
 * in that form (`spec.validation.openAPIV3Schema`), and show values of it.
 */
type Shared = 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields';
export interface InternalVersion extends CustomResourceDefinitionVersion {}
export interface InternalSpec extends Omit<CustomResourceDefinitionSpec, 'conversion' | 'versions'> {
  readonly version: string;
  readonly versions: readonly InternalVersion[];
  readonly validation: CustomResourceDefinitionVersion['schema'];
  readonly subresources: CustomResourceDefinitionVersion['subresources'];
  readonly additionalPrinterColumns: CustomResourceDefinitionVersion['additionalPrinterColumns'];
  readonly selectableFields: CustomResourceDefinitionVersion['selectableFields'];
  readonly conversion:
    | {
        readonly strategy: string;
        readonly webhookClientConfig?: WebhookClientConfig | undefined;
        readonly conversionReviewVersions: readonly string[];
      }
    | undefined;
}

export function internalSpec(spec: CustomResourceDefinitionSpec): InternalSpec {
  const { conversion, versions, ...rest } = spec;
  const first = versions[0];
  const common = (field: Shared): boolean => versions.every((version) => sameJson(version[field], first?.[field]));
  const shared = (['schema', 'subresources', 'additionalPrinterColumns', 'selectableFields'] as const).filter(common);
  const above = <F extends Shared>(field: F) => (shared.includes(field) ? first?.[field] : undefined);
  const withoutShared = Object.fromEntries(shared.map((field) => [field, undefined]));
  return {
    ...rest,
    version: first?.name ?? '',
    versions: versions.map((version) => ({ ...version, ...withoutShared })),
    validation: above('schema'),
    subresources: above('subresources'),
    additionalPrinterColumns: above('additionalPrinterColumns'),
    selectableFields: above('selectableFields'),
    conversion: conversion && {
      strategy: conversion.strategy,
      webhookClientConfig: conversion.webhook?.clientConfig,
      conversionReviewVersions: conversion.webhook?.conversionReviewVersions ?? [],
    },
  };
}

/** The schema of a version, wherever it stands. */
export const schemaOf = (spec: InternalSpec, version: string): JsonSchema | undefined =>
  (spec.validation ?? spec.versions.find(({ name }) => name === version)?.schema)?.openAPIV3Schema;
export const allSchemas = ({ validation, versions }: InternalSpec): readonly JsonSchema[] =>
  [validation, ...versions.map(({ schema }) => schema)].flatMap((one) => (one?.openAPIV3Schema === undefined ? [] : [one.openAPIV3Schema]));

const orNull = <T, R>(value: T | undefined | null, show: (value: T) => R): R | null =>
  value === undefined || value === null ? null : show(value);
const same = (value: unknown) => value;
const shownList = <T>(list: readonly T[] | undefined, show: (item: T) => unknown) =>
  list === undefined || list.length === 0 ? null : list.map(show);
const shownMap = (map: Readonly<Record<string, JsonSchema>> | undefined) =>
  orNull(map, (all) =>
    Object.fromEntries(
      Object.keys(all)
        .sort()
        .map((name) => [name, shownSchema(all[name]!)]),
    ),
  );

export const shownRule = (rule: ValidationRule) => ({
  Rule: rule.rule,
  Message: rule.message ?? '',
  MessageExpression: rule.messageExpression ?? '',
  Reason: rule.reason ?? null,
  FieldPath: rule.fieldPath ?? '',
  OptionalOldSelf: rule.optionalOldSelf ?? null,
});
const shownOrBool = (value: JsonSchema | boolean) =>
  typeof value === 'boolean' ? { Allows: value, Schema: null } : { Allows: true, Schema: shownSchema(value) };
export const shownItems = (items: NonNullable<JsonSchema['items']>) =>
  Array.isArray(items)
    ? { Schema: null, JSONSchemas: items.map(shownSchema) }
    : { Schema: shownSchema(items as JsonSchema), JSONSchemas: null };

/** A schema's fields in the order of the internal type; the names are the Go fields'. */
export function shownSchema(schema: JsonSchema): Record<string, unknown> {
  return {
    ID: schema.id ?? '',
    Schema: schema.$schema ?? '',
    Ref: schema.$ref ?? null,
    Description: schema.description ?? '',
    Type: schema.type ?? '',
    Nullable: schema.nullable ?? false,
    Format: schema.format ?? '',
    Title: schema.title ?? '',
    Default: inOrder(schema.default ?? null),
    Maximum: schema.maximum ?? null,
    ExclusiveMaximum: schema.exclusiveMaximum ?? false,
    Minimum: schema.minimum ?? null,
    ExclusiveMinimum: schema.exclusiveMinimum ?? false,
    MaxLength: schema.maxLength ?? null,
    MinLength: schema.minLength ?? null,
    Pattern: schema.pattern ?? '',
    MaxItems: schema.maxItems ?? null,
    MinItems: schema.minItems ?? null,
    UniqueItems: schema.uniqueItems ?? false,
    MultipleOf: schema.multipleOf ?? null,
    Enum: shownList(schema.enum, inOrder),
    MaxProperties: schema.maxProperties ?? null,
    MinProperties: schema.minProperties ?? null,
    Required: shownList(schema.required, same),
    Items: orNull(schema.items, shownItems),
    AllOf: shownList(schema.allOf, shownSchema),
    OneOf: shownList(schema.oneOf, shownSchema),
    AnyOf: shownList(schema.anyOf, shownSchema),
    Not: orNull(schema.not, shownSchema),
    Properties: shownMap(schema.properties),
    AdditionalProperties: orNull(schema.additionalProperties, shownOrBool),
    PatternProperties: shownMap(schema.patternProperties),
    Dependencies: orNull(schema.dependencies, (all) =>
      Object.fromEntries(
        Object.entries(all).map(([name, one]) => [
          name,
          { Schema: isObject(one) ? shownSchema(one as JsonSchema) : null, Property: Array.isArray(one) ? one : null },
        ]),
      ),
    ),
    AdditionalItems: orNull(schema.additionalItems, shownOrBool),
    Definitions: shownMap(schema.definitions),
    ExternalDocs: orNull(schema.externalDocs, ({ description = '', url = '' }) => ({ Description: description, URL: url })),
    Example: inOrder(schema.example ?? null),
    XPreserveUnknownFields: schema['x-kubernetes-preserve-unknown-fields'] ?? null,
    XEmbeddedResource: schema['x-kubernetes-embedded-resource'] ?? false,
    XIntOrString: schema['x-kubernetes-int-or-string'] ?? false,
    XListMapKeys: shownList(schema['x-kubernetes-list-map-keys'], same),
    XListType: schema['x-kubernetes-list-type'] ?? null,
    XMapType: schema['x-kubernetes-map-type'] ?? null,
    XValidations: shownList(schema['x-kubernetes-validations'], shownRule),
  };
}

export function shownVersions(versions: readonly InternalVersion[]): unknown {
  return versions.map((version) => ({
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: orNull(version.schema, ({ openAPIV3Schema }) => ({ OpenAPIV3Schema: orNull(openAPIV3Schema, shownSchema) })),
    Subresources: orNull(version.subresources, ({ status, scale }) => ({
      Status: orNull(status, () => ({})),
      Scale: orNull(scale, (one) => ({
        SpecReplicasPath: one.specReplicasPath,
        StatusReplicasPath: one.statusReplicasPath,
        LabelSelectorPath: one.labelSelectorPath ?? null,
      })),
    })),
    AdditionalPrinterColumns: shownList(version.additionalPrinterColumns, (column) => ({
      Name: column.name,
      Type: column.type,
      Format: column.format ?? '',
      Description: column.description ?? '',
      Priority: column.priority ?? 0,
      JSONPath: column.jsonPath,
    })),
    SelectableFields: shownList(version.selectableFields, ({ jsonPath }) => ({ JSONPath: jsonPath })),
  }));
}
