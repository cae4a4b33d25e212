import type { AnyKind } from '../api/kind.ts';
import { badRequest, methodNotSupported, notFound, StatusError } from '../api/status.ts';
import type { CallOptions, Identity, PatchType, Reply } from '../client/call.ts';
import { valueOf } from './lib/decoding.ts';
import { fieldTerms, selectionOf } from './lib/selection.ts';
import { isNamespaceKind } from './kind-rules.ts';
import { deleteOptions, type Query, wantsDependentsGone } from './options.ts';
import { createFromBody, deleteCollection, getObject, updateFromBody } from './resource.ts';
import type { Annotate, KindIndex, Subresource, SubresourceDeps } from './types.ts';
import { traced } from './tracing/span.ts';
import { deleteObject } from './verbs/delete.ts';
import { type Engine, nameOf, type WriteRequest } from './verbs/engine.ts';
import { checkListOptions, list } from './verbs/list.ts';
import { checkOptions, patch } from './verbs/patch.ts';
import { checkWatch, watch } from './verbs/watch.ts';

/** A request about a resource, past authentication and authorization. */
export interface ResourceRequest {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  readonly options: CallOptions;
  readonly query: Query;
  /** Read only when it is wanted. */
  readonly body: () => Promise<unknown>;
  readonly patchType: PatchType | undefined;
  readonly identity: Identity;
  readonly userAgent: string | undefined;
  readonly signal: AbortSignal;
  /** Takes notes for the audit log. */
  readonly annotate?: Annotate | undefined;
  /** Told the object that was sent, for those who write it down. It is changed afterwards. */
  readonly requested?: ((object: object) => void) | undefined;
}

/** Which handler answers for a (sub)resource. */
export class Subresources {
  readonly #byName = new Map<string, Subresource>();

  constructor(definitions: Iterable<Subresource>) {
    for (const one of definitions) this.#byName.set(`${one.group}/${one.kind}/${one.subresource}`, one);
  }
  find(kind: AnyKind, subresource: string): Subresource | undefined {
    const own = this.#byName.get(`${kind.group}/${kind.kind}/${subresource}`);
    return own ?? (kind.subresources.includes(subresource) ? this.#byName.get(`*/*/${subresource}`) : undefined);
  }
}

export interface DispatchDeps {
  readonly engine: Engine;
  readonly kinds: KindIndex;
  readonly subresources: Subresources;
  readonly subresourceDeps: SubresourceDeps;
}

export const noSuchResource = () => new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
export const notAllowed = () =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

/** The served kind a path names. Throws NotFound also when the path's scope is not the kind's. */
export function kindOf(kinds: KindIndex, request: Pick<ResourceRequest, 'group' | 'version' | 'resource' | 'namespace' | 'verb'>): AnyKind {
  const kind = kinds.byResource(request.group, request.version, request.resource);
  if (kind === undefined) throw noSuchResource();
  const { scope } = kind;
  if (scope === 'Cluster' && request.namespace !== '' && request.resource !== 'namespaces') throw noSuchResource();
  if (scope === 'Namespaced' && request.namespace === '' && ofObjects.has(request.verb)) throw noSuchResource();
  return kind;
}

const ofObjects = new Set(['get', 'update', 'patch', 'delete']);
const notAllowedFor = (kind: AnyKind, verb: string) => (kind.custom === undefined ? notAllowed() : methodNotSupported(nameOf(kind), verb));

type Asked = Pick<ResourceRequest, 'group' | 'version' | 'resource' | 'subresource' | 'namespace' | 'name' | 'verb'>;
interface Route {
  readonly kind: AnyKind;
  /** undefined: answered from the store. */
  readonly handler: Subresource | undefined;
}

/** What answers for a place. Throws NotFound for a place that is none, and MethodNotAllowed for what can't be done there. */
export function routeOf({ kinds, subresources }: Pick<DispatchDeps, 'kinds' | 'subresources'>, request: Asked): Route {
  const { subresource, verb } = request;
  const kind = kindOf(kinds, request);
  if (kind.custom !== undefined && subresource !== '' && !kind.subresources.includes(subresource))
    throw notFound(nameOf(kind), request.name);
  const handler = subresources.find(kind, subresource);
  if (handler !== undefined) {
    if (handler.connect === undefined && !Object.hasOwn(handler.verbs, verb)) throw notAllowedFor(kind, verb);
    return { kind, handler };
  }
  if (subresource !== '' && !isGeneric(kind, subresource, verb)) throw noSuchResource();
  if (!(kind.verbs as readonly string[]).includes(verb)) throw notAllowedFor(kind, verb);
  if (subresource !== '' && !ofSubresources.has(verb)) throw notAllowedFor(kind, verb);
  if (verb === 'create' ? request.name !== '' : ofNames.has(verb) && request.name === '') throw notAllowedFor(kind, verb);
  return { kind, handler };
}
const ofSubresources = new Set(['get', 'update', 'patch']);
const ofNames = new Set(['update', 'patch']);
/** Subresources that need no handler: a part of the object that is written by itself. */
function isGeneric(kind: AnyKind, subresource: string, verb: string): boolean {
  if (!kind.subresources.includes(subresource)) return false;
  return subresource === 'status' || Object.hasOwn(kind.resets, subresource) || (subresource === 'finalize' && verb === 'update');
}

/** Answers a request from the store, or by the handler of its subresource. */
export async function dispatch(deps: DispatchDeps, request: ResourceRequest): Promise<Reply> {
  const route = routeOf(deps, request);
  const warnings: string[] = [];
  try {
    const reply = await dispatchTo(deps, route, request, warnings);
    return warnings.length === 0 ? reply : { ...reply, warnings: [...(reply.warnings ?? []), ...warnings] };
  } catch (error) {
    if (error instanceof StatusError) error.warnings = warnings;
    throw error;
  }
}
async function dispatchTo(deps: DispatchDeps, { kind, handler }: Route, request: ResourceRequest, warnings: string[]): Promise<Reply> {
  const warn = (text: string) => {
    if (!warnings.includes(text)) warnings.push(text);
  };
  if (kind.deprecated !== undefined) {
    warn(kind.deprecated);
    request.annotate?.('k8s.io/deprecated', 'true');
    const [, removed] = /unavailable in v(\d+\.\d+)\+/.exec(kind.deprecated) ?? [];
    if (removed !== undefined) request.annotate?.('k8s.io/removed-release', removed);
  }
  return handler === undefined ? await byVerb(deps.engine, kind, request, warn) : await bySubresource(deps, kind, handler, request, warn);
}

async function bySubresource(
  deps: DispatchDeps,
  kind: AnyKind,
  handler: Subresource,
  request: ResourceRequest,
  warn: (text: string) => void,
): Promise<Reply> {
  const verb = request.verb as 'get';
  const answer = Object.hasOwn(handler.verbs, verb) ? handler.verbs[verb] : undefined;
  if (answer === undefined) throw notAllowedFor(kind, verb);
  if (request.verb === 'patch') checkOptions(request.patchType ?? 'strategic', request);
  const body = request.verb === 'get' || request.verb === 'list' ? undefined : await request.body();
  const sent = request.verb === 'create' || request.verb === 'update' ? valueOf(body) : undefined;
  if (typeof sent === 'object' && sent !== null) request.requested?.(sent);
  return await answer(
    {
      kind,
      subresource: request.subresource,
      verb,
      key: { namespace: namespaceOf(kind, request), name: request.name },
      identity: request.identity,
      options: request.options,
      fieldManager: managerOf(request.options, request.userAgent),
      body,
      patchType: request.patchType,
      query: request.query,
      get signal() {
        return request.signal;
      },
      warn,
      annotate: request.annotate,
    },
    deps.subresourceDeps,
  );
}

const namespaceOf = (kind: AnyKind, { namespace }: ResourceRequest): string | undefined =>
  kind.scope === 'Namespaced' && namespace !== '' ? namespace : undefined;

async function byVerb(engine: Engine, kind: AnyKind, request: ResourceRequest, warn: (text: string) => void): Promise<Reply> {
  const { verb, options, subresource, name } = request;
  const namespace = namespaceOf(kind, request);
  const write = (key: WriteRequest['key'], asked: CallOptions): WriteRequest => ({
    kind,
    key,
    subresource,
    options: asked,
    identity: request.identity,
    fieldManager: managerOf(asked, request.userAgent),
    warn,
    annotate: request.annotate,
    requested: request.requested,
  });
  const key = { namespace, name };
  const { group, plural } = kind;
  const about = (auditId: string) => ({ 'audit-id': auditId, type: group === '' ? plural : `${plural}.${group}` });
  switch (verb) {
    case 'get':
      return { code: 200, type: 'object', object: await traced('cacher.Get', about, () => getObject(engine, kind, key, options)) };
    case 'list':
      return {
        code: 200,
        type: 'list',
        list: await traced('cacher.GetList', about, async (span) => {
          const found = await list(engine, kind, namespace, options);
          span?.event('Filtered items', { count: found.items.length });
          return found;
        }),
      };
    case 'watch':
      return {
        code: 200,
        type: 'watch',
        events: await watch(engine, kind, namespace, ofName(kind, namespace, options, name), request.signal),
      };
    case 'create': {
      const { object } = await createFromBody(engine, write({ namespace }, options), await request.body());
      return { code: 201, type: 'object', object };
    }
    case 'update': {
      const { object, created } = await updateFromBody(engine, write(key, options), await request.body());
      return { code: created ? 201 : 200, type: 'object', object };
    }
    case 'patch': {
      const { object, created } = await patch(engine, write(key, options), request.patchType ?? 'strategic', await request.body());
      return { code: created ? 201 : 200, type: 'object', object };
    }
    case 'delete': {
      const body = valueOf(await request.body());
      const asked = deleteOptions(options, body, request.query);
      const keepsNone = wantsDependentsGone(body, request.query);
      // Namespaces take that for the foreground, others for the background.
      const policy = keepsNone && isNamespaceKind(kind) ? ({ propagationPolicy: 'Foreground' } as const) : {};
      const { object, isGone } = await deleteObject(engine, write(key, { ...asked, ...policy }));
      return { code: !isGone && keepsNone ? 202 : 200, type: 'object', object };
    }
    case 'deletecollection': {
      // What cannot be selected is refused before the body is looked at.
      checkListOptions(options);
      selectionOf(kind, namespace, options);
      const asked = deleteOptions(options, valueOf(await request.body()), request.query);
      return { code: 200, type: 'list', list: await deleteCollection(engine, write({ namespace }, asked)) };
    }
    default:
      throw notAllowed();
  }
}
/** The old form /watch/pods/name: the options of a watch of that one. */
function ofName(kind: AnyKind, namespace: string | undefined, options: CallOptions, name: string): CallOptions {
  if (name === '') return options;
  const terms = fieldTerms(options);
  if (terms.length === 0) return { ...options, fieldSelector: `metadata.name=${name}` };
  if (terms.some(({ field, negated, value }) => field === 'metadata.name' && !negated && value === name)) return options;
  checkWatch(kind, namespace, options);
  throw badRequest("fieldSelector metadata.name doesn't match requested name");
}
/** Who owns the fields when the client does not say: the first word of its User-Agent. */
function managerOf(options: CallOptions, userAgent: string | undefined): string {
  return options.fieldManager ?? (userAgent?.split('/', 1)[0]?.slice(0, 128) || 'unknown');
}
