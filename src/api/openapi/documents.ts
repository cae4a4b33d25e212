import { type AnyKind, apiVersionOf, isSubresourceBody } from '../kind.ts';
import { status } from '../meta.ts';
import { apiGroup, apiGroupList, apiResourceList, apiVersions, deleteOptions, versionInfo, watchEvent } from '../meta-types.ts';
import type { Shape } from '../schema.ts';
import { type SchemaOf, type SharedParameters, pathItemV2, pathItemV3 } from './operations.ts';
import { clientVersions, registeredVersions } from './registered-versions.ts';
import {
  type Body,
  type BodyKind,
  coreVersionsRoute,
  groupListRoute,
  groupRoute,
  issuerRoute,
  keysRoute,
  resourcesRoute,
  type Route,
  rootOf,
  routesOf,
  type ServedKind,
  versionRoute,
} from './routes.ts';
import { type Describe, type Json, SchemaWriter, type SharedSchemas, v2, v3, type Written } from './schema-writer.ts';

/**
 * OpenAPI documents, as JSON text in pieces: between two of them others may have their turn. Structure and names are upstream's,
 * descriptions are not.
 */
export interface DocumentInput {
  readonly kinds: readonly ServedKind[];
  /** Any served kind: bodies of subresources may be of other groups. */
  readonly find: (body: BodyKind) => AnyKind | undefined;
  /** The kind whose object has this name in OpenAPI. */
  readonly kindNamed: (name: string) => AnyKind | undefined;
  readonly describe: Describe;
  /** Among documents of OpenAPI 3 that are made in one run. */
  readonly shared?: SharedSchemas | undefined;
}

const info = { title: 'Kubernetes', version: '1.36' };
/** Documents of custom resources are made by upstream's server of extensions, which is called so. */
const customInfo = { title: 'Kubernetes CRD Swagger', version: 'v0.1.0' };
const bearerToken = { BearerToken: { description: 'Bearer Token authentication', type: 'apiKey', name: 'authorization', in: 'header' } };
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

const metaShapes: Readonly<Record<string, Shape>> = {
  Status: status,
  DeleteOptions: deleteOptions,
  WatchEvent: watchEvent,
  APIVersions: apiVersions,
  APIGroup: apiGroup,
  APIGroupList: apiGroupList,
  APIResourceList: apiResourceList,
};
/** Registered in every group and version, not only in the core. */
const everywhere = new Set(['DeleteOptions', 'WatchEvent']);

const textOfSchema = (writer: SchemaWriter, input: DocumentInput, versions: readonly Omit<BodyKind, 'kind'>[]): SchemaOf => {
  const texts = new Map<string, string>();
  return (body) => {
    // Several operations are about each body.
    const key =
      body.type === 'kind' || body.type === 'list' ? `${body.type} ${apiVersionOf(body.of)} ${body.of.kind}` : JSON.stringify(body);
    let text = texts.get(key);
    if (text === undefined) {
      text = JSON.stringify(schemaOf(writer, input, versions, body));
      texts.set(key, text);
    }
    return text;
  };
};
function schemaOf(writer: SchemaWriter, input: DocumentInput, versions: readonly Omit<BodyKind, 'kind'>[], body: Body): Json {
  switch (body.type) {
    case 'text':
      return { type: 'string' };
    case 'meta': {
      if (body.name === 'Patch') return writer.free(`${meta}.Patch`);
      if (body.name === 'Info') return writer.shape(versionInfo);
      const gvk = (at: Omit<BodyKind, 'kind'>) => ({ group: at.group, kind: body.name, version: at.version });
      // A list of groups holds them whole.
      if (body.name === 'APIGroupList')
        writer.root(
          apiGroup,
          [gvk({ group: '', version: 'v1' })].map((one) => ({ ...one, kind: 'APIGroup' })),
        );
      const gvks = everywhere.has(body.name) ? versions.map(gvk) : [gvk({ group: '', version: 'v1' })];
      return body.name === 'WatchEvent' ? writer.bare(watchEvent, gvks) : writer.root(metaShapes[body.name]!, gvks);
    }
    default: {
      const kind = input.find(body.of)!;
      return body.type === 'list' ? writer.list(kind) : writer.kind(kind);
    }
  }
}

const byPath = (routes: readonly Route[]): readonly (readonly [string, readonly Route[]])[] => {
  const paths = Map.groupBy(routes, ({ path }) => path);
  return [...paths].sort(([a], [b]) => (a < b ? -1 : 1));
};
const sorted = <T>(members: ReadonlyMap<string, T>) => [...members].sort(([a], [b]) => (a < b ? -1 : 1));
function* schemaParts(schemas: ReadonlyMap<string, Written>): Generator<Part> {
  for (const [name, { text }] of sorted(schemas)) yield { section: 'schemas', name, text };
}

/** A member of a document: a path, a schema or a shared parameter. They come section by section, in the order of their names. */
export interface Part {
  readonly section: 'paths' | 'schemas' | 'parameters';
  readonly name: string;
  /** The value, as JSON text. */
  readonly text: string;
}
export interface OpenApiDocument {
  readonly version: 2 | 3;
  readonly info: { readonly title: string; readonly version: string };
  /** By name, how clients may say who they are. */
  readonly security: typeof bearerToken | undefined;
  /** Made while they are taken: between two of them others may have their turn. */
  readonly parts: Iterable<Part>;
}

function* partsV3(routes: readonly Route[], input: DocumentInput, versions: readonly Omit<BodyKind, 'kind'>[]): Generator<Part> {
  const writer = new SchemaWriter(v3, input.describe, input.kindNamed, input.shared);
  const schema = textOfSchema(writer, input, versions);
  for (const [path, here] of byPath(routes)) yield { section: 'paths', name: path, text: pathItemV3(here, schema) };
  yield* schemaParts(writer.schemas);
}
/** What is said of a document of this server's own. */
export const ownDocument = { info, security: bearerToken } as const;
const documentV3 = (routes: readonly Route[], input: DocumentInput, versions: readonly Omit<BodyKind, 'kind'>[]): OpenApiDocument => ({
  version: 3,
  ...ownDocument,
  parts: partsV3(routes, input, versions),
});

/** The document of one group and version. */
export function groupVersionDocument(input: DocumentInput): OpenApiDocument {
  const kinds = input.kinds.filter(({ kind }) => !isSubresourceBody(kind));
  const { group, version, custom } = kinds[0]!.kind;
  const routes = kinds.flatMap(routesOf);
  if (custom !== undefined) return { ...documentV3(routes, input, clientVersions), info: customInfo, security: undefined };
  const core = { group: '', version: 'v1' };
  const versions = group === '' ? [core] : [core, { group, version }];
  return documentV3([resourcesRoute({ group, version }), ...routes], input, versions);
}
/** Documents that are of no group and version: by their place. */
export function plainDocument(place: string, input: Pick<DocumentInput, 'describe' | 'shared'>): OpenApiDocument | undefined {
  const [root, group] = place.split('/');
  const route = plainRoutes[place] ?? (root === 'apis' && group !== undefined ? groupRoute(group) : undefined);
  return route === undefined
    ? undefined
    : documentV3([route], { ...input, kinds: [], find: () => undefined, kindNamed: () => undefined }, []);
}
const plainRoutes: Readonly<Record<string, Route>> = {
  api: coreVersionsRoute,
  apis: groupListRoute,
  version: versionRoute,
  '.well-known/openid-configuration': issuerRoute,
  'openid/v1/jwks': keysRoute,
};
export const plainPlaces: readonly string[] = Object.keys(plainRoutes);

/** The document of everything, in OpenAPI 2. */
export const wholeDocument = (input: DocumentInput): OpenApiDocument => ({ version: 2, ...ownDocument, parts: partsV2(input) });

function* partsV2(input: DocumentInput): Generator<Part> {
  const writer = new SchemaWriter(v2, input.describe, input.kindNamed);
  const shared: SharedParameters = new Map();
  const kinds = input.kinds.filter(({ kind }) => !isSubresourceBody(kind));
  const builtIn = kinds.filter(({ kind }) => kind.custom === undefined).map(({ kind }) => kind);
  const versions = Map.groupBy(builtIn, rootOf);
  const groups = new Set(builtIn.map(({ group }) => group).filter((group) => group !== ''));
  const routes = [
    ...Object.values(plainRoutes),
    ...[...groups].map(groupRoute),
    ...[...versions.values()].map(([first]) => resourcesRoute(first!)),
    ...kinds.flatMap(routesOf),
  ];
  const schema = textOfSchema(writer, input, registeredVersions);
  for (const [path, here] of byPath(routes)) yield { section: 'paths', name: path, text: pathItemV2(here, schema, shared) };
  yield* schemaParts(writer.schemas);
  for (const [name, text] of sorted(shared)) yield { section: 'parameters', name, text };
}

/** A document as JSON text, in pieces. */
export function* textOf({ version, info, security, parts }: OpenApiDocument): Generator<string> {
  yield version === 2
    ? `{"swagger":"2.0","info":${JSON.stringify(info)},"paths":{`
    : `{"openapi":"3.0.0","info":${JSON.stringify(info)},"paths":{`;
  let section: Part['section'] = 'paths';
  let isFirst = true;
  for (const part of parts) {
    if (part.section !== section) {
      yield opening[version][part.section]!;
      section = part.section;
      isFirst = true;
    }
    yield `${isFirst ? '' : ','}${JSON.stringify(part.name)}:${part.text}`;
    isFirst = false;
  }
  const schemes = JSON.stringify(security);
  if (version === 2) yield `},"securityDefinitions":${schemes},"security":[{"BearerToken":[]}]}`;
  else if (schemes === undefined) yield section === 'paths' ? '}}' : '}}}';
  else yield `}${section === 'paths' ? ',"components":{' : ','}"securitySchemes":${schemes}}}`;
}
const opening: Readonly<Record<2 | 3, Readonly<Partial<Record<Part['section'], string>>>>> = {
  2: { schemas: '},"definitions":{', parameters: '},"parameters":{' },
  3: { schemas: '},"components":{"schemas":{' },
};
