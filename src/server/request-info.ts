import { StatusError } from '../api/status.ts';
import { trimmedEnd } from '../base/trim.ts';
import type { Query } from './options.ts';

/** What a path and method ask for; upstream's rules (apiserver requestinfo). */
export interface RequestInfo {
  readonly isResource: boolean;
  /** For resources: get, list, watch, create, update, patch, delete, deletecollection, proxy; '' where the method is none of theirs. Else the method in lower case. */
  readonly verb: string;
  readonly path: string;
  /** The path's parts, decoded; of a resource, those that follow the version. */
  readonly parts: readonly string[];
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

/** Words before a resource that say what is done with it, from before there were parameters for it. */
const verbWords = new Set(['watch', 'proxy']);
function trimmed(path: string): string {
  let start = 0;
  while (path[start] === '/') start++;
  return trimmedEnd(path.slice(start), '/');
}

/** A path that ends after a word that says what is done: with what, it does not say. */
export class UnclearRequest extends StatusError {
  constructor(path: string) {
    super(500, 'InternalError', `failed to create RequestInfo: unable to determine kind and namespace from url, ${path}`);
  }
}
/** The path without its escapes; what is no UTF-8 in it becomes U+FFFD. Throws URIError when escapes are broken. */
function decoded(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (/%(?![\da-fA-F]{2})/.test(path)) throw error;
    const bytes = path.replaceAll(/%([\da-fA-F]{2})|[^%]+/g, (text, hex?: string) => hex ?? Buffer.from(text).toString('hex'));
    return Buffer.from(bytes, 'hex').toString();
  }
}
/**
 * `encoded` is the path without query; an encoded slash parts it like any other. Throws URIError when its escapes are broken, and
 * UnclearRequest.
 */
export function requestInfo(method: string, encoded: string, query: Query): RequestInfo {
  const path = decoded(encoded);
  const parts = trimmed(path).split('/');
  const first = parts[0];
  const plain = {
    isResource: false,
    verb: method.toLowerCase(),
    path,
    parts,
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
  const group = first === 'apis' ? parts[at++]! : '';
  const version = parts[at++]!;
  let verb = Object.hasOwn(verbs, method) ? verbs[method]! : '';
  if (parts.length === at + 1 && verbWords.has(parts[at]!)) throw new UnclearRequest(encoded);
  const word = parts.length > at + 1 && verbWords.has(parts[at]!) ? parts[at++] : undefined;
  let namespace = '';
  if (parts[at] === 'namespaces' && parts.length > at + 1) {
    namespace = parts[at + 1]!;
    if (parts.length > at + 2 && !namespaceSubresources.has(parts[at + 2]!)) at += 2;
  }
  const [resource = '', given = '', subresource = '', ...rest] = parts.slice(at);
  let name = given;
  if (word !== undefined) verb = word;
  else if (name === '' && verb === 'get') {
    verb = isWatch(query) ? 'watch' : 'list';
    name = exactName(query.fieldSelector?.[0]);
  } else if (name === '' && verb === 'delete') verb = 'deletecollection';
  const selects = verb === 'list' || verb === 'watch' || verb === 'deletecollection';
  return {
    isResource: true,
    verb,
    path,
    parts: parts.slice(first === 'apis' ? 3 : 2),
    group,
    version,
    resource,
    subresource,
    namespace,
    name,
    rest: subresource === '' ? '' : restOf(encoded, parts.slice(0, parts.length - rest.length), rest),
    ...(selects ? { fieldSelector: query.fieldSelector?.[0], labelSelector: query.labelSelector?.[0] } : {}),
  };
}
/** What follows `head`, as it was encoded by the client where its parts can be told. */
function restOf(path: string, head: readonly string[], rest: readonly string[]): string {
  const encoded = trimmed(path).split('/');
  const isTold = head.every((part, index) => decoded(encoded[index] ?? '') === part);
  const shown = isTold ? encoded.slice(head.length) : rest.map(encodeURIComponent);
  return `${shown.map((part) => `/${part}`).join('')}${path.endsWith('/') ? '/' : ''}`;
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
