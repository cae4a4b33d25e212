import { remembered } from '../../base/remembered.ts';
import { inOrder, type Parameter, parameterV2, parameterV3 } from './parameters.ts';
import type { Body, Method, Route } from './routes.ts';
import { gvkOf } from './schema-writer.ts';

/*
 * Items of paths as JSON text: what many operations say alike (parameters, schemas by media type) is put into text once, since all
 * documents together hold it thousands of times.
 */

/** Writes the schema of a body, with all it refers to, and gives the reference as JSON text. */
export type SchemaOf = (body: Body) => string;

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
type Texts = readonly string[];
/** With commas between, what is empty left out. Not by `join`: that copies the text, at every level anew; a sum is copied once, at the end. */
function listed(texts: Texts): string {
  let all = '';
  for (const text of texts) if (text !== '') all = all === '' ? text : `${all},${text}`;
  return all;
}
/** Members of an object, of which some may be missing. */
const objectOf = (members: Texts): string => `{${listed(members)}}`;
const quoted = (text: string): string => JSON.stringify(text);
const parametersMember = (texts: Texts): string => (texts.length === 0 ? '' : `"parameters":[${listed(texts)}]`);

function itemOf(
  routes: readonly Route[],
  operation: (route: Route, own: readonly Parameter[]) => string,
  textsOf: (parameters: readonly Parameter[]) => Texts,
): string {
  const common = commonOf(routes);
  const inMethodOrder = [...routes].sort((a, b) => methods.indexOf(a.method) - methods.indexOf(b.method));
  const operations = inMethodOrder.map((route) => `"${route.method}":${operation(route, inOrder(rest(route, common)))}`);
  return objectOf([...operations, parametersMember(textsOf(inOrder(common)))]);
}
/** Go writes this struct, the others as maps. */
const inStructOrder = ({ group, version, kind }: ReturnType<typeof gvkOf>) => ({ group, version, kind });
function responsesOf({ codes }: Route, content: string): string {
  const answers = codes.map((code) => `"${code}":{"description":"${meanings[code]}",${content}}`);
  return `"responses":{${listed(answers)},"401":{"description":"${meanings[401]}"}}`;
}
function extensions({ action, about }: Route, isStruct: boolean): string {
  if (action === undefined || about === undefined) return '';
  const gvk = gvkOf(about);
  return `"x-kubernetes-action":"${action}","x-kubernetes-group-version-kind":${JSON.stringify(isStruct ? inStructOrder(gvk) : gvk)}`;
}

const textV3 = remembered((parameter: Parameter) => JSON.stringify(parameterV3(parameter)));
const typesInOrder = remembered((types: readonly string[]) => [...types].sort().map(quoted));

/** The item of a path in OpenAPI 3. */
export function pathItemV3(routes: readonly Route[], schemaOf: SchemaOf): string {
  const textsOf = (parameters: readonly Parameter[]) => parameters.map(textV3);
  return itemOf(routes, (route, own) => operationV3(route, parametersMember(textsOf(own)), schemaOf), textsOf);
}
function operationV3(route: Route, parameters: string, schemaOf: SchemaOf): string {
  const { takes, consumes = [] } = route;
  const content = (types: readonly string[], body: Body): string => {
    const schema = schemaOf(body);
    return `"content":${objectOf(typesInOrder(types).map((type) => `${type}:{"schema":${schema}}`))}`;
  };
  const requestBody =
    takes === undefined ? '' : `"requestBody":{${content(consumes, takes.body)}${takes.required ? ',"required":true' : ''}}`;
  return objectOf([
    `"tags":[${quoted(route.tag)}]`,
    `"description":${quoted(route.description)}`,
    `"operationId":${quoted(route.operationId)}`,
    parameters,
    requestBody,
    responsesOf(route, content(route.produces, route.gives)),
    extensions(route, true),
  ]);
}

/** Parameters that a document of OpenAPI 2 says once, as JSON text by the names under which operations refer to them. */
export type SharedParameters = Map<string, string>;

/** The item of a path in OpenAPI 2. */
export function pathItemV2(routes: readonly Route[], schemaOf: SchemaOf, shared: SharedParameters): string {
  const textsOf = (parameters: readonly Parameter[]) => parameters.map((one) => sharedOrNot(formsV2(one), shared));
  return itemOf(
    routes,
    (route, own) => {
      const { takes } = route;
      const body = takes === undefined ? [] : [sharedOrNot(bodyForms(schemaOf(takes.body), takes.required), shared)];
      return operationV2(route, parametersMember([...body, ...textsOf(own)]), schemaOf);
    },
    textsOf,
  );
}
function operationV2(route: Route, parameters: string, schemaOf: SchemaOf): string {
  const content = `"schema":${schemaOf(route.gives)}`;
  return objectOf([
    `"description":${quoted(route.description)}`,
    route.consumes === undefined ? '' : `"consumes":${JSON.stringify(route.consumes)}`,
    `"produces":${JSON.stringify(route.produces)}`,
    '"schemes":["https"]',
    `"tags":[${quoted(route.tag)}]`,
    `"operationId":${quoted(route.operationId)}`,
    parameters,
    responsesOf(route, content),
    // Upstream's aggregator reads the document of all other groups from JSON.
    extensions(route, route.about?.group === 'apiregistration.k8s.io'),
  ]);
}

/** kubectl of some years ago looks for these in the operations themselves. */
const neverShared = new Set(['name', 'dryRun', 'fieldValidation']);

/** A parameter of OpenAPI 2 as text, and the name that it has where it is said once; undefined: it stands where it is used. */
interface Forms {
  readonly text: string;
  readonly key: string | undefined;
}
const formsOf = (name: string, text: string, isShared: boolean): Forms => ({
  text,
  key: isShared ? `${name}-${shortHash(text)}` : undefined,
});
const formsV2 = remembered((parameter: Parameter) =>
  formsOf(parameter.name, JSON.stringify(parameterV2(parameter)), !neverShared.has(parameter.name)),
);
function bodyForms(schema: string, isRequired: boolean): Forms {
  const text = `{"name":"body","in":"body",${isRequired ? '"required":true,' : ''}"schema":${schema}}`;
  return formsOf('body', text, schema.startsWith('{"$ref":"#/definitions/io.k8s.apimachinery'));
}
function sharedOrNot({ text, key }: Forms, shared: SharedParameters): string {
  if (key === undefined) return text;
  shared.set(key, text);
  return `{"$ref":"#/parameters/${key}"}`;
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
