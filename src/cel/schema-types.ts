/** Types of expressions from OpenAPI schemas (apiserver/pkg/cel/common/schemas.go, types.go). */
import type { DeclField, DeclType, SizeRange } from './api.ts';
import { maxRequestSizeBytes } from './costs.ts';
import type { Declarations, ObjectType } from './declarations.ts';
import { escapeIdentifier, reservedWords } from './escaping.ts';
import { utf8Length } from './strings.ts';
import * as t from './types.ts';
import type { CelType } from './types.ts';

/** What is read of a schema: plain JSON as a CustomResourceDefinition or an OpenAPI v3 document has it, references resolved. */
export interface Schema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}
export const typeOfSchema = (schema: Schema): string =>
  typeof schema.type === 'string' ? schema.type : (schema.type?.find((one) => one !== 'null') ?? '');
/** The schema of what map entries are. */
export const entrySchema = (schema: Schema): Schema | undefined =>
  typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined;

const scalar = (celType: CelType, minSerializedSize: number, maxElements = 0): DeclType => ({ celType, minSerializedSize, maxElements });
const boolDecl = scalar(t.bool, 4);
const intDecl = scalar(t.int, 1);
const doubleDecl = scalar(t.double, 1);
const stringDecl = scalar(t.string, 2);
/** Sizes of times and durations as JSON text, quotes included. */
const maxDurationSize = 32;
const maxDatetimeSize = 32;
const minDatetimeSize = 21;
const minDurationSize = 3;
const dateSize = 12;
const mostCharacters = maxRequestSizeBytes - 2;

export const listDecl = (elemType: DeclType, maxElements: number): DeclType => ({
  celType: t.list(elemType.celType),
  elemType,
  maxElements,
  minSerializedSize: 2,
});
export const mapDecl = (elemType: DeclType, maxElements: number): DeclType => ({
  celType: t.map(t.string, elemType.celType),
  keyType: stringDecl,
  elemType,
  maxElements,
  minSerializedSize: 2,
});
export const objectDecl = (name: string, fields: ReadonlyMap<string, DeclField>, minSerializedSize = 2): DeclType => ({
  celType: t.object(name),
  fields,
  maxElements: 0,
  minSerializedSize,
});
export const fieldDecl = (name: string, type: DeclType, required = false): DeclField => ({ name, type, required });

const notNegative = (value: number) => Math.max(0, value);
/** Lengths are said in characters and counted in bytes. */
const bytesOf = (maxLength: number) => notNegative(maxLength) * 4;

/** What is always there in a resource. */
export function withObjectMeta(schema: Schema): Schema {
  const string: Schema = { type: 'string' };
  const { kind, apiVersion, metadata } = schema.properties ?? {};
  const isString = (one: Schema | undefined) => one !== undefined && typeOfSchema(one) === 'string';
  if (
    isString(kind) &&
    isString(apiVersion) &&
    metadata !== undefined &&
    typeOfSchema(metadata) === 'object' &&
    isString(metadata.properties?.name) &&
    isString(metadata.properties?.generateName)
  ) {
    return schema;
  }
  const meta: Schema = { type: 'object', properties: { name: string, generateName: string } };
  return { ...schema, properties: { ...schema.properties, kind: string, apiVersion: string, metadata: meta } };
}

function stringType(schema: Schema): DeclType {
  const { maxLength } = schema;
  switch (schema.format) {
    case 'byte':
      return scalar(t.bytes, 2, maxLength === undefined ? mostCharacters : notNegative(maxLength));
    case 'duration':
      return scalar(t.duration, minDurationSize, maxDurationSize);
    case 'date':
      return scalar(t.timestamp, dateSize, dateSize);
    case 'date-time':
      return scalar(t.timestamp, minDatetimeSize, maxDatetimeSize);
  }
  if (maxLength !== undefined) return scalar(t.string, 2, bytesOf(maxLength));
  if (schema.enum === undefined || schema.enum.length === 0) return scalar(t.string, 2, mostCharacters);
  const encoder = new TextEncoder();
  const lengthOf = (value: unknown) => (typeof value === 'string' ? encoder.encode(value).length : 0);
  return scalar(
    t.string,
    2,
    schema.enum.reduce<number>((longest, value) => Math.max(longest, lengthOf(value)), 0),
  );
}

function objectType(schema: Schema): DeclType | undefined {
  const entry = entrySchema(schema);
  if (entry !== undefined) {
    const type = convert(entry, entry['x-kubernetes-embedded-resource'] === true);
    if (type === undefined) return undefined;
    const most = schema.maxProperties;
    const fromSize = Math.floor((maxRequestSizeBytes - 2) / (type.minSerializedSize + 6));
    return mapDecl(type, most === undefined ? fromSize : notNegative(most));
  }
  const fields = new Map<string, DeclField>();
  const required = new Set(schema.required);
  let size = 2;
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const type = convert(property, property['x-kubernetes-embedded-resource'] === true);
    if (type === undefined) continue;
    const escaped = escapeIdentifier(name);
    if (escaped !== undefined) fields.set(escaped, fieldDecl(escaped, type, required.has(name)));
    if (required.has(name) && property.default === undefined) size += utf8Length(name) + type.minSerializedSize + 4;
  }
  return objectDecl('object', fields, size);
}

/** undefined: expressions do not see it. */
function convert(schema: Schema, resourceRoot: boolean): DeclType | undefined {
  if (schema['x-kubernetes-int-or-string'] === true) {
    return scalar(t.dyn, 1, schema.maxLength === undefined ? mostCharacters : bytesOf(schema.maxLength));
  }
  const whole = resourceRoot ? withObjectMeta(schema) : schema;
  switch (typeOfSchema(whole)) {
    case 'array': {
      if (whole.items === undefined) return undefined;
      const item = convert(whole.items, whole.items['x-kubernetes-embedded-resource'] === true);
      if (item === undefined) return undefined;
      const fromSize = Math.floor((maxRequestSizeBytes - 2) / (item.minSerializedSize + 1));
      return listDecl(item, whole.maxItems === undefined ? fromSize : notNegative(whole.maxItems));
    }
    case 'object':
      return objectType(whole);
    case 'string':
      return stringType(whole);
    case 'boolean':
      return boolDecl;
    case 'number':
      return doubleDecl;
    case 'integer':
      return intDecl;
  }
  return undefined;
}

/** Gives objects the names of their places below `name`, as expressions never see them but messages do. */
export function named(type: DeclType, name: string): DeclType {
  if (type.fields !== undefined) {
    const own = type.celType.name === 'object' ? name : type.celType.name;
    const fields = new Map<string, DeclField>();
    for (const [field, decl] of type.fields) fields.set(field, { ...decl, type: named(decl.type, `${own}.${field}`) });
    return { ...type, celType: t.object(own), fields };
  }
  if (type.elemType === undefined) return type;
  if (type.keyType !== undefined) return mapDecl(named(type.elemType, `${name}.@elem`), type.maxElements);
  return listDecl(named(type.elemType, `${name}.@idx`), type.maxElements);
}

/**
 * The type of values of a schema, undefined when expressions cannot see such values. `resourceRoot`: a custom resource or embedded
 * resource, which has apiVersion, kind and a bit of metadata whatever the schema says. Objects get names by their place below `name`.
 */
export function schemaType(schema: Schema, resourceRoot = false, name = 'selfType'): DeclType | undefined {
  const type = convert(schema, resourceRoot);
  return type && named(type, name);
}

class DeclaredObject implements ObjectType {
  readonly type: CelType;
  readonly #fields: ReadonlyMap<string, DeclField>;
  constructor(decl: DeclType) {
    this.type = decl.celType;
    this.#fields = decl.fields!;
  }
  field(name: string): CelType | undefined {
    const found = this.#fields.get(name) ?? (reservedWords.has(name) ? this.#fields.get(`__${name}__`) : undefined);
    return found?.type.celType;
  }
}
/** Makes the object types within a type known. */
export function declareTypes(declarations: Declarations, type: DeclType, seen = new Set<DeclType>()): void {
  if (seen.has(type)) return;
  seen.add(type);
  if (type.fields !== undefined) {
    declarations.objects.set(type.celType.name, new DeclaredObject(type));
    for (const field of type.fields.values()) declareTypes(declarations, field.type, seen);
  }
  if (type.elemType !== undefined) declareTypes(declarations, type.elemType, seen);
}

/**
 * How large what is at the path can be, by the types of variables. Upstream has one type for all of them and never looks at the
 * variable's name: elements of what is no variable get the size of the first.
 */
export function sizeAt(variables: ReadonlyMap<string, DeclType>, path: readonly string[]): SizeRange | undefined {
  let type: DeclType | undefined = variables.get(path[0]!) ?? variables.values().next().value;
  for (const part of path.slice(1)) {
    if (type === undefined) return undefined;
    if (part === '@items' || part === '@values') type = type.elemType;
    else if (part === '@keys') type = type.keyType;
    else type = type.fields?.get(part)?.type;
  }
  return type && { min: 0, max: type.maxElements };
}
