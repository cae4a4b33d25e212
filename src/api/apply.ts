import { byBytes } from '../base/byte-order.ts';
import { isObject } from '../base/objects.ts';
import {
  difference,
  emptySet,
  equal,
  fieldsOfText,
  type FieldSet,
  intersection,
  isEmpty,
  leaf,
  node,
  nodeOf,
  pathsOf,
  recursiveDifference,
  union,
} from './apply/field-set.ts';
import { isMistyped } from './apply/declared.ts';
import { lastAppliedFields, migrates, withLastApplied } from './apply/last-applied.ts';
import {
  areReadable,
  capped,
  isReset,
  isSame,
  type Manager,
  type ObjectLike,
  readManagers,
  withEntries,
  withFields,
  withManagers,
} from './apply/managers.ts';
import { newFieldsText } from './apply/new-fields.ts';
import { compare, fieldsOf, merge, prune, rootField, UnkeyedItem } from './apply/typed.ts';
import { apiVersionOf, type AnyKind } from './kind.ts';
import type { ManagedFieldsEntry } from './meta.ts';
import type { JsonValue } from './schema.ts';
import { StatusError, unknownError } from './status.ts';

/** Field management: server-side apply and what every other write does to managedFields (KEP-555; kubernetes.io: server-side apply). */
/** Never owned by anybody. */
const unmanaged: FieldSet = node(false, [
  ['f:apiVersion', leaf],
  ['f:kind', leaf],
  [
    'f:metadata',
    node(
      false,
      ['name', 'namespace', 'creationTimestamp', 'selfLink', 'uid', 'generation', 'managedFields', 'resourceVersion'].map((name) => [
        `f:${name}`,
        leaf,
      ]),
    ),
  ],
]);

interface Bounds {
  /** What a write through a (sub)resource cannot change, and so cannot own. */
  readonly untouched: FieldSet;
  /** The same, and what is never owned. */
  readonly unowned: FieldSet;
}
const bounds = new WeakMap<AnyKind, Map<string, Bounds>>();
function boundsOf(kind: AnyKind, subresource: string): Bounds {
  let ofKind = bounds.get(kind);
  if (ofKind === undefined) bounds.set(kind, (ofKind = new Map()));
  let found = ofKind.get(subresource);
  if (found === undefined) {
    const paths = kind.resets[subresource] ?? kind.resets[''] ?? [];
    const untouched = [...paths, ...(kind.disowns[subresource] ?? [])].map(pathSet).reduce(union, emptySet);
    found = { untouched, unowned: union(unmanaged, untouched) };
    ofKind.set(subresource, found);
  }
  return found;
}
const pathSet = (path: string): FieldSet =>
  path.split('.').reduceRight<FieldSet>((inner, name) => node(false, [[`f:${name}`, inner]]), leaf);
function ownable(fields: FieldSet, kind: AnyKind, subresource: string): FieldSet {
  const rest = recursiveDifference(fields, boundsOf(kind, subresource).unowned);
  const metadata = rest.children.get('f:metadata');
  if (metadata?.member !== true) return rest;
  const children = new Map(rest.children);
  if (metadata.children.size === 0) children.delete('f:metadata');
  else children.set('f:metadata', { member: false, children: metadata.children });
  return nodeOf(rest.member, children);
}

export interface UpdateManagedFields {
  readonly kind: AnyKind;
  /** The stored object; undefined on create. */
  readonly old: object | undefined;
  readonly updated: object;
  readonly manager: string;
  readonly subresource: string;
  /** RFC 3339. */
  readonly time: string;
}

/** What a create, update or patch does to managedFields: the writer takes what it changed, others lose it. Gives `updated` with them. */
export function updateManagedFields(write: UpdateManagedFields): object {
  const updated = write.updated as ObjectLike;
  const present = presentManagers(write);
  // What was stored without managers stays so until somebody applies.
  if (write.old !== undefined && present.length === 0) return withManagers(updated, []);
  // Of what is not what its schema says nobody owns anything; a status may be so that is dropped before it is looked at.
  if (write.kind.custom !== undefined && isMistyped(rootField(write.kind), updated as JsonValue)) return withManagers(updated, []);
  try {
    if (write.old === undefined && present.length === 0) return withEntries(updated, firstEntries(write));
    return withManagers(updated, capped(afterWrite(write, present)));
  } catch (error) {
    if (error instanceof UnkeyedItem) return withManagers(updated, []);
    throw error;
  }
}
/** Those that the writer says, who may edit them, else those that are there. */
function presentManagers({ old, updated, subresource }: UpdateManagedFields): readonly Manager[] {
  if (subresource === '') {
    const given = (updated as ObjectLike).metadata?.managedFields;
    if (isReset(given)) return [];
    const said = readManagers(given);
    if (said !== undefined && said.length > 0) return said;
  }
  return readManagers((old as ObjectLike | undefined)?.metadata?.managedFields) ?? [];
}
/** The same as `afterWrite` for a new object that nobody manages. */
function firstEntries({ kind, updated, manager, subresource, time }: UpdateManagedFields): readonly ManagedFieldsEntry[] {
  const text = newFieldsText(rootField(kind), updated as JsonValue, {}, boundsOf(kind, subresource).unowned);
  return text === '' ? [] : [withFields(entryOf({ kind, manager, operation: 'Update', subresource, time }), fieldsOfText(text))];
}
function afterWrite({ kind, old, updated, manager, subresource, time }: UpdateManagedFields, present: readonly Manager[]): Manager[] {
  const { added, modified, removed: absent } = compare(rootField(kind), (old ?? {}) as JsonValue, updated as JsonValue);
  const removed = recursiveDifference(absent, boundsOf(kind, subresource).untouched);
  const taken = ownable(union(added, modified), kind, subresource);
  const entry = entryOf({ kind, manager, operation: 'Update', subresource, time });
  const others = present.map((one) => ({ ...one, fields: difference(one.fields, removed) }));
  if (isEmpty(taken)) return others;
  const mine = others.find((one) => isSame(one.entry, entry));
  const losing = others.filter((one) => one !== mine).map((one) => ({ ...one, fields: difference(one.fields, taken) }));
  if (mine === undefined) return [...losing, { entry, fields: taken }];
  const fields = union(mine.fields, taken);
  return [...losing, { entry: { ...mine.entry, time }, fields: equal(fields, mine.fields) ? mine.fields : fields, read: mine.read }];
}
function entryOf(
  one: Pick<UpdateManagedFields, 'kind' | 'manager' | 'subresource' | 'time'> & { readonly operation: string },
): ManagedFieldsEntry {
  const { kind, manager, operation, subresource, time } = one;
  return {
    manager,
    operation,
    apiVersion: apiVersionOf(kind),
    time,
    fieldsType: 'FieldsV1',
    ...(subresource === '' ? {} : { subresource }),
  };
}

export interface ServerSideApply {
  readonly kind: AnyKind;
  /** The stored object; undefined when applying creates it. */
  readonly live: object | undefined;
  /** What is applied, without unknown fields and without anything filled in. */
  readonly applied: object;
  /** The same as the caller sent it. */
  readonly sent: object;
  readonly manager: string;
  readonly force: boolean;
  readonly subresource: string;
  readonly time: string;
}

const beforeFirstApply = 'before-first-apply';

/** Throws 400 for a configuration that says who manages it. What can't be read counts as none; whoever reads the object that it makes refuses it. */
export function checkUnmanaged(config: { readonly metadata?: unknown }): void {
  const given = isObject(config.metadata) ? config.metadata.managedFields : undefined;
  if (Array.isArray(given) && areReadable(given)) throw new StatusError(400, 'BadRequest', 'metadata.managedFields must be nil');
}
/** The object after applying. Throws a 409 StatusError that names the conflicts. Not yet decoded, defaulted or validated. */
export function serverSideApply(apply: ServerSideApply): { readonly object: object } {
  const { kind, live, applied, sent, manager, force } = apply;
  const given = (applied as ObjectLike).metadata?.managedFields ?? undefined;
  const present = managersBefore(apply);
  let outcome = merged(apply, present, force);
  if (outcome.conflicts.length > 0 && migrates(manager) && live !== undefined) {
    const allowed = lastAppliedFields(kind, live);
    const left = outcome.conflicts.map((one) => ({ ...one, fields: allowed === undefined ? one.fields : difference(one.fields, allowed) }));
    outcome = { ...outcome, conflicts: left.filter(({ fields }) => !isEmpty(fields)) };
    if (outcome.conflicts.length === 0) outcome = merged(apply, present, true);
  }
  if (outcome.conflicts.length > 0)
    throw conflictError(
      outcome.conflicts.map(({ manager: { entry: other }, fields: both }) => ({ entry: other, paths: [...pathsOf(both)] })),
    );
  const object = migrates(manager) ? withLastApplied(outcome.object, sent) : outcome.object;
  const made = withManagers(object as ObjectLike, outcome.managers);
  return { object: given === undefined ? made : { ...made, metadata: { ...made.metadata, managedFields: given } } };
}
/** Whoever wrote before the first that applies owns what is there. */
function managersBefore({ kind, live, subresource, time }: ServerSideApply): readonly Manager[] {
  const present = readManagers((live as ObjectLike | undefined)?.metadata?.managedFields);
  if (present === undefined) throw unknownError('failed to decode managed fields');
  if (live === undefined || present.length > 0) return present;
  return capped(afterWrite({ kind, old: undefined, updated: live, manager: beforeFirstApply, subresource, time }, []));
}

interface Conflict {
  readonly manager: Manager;
  readonly fields: FieldSet;
}
interface Outcome {
  readonly object: object;
  readonly managers: readonly Manager[];
  readonly conflicts: readonly Conflict[];
}
function merged(
  { kind, live, applied, manager, subresource, time }: ServerSideApply,
  present: readonly Manager[],
  force: boolean,
): Outcome {
  const root = rootField(kind);
  const base = (live ?? {}) as JsonValue;
  const said = fieldsOf(root, applied as JsonValue);
  const fields = ownable(said, kind, subresource);
  const entry = entryOf({ kind, manager, operation: 'Apply', subresource, time });
  const mine = present.find((one) => isSame(one.entry, entry));
  const others = present.filter((one) => one !== mine);
  // What nobody can own, such as the name, holds its object in place.
  const owned = others.reduce((all, one) => union(all, one.fields), said);
  const whole = merge(root, base, applied as JsonValue);
  const object = mine === undefined ? whole : prune(root, whole, difference(mine.fields, fields), owned);
  const { added, modified, removed } = compare(root, base, object);
  const changed = ownable(union(added, modified), kind, subresource);
  const found = others.map((one) => ({ manager: one, fields: intersection(one.fields, changed) }));
  const conflicts = force ? [] : found.filter((one) => !isEmpty(one.fields));
  const gone = recursiveDifference(removed, boundsOf(kind, subresource).untouched);
  const kept = others.map((one) => ({ ...one, fields: difference(difference(one.fields, changed), gone) }));
  // Who changes nothing leaves no new time behind.
  const isSilent = isEmpty(added) && isEmpty(modified) && isEmpty(removed);
  const { time: _, ...timeless } = mine?.entry ?? entry;
  const before = mine?.entry.time === undefined ? timeless : mine.entry;
  const read = mine !== undefined && equal(mine.fields, fields) ? mine.read : undefined;
  const own: Manager = { entry: isSilent ? before : { ...(mine?.entry ?? entry), time }, fields: read ?? fields, read };
  return { object: object as object, managers: [...kept, own], conflicts };
}

export function conflictError(
  conflicts: readonly { readonly entry: ManagedFieldsEntry; readonly paths: readonly string[] }[],
): StatusError {
  const sorted = conflicts.toSorted((a, b) => byBytes(identifierOf(a.entry), identifierOf(b.entry)));
  const causes = conflicts.flatMap(({ entry, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${managerText(entry)}`, field })),
  );
  const text =
    causes.length === 1
      ? `conflict with ${managerText(conflicts[0]!.entry)}: ${causes[0]!.field}`
      : sorted
          .map(({ entry, paths }) => `conflicts with ${managerText(entry)}:\n${paths.map((path) => `- ${path}`).join('\n')}`)
          .join('\n');
  return new StatusError(409, 'Conflict', `Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: ${text}`, {
    causes,
  });
}
/** Managers of conflicts stand in the order of these texts. */
const identifierOf = ({ manager, operation, apiVersion, time, subresource }: ManagedFieldsEntry): string =>
  JSON.stringify({ manager, operation, apiVersion, ...(operation === 'Update' ? { time } : {}), subresource });
function managerText(entry: ManagedFieldsEntry): string {
  const name =
    JSON.stringify(entry.manager) + ((entry.subresource ?? '') === '' ? '' : ` with subresource ${JSON.stringify(entry.subresource)}`);
  return entry.operation === 'Update' ? `${name} using ${entry.apiVersion}` : name;
}
