import { updateManagedFields } from '../../api/apply.ts';
import { formatTime } from '../../api/gotime.ts';
import { type AnyKind, type Draft, isBuiltIn } from '../../api/kind.ts';
import type { ApiObject, Key } from '../../api/meta.ts';
import { isPathSegmentName } from '../../api/names.ts';
import { asDeclared } from '../../api/order.ts';
import { badRequest, conflict, type ResourceName, serviceUnavailable, StatusError, undeterminable } from '../../api/status.ts';
import type { Clock } from '../../base/clock.ts';
import type { Random } from '../../base/random.ts';
import type { Turns } from '../../base/turns.ts';
import type { CallOptions, Identity } from '../../client/call.ts';
import { type Entry, type Store, StoreUnavailable, type Txn, type TxnResult } from '../../store/store.ts';
import { encodeStored, objectOf, rememberObject, storeKeyOf } from '../cache/stored-object.ts';
import type { Conversions } from '../conversion.ts';
import { registryPath } from '../registry-layout.ts';
import type { Admission, AdmissionContext, Annotate, Companions, Operation, ServerDeps, SideWrite, SideWrites } from '../types.ts';
import type { WatchCache } from '../watch-cache.ts';
import type { VerbMetrics } from './metrics.ts';

/** What every verb works with. */
export interface Engine {
  readonly store: Store;
  readonly cache: WatchCache;
  readonly conversions: Conversions;
  readonly clock: Clock;
  readonly random: Random;
  readonly admission: Admission;
  readonly companions: Companions;
  readonly deps: ServerDeps;
  readonly metrics: VerbMetrics;
  /** Writes that come with others go one after the other in a namespace, so that they are not in vain. */
  readonly turns: Turns;
}

/** One write of one object. */
export interface WriteRequest {
  readonly kind: AnyKind;
  readonly key: Partial<Key>;
  readonly subresource: string;
  readonly options: CallOptions;
  readonly identity: Identity;
  readonly fieldManager: string;
  readonly warn: (text: string) => void;
  readonly skipAdmission?: boolean | undefined;
  readonly annotate?: Annotate | undefined;
  /** Told the object that was sent, decoded, before it is changed. */
  readonly requested?: ((object: object) => void) | undefined;
  /** One of many that a request is about: admission is not told its name. */
  readonly isOneOfMany?: boolean;
  /** The verb of the request, where that is not the operation's own: 'patch'. */
  readonly verb?: string | undefined;
}

/** The object as the client gets it, and whether it came to be. */
export interface Written {
  readonly object: ApiObject;
  readonly created: boolean;
}

/** Objects that are stored as a kind of another group are of that, but for their resource. */
const groupOf = (kind: AnyKind): string => kind.storedAs?.group ?? kind.group;
export const nameOf = (kind: AnyKind): ResourceName => ({ group: kind.group, resource: kind.plural });
export const kindName = (kind: AnyKind): { readonly group: string; readonly kind: string } => ({ group: groupOf(kind), kind: kind.kind });
/** What stands under a key, as the client sees it. */
export interface Current {
  readonly entry: Entry;
  readonly stored: ApiObject;
  readonly object: ApiObject;
}
export async function currentOf(engine: Engine, kind: AnyKind, entry: Entry, stored: ApiObject = objectOf(entry)): Promise<Current> {
  await engine.conversions.prepare(kind)?.([stored]);
  return { entry, stored, object: engine.conversions.view(kind)?.(stored) ?? stored };
}
/** The newest state of an object. Throws BadRequest for a name that can be no part of a path. */
export async function readCurrent(engine: Engine, kind: AnyKind, key: Key): Promise<Current | undefined> {
  const [fault] = isPathSegmentName(key.name);
  if (fault !== undefined) throw badRequest(`Name parameter invalid: ${JSON.stringify(key.name)}: ${fault}`);
  const stored = engine.conversions.storedKind(kind);
  const storeKey = storeKeyOf(stored, key);
  const item = (await engine.cache.fresh(storeKey.slice(0, storeKey.indexOf('/', storeKey.indexOf('/', 1) + 1) + 1))).get(storeKey);
  return item === undefined ? undefined : await currentOf(engine, kind, item.entry, item.object);
}

const storedBytesMax = 1536 * 1024;
const sideAttempts = 50;

/** What stands in the way of writing, by the system's name of the error. */
const why = (code: string): string =>
  code === 'ENOSPC' || code === 'EDQUOT' ? `its disk is full (${code})` : `its disk or store failed (${code})`;

async function transact(engine: Engine, txn: Txn): Promise<TxnResult> {
  try {
    return await engine.store.txn(txn);
  } catch (error) {
    if (error instanceof StoreUnavailable) throw serviceUnavailable(`the server cannot write: ${why(error.code)}`);
    throw error;
  }
}

function encoded(object: ApiObject): Uint8Array {
  const value = encodeStored(object);
  if (value.byteLength > storedBytesMax)
    throw new StatusError(413, 'RequestEntityTooLarge', `Request entity too large: limit is ${storedBytesMax}`);
  return value;
}
/** One key of a transaction, if that still is at `modRevision`. */
interface Change {
  readonly key: string;
  /** 0: it is not there. */
  readonly modRevision: number;
  /** undefined: it is removed. */
  readonly stored: ApiObject | undefined;
}
async function changeAll(engine: Engine, changes: readonly Change[]): Promise<TxnResult> {
  const result = await transact(engine, {
    compare: changes.map(({ key, modRevision }) => ({ key, modRevision })),
    writes: changes.map(({ key, stored }) =>
      stored === undefined ? { type: 'delete', key } : { type: 'put', key, value: encoded(stored) },
    ),
  });
  if (!result.ok) return result;
  for (const [index, { stored }] of changes.entries()) if (stored !== undefined) rememberObject(result.entries[index]!, stored);
  return result;
}

/** A change with its side writes; again when only one of these was not what it was. */
async function changeWith(engine: Engine, own: Change, sides: SideWrites, namespace = ''): Promise<TxnResult> {
  const attempt = async () => {
    for (let tries = 1; ; tries++) {
      const more = (await Promise.all(sides.map((make) => make()))).flat();
      const result = await changeAll(engine, [own, ...(await Promise.all(more.map((side) => sideChange(engine, side))))]);
      if (result.ok || (result.current[0]?.modRevision ?? 0) !== own.modRevision) return result;
      if (tries < sideAttempts) continue;
      const { kind, old, updated } = more[0]!;
      throw conflict(nameOf(kind), (updated ?? old)!.metadata.name);
    }
  };
  return await (sides.length === 0 ? attempt() : engine.turns.run(namespace, attempt));
}
async function sideChange(engine: Engine, { kind, old, updated, subresource = '', manager }: SideWrite): Promise<Change> {
  const { metadata } = (updated ?? old)!;
  const time = formatTime(engine.clock.now());
  const managed = updated && (updateManagedFields({ kind, old, updated, manager, subresource, time }) as ApiObject);
  return {
    key: storeKeyOf(engine.conversions.storedKind(kind), metadata),
    modRevision: Number(old?.metadata.resourceVersion ?? 0),
    stored: managed && (await engine.conversions.toStored(kind, asDeclared(kind, managed))),
  };
}

/**
 * Puts the object under its key if what stands there still is `expected` (undefined: nothing), and with it its side writes and
 * what belongs to it. Gives the stored object, or what stands there now.
 */
export async function put(
  engine: Engine,
  kind: AnyKind,
  key: Key,
  object: ApiObject,
  expected: Entry | undefined,
  sides: SideWrites = [],
): Promise<{ readonly written: ApiObject; readonly entry: Entry } | { readonly now: Entry | undefined }> {
  const storedKind = engine.conversions.storedKind(kind);
  const stored = await engine.conversions.toStored(kind, object);
  const own = { key: storeKeyOf(storedKind, key), modRevision: expected?.modRevision ?? 0, stored };
  const companions = engine.companions(storedKind, stored, expected && objectOf(expected));
  const result = await changeWith(engine, own, [...sides, ...companions], key.namespace);
  if (!result.ok) return { now: result.current[0] };
  const [entry] = result.entries as [Entry];
  return { written: (await currentOf(engine, kind, entry)).object, entry };
}

/** For a dry run: whatever stands in the way of the side writes is thrown. */
export async function trySides(sides: SideWrites): Promise<void> {
  await Promise.all(sides.map((make) => make()));
}

/** Removes the key, and what belongs to it, if it still is `expected`; the result carries the revision of the removal. */
export async function remove(
  engine: Engine,
  kind: AnyKind,
  key: Key,
  expected: Entry,
): Promise<{ readonly revision: number } | { readonly now: Entry | undefined }> {
  const storedKind = engine.conversions.storedKind(kind);
  const own = { key: storeKeyOf(storedKind, key), modRevision: expected.modRevision, stored: undefined };
  const companions = engine.companions(storedKind, undefined, objectOf(expected));
  const result = await changeWith(engine, own, companions, key.namespace);
  return result.ok ? { revision: result.revision } : { now: result.current[0] };
}

export function admissionContext(
  engine: Engine,
  request: WriteRequest,
  operation: Operation,
  object: Draft<ApiObject> | undefined,
  old: ApiObject | undefined,
  sides: SideWrites = [],
): AdmissionContext {
  return {
    operation,
    verb: request.verb ?? operation.toLowerCase(),
    kind: request.kind,
    subresource: request.subresource,
    namespace: request.key.namespace ?? '',
    name: request.isOneOfMany === true ? '' : (request.key.name ?? object?.metadata.name ?? ''),
    object,
    old,
    options: request.options,
    identity: request.identity,
    dryRun: request.options.dryRun === true,
    warn: request.warn,
    annotate: request.annotate ?? (() => undefined),
    together: (writes) => void sides.push(writes),
    deps: engine.deps,
  };
}

const otherNamespace = () => badRequest('the namespace of the provided object does not match the namespace sent on the request');
/** Refuses what says that it is another object than that of the path. `name` and `namespace` are its own; those of the cluster have none. */
export function checkNamed(key: Partial<Key>, name: string | undefined, namespace: string | undefined): void {
  if (namespace && namespace !== key.namespace) throw otherNamespace();
  if (!name) throw undeterminable(key.name);
  if (name !== key.name) throw badRequest(`the name of the object (${name}) does not match the name on the URL (${key.name})`);
}
/** The namespace of the object is the request's; it may say so itself or leave it out. Objects of the cluster lose theirs. */
export function settleNamespace(request: Pick<WriteRequest, 'kind' | 'key'>, draft: Draft<ApiObject>): void {
  if (request.kind.scope === 'Cluster') {
    delete draft.metadata.namespace;
    return;
  }
  const wanted = request.key.namespace ?? '';
  const given = draft.metadata.namespace ?? '';
  if (given !== '' && given !== wanted) throw otherNamespace();
  if (wanted !== '') draft.metadata.namespace = wanted;
}

/** Upstream's words for a uid or resourceVersion that was asked for and is not there; those of its store come with a `lead`. */
export function checkPreconditions(
  kind: AnyKind,
  metadata: ApiObject['metadata'],
  wanted: { readonly uid?: string | undefined; readonly resourceVersion?: string | undefined } | undefined,
  lead?: string,
): void {
  const fail = (what: string, asked: string, found: string) =>
    conflict(
      nameOf(kind),
      metadata.name,
      `${lead ?? storageLead(kind, metadata)}Precondition failed: ${what} in precondition: ${asked}, ${what} in object meta: ${found}`,
    );
  const { uid, resourceVersion } = metadata;
  if (wanted?.uid !== undefined && wanted.uid !== uid) throw fail('UID', wanted.uid, uid);
  if (wanted?.resourceVersion !== undefined && wanted.resourceVersion !== resourceVersion)
    throw fail('ResourceVersion', wanted.resourceVersion, resourceVersion);
}
/** A dry run does not get to where keys have their prefix. */
export function storageLead(kind: AnyKind, { name, namespace }: ApiObject['metadata'], isDry = false): string {
  const path = registryPath(storeKeyOf(kind, { namespace, name }), isBuiltIn(kind));
  return `StorageError: invalid object, Code: 4, Key: ${isDry ? '/' : '/registry/'}${path}, ResourceVersion: 0, AdditionalErrorMsg: `;
}
