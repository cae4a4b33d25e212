import type { AnyKind, CustomVersion } from '../kind.ts';
import { listMeta, objectMeta } from '../meta.ts';
import { isRequired, list, object, of, opt, string, type Field, type FieldType, type Fields, type Shape } from '../schema.ts';

export type Json = { readonly [key: string]: unknown };
/** What is said of a field of a type; of the type itself when `field` is ''. */
export type Describe = (type: string, field: string) => string | undefined;

/** Where OpenAPI 2 and 3 say things differently. */
export interface Dialect {
  readonly version: 2 | 3;
  readonly refTo: (name: string) => string;
}
export const v2: Dialect = { version: 2, refTo: (name) => `#/definitions/${name}` };
export const v3: Dialect = { version: 3, refTo: (name) => `#/components/schemas/${name}` };

const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';
/** Types of their own for what is one value in JSON. */
const named: Readonly<Partial<Record<FieldType, string>>> = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  time: `${meta}.Time`,
  microTime: `${meta}.MicroTime`,
  duration: `${meta}.Duration`,
  any: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
};
/** Upstream gives no default to a struct whose schema is no object. */
const defaultless = new Set<FieldType>(['quantity', 'intOrString', 'time', 'microTime', 'duration', 'any', 'bytes', 'list', 'map']);
const plain: Readonly<Partial<Record<FieldType, Json>>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
};
const zeroes: Readonly<Partial<Record<FieldType, unknown>>> = { string: '', int32: 0, int64: 0, double: 0, bool: false, object: {} };

function namedSchema(name: string, { version }: Dialect): Json {
  if (name === named.quantity) return version === 3 ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' };
  if (name === named.intOrString) {
    const form = version === 3 ? { oneOf: [{ type: 'integer' }, { type: 'string' }] } : { type: 'string' };
    return { format: 'int-or-string', ...form };
  }
  if (name === named.time || name === named.microTime) return { type: 'string', format: 'date-time' };
  if (name === named.duration) return { type: 'string' };
  // JSON of custom schemas may be anything, and so may what has several forms; other free parts are objects.
  return /\.JSON(SchemaPropsOr\w+)?$/.test(name) ? {} : { type: 'object' };
}

const kindFields: Fields = { apiVersion: opt(string(0)), kind: opt(string(0)) };

/** Writes the schemas of types, each once, with all that they refer to. */
export class SchemaWriter {
  readonly schemas = new Map<string, Json>();
  readonly #dialect: Dialect;
  readonly #describe: Describe;

  readonly #kindNamed: (name: string) => AnyKind | undefined;

  /** `kindNamed`: the kind whose object has this name, for shapes that hold whole objects. */
  constructor(dialect: Dialect, describe: Describe, kindNamed: (name: string) => AnyKind | undefined) {
    this.#dialect = dialect;
    this.#describe = describe;
    this.#kindNamed = kindNamed;
  }
  ref(name: string): Json {
    return { $ref: this.#dialect.refTo(name) };
  }
  /** A kind's object, and the list of them. */
  kind(kind: AnyKind): Json {
    if (kind.custom !== undefined) return this.#custom(kind, kind.custom);
    const metadata = { ...object(0, objectMeta), required: kind.requiresMetadata };
    return this.#root({ ...kind.shape, fields: { ...kindFields, metadata, ...kind.shape.fields } }, [gvkOf(kind)]);
  }
  list(kind: AnyKind): Json {
    this.kind(kind);
    const fields = { ...kindFields, metadata: object(0, listMeta), items: list(0, of(kind.shape)) };
    const name = kind.openApiName.slice(0, kind.openApiName.lastIndexOf('.') + 1) + kind.listKind;
    if (kind.custom !== undefined) return this.#customList(name, kind);
    return this.#root({ name, fields }, [{ ...gvkOf(kind), kind: kind.listKind }]);
  }
  /** Custom resources publish the schema of their definition. */
  #custom({ openApiName }: AnyKind, custom: CustomVersion): Json {
    this.shape(objectMeta);
    const schema = custom.published(this.#dialect.version);
    const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => {
      const text = kindFields[name] === undefined && name !== 'metadata' ? undefined : this.#describe(`${meta}.TypeMeta`, name);
      return [name, this.#beside(property as Json, described(text))] as const;
    });
    this.schemas.set(openApiName, {
      ...schema,
      ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
    } as Json);
    return this.ref(openApiName);
  }
  #customList(name: string, kind: AnyKind): Json {
    const { 'x-kubernetes-selectable-fields': selectable } = this.schemas.get(kind.openApiName) ?? {};
    const text = (field: string) => ({ ...described(this.#describe(`${meta}.TypeMeta`, field)), type: 'string' });
    this.schemas.set(name, {
      type: 'object',
      required: ['items'],
      properties: {
        apiVersion: text('apiVersion'),
        items: { ...described(this.#describe(`${meta}.TypeMeta`, 'items')), type: 'array', items: this.ref(kind.openApiName) },
        kind: text('kind'),
        metadata: this.#beside(this.shape(listMeta), described(this.#describe(`${meta}.TypeMeta`, 'metadata'))),
      },
      'x-kubernetes-group-version-kind': [{ ...gvkOf(kind), kind: kind.listKind }],
      ...(selectable === undefined ? {} : { 'x-kubernetes-selectable-fields': selectable }),
    });
    return this.ref(name);
  }
  /** An object that says its kind, such as Status or DeleteOptions. */
  root(shape: Shape, gvks: readonly Json[]): Json {
    return this.#root({ ...shape, fields: { ...kindFields, ...shape.fields } }, gvks);
  }
  #root(shape: Shape, gvks: readonly Json[]): Json {
    return this.#add(shape, gvks.length === 0 ? {} : { 'x-kubernetes-group-version-kind': gvks }, true);
  }
  /** The same without kind and apiVersion. */
  bare(shape: Shape, gvks: readonly Json[]): Json {
    return this.#root(shape, gvks);
  }
  shape(shape: Shape): Json {
    if (this.schemas.has(shape.name)) return this.ref(shape.name);
    const kind = this.#kindNamed(shape.name);
    return kind === undefined ? this.#add(shape, {}) : this.kind(kind);
  }
  /** A type without fields of its own. */
  free(name: string): Json {
    if (!this.schemas.has(name)) this.schemas.set(name, { ...described(this.#describe(name, '')), ...namedSchema(name, this.#dialect) });
    return this.ref(name);
  }
  #add(shape: Shape, extensions: Json, isRoot = false): Json {
    const { name } = shape;
    if (!this.schemas.has(name)) {
      // Its place is taken first: it may refer to itself.
      this.schemas.set(name, {});
      this.schemas.set(name, { ...this.#object(shape, isRoot), ...extensions });
    }
    return this.ref(name);
  }
  #object(shape: Shape, isRoot: boolean): Json {
    const { name, fields, mapType, unions } = shape;
    const entries = Object.entries(fields);
    const required = entries.filter(([, field]) => isRequired(field)).map(([field]) => field);
    const properties = entries
      .map(([field, rules]) => [field, this.#property(name, field, rules, isRoot)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      ...described(this.#describe(name, '')),
      type: 'object',
      ...(required.length === 0 ? {} : { required }),
      ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }),
      ...(mapType === undefined ? {} : { 'x-kubernetes-map-type': mapType }),
      ...(unions === undefined ? {} : { 'x-kubernetes-unions': unions.map(unionOf) }),
    };
  }
  /** What kinds have in common is described once, unless a kind says more of it. */
  #property(type: string, name: string, field: Field, isRoot: boolean): Json {
    return this.#beside(this.#value(field), {
      ...described(this.#describe(type, name) ?? (isRoot ? this.#describe(`${meta}.TypeMeta`, name) : undefined)),
      ...this.#default(field, field.presence === undefined),
      ...extensionsOf(field),
    });
  }
  /** In OpenAPI 3.0 nothing may stand beside a reference. */
  #beside(schema: Json, more: Json): Json {
    const isAlone = Object.keys(more).length === 0;
    if (this.#dialect.version === 3 && '$ref' in schema && !isAlone) return inMemberOrder({ ...more, allOf: [schema] });
    return isAlone ? schema : inMemberOrder({ ...more, ...schema });
  }
  #default(field: Field, isAlwaysThere: boolean): Json {
    if (this.#dialect.version === 2) return {};
    if (field.default !== undefined) return { default: field.default };
    return isAlwaysThere && !defaultless.has(field.type) ? { default: zeroes[field.type] } : {};
  }
  #element(field: Field): Json {
    return this.#beside(this.#value(field), this.#default(field, true));
  }
  #value(field: Field): Json {
    const { type } = field;
    if (type === 'object') return this.shape(field.shape!);
    if (type === 'list') return { type: 'array', items: this.#element(field.of!) };
    if (type === 'map') return { type: 'object', additionalProperties: this.#element(field.of!) };
    const name = field.typeName ?? named[type];
    if (name !== undefined) return this.free(name);
    return { ...plain[type], ...(field.enum === undefined ? {} : { enum: [...field.enum].sort() }) };
  }
}

const described = (text: string | undefined): Json => (text === undefined ? {} : { description: text });

const unionOf = ({ discriminator, members }: NonNullable<Shape['unions']>[number]): Json => ({
  ...(discriminator === undefined ? {} : { discriminator }),
  'fields-to-discriminateBy': members,
});

/** As upstream writes a schema's members; extensions come last. */
const members = [
  'description',
  'type',
  'nullable',
  'format',
  'title',
  'default',
  'enum',
  'required',
  'items',
  'allOf',
  'oneOf',
  'properties',
  'additionalProperties',
];
function inMemberOrder(schema: Json): Json {
  const place = (name: string) => (members.includes(name) ? members.indexOf(name) : members.length);
  return Object.fromEntries(Object.entries(schema).sort(([a], [b]) => place(a) - place(b) || (a < b ? -1 : 1)));
}
function extensionsOf({ type, listType, listKeys, mapType, patchStrategy, mergeKey }: Field): Json {
  return {
    ...(listType === undefined ? {} : { 'x-kubernetes-list-type': listType }),
    ...(listKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': listKeys }),
    ...(mapType === undefined || type === 'any' ? {} : { 'x-kubernetes-map-type': mapType }),
    ...(mergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': mergeKey }),
    ...(patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': patchStrategy }),
  };
}

export const gvkOf = ({ group, version, kind }: { readonly group: string; readonly version: string; readonly kind: string }): Json => ({
  group,
  kind,
  version,
});
