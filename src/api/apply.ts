import {
  emptySet,
  equal,
  fromFieldsV1,
  intersection,
  isEmpty,
  leaf,
  node,
  pathsOf,
  recursiveDifference,
  toFieldsV1,
  union,
  difference,
  type FieldSet,
} from './apply/field-set.ts';
import { compare, fieldsOf, merge, prune, rootField } from './apply/typed.ts';
import { apiVersionOf, type AnyKind } from './kind.ts';
import type { ManagedFieldsEntry } from './meta.ts';
import type { JsonValue } from './schema.ts';
import { StatusError } from './status.ts';

/** Field management: server-side apply and what every other write does to managedFields (KEP-555; kubernetes.io: server-side apply). */
interface Manager {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
  /** The set that the entry says as it is; when that still is `fields`, the entry needs no new text. */
  readonly read?: FieldSet | undefined;
}
type ObjectLike = { readonly metadata?: { readonly managedFields?: readonly ManagedFieldsEntry[] | undefined } | undefined };

/** Never owned by anybody. */
const unmanaged: FieldSet = node(false, [
  ['f:apiVersion', leaf],
  ['f:kind', leaf],
  [
    'f:metadata',
    node(
      false,
      [
        'name',
        'namespace',
        'creationTimestamp',
        'selfLink',
        'uid',
        'generation',
        'managedFields',
        'resourceVersion',
        'deletionTimestamp',
        'deletionGracePeriodSeconds',
      ].map((name) => [`f:${name}`, leaf]),
    ),
  ],
]);

/** What a write through this (sub)resource cannot change, and so cannot own. */
function untouched(kind: AnyKind, subresource: string): FieldSet {
  const paths = kind.resets[subresource] ?? kind.resets[''] ?? [];
  return [...paths, ...(kind.disowns[subresource] ?? [])].map(pathSet).reduce(union, emptySet);
}
const pathSet = (path: string): FieldSet =>
  path.split('.').reduceRight<FieldSet>((inner, name) => node(false, [[`f:${name}`, inner]]), leaf);
function ownable(fields: FieldSet, kind: AnyKind, subresource: string): FieldSet {
  const rest = recursiveDifference(recursiveDifference(fields, unmanaged), untouched(kind, subresource));
  const metadata = rest.children.get('f:metadata');
  if (metadata?.member !== true) return rest;
  return node(
    rest.member,
    [...rest.children].map(([edge, child]) => [edge, edge === 'f:metadata' ? node(false, child.children) : child] as const),
  );
}

const managersOf = (object: ObjectLike | undefined): Manager[] =>
  (object?.metadata?.managedFields ?? []).map((entry) => {
    const fields = fromFieldsV1(entry.fieldsV1);
    return { entry, fields, read: fields };
  });
const isSame = (a: ManagedFieldsEntry, b: ManagedFieldsEntry) =>
  a.manager === b.manager &&
  a.operation === b.operation &&
  a.apiVersion === b.apiVersion &&
  (a.subresource ?? '') === (b.subresource ?? '');

function entriesOf(managers: readonly Manager[]): readonly ManagedFieldsEntry[] {
  return managers
    .filter((manager) => !isEmpty(manager.fields))
    .map(({ entry, fields, read }) => (fields === read ? entry : { ...entry, fieldsType: 'FieldsV1', fieldsV1: toFieldsV1(fields) }))
    .sort(
      (a, b) =>
        order(a.operation, b.operation) || order(a.time, b.time) || order(a.manager, b.manager) || order(a.subresource, b.subresource),
    );
}
const order = (a = '', b = '') => (a < b ? -1 : a > b ? 1 : 0);

function withManagers<T extends ObjectLike>(object: T, managers: readonly Manager[]): T {
  const entries = entriesOf(managers);
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as Record<string, unknown>;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
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
export function updateManagedFields({ kind, old, updated, manager, subresource, time }: UpdateManagedFields): object {
  const explicit = (updated as ObjectLike).metadata?.managedFields;
  // An empty list resets field management, as upstream documents it.
  const reset = explicit !== undefined && (explicit.length === 0 || (explicit.length === 1 && Object.keys(explicit[0]!).length === 0));
  // What was stored without managers stays so until somebody applies.
  if (old !== undefined && !reset && managersOf(old as ObjectLike).length === 0) return withManagers(updated as ObjectLike, []);
  const before = old ?? {};
  const { added, modified, removed: absent } = compare(rootField(kind), before as JsonValue, updated as JsonValue);
  const removed = recursiveDifference(absent, untouched(kind, subresource));
  const taken = ownable(union(added, modified), kind, subresource);
  const entry: ManagedFieldsEntry = {
    manager,
    operation: 'Update',
    apiVersion: apiVersionOf(kind),
    time,
    fieldsType: 'FieldsV1',
    ...(subresource === '' ? {} : { subresource }),
  };
  const managers: Manager[] = [];
  let found = false;
  for (const present of reset ? [] : managersOf(old as ObjectLike)) {
    if (isSame(present.entry, entry)) {
      found = true;
      const fields = union(recursiveDifference(present.fields, removed), taken);
      managers.push(equal(fields, present.fields) ? present : { entry: { ...present.entry, time }, fields });
    } else managers.push({ ...present, fields: difference(recursiveDifference(present.fields, removed), taken) });
  }
  if (!found && !reset) managers.push({ entry, fields: taken });
  return withManagers(updated as ObjectLike, managers);
}

export interface ServerSideApply {
  readonly kind: AnyKind;
  /** The stored object; undefined when applying creates it. */
  readonly live: object | undefined;
  /** As the caller sent it, without unknown fields and without anything filled in. */
  readonly applied: object;
  readonly manager: string;
  readonly force: boolean;
  readonly subresource: string;
  readonly time: string;
}

/** The object after applying. Throws a 409 StatusError that names the conflicts. Not yet decoded, defaulted or validated. */
export function serverSideApply({ kind, live, applied, manager, force, subresource, time }: ServerSideApply): { readonly object: object } {
  if ((applied as ObjectLike).metadata?.managedFields !== undefined)
    throw new StatusError(400, 'BadRequest', 'metadata.managedFields must be nil');
  const root = rootField(kind);
  const config = applied as JsonValue;
  const base = (live ?? {}) as JsonValue;
  const fields = ownable(fieldsOf(root, config), kind, subresource);
  const entry: ManagedFieldsEntry = {
    manager,
    operation: 'Apply',
    apiVersion: apiVersionOf(kind),
    time,
    fieldsType: 'FieldsV1',
    ...(subresource === '' ? {} : { subresource }),
  };
  const present = managersOf(live as ObjectLike | undefined);
  const mine = present.find((one) => isSame(one.entry, entry));
  const merged = merge(root, base, config);
  const { added, modified } = compare(root, base, merged);
  const changed = ownable(union(added, modified), kind, subresource);
  const conflicts = present
    .filter((one) => one !== mine)
    .map((one) => ({ manager: one, fields: intersection(one.fields, changed) }))
    .filter((one) => !isEmpty(one.fields));
  if (conflicts.length > 0 && !force)
    throw conflictError(conflicts.map(({ manager: { entry: other }, fields: both }) => ({ entry: other, paths: [...pathsOf(both)] })));
  const others = present
    .filter((one) => one !== mine)
    .map((one) => ({ ...one, fields: force ? difference(one.fields, changed) : one.fields }));
  const unchanged = mine !== undefined && equal(mine.fields, fields);
  const managers = [...others, { entry: unchanged ? mine.entry : entry, fields }];
  const owned = managers.reduce((all, one) => union(all, one.fields), emptySet);
  const pruned = mine === undefined ? merged : prune(root, merged, difference(mine.fields, fields), owned);
  return { object: withManagers(pruned as unknown as ObjectLike, managers) };
}

function conflictError(conflicts: readonly { readonly entry: ManagedFieldsEntry; readonly paths: readonly string[] }[]): StatusError {
  const causes = conflicts.flatMap(({ entry, paths }) =>
    paths.map((field) => ({ reason: 'FieldManagerConflict', message: `conflict with ${managerText(entry)}`, field })),
  );
  const text =
    causes.length === 1
      ? `conflict with ${managerText(conflicts[0]!.entry)}: ${causes[0]!.field}`
      : conflicts
          .map(({ entry, paths }) => `conflicts with ${managerText(entry)}:\n${paths.map((path) => `- ${path}`).join('\n')}`)
          .join('\n');
  return new StatusError(409, 'Conflict', `Apply failed with ${causes.length} conflict${causes.length === 1 ? '' : 's'}: ${text}`, {
    causes,
  });
}
function managerText(entry: ManagedFieldsEntry): string {
  const name =
    JSON.stringify(entry.manager) + ((entry.subresource ?? '') === '' ? '' : ` with subresource ${JSON.stringify(entry.subresource)}`);
  if (entry.operation !== 'Update') return name;
  return entry.time === undefined ? `${name} using ${entry.apiVersion}` : `${name} using ${entry.apiVersion} at ${entry.time}`;
}
