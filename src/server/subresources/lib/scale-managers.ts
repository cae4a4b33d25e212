import { difference, type FieldSet, isEmpty, leaf, node } from '../../../api/apply/field-set.ts';
import { type Manager, readManagers } from '../../../api/apply/managers.ts';
import type { ManagedFieldsEntry } from '../../../api/meta.ts';

/**
 * Who manages the replicas of a Scale, as the entries of its object tell (k8s.io/apimachinery managedfields, ScaleHandler). Writing through
 * the Scale takes the field out of their entries and gives it to entries of its own, which have no time. Entries of who applied are told by
 * no version: who still owns the field keeps his.
 */
export type Owner = Pick<ManagedFieldsEntry, 'manager' | 'operation' | 'subresource'>;

const fieldAt = (path: readonly string[]): FieldSet =>
  path.reduceRight<FieldSet>((inner, name) => node(false, [[`f:${name}`, inner]]), leaf);
const owns = ({ fields }: Manager, path: readonly string[]): boolean => {
  let set: FieldSet | undefined = fields;
  for (const name of path) set = set?.children.get(`f:${name}`);
  return set?.member === true;
};
const isSame = (a: Owner, b: Owner): boolean =>
  a.manager === b.manager && a.operation === b.operation && (a.subresource ?? '') === (b.subresource ?? '');

export const ownersOf = (entries: readonly ManagedFieldsEntry[] | undefined, path: readonly string[]): readonly Owner[] =>
  (readManagers(entries) ?? []).filter((one) => owns(one, path)).map(({ entry }) => entry);

/** Who owns the replicas once `manager` has set them. Where nobody did, nobody is noted. */
export function afterUpdate(owners: readonly Owner[], manager: string, before: number, after: number): readonly Owner[] {
  if (owners.length === 0 || before === after) return owners;
  return after === 0 ? [] : [{ manager, operation: 'Update', subresource: 'scale' }];
}

export interface Applied {
  readonly owners: readonly Owner[];
  readonly replicas: number;
  /** Whoever else owns a value that is another; nothing is applied then, unless by force. */
  readonly conflicts: readonly Owner[];
}
/** What applying a Scale with these replicas (undefined: it says none) comes to. */
export function afterApply(known: readonly Owner[], manager: string, before: number, replicas: number | undefined): Applied {
  const me: Owner = { manager, operation: 'Apply', subresource: 'scale' };
  const first: Owner = { manager: 'before-first-apply', operation: 'Update', subresource: 'scale' };
  const owners = known.length === 0 && before !== 0 ? [first] : known;
  const others = owners.filter((one) => !isSame(one, me));
  if (replicas === undefined)
    return { owners: others, replicas: others.length < owners.length && others.length === 0 ? 0 : before, conflicts: [] };
  if (replicas === before) return { owners: [...others, me], replicas, conflicts: [] };
  return { owners: [me], replicas, conflicts: others };
}

/** The object's managers when these own its replicas. */
export function withOwners(
  entries: readonly ManagedFieldsEntry[] | undefined,
  owners: readonly Owner[],
  path: readonly string[],
  apiVersion: string,
): readonly Manager[] {
  const field = fieldAt(path);
  const stays = ({ entry }: Manager) => entry.operation === 'Apply' && owners.some((owner) => isSame(owner, entry));
  const managers = readManagers(entries) ?? [];
  const staying = managers.filter((one) => owns(one, path) && stays(one));
  const rest = managers.flatMap((one) => {
    if (staying.includes(one)) return [one];
    const fields = owns(one, path) ? difference(one.fields, field) : one.fields;
    return isEmpty(fields) ? [] : [{ ...one, fields }];
  });
  const own = owners
    .filter((owner) => !staying.some(({ entry }) => isSame(entry, owner)))
    .map(({ manager, operation, subresource }) => ({
      entry: { manager, operation, apiVersion, ...(subresource === undefined ? {} : { subresource }) } as ManagedFieldsEntry,
      fields: field,
    }));
  return [...rest, ...own];
}
