import type { AnyKind, Draft, Kind } from '../api/kind.ts';
import type { ApiObject, Key } from '../api/meta.ts';
import { badRequest, notFound, unknownError } from '../api/status.ts';
import { asFloating } from '../api/structural/floats.ts';
import type { CallOptions, ObjectList, WatchEvent } from '../client/call.ts';
import { prefixOf } from './cache/stored-object.ts';
import { Watcher } from './cache/watcher.ts';
import { bookmarkEvent } from './cache/watch-events.ts';
import { isEventKind, isNamespaceKind } from './kind-rules.ts';
import { decodeBody } from './lib/decoding.ts';
import { dropDuplicateOwners } from './lib/owners.ts';
import { copy } from './lib/plain.ts';
import type { KindIndex, Resources, WriteContext } from './types.ts';
import { create } from './verbs/create.ts';
import { checkOptions, deleteObject } from './verbs/delete.ts';
import { checkNamed, type Engine, nameOf, readCurrent, type Written, type WriteRequest } from './verbs/engine.ts';
import { allOf, invalidVersion, list, parseRevision, reached } from './verbs/list.ts';
import { update } from './verbs/update.ts';
import { presentEvents, warmed } from './verbs/watch.ts';

const updateAttempts = 50;
const changeQueueMax = 20_000;
const deletedAtOnce = 10;

/** GET of one object. resourceVersion demands a state at least that new. */
export async function getObject(engine: Engine, kind: AnyKind, key: Key, options: CallOptions): Promise<ApiObject> {
  const asked = parseRevision(options.resourceVersion, isEventKind(kind) ? invalidVersion : unknownError);
  if (asked !== undefined && asked > 0) await reached(engine, kind, asked);
  const current = await readCurrent(engine, kind, key);
  if (current === undefined) throw notFound(nameOf(kind), key.name);
  return current.object;
}

/** POST of a body that is not decoded yet. */
export async function createFromBody(engine: Engine, request: WriteRequest, body: unknown): Promise<Written> {
  const draft = decodeBody(request.kind, body, request.options, request.warn);
  request.requested?.(draft);
  return await create(engine, request, draft);
}

/** PUT. The body's name and namespace must be those of the request. */
export async function updateFromBody(engine: Engine, request: WriteRequest, body: unknown): Promise<Written> {
  const { kind, key, subresource } = request;
  const decoded = decodeBody(kind, body, request.options, request.warn);
  request.requested?.(decoded);
  const { name, namespace } = decoded.metadata;
  checkNamed(key, name, kind.scope === 'Namespaced' ? namespace : undefined);
  dropDuplicateOwners(decoded, request.warn);
  let first = true;
  const demanded = decoded.metadata.resourceVersion ?? '';
  return await update(engine, request, {
    createAllowed: kind.createOnUpdate && (subresource === '' || subresource === 'status'),
    scope: 'isolated',
    managed: true,
    attempts: updateAttempts,
    mayDemandVersion: true,
    make(current) {
      const draft = first && (demanded !== '' || current === undefined) ? decoded : asFloating(copy(decoded), decoded);
      first = false;
      return subresource === 'finalize' && current !== undefined && isNamespaceKind(kind) ? finalized(draft, current) : draft;
    },
  });
}
/** PUT namespaces/finalize changes spec.finalizers and metadata, not the status. */
function finalized(draft: Draft<ApiObject>, current: ApiObject): Draft<ApiObject> {
  return { ...draft, status: copy((current as ApiObject & { readonly status?: unknown }).status) } as Draft<ApiObject>;
}

const deletedPage = 10_000;
/** All that is selected, unless a page was asked for. Upstream reads in pages, which are of one revision when a version is asked for. */
async function allPages(engine: Engine, kind: AnyKind, namespace: string | undefined, options: CallOptions): Promise<ObjectList> {
  if (options.limit !== undefined && options.limit > 0) return await list(engine, kind, namespace, options);
  const { resourceVersion: _, resourceVersionMatch: __, ...selectors } = options;
  const limit = options.limit || deletedPage;
  const first = await list(engine, kind, namespace, { ...options, limit });
  const items = [...first.items];
  for (let token = first.metadata.continue; token !== undefined; ) {
    const next = await list(engine, kind, namespace, { ...selectors, limit, continue: token });
    items.push(...next.items);
    token = next.metadata.continue;
  }
  return { ...first, items };
}

/** DELETE of everything a list selects; each object as a single DELETE would. Gives what was selected. */
export async function deleteCollection(engine: Engine, request: WriteRequest): Promise<ObjectList> {
  const { kind, options } = request;
  const { gracePeriodSeconds: _, propagationPolicy: __, preconditions: ___, dryRun: ____, ...listOptions } = options;
  checkOptions(options);
  if (kind.deleteWarning !== '' && options.propagationPolicy === undefined) request.warn(kind.deleteWarning);
  const found = await allPages(engine, kind, request.key.namespace, listOptions);
  // A path may leave the namespace empty: everything is listed then, and nothing can be deleted.
  if (kind.scope === 'Namespaced' && !request.key.namespace && found.items.length > 0) throw badRequest('Namespace parameter required.');
  // Shared by the workers: each takes the next.
  const items = found.items.values();
  let isRefused = false;
  const worker = async () => {
    for (const item of items) {
      if (isRefused) return;
      const { namespace, name } = item.metadata;
      try {
        await deleteObject(engine, { ...request, key: { namespace, name }, isOneOfMany: true });
      } catch (error) {
        if ((error as { reason?: string }).reason === 'NotFound') continue;
        isRefused = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: deletedAtOnce }, worker));
  return found;
}

/** In-process access for the server's own parts, without authorization. */
export function createResources(engine: () => Engine, kinds: KindIndex): Resources {
  const requestOf = (
    kind: AnyKind,
    key: Partial<Key>,
    subresource: string,
    context: WriteContext,
    options: CallOptions = {},
  ): WriteRequest => ({
    kind,
    key,
    subresource,
    options: { ...options, ...(context.dryRun ? { dryRun: true } : {}) },
    identity: context.identity,
    fieldManager: context.fieldManager ?? 'skiff',
    warn: context.warn ?? (() => undefined),
    skipAdmission: context.skipAdmission,
    annotate: context.annotate,
  });
  return {
    kinds,
    async get<T extends ApiObject>(kind: Kind<T>, key: Key) {
      return (await readCurrent(engine(), kind, key))?.object as T | undefined;
    },
    async list<T extends ApiObject>(kind: Kind<T>, namespace?: string) {
      return (await allOf(engine(), kind, namespace)) as readonly T[];
    },
    watch: <T extends ApiObject>(kind: Kind<T>, signal: AbortSignal) => follow<T>(engine(), kind, signal),
    async create<T extends ApiObject>(kind: Kind<T>, object: object, context: WriteContext) {
      const key = { namespace: (object as Partial<ApiObject>).metadata?.namespace };
      return (await createFromBody(engine(), requestOf(kind, key, '', context), object)).object as T;
    },
    async change<T extends ApiObject>(
      kind: Kind<T>,
      key: Key,
      subresource: string,
      change: (draft: Draft<T>, current: T) => void,
      context: WriteContext,
    ) {
      const written = await update(engine(), requestOf(kind, key, subresource, context), {
        createAllowed: false,
        scope: subresource === '' || subresource === 'status' ? 'isolated' : 'whole',
        managed: context.keepsManagers !== true,
        attempts: updateAttempts,
        mayDemandVersion: false,
        make(current) {
          const draft = copy(current) as Draft<ApiObject>;
          delete (draft.metadata as { resourceVersion?: string }).resourceVersion;
          change(draft as Draft<T>, current as T);
          kind.strategy.defaults?.(draft as Draft<T>);
          return draft;
        },
      });
      return written.object as T;
    },
    convert: (object, from, to) => engine().conversions.convert(object, from, to),
    delete: async (kind, key, options, context) => (await deleteObject(engine(), requestOf(kind, key, '', context, options))).object,
  };
}

async function* follow<T extends ApiObject>(engine: Engine, kind: AnyKind, signal: AbortSignal): AsyncGenerator<WatchEvent<T>> {
  const prefix = prefixOf(engine.conversions.storedKind(kind));
  const { conversions } = engine;
  const watcher = new Watcher({
    bookmarks: true,
    kind,
    convert: conversions.view(kind),
    prepare: conversions.prepare(kind),
    queueMax: changeQueueMax,
  });
  const cache = await warmed(engine, kind, prefix);
  const events = presentEvents(watcher, cache, prefix);
  events.push(bookmarkEvent(kind, engine.cache.revision, true));
  watcher.begin(events);
  cache.attach(watcher, engine.cache.revision);
  const onAbort = () => watcher.end();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    for await (const event of watcher) yield event as WatchEvent<T>;
    if (!signal.aborted)
      throw new Error(`the watch of ${kind.plural} ended: ${watcher.cut ? 'the reader fell behind' : 'changes were missed'}`);
  } finally {
    signal.removeEventListener('abort', onAbort);
    watcher.end();
  }
}
