import { remembered } from '../../base/remembered.ts';
import { type AnyKind, apiVersionOf, isBuiltIn, isSubresourceBody } from '../kind.ts';
import {
  deleteCollectionParameters,
  deleteParameters,
  forceParameter,
  listParameters,
  nameIn,
  namespaceIn,
  optionParameters,
  type Parameter,
  pathIn,
  pretty,
  writeParameters,
} from './parameters.ts';

/** The kind of a request's or answer's body. */
export interface BodyKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}
export interface ServedSubresource {
  readonly name: string;
  readonly verbs: readonly string[];
  /** What it takes and gives. */
  readonly body: BodyKind;
  /** Options in the query instead of a body: PodExecOptions, PodLogOptions. */
  readonly options?: string | undefined;
  /** Requests take the connection over; with 'path' a path may follow. */
  readonly connects?: 'plain' | 'path' | undefined;
  /** Media types of answers that are no objects. */
  readonly produces?: readonly string[] | undefined;
}
export interface ServedKind {
  readonly kind: AnyKind;
  /** DELETE of an object answers with it instead of a Status. */
  readonly givesDeleted: boolean;
  readonly subresources: readonly ServedSubresource[];
}

export type Method = 'get' | 'put' | 'post' | 'delete' | 'options' | 'head' | 'patch';
/** What stands in a body: an object of a kind, a list of them, or a type of meta.k8s.io. */
export type Body =
  | { readonly type: 'kind' | 'list'; readonly of: BodyKind }
  | { readonly type: 'meta'; readonly name: string }
  | { readonly type: 'text' };

/** One method of one path. */
export interface Route {
  readonly path: string;
  readonly method: Method;
  readonly operationId: string;
  readonly tag: string;
  readonly description: string;
  /** x-kubernetes-action; undefined for discovery. */
  readonly action?: string;
  readonly about?: BodyKind;
  readonly parameters: readonly Parameter[];
  readonly takes?: { readonly body: Body; readonly required: boolean };
  readonly gives: Body;
  readonly codes: readonly number[];
  readonly consumes: readonly string[] | undefined;
  readonly produces: readonly string[];
}

const json = 'application/json';
const objectTypes = [json, 'application/yaml', 'application/vnd.kubernetes.protobuf'];
const streamTypes = [...objectTypes, `${json};stream=watch`, 'application/vnd.kubernetes.protobuf;stream=watch'];
const patchTypes = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/strategic-merge-patch+json',
  'application/apply-patch+yaml',
];
const anyType = ['*/*'];
const isCustomType = (type: string) => !type.includes('protobuf') && !type.includes('strategic');

const title = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);
/** 'rbac.authorization.k8s.io' -> ['rbac', 'authorization']. */
const groupWords = (group: string): readonly string[] => (group === '' ? ['core'] : group.replace(/\.k8s\.io$/, '').split(/[.-]/));
const groupTitle = (group: string): string => groupWords(group).map(title).join('');
const groupTag = (group: string): string =>
  groupWords(group)
    .map((word, index) => (index === 0 ? word : title(word)))
    .join('');
export const rootOf = ({ group, version }: { readonly group: string; readonly version: string }): string =>
  group === '' ? `/api/${version}` : `/apis/${apiVersionOf({ group, version })}`;

const discovery = (path: string, operationId: string, tag: string, description: string, name: string): Route => ({
  path,
  method: 'get',
  operationId,
  tag,
  description,
  parameters: [],
  gives: { type: 'meta', name },
  codes: [200],
  consumes: objectTypes,
  produces: objectTypes,
});
export const groupListRoute = discovery('/apis/', 'getAPIVersions', 'apis', 'Lists the groups.', 'APIGroupList');
export const coreVersionsRoute = discovery('/api/', 'getCoreAPIVersions', 'core', 'Lists the versions of the core group.', 'APIVersions');
export const groupRoute = (group: string): Route =>
  discovery(`/apis/${group}/`, `get${groupTitle(group)}APIGroup`, groupTag(group), 'Tells of the group.', 'APIGroup');
export const versionRoute: Route = {
  ...discovery('/version/', 'getCodeVersion', 'version', 'Tells which version this is.', 'Info'),
  consumes: [json],
  produces: [json],
};
const document = (path: string, operationId: string, tag: string, description: string, type: string): Route => ({
  ...discovery(path, operationId, tag, description, ''),
  gives: { type: 'text' },
  consumes: undefined,
  produces: [type],
});
export const issuerRoute = document(
  '/.well-known/openid-configuration/',
  'getServiceAccountIssuerOpenIDConfiguration',
  'WellKnown',
  'Tells of the issuer of service account tokens.',
  json,
);
export const keysRoute = document(
  '/openid/v1/jwks/',
  'getServiceAccountIssuerOpenIDKeyset',
  'openid',
  'The keys of the issuer of service account tokens.',
  'application/jwk-set+json',
);

/** The routes of one kind, in the order in which clients may look at them. */
export function routesOf(served: ServedKind): readonly Route[] {
  const { kind } = served;
  if (isSubresourceBody(kind)) return [];
  const routes = [
    ...collectionRoutes(kind),
    ...objectRoutes(served),
    ...served.subresources.flatMap((one) => subresourceRoutes(kind, one)),
  ];
  return isBuiltIn(kind) ? routes : routes.map((one) => customRoute(kind, one));
}
export const resourcesRoute = (of: { readonly group: string; readonly version: string }): Route =>
  discovery(
    `${rootOf(of)}/`,
    `get${groupTitle(of.group)}${title(of.version)}APIResources`,
    `${groupTag(of.group)}_${of.version}`,
    'Lists the resources.',
    'APIResourceList',
  );

/** Custom resources know no protobuf and no strategic merge, and say what they take. */
function customRoute(kind: AnyKind, { takes, ...route }: Route): Route {
  const isCollection = route.action === 'deletecollection';
  return {
    ...route,
    about: kind,
    ...(takes === undefined || isCollection ? {} : { takes }),
    ...(isCollection ? { parameters: [...placeOf(kind).scopeParameters, pretty, ...listParameters] } : {}),
    ...(route.action === 'get'
      ? { parameters: [...route.parameters, ...listParameters.filter(({ name }) => name === 'resourceVersion')] }
      : {}),
    ...(route.method === 'patch' ? { codes: [200] } : {}),
    consumes: route.method === 'patch' ? route.consumes?.filter(isCustomType) : objectTypes.filter(isCustomType),
    produces: objectTypes.filter(isCustomType),
  };
}

interface Place {
  readonly kind: AnyKind;
  readonly base: string;
  readonly scopeWord: string;
  readonly scopeParameters: readonly Parameter[];
}
function placeOf(kind: AnyKind): Place {
  const namespaced = kind.scope === 'Namespaced';
  return {
    kind,
    base: `${rootOf(kind)}${namespaced ? '/namespaces/{namespace}' : ''}/${kind.plural}`,
    scopeWord: namespaced ? 'Namespaced' : '',
    scopeParameters: namespaced ? [namespaceIn] : [],
  };
}
const versionTitle = remembered(({ group, version }: BodyKind) => groupTitle(group) + title(version));
const idOf = (verb: string, kind: BodyKind, rest: string): string => `${verb}${versionTitle(kind)}${rest}`;
const tagOf = remembered(({ group, version }: BodyKind) => `${groupTag(group)}_${version}`);

function route(
  kind: AnyKind,
  more: Pick<Route, 'path' | 'method' | 'operationId' | 'description' | 'action' | 'gives' | 'codes'> & Partial<Route>,
): Route {
  return {
    tag: tagOf(kind),
    about: kind,
    parameters: [],
    consumes: anyType,
    produces: objectTypes,
    ...more,
  };
}
const statusBody: Body = { type: 'meta', name: 'Status' };
const optionsBody: Body = { type: 'meta', name: 'DeleteOptions' };

function collectionRoutes(kind: AnyKind): readonly Route[] {
  const { base, scopeWord, scopeParameters } = placeOf(kind);
  const has = (verb: string) => (kind.verbs as readonly string[]).includes(verb);
  const object: Body = { type: 'kind', of: kind };
  const listed: Body = { type: 'list', of: kind };
  const common = [...scopeParameters, pretty];
  const routes: Route[] = [];
  const listing = { method: 'get', codes: [200], produces: streamTypes } as const;
  const plainName = `${scopeWord}${kind.kind}`;
  if (has('list')) {
    const description = `Lists or watches objects of kind ${kind.kind}.`;
    const list = { ...listing, description, action: 'list', gives: listed };
    routes.push(
      route(kind, { ...list, path: base, operationId: idOf('list', kind, plainName), parameters: [...common, ...listParameters] }),
    );
    if (kind.scope === 'Namespaced') {
      const path = `${rootOf(kind)}/${kind.plural}`;
      const operationId = idOf('list', kind, `${kind.kind}ForAllNamespaces`);
      routes.push(route(kind, { ...list, path, operationId, parameters: [pretty, ...listParameters] }));
    }
  }
  if (has('create')) {
    routes.push(
      route(kind, {
        path: base,
        method: 'post',
        operationId: idOf('create', kind, plainName),
        description: `Creates a ${kind.kind}.`,
        action: 'post',
        parameters: [...common, ...writeParameters],
        takes: { body: object, required: true },
        gives: object,
        codes: [200, 201, 202],
      }),
    );
  }
  if (has('deletecollection')) {
    routes.push(
      route(kind, {
        path: base,
        method: 'delete',
        operationId: idOf('delete', kind, `Collection${plainName}`),
        description: `Deletes a collection of ${kind.kind}.`,
        action: 'deletecollection',
        parameters: [...common, ...deleteCollectionParameters],
        takes: { body: optionsBody, required: false },
        gives: statusBody,
        codes: [200],
      }),
    );
  }
  if (has('watch') && isBuiltIn(kind)) routes.push(...watchRoutes(kind));
  return routes;
}

/** The old paths of watches. */
function watchRoutes(kind: AnyKind): readonly Route[] {
  const { scopeWord, scopeParameters } = placeOf(kind);
  const root = rootOf(kind);
  const inNamespace = kind.scope === 'Namespaced' ? '/namespaces/{namespace}' : '';
  const watching = {
    method: 'get',
    gives: { type: 'meta', name: 'WatchEvent' },
    codes: [200],
    produces: streamTypes,
    description: `Watches objects of kind ${kind.kind}. Out of use: list with watch instead.`,
  } as const;
  const one = `${scopeWord}${kind.kind}`;
  const parameters = [...scopeParameters, pretty, ...listParameters];
  const path = `${root}/watch${inNamespace}/${kind.plural}`;
  const routes = [
    route(kind, { ...watching, path, action: 'watchlist', operationId: idOf('watch', kind, `${one}List`), parameters }),
    route(kind, {
      ...watching,
      path: `${path}/{name}`,
      action: 'watch',
      operationId: idOf('watch', kind, one),
      parameters: [...parameters, nameIn(kind.kind)],
    }),
  ];
  if (kind.scope !== 'Namespaced') return routes;
  const operationId = idOf('watch', kind, `${kind.kind}ListForAllNamespaces`);
  const everywhere = { ...watching, path: `${root}/watch/${kind.plural}`, action: 'watchlist', operationId };
  return [...routes, route(kind, { ...everywhere, parameters: [pretty, ...listParameters] })];
}

function objectRoutes({ kind, givesDeleted }: ServedKind): readonly Route[] {
  const { base, scopeWord, scopeParameters } = placeOf(kind);
  const path = `${base}/{name}`;
  const has = (verb: string) => (kind.verbs as readonly string[]).includes(verb);
  const common = [nameIn(kind.kind), ...scopeParameters, pretty];
  const routes = verbRoutes(kind, kind, path, `${scopeWord}${kind.kind}`, common, has, kind.kind);
  if (!has('delete')) return routes;
  return [
    ...routes,
    route(kind, {
      path,
      method: 'delete',
      operationId: idOf('delete', kind, `${scopeWord}${kind.kind}`),
      description: `Deletes a ${kind.kind}.`,
      action: 'delete',
      parameters: [...common, ...deleteParameters],
      takes: { body: optionsBody, required: false },
      gives: givesDeleted ? { type: 'kind', of: kind } : statusBody,
      codes: [200, 202],
    }),
  ];
}

/** get, put and patch of an object or of a part of it. */
function verbRoutes(
  kind: AnyKind,
  about: BodyKind,
  path: string,
  idRest: string,
  common: readonly Parameter[],
  has: (verb: string) => boolean,
  what: string,
): Route[] {
  const object: Body = { type: 'kind', of: about };
  const routes: Route[] = [];
  const base = { path, about, gives: object } as const;
  if (has('get')) {
    const operationId = idOf('read', kind, idRest);
    routes.push(
      route(kind, {
        ...base,
        method: 'get',
        operationId,
        description: `Reads a ${what}.`,
        action: 'get',
        parameters: common,
        codes: [200],
      }),
    );
  }
  const writes = { parameters: [...common, ...writeParameters], codes: [200, 201] };
  if (has('update')) {
    const takes = { body: object, required: true };
    const operationId = idOf('replace', kind, idRest);
    routes.push(route(kind, { ...base, ...writes, method: 'put', operationId, description: `Replaces a ${what}.`, action: 'put', takes }));
  }
  if (has('patch')) {
    const takes = { body: { type: 'meta', name: 'Patch' }, required: true } as const;
    const operationId = idOf('patch', kind, idRest);
    const parameters = [...writes.parameters, forceParameter];
    const about = { description: `Changes a part of a ${what}.`, action: 'patch', consumes: patchTypes };
    routes.push(route(kind, { ...base, ...writes, ...about, method: 'patch', operationId, parameters, takes }));
  }
  return routes;
}

const connectMethods: Readonly<Record<string, readonly Method[]>> = {
  plain: ['get', 'post'],
  path: ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'],
};

function subresourceRoutes(kind: AnyKind, sub: ServedSubresource): readonly Route[] {
  const { base, scopeWord, scopeParameters } = placeOf(kind);
  const path = `${base}/{name}/${sub.name}`;
  const idRest = `${scopeWord}${kind.kind}${title(sub.name)}`;
  const options = sub.options === undefined ? [] : (optionParameters[sub.options] ?? []);
  if (sub.connects !== undefined)
    return connectRoutes(kind, sub, path, idRest, [nameIn(sub.options ?? kind.kind), ...scopeParameters, ...options]);
  const common = [nameIn(sub.body.kind), ...scopeParameters, pretty, ...options];
  const has = (verb: string) => sub.verbs.includes(verb);
  const routes = verbRoutes(kind, sub.body, path, idRest, common, has, `${kind.kind}'s ${sub.name}`);
  if (has('create')) {
    const body: Body = { type: 'kind', of: sub.body };
    routes.push(
      route(kind, {
        path,
        method: 'post',
        about: sub.body,
        operationId: idOf('create', kind, idRest),
        description: `Creates the ${sub.name} of a ${kind.kind}.`,
        action: 'post',
        parameters: [...common, ...writeParameters],
        takes: { body, required: true },
        gives: body,
        codes: [200, 201, 202],
      }),
    );
  }
  const { produces } = sub;
  if (produces === undefined) return routes;
  return routes.map((one) => ({ ...one, gives: { type: 'text' }, produces: [...produces, ...one.produces] }));
}
function connectRoutes(
  kind: AnyKind,
  sub: ServedSubresource,
  path: string,
  idRest: string,
  parameters: readonly Parameter[],
): readonly Route[] {
  const about = { group: kind.group, version: kind.version, kind: sub.options ?? kind.kind };
  const connecting = {
    about,
    action: 'connect',
    gives: { type: 'text' },
    codes: [200],
    produces: anyType,
    description: `Connects requests to the ${sub.name} of a ${kind.kind}.`,
  } as const;
  const methods = connectMethods[sub.connects!]!;
  const routes = methods.map((method) =>
    route(kind, { ...connecting, path, method, operationId: idOf('connect', kind, title(method) + idRest), parameters }),
  );
  if (sub.connects === 'plain') return routes;
  const withPath = methods.map((method) => {
    const operationId = idOf('connect', kind, `${title(method)}${idRest}WithPath`);
    return route(kind, { ...connecting, path: `${path}/{path}`, method, operationId, parameters: [...parameters, pathIn] });
  });
  return [...routes, ...withPath];
}
