import { allVerbs, apiVersionOf, type AnyKind, isSubresourceBody } from './kind.ts';
import { objectMeta, status } from './meta.ts';
import { object, string, type Field, type Fields, type Shape } from './schema.ts';
import { listOperations, operationsOf } from './openapi/operations.ts';

/** OpenAPI documents made from the kinds: v3 per group and version, v2 as one. */
export type Json = { readonly [key: string]: unknown };

interface Dialect {
  readonly version: 2 | 3;
  readonly ref: (name: string) => Json;
}
const v3: Dialect = { version: 3, ref: (name) => ({ $ref: `#/components/schemas/${name}` }) };
const v2: Dialect = { version: 2, ref: (name) => ({ $ref: `#/definitions/${name}` }) };

const info = { title: 'Kubernetes', version: 'v1.36.3' };
const named = {
  quantity: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
  intOrString: 'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
  time: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
  microTime: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  duration: 'io.k8s.apimachinery.pkg.apis.meta.v1.Duration',
  any: 'io.k8s.apimachinery.pkg.runtime.RawExtension',
} as const;
const namedSchemas: Readonly<Record<keyof typeof named, (dialect: Dialect) => Json>> = {
  quantity: ({ version }) => (version === 3 ? { oneOf: [{ type: 'string' }, { type: 'number' }] } : { type: 'string' }),
  intOrString: ({ version }) =>
    version === 3
      ? { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' }
      : { type: 'string', format: 'int-or-string' },
  time: () => ({ type: 'string', format: 'date-time' }),
  microTime: () => ({ type: 'string', format: 'date-time' }),
  duration: () => ({ type: 'string' }),
  any: () => ({ type: 'object' }),
};
const plain: Readonly<Record<string, Json>> = {
  string: { type: 'string' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  double: { type: 'number', format: 'double' },
  bool: { type: 'boolean' },
  bytes: { type: 'string', format: 'byte' },
};

/** Collects the schemas that others refer to, each once. */
class Schemas {
  readonly all: Record<string, Json> = {};
  readonly #dialect: Dialect;
  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }
  ref(name: string): Json {
    return this.#dialect.ref(name);
  }
  shape(shape: Shape, gvks: readonly Json[] = []): string {
    if (!(shape.name in this.all)) {
      this.all[shape.name] = {};
      this.all[shape.name] = { ...this.#object(shape), ...(gvks.length === 0 ? {} : { 'x-kubernetes-group-version-kind': gvks }) };
    }
    return shape.name;
  }
  #object(shape: Shape): Json {
    const entries = Object.entries(shape.fields);
    // Without `omitempty` and not a struct: clients must say it.
    const required = entries.filter(([, field]) => field.presence === undefined && field.type !== 'object').map(([name]) => name);
    return {
      type: 'object',
      ...(entries.length === 0 ? {} : { properties: Object.fromEntries(entries.map(([name, field]) => [name, this.property(field)])) }),
      ...(required.length === 0 || this.#dialect.version === 2 || shape.name.endsWith('.Status') ? {} : { required }),
      ...(shape.mapType === 'atomic' ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    };
  }
  property(field: Field): Json {
    const schema = this.#value(field);
    const extras: Record<string, unknown> = {};
    if (field.listType !== undefined) extras['x-kubernetes-list-type'] = field.listType;
    if (field.listKeys !== undefined) extras['x-kubernetes-list-map-keys'] = field.listKeys;
    if (field.mapType === 'atomic') extras['x-kubernetes-map-type'] = 'atomic';
    if (field.patchStrategy !== undefined) extras['x-kubernetes-patch-strategy'] = field.patchStrategy;
    if (field.mergeKey !== undefined) extras['x-kubernetes-patch-merge-key'] = field.mergeKey;
    if (Object.keys(extras).length === 0) return schema;
    // In OpenAPI 3.0 nothing may stand beside a reference.
    return this.#dialect.version === 3 && '$ref' in schema ? { allOf: [schema], ...extras } : { ...schema, ...extras };
  }
  #value(field: Field): Json {
    if (field.type === 'object') return this.ref(this.shape(field.shape!));
    if (field.type === 'list') return { type: 'array', items: this.property(field.of!) };
    if (field.type === 'map') return { type: 'object', additionalProperties: this.property(field.of!) };
    if (field.type in named) {
      const type = field.type as keyof typeof named;
      this.all[named[type]] ??= namedSchemas[type](this.#dialect);
      return this.ref(named[type]);
    }
    return { ...plain[field.type], ...(field.enum === undefined ? {} : { enum: field.enum }) };
  }
}

const gvkOf = (kind: AnyKind): Json => ({ group: kind.group, kind: kind.kind, version: kind.version });

function addKind(schemas: Schemas, kind: AnyKind): { readonly object: Json; readonly list: Json } {
  const fields: Fields = { apiVersion: string(0), kind: string(0), metadata: object(0, objectMeta), ...kind.shape.fields };
  const optional = Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      name === 'apiVersion' || name === 'kind' ? { ...field, presence: 'opt' as const } : field,
    ]),
  );
  const name = schemas.shape({ ...kind.shape, fields: optional }, [gvkOf(kind)]);
  const listName = `${name}List`;
  schemas.all[listName] ??= {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: schemas.ref('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta'),
      items: { type: 'array', items: schemas.ref(name) },
    },
    required: ['items'],
    'x-kubernetes-group-version-kind': [{ group: kind.group, kind: kind.listKind, version: kind.version }],
  };
  schemas.all['io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta'] ??= {
    type: 'object',
    properties: {
      continue: { type: 'string' },
      remainingItemCount: { type: 'integer', format: 'int64' },
      resourceVersion: { type: 'string' },
      selfLink: { type: 'string' },
    },
  };
  schemas.shape(status);
  return { object: schemas.ref(name), list: schemas.ref(listName) };
}

function pathsFor(kind: AnyKind, schemas: Schemas, dialect: Dialect): Record<string, Json> {
  const refs = addKind(schemas, kind);
  if (isSubresourceBody(kind)) return {};
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${apiVersionOf(kind)}`;
  const paths: Record<string, Json> = {};
  const base = kind.scope === 'Namespaced' ? `${root}/namespaces/{namespace}/${kind.plural}` : `${root}/${kind.plural}`;
  const verbs = kind.verbs.length === 0 ? allVerbs : kind.verbs;
  const common = {
    gvk: gvkOf(kind),
    refs,
    status: schemas.ref(status.name),
    version: dialect.version,
    namespaced: kind.scope === 'Namespaced',
  };
  paths[base] = listOperations(verbs, common);
  if (kind.scope === 'Namespaced' && verbs.includes('list'))
    paths[`${root}/${kind.plural}`] = listOperations(['list'], { ...common, namespaced: false });
  if (verbs.includes('get')) paths[`${base}/{name}`] = operationsOf(verbs, common);
  if (kind.subresources.includes('status')) paths[`${base}/{name}/status`] = operationsOf(['get', 'update', 'patch'], common);
  return paths;
}

/** The OpenAPI v3 document of the kinds of one group and version. */
export function openApiV3(kinds: readonly AnyKind[]): Json {
  const schemas = new Schemas(v3);
  const paths = Object.assign({}, ...kinds.map((kind) => pathsFor(kind, schemas, v3))) as Json;
  return { openapi: '3.0.0', info, paths, components: { schemas: schemas.all } };
}

/** The OpenAPI v2 document of all kinds. */
export function openApiV2(kinds: readonly AnyKind[]): Json {
  const schemas = new Schemas(v2);
  const paths = Object.assign({}, ...kinds.map((kind) => pathsFor(kind, schemas, v2))) as Json;
  return { swagger: '2.0', info, paths, definitions: schemas.all };
}
