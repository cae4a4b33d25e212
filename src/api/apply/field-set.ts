import type { JsonValue } from '../schema.ts';

/**
 * A set of fields as managedFields writes it (FieldsV1): a tree whose edges are 'f:name', 'k:{"name":"a"}' (list item by
 * keys), 'v:"a"' (item of a set) or 'i:0', and whose nodes say whether the path to them is itself in the set.
 */
export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const emptySet: FieldSet = { member: false, children: new Map() };
export const leaf: FieldSet = { member: true, children: new Map() };
export const isEmpty = (set: FieldSet): boolean => !set.member && set.children.size === 0;

/** A node from its parts; children without anything in them are left out. */
export function node(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  return { member, children: new Map([...children].filter(([, child]) => !isEmpty(child))) };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const children = new Map(a.children);
  for (const [edge, child] of b.children) children.set(edge, union(children.get(edge) ?? emptySet, child));
  return { member: a.member || b.member, children };
}
export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const shared = [...a.children].map(([edge, child]) => [edge, intersection(child, b.children.get(edge) ?? emptySet)] as const);
  return node(a.member && b.member, shared);
}
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const rest = [...a.children].map(([edge, child]) => [edge, difference(child, b.children.get(edge) ?? emptySet)] as const);
  return node(a.member && !b.member, rest);
}
/** Like `difference`, and what lies below a member of `b` goes too. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (b.member) return emptySet;
  return node(
    a.member,
    [...a.children].map(([edge, child]) => [edge, recursiveDifference(child, b.children.get(edge) ?? emptySet)] as const),
  );
}
export function equal(a: FieldSet, b: FieldSet): boolean {
  return (
    a.member === b.member &&
    a.children.size === b.children.size &&
    [...a.children].every(([edge, child]) => b.children.has(edge) && equal(child, b.children.get(edge)!))
  );
}

/** Where edges of list items stand in the order upstream writes: fields, keys, values, indexes; each by text. */
const edgeOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function toFieldsV1(set: FieldSet): JsonValue {
  const json: Record<string, JsonValue> = {};
  if (set.member && set.children.size > 0) json['.'] = {};
  for (const [edge, child] of [...set.children].sort(([a], [b]) => edgeOrder(a, b))) json[edge] = toFieldsV1(child);
  return json;
}
/** The root itself is never a member. Unknown shapes read as nothing. */
export function fromFieldsV1(json: unknown): FieldSet {
  const read = (value: unknown, isRoot: boolean): FieldSet => {
    const entries = typeof value === 'object' && value !== null ? Object.entries(value) : [];
    const children = entries.filter(([edge]) => edge !== '.').map(([edge, child]) => [edge, read(child, false)] as const);
    return { member: !isRoot && (children.length === 0 || entries.length > children.length), children: new Map(children) };
  };
  return read(json, true);
}

/** Every member as text: '.spec.containers[name="a"].image'. */
export function* pathsOf(set: FieldSet, prefix = ''): Generator<string> {
  if (set.member) yield prefix;
  for (const [edge, child] of [...set.children].sort(([a], [b]) => edgeOrder(a, b))) yield* pathsOf(child, prefix + edgeText(edge));
}
function edgeText(edge: string): string {
  const rest = edge.slice(2);
  if (edge.startsWith('f:')) return `.${rest}`;
  if (edge.startsWith('i:')) return `[${rest}]`;
  if (edge.startsWith('v:')) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
