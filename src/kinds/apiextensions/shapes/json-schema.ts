import { isObject } from '../../../base/objects.ts';
import {
  any,
  bool,
  double,
  either,
  type Field,
  int64,
  list,
  map,
  object,
  of,
  opt,
  ptr,
  recursive,
  shape,
  type Shape,
  string,
} from '../../../api/schema.ts';
import type { JsonSchema } from '../../../api/structural/json-schema.ts';

const typeName = (name: string) => `io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.${name}`;
const json = (tag: number) => any(tag, typeName('JSON'));
const schema = (tag: number): Field<JsonSchema> => recursive(tag, () => jsonSchemaProps);
const texts = (tag: number) => list(tag, string(0), { listType: 'atomic' });
const schemas = (tag: number) => list(tag, schema(0), { listType: 'atomic' });

/** A schema, or whether anything is allowed. */
const orBool: Shape = shape(typeName('JSONSchemaPropsOrBool'), { allows: opt(bool(1)), schema: ptr(schema(2)) });
const schemaOrBool = (tag: number): Field<JsonSchema | boolean> =>
  either(tag, orBool.name, {
    message: () => orBool,
    toMessage(value) {
      if (isObject(value)) return { allows: true, schema: value };
      if (typeof value === 'boolean') return { allows: value };
      throw new Error('boolean or JSON schema expected');
    },
    fromMessage: ({ allows = false, schema: one }) => one ?? allows,
  });
/** A schema for all items, or one for each place. Anything else reads as null. */
const orArray: Shape = shape(typeName('JSONSchemaPropsOrArray'), { schema: ptr(schema(1)), jSONSchemas: opt(list(2, schema(0))) });
const schemaOrArray = (tag: number): Field<JsonSchema | readonly JsonSchema[] | null> =>
  either(tag, orArray.name, {
    message: () => orArray,
    toMessage: (value) => (isObject(value) ? { schema: value } : Array.isArray(value) ? { jSONSchemas: value } : {}),
    fromMessage: ({ schema: one, jSONSchemas }) => jSONSchemas ?? one ?? null,
  });
const orStringArray: Shape = shape(typeName('JSONSchemaPropsOrStringArray'), { schema: ptr(schema(1)), property: opt(list(2, string(0))) });
const schemaOrStringArray: Field<JsonSchema | readonly string[] | null> = either(0, orStringArray.name, {
  message: () => orStringArray,
  toMessage: (value) => (isObject(value) ? { schema: value } : Array.isArray(value) ? { property: value } : {}),
  fromMessage: ({ schema: one, property }) => property ?? one ?? null,
});

export const externalDocumentation = shape(typeName('ExternalDocumentation'), { description: opt(string(1)), url: opt(string(2)) });

export const validationRule = shape(typeName('ValidationRule'), {
  rule: string(1),
  message: opt(string(2)),
  messageExpression: opt(string(3)),
  reason: ptr(string(4, { enum: ['FieldValueInvalid', 'FieldValueForbidden', 'FieldValueRequired', 'FieldValueDuplicate'] })),
  fieldPath: opt(string(5)),
  optionalOldSelf: ptr(bool(6)),
});

/** apiextensions.k8s.io/v1 JSONSchemaProps; its TypeScript type is `JsonSchema`. */
export const jsonSchemaProps: Shape = shape(typeName('JSONSchemaProps'), {
  id: opt(string(1)),
  $schema: opt(string(2)),
  $ref: ptr(string(3)),
  description: opt(string(4)),
  type: opt(string(5)),
  format: opt(string(6)),
  title: opt(string(7)),
  default: ptr(json(8)),
  maximum: ptr(double(9)),
  exclusiveMaximum: opt(bool(10)),
  minimum: ptr(double(11)),
  exclusiveMinimum: opt(bool(12)),
  maxLength: ptr(int64(13)),
  minLength: ptr(int64(14)),
  pattern: opt(string(15)),
  maxItems: ptr(int64(16)),
  minItems: ptr(int64(17)),
  uniqueItems: opt(bool(18)),
  multipleOf: ptr(double(19)),
  enum: opt(list(20, json(0), { listType: 'atomic' })),
  maxProperties: ptr(int64(21)),
  minProperties: ptr(int64(22)),
  required: opt(texts(23)),
  items: ptr(schemaOrArray(24)),
  allOf: opt(schemas(25)),
  oneOf: opt(schemas(26)),
  anyOf: opt(schemas(27)),
  not: ptr(schema(28)),
  properties: opt(map(29, schema(0))),
  additionalProperties: ptr(schemaOrBool(30)),
  patternProperties: opt(map(31, schema(0))),
  dependencies: opt(map(32, schemaOrStringArray)),
  additionalItems: ptr(schemaOrBool(33)),
  definitions: opt(map(34, schema(0))),
  externalDocs: ptr(object(35, externalDocumentation)),
  example: ptr(json(36)),
  nullable: opt(bool(37)),
  'x-kubernetes-preserve-unknown-fields': ptr(bool(38)),
  'x-kubernetes-embedded-resource': opt(bool(39)),
  'x-kubernetes-int-or-string': opt(bool(40)),
  'x-kubernetes-list-map-keys': opt(texts(41)),
  'x-kubernetes-list-type': ptr(string(42)),
  'x-kubernetes-map-type': ptr(string(43)),
  'x-kubernetes-validations': opt(
    list(44, of(validationRule), { listType: 'map', listKeys: ['rule'], patchStrategy: 'merge', mergeKey: 'rule' }),
  ),
});
export const customSchema = (tag: number): Field<JsonSchema> => schema(tag);
