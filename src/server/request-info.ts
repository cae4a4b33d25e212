import type { Query } from './options.ts';

/** What a path and method ask for; upstream's rules (apiserver requestinfo). */
export interface RequestInfo {
  readonly isResource: boolean;
  /** For resources: get, list, watch, create, update, patch, delete, deletecollection. Else the method in lower case. */
  readonly verb: string;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** What follows the subresource, still encoded, with its leading slash. */
  readonly rest: string;
  /** Of list, watch and deletecollection, as they were given: authorizers may look at them. */
  readonly fieldSelector?: string | undefined;
  readonly labelSelector?: string | undefined;
}

const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};
const namespaceSubresources = new Set(['status', 'finalize']);

/** `path` is the encoded path without query. Throws URIError when its escapes are broken. */
export function requestInfo(method: string, path: string, query: Query): RequestInfo {
  const parts = path.split('/').filter((part, index, all) => part !== '' || (index > 0 && index < all.length - 1));
  const first = parts[0];
  const plain = {
    isResource: false,
    verb: method.toLowerCase(),
    path,
    group: '',
    version: '',
    resource: '',
    subresource: '',
    namespace: '',
    name: '',
    rest: '',
  };
  if ((first !== 'api' || parts.length < 3) && (first !== 'apis' || parts.length < 4)) return plain;
  let at = 1;
  const group = first === 'apis' ? decodeURIComponent(parts[at++]!) : '';
  const version = decodeURIComponent(parts[at++]!);
  let verb = Object.hasOwn(verbs, method) ? verbs[method]! : '';
  const oldWatch = parts[at] === 'watch' && parts.length > at + 1;
  if (oldWatch) at++;
  let namespace = '';
  if (parts[at] === 'namespaces' && parts.length > at + 1) {
    namespace = decodeURIComponent(parts[at + 1]!);
    if (parts.length > at + 2 && !namespaceSubresources.has(parts[at + 2]!)) at += 2;
  }
  const [resource, encodedName, subresource = '', ...rest] = parts.slice(at);
  let name = encodedName === undefined ? '' : decodeURIComponent(encodedName);
  if (oldWatch) verb = 'watch';
  else if (name === '' && verb === 'get') {
    verb = isWatch(query) ? 'watch' : 'list';
    name = exactName(query.fieldSelector?.[0]);
  } else if (name === '' && verb === 'delete') verb = 'deletecollection';
  const selects = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  return {
    isResource: true,
    verb,
    path,
    group,
    version,
    resource: resource!,
    subresource: decodeURIComponent(subresource),
    namespace,
    name,
    rest: subresource === '' ? '' : `${rest.map((part) => `/${part}`).join('')}${path.endsWith('/') ? '/' : ''}`,
    ...(selects ? { fieldSelector: query.fieldSelector?.[0], labelSelector: query.labelSelector?.[0] } : {}),
  };
}
function isWatch(query: Query): boolean {
  const value = query.watch?.[0]?.toLowerCase();
  return value !== undefined && value !== 'false' && value !== '0';
}
/** A list of one name is authorized as that name. */
function exactName(fieldSelector: string | undefined): string {
  const match = fieldSelector === undefined ? null : /(?:^|,)metadata\.name==?([^,=!]+)(?:,|$)/.exec(fieldSelector);
  const name = match?.[1] ?? '';
  return name === '.' || name === '..' || /[/%]/.test(name) ? '' : name;
}
