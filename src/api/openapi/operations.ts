import { inOrder, type Parameter, parameterV2, parameterV3 } from './parameters.ts';
import type { Body, Method, Route } from './routes.ts';
import { gvkOf, type Json } from './schema-writer.ts';

/** Writes the schema of a body, with all it refers to, and gives the reference. */
export type SchemaOf = (body: Body) => Json;

const methods: readonly Method[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
const meanings: Readonly<Record<number, string>> = { 200: 'OK', 201: 'Created', 202: 'Accepted', 401: 'Unauthorized' };

/** What every operation of a path takes is said once, for the path. */
function commonOf(routes: readonly Route[]): readonly Parameter[] {
  const [first, ...others] = routes;
  const isIn = (route: Route, { name, in: place }: Parameter) => route.parameters.some((one) => one.name === name && one.in === place);
  return first!.parameters.filter((parameter) => others.every((route) => isIn(route, parameter)));
}
function rest(route: Route, common: readonly Parameter[]): readonly Parameter[] {
  return route.parameters.filter(({ name, in: place }) => !common.some((one) => one.name === name && one.in === place));
}
function itemOf(
  routes: readonly Route[],
  operation: (route: Route, common: readonly Parameter[]) => Json,
  parameters: (of: readonly Parameter[]) => Json,
): Json {
  const common = commonOf(routes);
  const inMethodOrder = [...routes].sort((a, b) => methods.indexOf(a.method) - methods.indexOf(b.method));
  const operations = Object.fromEntries(inMethodOrder.map((route) => [route.method, operation(route, common)]));
  return { ...operations, ...parameters(inOrder(common)) };
}
/** Go writes this struct, the others as maps. */
const inStructOrder = ({ group, version, kind }: ReturnType<typeof gvkOf>) => ({ group, version, kind });
const extensions = ({ action, about }: Route): Json =>
  action === undefined || about === undefined
    ? {}
    : { 'x-kubernetes-action': action, 'x-kubernetes-group-version-kind': inStructOrder(gvkOf(about)) };

/** The item of a path in OpenAPI 3. */
export function pathItemV3(routes: readonly Route[], schemaOf: SchemaOf): Json {
  const parameters = (of: readonly Parameter[]): Json => (of.length === 0 ? {} : { parameters: of.map(parameterV3) });
  return itemOf(routes, (route, common) => operationV3(route, parameters(inOrder(rest(route, common))), schemaOf), parameters);
}
function operationV3(route: Route, parameters: Json, schemaOf: SchemaOf): Json {
  const { takes, codes, consumes = [] } = route;
  const content = (types: readonly string[], body: Body): Json => {
    const schema = schemaOf(body);
    return Object.fromEntries([...types].sort().map((type) => [type, { schema }]));
  };
  const requestBody =
    takes === undefined ? {} : { requestBody: { content: content(consumes, takes.body), ...(takes.required ? { required: true } : {}) } };
  const answers = codes.map((code) => [code, { description: meanings[code], content: content(route.produces, route.gives) }]);
  return {
    tags: [route.tag],
    description: route.description,
    operationId: route.operationId,
    ...parameters,
    ...requestBody,
    responses: { ...Object.fromEntries(answers), 401: { description: meanings[401] } },
    ...extensions(route),
  };
}

/** Parameters that a document of OpenAPI 2 says once, by the names under which operations refer to them. */
export type SharedParameters = Map<string, Json>;

/** The item of a path in OpenAPI 2. */
export function pathItemV2(routes: readonly Route[], schemaOf: SchemaOf, shared: SharedParameters): Json {
  const written = (of: readonly Parameter[]): readonly Json[] => of.map((parameter) => sharedOrNot(parameterV2(parameter), shared));
  const parameters = (of: readonly Parameter[]): Json => (of.length === 0 ? {} : { parameters: written(of) });
  return itemOf(
    routes,
    (route, common) => {
      const { takes } = route;
      const own = written(inOrder(rest(route, common)));
      const body =
        takes === undefined
          ? []
          : [
              sharedOrNot(
                { name: 'body', in: 'body', ...(takes.required ? { required: true } : {}), schema: schemaOf(takes.body) },
                shared,
              ),
            ];
      const all = [...body, ...own];
      return operationV2(route, all.length === 0 ? {} : { parameters: all }, schemaOf);
    },
    parameters,
  );
}
function operationV2(route: Route, parameters: Json, schemaOf: SchemaOf): Json {
  const schema = schemaOf(route.gives);
  const answers = route.codes.map((code) => [code, { description: meanings[code], schema }]);
  return {
    description: route.description,
    ...(route.consumes === undefined ? {} : { consumes: route.consumes }),
    produces: route.produces,
    schemes: ['https'],
    tags: [route.tag],
    operationId: route.operationId,
    ...parameters,
    responses: { ...Object.fromEntries(answers), 401: { description: meanings[401] } },
    ...extensions(route),
  };
}

/** kubectl of some years ago looks for these in the operations themselves. */
const neverShared = new Set(['name', 'dryRun', 'fieldValidation']);
function sharedOrNot(parameter: Json, shared: SharedParameters): Json {
  const {
    name,
    in: place,
    schema,
  } = parameter as { readonly name: string; readonly in: string; readonly schema?: { readonly $ref: string } };
  if (neverShared.has(name)) return parameter;
  if (place === 'body' && !schema!.$ref.startsWith('#/definitions/io.k8s.apimachinery')) return parameter;
  const key = `${name}-${shortHash(JSON.stringify(parameter))}`;
  shared.set(key, parameter);
  return { $ref: `#/parameters/${key}` };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
/** FNV-1 of 64 bits, its first six bytes in base64 for URLs. */
function shortHash(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) hash = BigInt.asUintN(64, hash * 0x100000001b3n) ^ BigInt(byte);
  let result = '';
  for (let shift = 58n; shift > 10n; shift -= 6n) result += alphabet[Number((hash >> shift) & 63n)];
  return result;
}
