import { type AnyKind, isBuiltIn, isStored } from '../../api/kind.ts';
import { StatusError } from '../../api/status.ts';
import type { Passage } from '../chain.ts';
import { type DispatchDeps, noSuchResource, notAllowed, routeOf } from '../dispatch.ts';
import {
  accepted,
  type Accepted,
  anyForm,
  checkOffered,
  isStreamed,
  notStreamed,
  type Endpoint,
  objectTypes,
  patchFormat,
  streamTypes,
} from '../negotiate.ts';
import { parseOptions } from '../options.ts';
import type { RequestInfo } from '../request-info.ts';
import type { Routes } from '../routes.ts';
import type { Subresource } from '../types.ts';
import { checkWatch } from '../verbs/watch.ts';
import { type Exchange, header } from './exchange.ts';
import { PageNotFound } from './non-resource.ts';

/** What is looked at before a request for a resource is answered. */
interface RouteDeps {
  readonly dispatch: Pick<DispatchDeps, 'kinds' | 'subresources'>;
  readonly routes: Routes;
}

/** Whoever asks for what is deprecated is told so, also when it is refused. */
export function withDeprecation(error: unknown, { deprecated }: AnyKind): unknown {
  if (error instanceof StatusError && deprecated !== undefined && !error.warnings.includes(deprecated))
    error.warnings = [deprecated, ...error.warnings];
  return error;
}
/** What is served here. Throws PageNotFound, NotFound, MethodNotAllowed, UnsupportedMediaType and NotAcceptable, as upstream's router. */
export function routed(deps: RouteDeps, exchange: Exchange, info: RequestInfo) {
  if (info.group !== '' && deps.dispatch.kinds.versions(info.group).length === 0) throw new PageNotFound();
  checkRoute(deps, exchange, info);
  const { kind, handler } = routeOf(deps.dispatch, { ...info, name: nameIn(exchange, info) });
  if (!methods.has(exchange.method) || (info.path.includes('/watch/') && exchange.method !== 'GET')) throw notAllowed();
  const endpoint = isUntabled(kind, info.subresource, handler) ? 'unlisted' : endpointOf(kind);
  const produces = handler?.produces;
  const types = info.verb === 'list' || info.verb === 'watch' ? [...objectTypes, ...streamTypes] : objectTypes;
  if (endpoint !== 'custom') {
    if (info.verb === 'patch') patchFormat(header(exchange, 'content-type'), endpoint);
    checkOffered(exchange.headers.accept, [...(produces ?? []), ...types]);
  }
  return { kind, produces, endpoint, body: handler?.body ?? kind };
}
export type Routed = ReturnType<typeof routed>;
/** How it is asked for. Throws NotAcceptable. */
export function formOf({ headers }: Exchange, { info, query }: Passage, { kind, produces, endpoint }: Routed): Accepted {
  const form = produces === undefined ? accepted(headers, query, endpoint) : anyForm;
  if (info.verb !== 'watch' || isStreamed(form)) return form;
  checkWatch(kind, info.namespace || undefined, parseOptions('watch', query));
  throw notStreamed();
}
/** Whether there is such a path, and such a method of it. Custom resources have no routes: their handler looks at what is asked. */
export function checkRoute(deps: RouteDeps, exchange: Exchange, info: RequestInfo): void {
  if (!/^\/apis?\//.test(info.path)) throw new PageNotFound();
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
/** Statuses that upstream shows in no table, nor any other subresource but a scale. */
const untabled = new Set(['APIService', 'CustomResourceDefinition', 'ResourceClaim']);
function isUntabled(kind: AnyKind, subresource: string, handler: Subresource | undefined): boolean {
  if (!isBuiltIn(kind)) return false;
  if (subresource === 'status') return untabled.has(kind.kind);
  return subresource === '' ? handler?.body !== undefined : subresource !== 'scale';
}
const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
