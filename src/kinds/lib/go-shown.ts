import type { Field, Shape } from '../../api/schema.ts';

const initials: Readonly<Record<string, string>> = {
  uid: 'UID',
  apiVersion: 'APIVersion',
  apiGroup: 'APIGroup',
  apiGroups: 'APIGroups',
  ip: 'IP',
  csi: 'CSI',
  cel: 'CEL',
};
const goName = (name: string): string => initials[name] ?? `${name[0]!.toUpperCase()}${name.slice(1)}`;

function shownField(field: Field, value: unknown): unknown {
  if (field.type === 'object') return value === undefined && field.presence === 'ptr' ? null : goShown(field.shape!, value ?? {});
  if (value === undefined) {
    if (field.presence === 'ptr' || field.type === 'list' || field.type === 'map') return null;
    return field.type === 'bool' ? false : field.type === 'int32' || field.type === 'int64' ? 0 : '';
  }
  // A list that Go would write in any case is there whether it was given or not
  if (field.type === 'list' && field.presence === undefined && (value as readonly unknown[]).length === 0) return null;
  if (field.type === 'list') return (value as readonly unknown[]).map((item) => shownField(field.of!, item));
  if (field.type !== 'map') return value;
  const entries = Object.entries(value as object).map(([key, item]) => [key, shownField(field.of!, item)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A value as upstream's validation shows values of its internal types, which have no JSON names: every field, by its Go name.
 * `undefined` stays for a missing pointer.
 */
export function goShown(shape: Shape, value: unknown): unknown {
  if (value === undefined || value === null) return null;
  const fields = Object.entries(shape.fields);
  const inline = (value: object) => (name: string) => (value as Record<string, unknown>)[name];
  const at = inline(value as object);
  return Object.fromEntries(fields.map(([name, field]) => [goName(name), shownField(field, at(name))]));
}
