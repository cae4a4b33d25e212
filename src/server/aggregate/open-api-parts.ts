import { type OpenApiDocument, ownDocument, type Part } from '../../api/openapi/documents.ts';
import { bytesOf } from '../../api/openapi/protobuf.ts';
import type { Section } from './remote-open-api.ts';

type Json = Record<string, any>;

const partsOf = (section: Part['section'], members: Readonly<Record<string, unknown>>): Part[] =>
  Object.entries(members).map(([name, value]) => ({ section, name, text: JSON.stringify(value) }));

const ofSection: Readonly<Record<Part['section'], keyof Section>> = { paths: 'paths', schemas: 'definitions', parameters: 'parameters' };
const order: readonly Part['section'][] = ['paths', 'schemas', 'parameters'];

/**
 * An OpenAPI 2 document with what other servers have under their paths. What is of the same name is taken from the first: from this
 * server, whose types of metadata serve the others too.
 */
export function merged(document: OpenApiDocument, sections: readonly Section[]): OpenApiDocument {
  return sections.length === 0 ? document : { ...document, parts: mergedParts(document.parts, sections) };
}
function* mergedParts(parts: Iterable<Part>, sections: readonly Section[]): Generator<Part> {
  let at = 0;
  let seen = new Set<string>();
  const rest = function* (): Generator<Part> {
    const name = order[at++]!;
    for (const section of sections)
      for (const part of partsOf(name, section[ofSection[name]])) {
        if (seen.has(part.name)) continue;
        seen.add(part.name);
        yield part;
      }
    seen = new Set();
  };
  for (const part of parts) {
    while (part.section !== order[at]) yield* rest();
    seen.add(part.name);
    yield part;
  }
  while (at < order.length) yield* rest();
}

/** Throws Error for what could not be written in every form. */
export function checkWritable(section: Section): void {
  for (const _ of bytesOf(merged({ version: 2, ...ownDocument, parts: [] }, [section]))) {
    // Only that it can be done matters.
  }
}

/** A section of OpenAPI 2 as a document of OpenAPI 3, for servers that speak only the older one (k8s.io/kube-openapi openapiconv). */
export function converted({ paths, definitions, parameters }: Section): OpenApiDocument {
  const items = Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, pathItem(item as Json, parameters as Json)]));
  const schemas = Object.fromEntries(Object.entries(definitions).map(([name, value]) => [name, schema(value as Json)]));
  return { version: 3, ...ownDocument, parts: [...partsOf('paths', items), ...partsOf('schemas', schemas)] };
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
function pathItem(item: Json, shared: Json): Json {
  const result: Json = {};
  for (const [key, value] of Object.entries(item)) {
    if (methods.includes(key)) result[key] = operation(value, shared);
    else if (key === 'parameters') result[key] = (value as Json[]).map((one) => parameter(one, shared));
    else result[key] = value;
  }
  return result;
}
function operation({ consumes = [], produces = [], schemes: _, parameters = [], responses = {}, ...rest }: Json, shared: Json): Json {
  const all = (parameters as Json[]).map((one) => resolved(one, shared));
  const body = all.find((one) => one.in === 'body');
  const content = (types: readonly string[], of: Json) => Object.fromEntries(types.map((type) => [type, { schema: schema(of) }]));
  const others = all.filter((one) => one !== body).map((one) => parameter(one, shared));
  return {
    ...rest,
    ...(others.length > 0 ? { parameters: others } : {}),
    ...(body?.schema === undefined ? {} : { requestBody: { content: content(consumes, body.schema) } }),
    responses: Object.fromEntries(
      Object.entries(responses as Json).map(([code, { schema: of, ...about }]) => [
        code,
        of === undefined ? about : { ...about, content: content(produces, of) },
      ]),
    ),
  };
}
const resolved = (one: Json, shared: Json): Json => {
  const name = typeof one.$ref === 'string' ? one.$ref.replace(/^#\/parameters\//, '') : undefined;
  return name !== undefined && shared[name] !== undefined ? shared[name] : one;
};
function parameter(given: Json, shared: Json): Json {
  const { name, in: place, description, required, type, format, uniqueItems, schema: of } = resolved(given, shared);
  const simple = { type, ...(format === undefined ? {} : { format }), ...(uniqueItems === undefined ? {} : { uniqueItems }) };
  return {
    name,
    in: place,
    ...(description === undefined ? {} : { description }),
    ...(required === undefined ? {} : { required }),
    schema: of === undefined ? simple : schema(of),
  };
}
function schema(given: unknown): any {
  if (Array.isArray(given)) return given.map(schema);
  if (typeof given !== 'object' || given === null) return given;
  const { $ref, ...rest } = given as Json;
  const result: Json = {};
  for (const [key, value] of Object.entries(rest)) {
    if (key === 'properties') result[key] = Object.fromEntries(Object.entries(value as Json).map(([name, of]) => [name, schema(of)]));
    else result[key] = key === 'default' || key === 'enum' || key.startsWith('x-') ? value : schema(value);
  }
  if (typeof $ref !== 'string') return result;
  const reference = { $ref: $ref.replace(/^#\/definitions\//, '#/components/schemas/') };
  // Beside a reference nothing else is read: what is there stands around it.
  return Object.keys(rest).length === 0 ? reference : { ...result, allOf: [reference] };
}
