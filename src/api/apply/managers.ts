import type { ManagedFieldsEntry } from '../meta.ts';
import { isObject } from '../../base/objects.ts';
import { parseTime } from '../gotime.ts';
import type { JsonValue } from '../schema.ts';
import { type FieldSet, fieldsV1Fault, fromFieldsV1, isEmpty, toFieldsV1, union } from './field-set.ts';

/** Who manages what, as metadata.managedFields tells. */
export interface Manager {
  readonly entry: ManagedFieldsEntry;
  readonly fields: FieldSet;
  /** The set that the entry says as it is; when that still is `fields`, the entry needs no new text. */
  readonly read?: FieldSet | undefined;
}
export type ObjectLike = { readonly metadata?: { readonly managedFields?: readonly ManagedFieldsEntry[] | undefined } | undefined };

/** undefined: the entries cannot be read. */
export function readManagers(entries: readonly ManagedFieldsEntry[] = []): Manager[] | undefined {
  const managers: Manager[] = [];
  for (const entry of entries) {
    const { operation, apiVersion = '', fieldsType } = entry;
    if ((operation !== 'Apply' && operation !== 'Update') || apiVersion === '' || fieldsType !== 'FieldsV1') return undefined;
    const fields = fromFieldsV1(entry.fieldsV1);
    const same = managers.findIndex((one) => isSame(one.entry, entry));
    if (same < 0) managers.push({ entry, fields, read: fields });
    else managers[same] = { entry, fields, read: fields };
  }
  return managers;
}
const texts = ['manager', 'operation', 'apiVersion', 'fieldsType', 'subresource'] as const;
/** Whether entries as somebody sent them have the types that entries have. */
export const areReadable = (entries: readonly unknown[]): boolean =>
  entries.every(
    (entry) =>
      isObject(entry) &&
      texts.every((name) => typeof (entry[name] ?? '') === 'string') &&
      ((entry.time ?? undefined) === undefined || (typeof entry.time === 'string' && parseTime(entry.time) !== undefined)),
  );
/** Why entries can't be read, in upstream's words; undefined: they can. */
export function managersFault(entries: readonly ManagedFieldsEntry[] = []): string | undefined {
  for (const [index, { manager = '', operation, apiVersion = '', fieldsType = '', fieldsV1 }] of entries.entries()) {
    if (operation !== 'Apply' && operation !== 'Update') return 'operation must be `Apply` or `Update`';
    if (apiVersion === '') return 'apiVersion must not be empty';
    if (fieldsType === '') return `missing fieldsType in managed fields entry ${index}`;
    if (fieldsType !== 'FieldsV1') return `invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${index}`;
    const fault = fieldsV1 === undefined ? undefined : fieldsV1Fault(fieldsV1);
    if (fault !== undefined)
      return `error decoding versioned set from {${manager} ${operation} ${apiVersion}}: error decoding set: ${fault}`;
  }
  return undefined;
}
/** An empty list, or one with an empty entry, ends field management of the object, as upstream documents it. */
export const isReset = (entries: readonly ManagedFieldsEntry[] | undefined): boolean =>
  entries !== undefined && (entries.length === 0 || (entries.length === 1 && Object.keys(entries[0]!).length === 0));

export const isSame = (a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean =>
  a.manager === b.manager &&
  a.operation === b.operation &&
  a.apiVersion === b.apiVersion &&
  (a.subresource ?? '') === (b.subresource ?? '');

const order = (a = '', b = '') => (a < b ? -1 : a > b ? 1 : 0);
const byTime = (a: ManagedFieldsEntry, b: ManagedFieldsEntry) => order(a.time, b.time);

/** In the order in which entries are written. */
export function withFields({ subresource, fieldsV1: _, ...rest }: ManagedFieldsEntry, fieldsV1: JsonValue): ManagedFieldsEntry {
  const made = { ...rest, fieldsType: 'FieldsV1', fieldsV1 };
  return subresource === undefined ? made : { ...made, subresource };
}
function entriesOf(managers: readonly Manager[]): readonly ManagedFieldsEntry[] {
  return managers
    .filter((manager) => !isEmpty(manager.fields))
    .map(({ entry, fields, read }) => (fields === read ? entry : withFields(entry, toFieldsV1(fields))))
    .sort(
      (a, b) =>
        order(a.operation, b.operation) ||
        byTime(a, b) ||
        order(a.manager, b.manager) ||
        order(a.apiVersion, b.apiVersion) ||
        order(a.subresource, b.subresource),
    );
}
export const withManagers = <T extends ObjectLike>(object: T, managers: readonly Manager[]): T => withEntries(object, entriesOf(managers));
export function withEntries<T extends ObjectLike>(object: T, entries: readonly ManagedFieldsEntry[]): T {
  const { managedFields: _, ...metadata } = (object.metadata ?? {}) as Record<string, unknown>;
  return { ...object, metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries } };
}

/** So many entries of updates are kept apart. */
const mostUpdaters = 10;
const ancient = 'ancient-changes';

/** Puts the oldest entries of updates together, a version each, when there are too many. */
export function capped(managers: readonly Manager[]): readonly Manager[] {
  const updaters = managers.filter(({ entry }) => entry.operation === 'Update');
  let left = updaters.length;
  if (left <= mostUpdaters) return managers;
  const result = [...managers];
  const firstOf = new Map<string, Manager>();
  for (const one of updaters.sort((a, b) => byTime(a.entry, b.entry) || order(identifier(a.entry), identifier(b.entry)))) {
    if (left <= mostUpdaters) break;
    const { apiVersion = '', time } = one.entry;
    const bucket: ManagedFieldsEntry = { manager: ancient, operation: 'Update', apiVersion, ...(time && { time }), fieldsType: 'FieldsV1' };
    const first = firstOf.get(apiVersion);
    if (first === undefined) {
      firstOf.set(apiVersion, one);
      continue;
    }
    const present = result.find(({ entry }) => isSame(entry, bucket)) ?? result[result.indexOf(first)]!;
    const at = result.indexOf(present);
    if (present === one) continue;
    result[at] = { entry: bucket, fields: union(one.fields, present.fields) };
    result.splice(result.indexOf(one), 1);
    left--;
  }
  return result;
}
const identifier = ({ manager, operation, apiVersion, subresource }: ManagedFieldsEntry) =>
  JSON.stringify({ manager, operation, apiVersion, subresource });
