import { formatTime } from '../../api/gotime.ts';
import type { AnyKind, Draft } from '../../api/kind.ts';
import type { ApiObject, Key, Status } from '../../api/meta.ts';
import { asDeclared } from '../../api/order.ts';
import { conflict, fieldError, invalid, notFound } from '../../api/status.ts';
import type { CallOptions } from '../../client/call.ts';
import { objectOf, withResourceVersion } from '../cache/stored-object.ts';
import { graceSeconds, isCollected, isNamespaceKind, returnsDeleted } from '../kind-rules.ts';
import { sameJson } from '../../base/equal.ts';
import { copy } from '../lib/plain.ts';
import { blankOf } from '../cache/watch-events.ts';
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
  type WriteRequest,
} from './engine.ts';

const orphan = 'orphan';
const foreground = 'foregroundDeletion';
const attemptsMax = 50;

export interface Deleted {
  readonly object: object;
  readonly isGone: boolean;
}

/**
 * Deletes as the API documents it: at once, or by marking the object when it waits for finalizers, for its grace period, or
 * (a namespace) for its contents. Gives the object where the kind's DELETE answers with it or it still exists, else a Status.
 */
export async function deleteObject(engine: Engine, request: WriteRequest): Promise<Deleted> {
  const { kind, options } = request;
  const key: Key = { namespace: request.key.namespace, name: request.key.name ?? '' };
  checkOptions(options);
  if (kind.deleteWarning !== '' && options.propagationPolicy === undefined) request.warn(kind.deleteWarning);
  let current = await readCurrent(engine, kind, key);
  for (let attempt = 1; ; attempt++) {
    if (current === undefined) throw notFound(nameOf(kind), key.name);
    checkDeletePreconditions(request, current.object);
    if (!request.skipAdmission) {
      const context = admissionContext(engine, request, 'DELETE', undefined, current.object);
      await engine.admission.mutate(context);
      await engine.admission.validate(context);
    }
    const marked = mark(engine, request, current.object);
    const outcome = await apply(engine, request, key, current, marked);
    if ('object' in outcome) return outcome;
    if (outcome.now === undefined && marked !== undefined && marked.gracefulNow) return gone(kind, current.object);
    if (attempt === attemptsMax) throw conflict(nameOf(kind), key.name);
    current = outcome.now === undefined ? undefined : await currentOf(engine, kind, outcome.now, objectOf(outcome.now));
  }
}

/** Upstream's words, which name the kind in place of the resource; namespaces and definitions, whose content goes first, have words of their own. */
function checkDeletePreconditions({ kind, options: { preconditions: wanted }, isOneOfMany }: WriteRequest, { metadata }: ApiObject): void {
  if (isNamespaceKind(kind) || (kind.strategy.prepareForDelete !== undefined && isOneOfMany !== true))
    return checkPreconditions(kind, metadata, wanted, '');
  const fail = (why: string) => conflict({ group: kindName(kind).group, resource: kind.kind }, metadata.name, why);
  if (wanted?.uid !== undefined && wanted.uid !== metadata.uid) {
    const what = `the UID in the precondition (${wanted.uid}) does not match the UID in record (${metadata.uid})`;
    throw fail(`${what}. The object might have been deleted and then recreated`);
  }
  if (wanted?.resourceVersion !== undefined && wanted.resourceVersion !== metadata.resourceVersion) {
    const { resourceVersion } = metadata;
    const what = `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion})`;
    throw fail(`${what}. The object might have been modified`);
  }
}

export function checkOptions({ propagationPolicy }: CallOptions): void {
  if (propagationPolicy === undefined || ['Orphan', 'Background', 'Foreground'].includes(propagationPolicy)) return;
  throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
    fieldError.notSupported('propagationPolicy', propagationPolicy, ['Foreground', 'Background', 'Orphan', 'nil'], 'as given'),
  ]);
}

interface Marked {
  /** What to store; undefined: as it is. */
  readonly object: ApiObject | undefined;
  /** Nothing keeps the object: remove it. */
  readonly removeNow: boolean;
  /** Its grace period was cut to nothing: whoever else removes it first is welcome. */
  readonly gracefulNow: boolean;
}

/** What a delete makes of the object. undefined: remove it at once. */
function mark(engine: Engine, { kind, options, isOneOfMany }: WriteRequest, object: ApiObject): Marked | undefined {
  if (isNamespaceKind(kind)) {
    const namespace = markNamespace(engine, kind, object, options);
    if (namespace !== undefined) return namespace;
  }
  // Upstream does so for a single object only.
  if (object.metadata.deletionTimestamp === undefined && kind.strategy.prepareForDelete !== undefined && isOneOfMany !== true) {
    return { object: kind.strategy.prepareForDelete(object, engine), removeNow: false, gracefulNow: false };
  }
  const graceful = markGraceful(engine, kind, object, options);
  if (graceful === 'pending') return { object: undefined, removeNow: false, gracefulNow: false };
  const finalizers = finalizersAfter(kind, object.metadata.finalizers ?? [], options);
  const base = graceful?.object ?? object;
  const changed = !sameJson(finalizers, object.metadata.finalizers ?? []);
  const withFinalizers = changed ? { ...base, metadata: withFinalizersOf(base.metadata, finalizers) } : base;
  if (graceful === undefined) {
    if (finalizers.length === 0) return undefined;
    return { object: asDeleting(engine, withFinalizers), removeNow: false, gracefulNow: false };
  }
  const waits = finalizers.length > 0 || graceful.seconds > 0;
  return { object: withFinalizers, removeNow: !waits, gracefulNow: !waits };
}

function withFinalizersOf(metadata: ApiObject['metadata'], finalizers: readonly string[]): ApiObject['metadata'] {
  if (finalizers.length > 0) return { ...metadata, finalizers };
  const { finalizers: _, ...others } = metadata;
  return others;
}

/** A namespace first becomes Terminating; it is removed when spec.finalizers is empty. */
function markNamespace(engine: Engine, kind: AnyKind, object: ApiObject, options: CallOptions): Marked | undefined {
  const namespace = object as ApiObject & { readonly spec?: { readonly finalizers?: readonly string[] }; readonly status?: object };
  if (object.metadata.deletionTimestamp === undefined) {
    const finalizers = finalizersAfter(kind, object.metadata.finalizers ?? [], options);
    const metadata: Draft<ApiObject['metadata']> = copy(object.metadata) as never;
    metadata.deletionTimestamp = formatTime(engine.clock.now());
    if (finalizers.length > 0) metadata.finalizers = [...finalizers];
    else delete metadata.finalizers;
    const terminating = { ...namespace, metadata, status: { ...namespace.status, phase: 'Terminating' } };
    return { object: terminating as ApiObject, removeNow: false, gracefulNow: false };
  }
  return (namespace.spec?.finalizers?.length ?? 0) > 0 ? { object: undefined, removeNow: false, gracefulNow: false } : undefined;
}

/** undefined: the kind knows no grace, or it is over. 'pending': a delete is under way and this one does not shorten it. */
function markGraceful(
  engine: Engine,
  kind: AnyKind,
  object: ApiObject,
  options: CallOptions,
): { readonly object: ApiObject; readonly seconds: number } | 'pending' | undefined {
  const asked = options.gracePeriodSeconds === undefined ? undefined : options.gracePeriodSeconds < 0 ? 1 : options.gracePeriodSeconds;
  const seconds = graceSeconds(kind, object, asked);
  if (seconds === undefined) return undefined;
  const { metadata } = object;
  const nowMs = engine.clock.now();
  if (metadata.deletionTimestamp === undefined) {
    const generation = metadata.generation ? { generation: metadata.generation + 1 } : {};
    const times = { deletionTimestamp: formatTime(nowMs + seconds * 1000), deletionGracePeriodSeconds: seconds };
    return { object: { ...object, metadata: { ...metadata, ...generation, ...times } }, seconds };
  }
  const before = metadata.deletionGracePeriodSeconds ?? 0;
  if (before === 0) return undefined;
  if (asked === undefined || asked >= before) return 'pending';
  let period = asked;
  let atMs = Date.parse(metadata.deletionTimestamp) - before * 1000 + asked * 1000;
  if (atMs < nowMs) {
    atMs = nowMs;
    if (period !== 0) period = 1;
  }
  const times = { deletionTimestamp: formatTime(atMs), deletionGracePeriodSeconds: period };
  return { object: { ...object, metadata: { ...metadata, ...times } }, seconds: period };
}

/** Non-graceful, but something must happen first: marked with the time, and waiting for its finalizers. */
function asDeleting(engine: Engine, object: ApiObject): ApiObject {
  const { metadata } = object;
  const nowMs = engine.clock.now();
  const first = metadata.deletionTimestamp === undefined;
  const later = first || Date.parse(metadata.deletionTimestamp!) > nowMs;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(first && metadata.generation ? { generation: metadata.generation + 1 } : {}),
      ...(later ? { deletionTimestamp: formatTime(nowMs) } : {}),
      deletionGracePeriodSeconds: 0,
    },
  };
}

/** The propagation policy as finalizers for the garbage collector. Without one, those that are there stay, else the kind's default holds. */
function finalizersAfter(kind: AnyKind, present: readonly string[], options: CallOptions): readonly string[] {
  if (!isCollected(kind)) return present.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  const { propagationPolicy } = options;
  const wanted =
    propagationPolicy === undefined
      ? ([orphan, foreground].find((finalizer) => present.includes(finalizer)) ?? (kind.orphansByDefault ? orphan : undefined))
      : { Orphan: orphan, Foreground: foreground, Background: undefined }[propagationPolicy];
  const others = present.filter((finalizer) => finalizer !== orphan && finalizer !== foreground);
  const result = wanted === undefined ? others : [...others, wanted];
  const isSame = present.every((finalizer) => result.includes(finalizer)) && result.every((finalizer) => present.includes(finalizer));
  return isSame ? present : result;
}

type Outcome = Deleted | { readonly now: Current['entry'] | undefined };

async function apply(engine: Engine, request: WriteRequest, key: Key, current: Current, marked: Marked | undefined): Promise<Outcome> {
  const { kind, options } = request;
  const changed = marked?.object && asDeclared(kind, marked.object);
  if (marked !== undefined && !marked.removeNow) {
    if (changed === undefined) return { object: kept(kind, current.object), isGone: false };
    if (sameJson(changed, current.object)) return { object: current.object, isGone: false };
    if (options.dryRun) return { object: changed, isGone: false };
    const result = await put(engine, kind, key, changed, current.entry);
    return 'written' in result ? { object: result.written, isGone: false } : { now: result.now };
  }
  const last = changed ?? current.object;
  if (options.dryRun) return marked === undefined && isFreed(current.object) ? { object: blankOf(kind), isGone: true } : gone(kind, last);
  let { entry } = current;
  if (changed !== undefined) {
    // Watchers first see that it is being deleted, as with a grace period.
    const marking = await put(engine, kind, key, changed, entry);
    if ('now' in marking) return { now: marking.now };
    ({ entry } = marking);
  }
  const result = await remove(engine, kind, key, entry);
  if (!('revision' in result)) return { now: result.now };
  return gone(kind, withResourceVersion(last, String(result.revision)));
}
/** Its finalizers were the garbage collector's only, which go with it. Upstream answers a dry run of that with an object that says nothing. */
const isFreed = ({ kind, metadata: { finalizers = [] } }: ApiObject): boolean => finalizers.length > 0 && kind !== 'Namespace';
const gone = (kind: AnyKind, object: ApiObject): Deleted => ({ object: answer(kind, object), isGone: true });

/** A delete that found one under way. */
const kept = (kind: AnyKind, object: ApiObject): object => (isNamespaceKind(kind) ? object : answer(kind, object));

/** What DELETE answers once the object is gone. */
function answer(kind: AnyKind, object: ApiObject): object {
  if (returnsDeleted(kind)) return object;
  const status: Status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name,
      ...(kind.group === '' ? {} : { group: kind.group }),
      kind: kind.plural,
      uid: object.metadata.uid,
    },
  };
  return status;
}
