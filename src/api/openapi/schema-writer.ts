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
    const format = 'int-or-string';
    return version === 3 ? { format, oneOf: [{ type: 'integer' }, { type: 'string' }] } : { type: 'string', format };
  }
  if (name === named.time || name === named.microTime) return { type: 'string', format: 'date-time' };
  if (name === named.duration) return { type: 'string' };
  // JSON of custom schemas may be anything, and so may what has several forms; other free parts are objects.
  return /\.JSON(SchemaPropsOr\w+)?$/.test(name) ? {} : { type: 'object' };
}

const kindFields: Fields = { apiVersion: opt(string(0)), kind: opt(string(0)) };

/** A schema as JSON text, and what it refers to. */
export interface Written {
  readonly name: string;
  text: string;
  readonly refs: Written[];
}
/** What documents of one dialect have in common, so that each schema is written once; made for a run over several. */
export type SharedSchemas = Map<string, Written>;

/** Writes the schemas of types, each once, with all that they refer to. */
export class SchemaWriter {
  readonly schemas = new Map<string, Written>();
  readonly #dialect: Dialect;
  readonly #describe: Describe;
  readonly #kindNamed: (name: string) => AnyKind | undefined;
  readonly #shared: SharedSchemas;
  /** The schema that is being written. */
  #inside: Written | undefined;

  /** `kindNamed`: the kind whose object has this name, for shapes that hold whole objects. */
  constructor(dialect: Dialect, describe: Describe, kindNamed: (name: string) => AnyKind | undefined, shared: SharedSchemas = new Map()) {
    this.#dialect = dialect;
    this.#describe = describe;
    this.#kindNamed = kindNamed;
    this.#shared = shared;
  }
  ref(name: string): Json {
    return { $ref: this.#dialect.refTo(name) };
  }
  /** A kind's object, and the list of them. */
  kind(kind: AnyKind): Json {
    if (kind.custom !== undefined) return this.#custom(kind, kind.custom);
    return this.#add(kind.shape, [gvkOf(kind)], () => {
      const metadata = { ...object(0, objectMeta), required: kind.requiresMetadata };
      return { ...kind.shape, fields: { ...kindFields, metadata, ...kind.shape.fields } };
    });
  }
  list(kind: AnyKind): Json {
    this.kind(kind);
    const name = kind.openApiName.slice(0, kind.openApiName.lastIndexOf('.') + 1) + kind.listKind;
    if (kind.custom !== undefined) return this.#customList(name, kind);
    return this.#add({ name }, [{ ...gvkOf(kind), kind: kind.listKind }], () => {
      return { name, fields: { ...kindFields, metadata: object(0, listMeta), items: list(0, of(kind.shape)) } };
    });
  }
  /** Custom resources publish the schema of their definition. */
  #custom({ openApiName }: AnyKind, custom: CustomVersion): Json {
    if (this.schemas.has(openApiName)) return this.ref(openApiName);
    this.shape(objectMeta);
    const schema = custom.published(this.#dialect.version);
    const properties = Object.entries(schema.properties ?? {}).map(([name, property]) => {
      const text = kindFields[name] === undefined && name !== 'metadata' ? undefined : this.#describe(`${meta}.TypeMeta`, name);
      return [name, this.#beside(property as Json, described(text))] as const;
    });
    const written = { ...schema, ...(properties.length === 0 ? {} : { properties: Object.fromEntries(properties) }) };
    return this.#own(openApiName, written);
  }
  #customList(name: string, kind: AnyKind): Json {
    const { 'x-kubernetes-selectable-fields': selectable } = kind.custom!.published(this.#dialect.version) as Json;
    const text = (field: string) => ({ ...described(this.#describe(`${meta}.TypeMeta`, field)), type: 'string' });
    const written = {
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
    };
    return this.#own(name, written);
  }
  /** What no other document has. */
  #own(name: string, schema: object): Json {
    this.schemas.set(name, { name, text: JSON.stringify(schema), refs: [] });
    return this.ref(name);
  }
  /** An object that says its kind, such as Status or DeleteOptions. */
  root(shape: Shape, gvks: readonly Json[]): Json {
    return this.#add(shape, gvks, () => ({ ...shape, fields: { ...kindFields, ...shape.fields } }));
  }
  /** The same without kind and apiVersion. */
  bare(shape: Shape, gvks: readonly Json[]): Json {
    return this.#add(shape, gvks, () => shape);
  }
  shape(shape: Shape): Json {
    const kind = this.schemas.has(shape.name) ? undefined : this.#kindNamed(shape.name);
    return kind === undefined ? this.#add(shape, undefined, () => shape) : this.kind(kind);
  }
  /** A type without fields of its own. */
  free(name: string): Json {
    this.#write(name, name, () => ({ ...described(this.#describe(name, '')), ...namedSchema(name, this.#dialect) }));
    return this.ref(name);
  }
  /** `gvks`: of what is an object by itself. */
  #add({ name }: Pick<Shape, 'name'>, gvks: readonly Json[] | undefined, whole: () => Shape): Json {
    const key = gvks === undefined ? name : `${name} ${JSON.stringify(gvks)}`;
    this.#write(name, key, () => ({
      ...this.#object(whole(), gvks !== undefined),
      ...(gvks === undefined || gvks.length === 0 ? {} : { 'x-kubernetes-group-version-kind': gvks }),
    }));
    return this.ref(name);
  }
  #write(name: string, key: string, schema: () => Json): void {
    const known = this.schemas.get(name) ?? this.#shared.get(key);
    const written = known ?? { name, text: '', refs: [] };
    this.#inside?.refs.push(written);
    this.#take(written);
    if (known !== undefined) return;
    // Its place was taken first: it may refer to itself.
    this.#shared.set(key, written);
    const outer = this.#inside;
    this.#inside = written;
    written.text = JSON.stringify(schema());
    this.#inside = outer;
  }
  #take(written: Written): void {
    if (this.schemas.has(written.name)) return;
    this.schemas.set(written.name, written);
    for (const ref of written.refs) this.#take(ref);
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
const places = new Map(members.map((name, index) => [name, index]));
const isBefore = (a: string, b: string): boolean => {
  const [first, second] = [places.get(a) ?? members.length, places.get(b) ?? members.length];
  return first === second ? a < b : first < second;
};
function inMemberOrder(schema: Json): Json {
  const names = Object.keys(schema);
  if (names.every((name, index) => index === 0 || isBefore(names[index - 1]!, name))) return schema;
  return Object.fromEntries(names.sort((a, b) => (isBefore(a, b) ? -1 : 1)).map((name) => [name, schema[name]]));
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
