import { type AnyKind, isBuiltIn, isStored } from '../../api/kind.ts';
import { type DispatchDeps, noSuchResource, notAllowed, routeOf } from '../dispatch.ts';
import {
  accepted,
  anyForm,
  checkOffered,
  type Endpoint,
  isStreamed,
  notStreamed,
  objectTypes,
  patchFormat,
  streamTypes,
} from '../negotiate.ts';
import { parseOptions, type Query } from '../options.ts';
import type { RequestInfo } from '../request-info.ts';
import type { Routes } from '../routes.ts';
import { checkWatch } from '../verbs/watch.ts';
import { type Exchange, header } from './exchange.ts';
import { PageNotFound } from './non-resource.ts';

interface Served {
  readonly dispatch: DispatchDeps;
  readonly routes: Routes;
}

/** What is served here, and how it is asked for. Throws PageNotFound, NotFound, MethodNotAllowed, UnsupportedMediaType and NotAcceptable. */
export function negotiate(deps: Served, exchange: Exchange, info: RequestInfo, query: Query) {
  if (info.group !== '' && deps.dispatch.kinds.versions(info.group).length === 0) throw new PageNotFound();
  checkRoute(deps, exchange, info);
  const { kind, handler } = routeOf(deps.dispatch, { ...info, name: nameIn(exchange, info) });
  if (!methods.has(exchange.method) || (exchange.path.includes('/watch/') && exchange.method !== 'GET')) throw notAllowed();
  const endpoint = isUntabled(kind, info.subresource) ? 'unlisted' : endpointOf(kind);
  const produces = handler?.produces;
  const types = info.verb === 'list' || info.verb === 'watch' ? [...objectTypes, ...streamTypes] : objectTypes;
  if (endpoint !== 'custom') {
    if (info.verb === 'patch') patchFormat(header(exchange, 'content-type'), endpoint);
    checkOffered(exchange.headers.accept, [...(produces ?? []), ...types]);
  }
  const form = produces === undefined ? accepted(exchange.headers, query, endpoint) : anyForm;
  if (info.verb === 'watch' && !isStreamed(form)) {
    if (kind !== undefined) checkWatch(kind, info.namespace || undefined, parseOptions('watch', query));
    throw notStreamed();
  }
  return { kind, form, endpoint, body: handler?.body ?? kind };
}
/** Whether there is such a path, and such a method of it. Custom resources have no routes: their handler looks at what is asked. */
export function checkRoute(deps: Served, exchange: Exchange, info: RequestInfo): void {
  if (!/^\/apis?\//.test(exchange.path)) throw new PageNotFound();
  const kind = deps.dispatch.kinds.byResource(info.group, info.version, info.resource);
  if (kind === undefined || kind.custom !== undefined) return;
  const found = deps.routes.methodsAt(kind, info);
  if (found === undefined) throw noSuchResource();
  if (!found.has(exchange.method)) throw notAllowed();
}
/** A list may be of one name by its selector; that names no object. */
export const nameIn = ({ path }: Exchange, { verb, name }: RequestInfo): string =>
  (verb === 'list' || verb === 'watch') && !path.includes('/watch/') ? '' : name;
function endpointOf(kind: AnyKind): Endpoint {
  if (!isBuiltIn(kind)) return 'custom';
  return isStored(kind) ? 'resource' : 'unlisted';
}
/** Statuses that upstream shows in no table. */
const untabled = new Set(['APIService', 'CustomResourceDefinition', 'ResourceClaim']);
const isUntabled = (kind: AnyKind, subresource: string): boolean => subresource === 'status' && isBuiltIn(kind) && untabled.has(kind.kind);
const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
