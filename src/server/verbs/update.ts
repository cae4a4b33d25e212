import { formatTime } from '../../api/gotime.ts';
import { updateManagedFields } from '../../api/apply.ts';
import { goQuote } from '../../api/go-text.ts';
import { type AnyKind, apiVersionOf, type Draft } from '../../api/kind.ts';
import type { ApiObject, Key } from '../../api/meta.ts';
import { asDeclared } from '../../api/order.ts';
import { conflict, fieldError, invalid, notFound, type StatusError, unknownError } from '../../api/status.ts';
import { objectOf, withResourceVersion } from '../cache/stored-object.ts';
import { isNamespaceKind, needsResourceVersion } from '../kind-rules.ts';
import { dropDuplicateOwners } from '../lib/owners.ts';
import { sameJson } from '../../base/equal.ts';
import { copy } from '../lib/plain.ts';
import { validateUpdate } from '../lib/validation.ts';
import { create } from './create.ts';
import {
  admissionContext,
  checkPreconditions,
  type Current,
  currentOf,
  type Engine,
  kindName,
  nameOf,
  put,
  readCurrent,
  remove,
  settleNamespace,
  storageLead,
  trySides,
  type Written,
  type WriteRequest,
} from './engine.ts';
import type { SideWrites } from '../types.ts';

type AnyDraft = Draft<ApiObject> & Record<string, unknown>;

export interface UpdateOptions {
  /** Makes the new object, decoded and defaulted, from what stands now (undefined: nothing; only when `createAllowed`). */
  readonly make: (current: ApiObject | undefined) => Draft<ApiObject> | Promise<Draft<ApiObject>>;
  readonly createAllowed: boolean;
  /** 'isolated': a main or status update leaves the other part as it was. 'whole': `make` is trusted (subresources of the server itself). */
  readonly scope: 'isolated' | 'whole';
  /** False when managedFields are made already (server-side apply). */
  readonly managed: boolean;
  /** Tries when somebody else was faster and the new object demands no resourceVersion. */
  readonly attempts: number;
  /** A PUT must say its resourceVersion for some kinds; a patch need not. */
  readonly mayDemandVersion: boolean;
}

/** Somebody else was faster: what stands now, and whether the write insists on the version it named. */
interface Overtaken {
  readonly now: Current['entry'] | undefined;
  readonly demanded: boolean;
}

/** Replaces an object: reads, makes, admits, validates, stores if nothing changed meanwhile, else again. A write that changes nothing makes no revision. */
export async function update(engine: Engine, request: WriteRequest, options: UpdateOptions): Promise<Written> {
  const { kind } = request;
  const key: Key = { namespace: request.key.namespace, name: request.key.name ?? '' };
  let current = await readCurrent(engine, kind, key);
  for (let attempt = 1; ; attempt++) {
    if (current === undefined) {
      if (!options.createAllowed) throw notFound(nameOf(kind), key.name);
      const draft = await options.make(undefined);
      versionNumber(draft.metadata.resourceVersion);
      return await create(engine, request, draft, { managed: options.managed, byUpdate: true });
    }
    const outcome = await tryOnce(engine, request, key, current, options);
    if ('object' in outcome) return outcome;
    if (outcome.demanded || attempt >= options.attempts) throw conflict(nameOf(kind), key.name);
    current = outcome.now === undefined ? undefined : await currentOf(engine, kind, outcome.now, objectOf(outcome.now));
  }
}

async function tryOnce(
  engine: Engine,
  request: WriteRequest,
  key: Key,
  current: Current,
  options: UpdateOptions,
): Promise<Written | Overtaken> {
  const { kind } = request;
  const old = current.object;
  const draft = (await options.make(old)) as AnyDraft;
  settleNamespace(request, draft);
  // A patch that sets a uid is refused by validation.
  const lead = request.options.dryRun ? storageLead(kind, old.metadata, true) : undefined;
  if (options.mayDemandVersion) checkPreconditions(kind, old.metadata, { uid: draft.metadata.uid || undefined }, lead);
  const asked = draft.metadata.resourceVersion;
  const wanted = versionNumber(asked);
  const demanded = wanted !== 0n;
  if (demanded && wanted !== BigInt(old.metadata.resourceVersion)) throw conflict(nameOf(kind), key.name);
  if (!demanded && options.mayDemandVersion && needsResourceVersion(kind)) {
    throw versionless(kind, key.name);
  }
  draft.apiVersion = apiVersionOf(kind);
  draft.kind = kind.kind;
  // Admission sees the version that was demanded; an object that was read and changed has its own.
  if (!options.mayDemandVersion) draft.metadata.resourceVersion = old.metadata.resourceVersion;
  await prepare(engine, request, draft, old, options);
  const errors = validateUpdate(kind, draft as ApiObject, old, request.subresource, request.warn);
  if (errors.length > 0) {
    const others = request.skipAdmission ? [] : await engine.admission.find?.(admissionContext(engine, request, 'UPDATE', draft, old));
    throw invalid(kindName(kind), key.name, [...(others ?? []), ...errors]);
  }
  const { warnings, statusWarnings } = kind.strategy;
  const warningsOf = ['', 'scale'].includes(request.subresource) ? warnings : request.subresource === 'status' ? statusWarnings : undefined;
  for (const text of warningsOf?.(draft as ApiObject, old) ?? []) request.warn(text);
  if (sameButTimes(engine, draft as ApiObject, old)) draft.metadata.managedFields = copy(old.metadata.managedFields) as never;
  const sides: SideWrites = [];
  if (!request.skipAdmission) await engine.admission.validate(admissionContext(engine, request, 'UPDATE', draft, old, sides));
  const updated = asDeclared(kind, draft as ApiObject);
  if (isFinished(request, updated, old)) return await finish(engine, request, key, current, updated, demanded);
  if (sameJson(updated, old) && (await isStoredAs(engine, kind, updated, current))) return { object: old, created: false };
  if (request.options.dryRun) {
    await trySides(sides);
    return { object: withResourceVersion(updated, old.metadata.resourceVersion), created: false };
  }
  const result = await put(engine, kind, key, updated, current.entry, sides);
  return 'written' in result ? { object: result.written, created: false } : { now: result.now, demanded };
}

/** Some kinds are not updated by whoever does not say what version they know. */
export const versionless = (kind: AnyKind, name = ''): StatusError =>
  invalid({ group: kind.group, kind: kind.plural }, name, [
    fieldError.invalid('metadata.resourceVersion', 0, 'must be specified for an update'),
  ]);

/** The resourceVersion that a write insists on; 0 for none. Throws 500, as upstream, for what is no number. */
function versionNumber(text = ''): bigint {
  if (text === '') return 0n;
  const fail = (why: string) => unknownError(`strconv.ParseUint: parsing ${goQuote(text)}: ${why}`);
  if (!/^\d+$/.test(text)) throw fail('invalid syntax');
  const version = BigInt(text);
  if (version >= 2n ** 64n) throw fail('value out of range');
  return version;
}

/** Field management, admission that changes, isolation, and what no update may touch. */
async function prepare(engine: Engine, request: WriteRequest, draft: AnyDraft, old: ApiObject, options: UpdateOptions): Promise<void> {
  const { kind, subresource } = request;
  const { metadata } = draft;
  if (options.managed) {
    const time = formatTime(engine.clock.now());
    const manager = request.fieldManager;
    const updated = updateManagedFields({ kind, old, updated: draft, manager, subresource, time }) as ApiObject;
    if (updated.metadata.managedFields === undefined) delete metadata.managedFields;
    else metadata.managedFields = updated.metadata.managedFields as never;
  }
  if (!request.skipAdmission) {
    await engine.admission.mutate(admissionContext(engine, request, 'UPDATE', draft, old));
    kind.strategy.defaults?.(draft);
    dropDuplicateOwners(draft, request.warn, ' after mutating admission happens');
  }
  metadata.resourceVersion = old.metadata.resourceVersion;
  if (options.scope === 'isolated') isolate(request, draft, old);
  setOrDrop(metadata, 'generation', old.metadata.generation);
  kind.strategy.prepareForUpdate?.(draft, old, { clock: engine.clock, subresource });
  if (
    kind.generation &&
    subresource !== 'status' &&
    !kind.keepsGeneration.includes(subresource) &&
    metadata.generation === old.metadata.generation &&
    contentDiffers(draft, old)
  ) {
    metadata.generation = (old.metadata.generation ?? 0) + 1;
  }
  metadata.uid ||= old.metadata.uid;
  setOrDrop(metadata, 'creationTimestamp', old.metadata.creationTimestamp);
  // What else is said of a deletion is refused by validation.
  if (old.metadata.deletionTimestamp !== undefined) metadata.deletionTimestamp = old.metadata.deletionTimestamp;
  if (old.metadata.deletionGracePeriodSeconds !== undefined)
    metadata.deletionGracePeriodSeconds ??= old.metadata.deletionGracePeriodSeconds;
  // The store drops it; a dry run does not get there.
  if (!request.options.dryRun) delete metadata.selfLink;
}
function setOrDrop<T extends object, K extends keyof T>(target: T, field: K, value: T[K] | undefined): void {
  if (value === undefined) delete target[field];
  else target[field] = value;
}

const always = new Set(['apiVersion', 'kind', 'metadata']);

/** What the kind says a write through this subresource does not touch; a status update leaves everything else alone but metadata. */
function isolate({ kind, subresource }: WriteRequest, draft: AnyDraft, old: ApiObject): void {
  const before = old as ApiObject & Record<string, unknown>;
  if (subresource === 'status')
    for (const field of new Set([...Object.keys(draft), ...Object.keys(before)]))
      if (!always.has(field) && field !== 'status') restore(draft, before, [field]);
  for (const path of kind.resets[subresource] ?? [])
    for (const steps of path === 'metadata' ? ownMetadata : [path.split('.')]) restore(draft, before, steps);
}
const ownMetadata = ['deletionTimestamp', 'labels', 'annotations', 'finalizers', 'ownerReferences'].map((field) => ['metadata', field]);
/** Puts a field back to what it was; objects on the way are made or left out as they were. */
function restore(draft: Record<string, any>, before: Readonly<Record<string, any>>, [field = '', ...rest]: readonly string[]): void {
  if (rest.length > 0) {
    if (draft[field] !== undefined || before[field] !== undefined) restore((draft[field] ??= {}), before[field] ?? {}, rest);
  } else if (before[field] === undefined) delete draft[field];
  else draft[field] = copy(before[field]);
}
function contentDiffers(draft: AnyDraft, old: ApiObject): boolean {
  const before = old as ApiObject & Record<string, unknown>;
  for (const field of new Set([...Object.keys(draft), ...Object.keys(before)])) {
    if (!always.has(field) && field !== 'status' && !sameJson(draft[field], before[field])) return true;
  }
  return false;
}

/** Whether storing the object anew would make no difference: what was stored in another version, with another key or by older rules is brought up to date. */
async function isStoredAs(engine: Engine, kind: AnyKind, object: ApiObject, { entry, stored, object: shown }: Current): Promise<boolean> {
  if (kind.completedByUpdate && entry.modRevision === entry.createRevision) return false;
  if (engine.store.isStale !== undefined && (await engine.store.isStale(entry))) return false;
  const isCurrent = stored.apiVersion === apiVersionOf(engine.conversions.storedKind(kind));
  return (isCurrent && stored === shown) || sameJson(await engine.conversions.toStored(kind, object), stored);
}

/** True when nothing but the times of managedFields differ: then the old times stay. */
function sameButTimes({ clock, metrics }: Engine, updated: ApiObject, old: ApiObject): boolean {
  const startedMs = clock.monotonic();
  const without = (object: ApiObject) => object.metadata.managedFields?.map(({ time: _, ...entry }) => entry);
  const bare = (object: ApiObject) => ({ ...object, metadata: { ...object.metadata, managedFields: undefined } });
  const isFast = updated.metadata.managedFields === old.metadata.managedFields || !sameJson(without(updated), without(old));
  const isSame = !isFast && sameJson(bare(updated), bare(old));
  const outcome = isSame ? 'equal_objects' : isFast ? 'unequal_objects_fast' : 'unequal_objects_slow';
  metrics.compared(outcome, (clock.monotonic() - startedMs) / 1000);
  return isSame;
}

/** The last finalizer of an object that is being deleted went: the update removes it. */
function isFinished({ kind }: WriteRequest, updated: ApiObject, old: ApiObject): boolean {
  if ((updated.metadata.finalizers?.length ?? 0) > 0 || old.metadata.deletionTimestamp === undefined) return false;
  if ((old.metadata.deletionGracePeriodSeconds ?? 0) !== 0) return false;
  const namespace = updated as ApiObject & { readonly spec?: { readonly finalizers?: readonly string[] } };
  return !isNamespaceKind(kind) || (namespace.spec?.finalizers?.length ?? 0) === 0;
}
async function finish(
  engine: Engine,
  request: WriteRequest,
  key: Key,
  current: Current,
  updated: ApiObject,
  demanded: boolean,
): Promise<Written | Overtaken> {
  if (request.options.dryRun) return { object: updated, created: false };
  const result = await remove(engine, request.kind, key, current.entry);
  // The version that it had, not that of the removal, as upstream.
  if ('revision' in result) return { object: withResourceVersion(updated, current.object.metadata.resourceVersion), created: false };
  return result.now === undefined ? { object: updated, created: false } : { now: result.now, demanded };
}
