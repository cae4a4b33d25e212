import { escapeHtml } from '../go-text.ts';
import { byBytes } from '../../base/byte-order.ts';
import { isObject } from '../../base/objects.ts';
import { sameJson } from '../../base/equal.ts';
import type { AnyKind } from '../kind.ts';
import { isSaidEmpty } from '../decode.ts';
import { objectMeta } from '../meta.ts';
import { any, object, string, type Field, type JsonValue } from '../schema.ts';
import { emptySet, isEmpty, leaf, node, nodeOf, type FieldSet } from './field-set.ts';

/** Structured merge and comparison by schema: which parts of a value are merged, which are taken whole (KEP-555). */
type JsonObject = { readonly [key: string]: JsonValue };

/** What stands for keys that are left out: the protocol of ports is TCP, and what is always there is empty or zero. */
function builtInKeys(names: readonly string[], { shape }: Field): JsonObject {
  const defaults: Record<string, JsonValue> = {};
  for (const name of names) {
    const key = Object.hasOwn(shape?.fields ?? {}, name) ? shape!.fields[name]! : undefined;
    const value = name === 'protocol' ? 'TCP' : key && ((key.default as JsonValue | undefined) ?? implied(key));
    if (value !== undefined && typeof value !== 'object') defaults[name] = value;
  }
  return defaults;
}
const anything = any(0);

export type Structure =
  | { readonly type: 'leaf' }
  | {
      readonly type: 'struct';
      readonly field: (name: string) => Field;
      readonly isKnown: (name: string) => boolean;
      /** 'f:name', the same string each time for names that the schema knows. */
      readonly edge: (name: string) => string;
      /** What the schema declares. */
      readonly members: ReadonlyMap<string, Member>;
    }
  | { readonly type: 'list'; readonly of: Field; readonly keys: ListKeys | undefined };

export interface Member {
  /** Its place among the members in the order of edges. */
  readonly rank: number;
  readonly field: Field;
  readonly edge: string;
  readonly quotedEdge: string;
  readonly isScalar: boolean;
  /** What stands for it where it is not; undefined: nothing. */
  readonly implied: JsonValue | undefined;
}

/** What tells items of a list apart: names in order, and what stands for a name that is left out. */
export interface ListKeys {
  readonly names: readonly string[];
  /** The name, when there is one. */
  readonly only?: string | undefined;
  readonly defaults: JsonObject;
}

const leafStructure: Structure = { type: 'leaf' };
const edgeOf = (name: string) => `f:${name}`;
const noMembers: ReadonlyMap<string, Member> = new Map();
const openStructure: Structure = { type: 'struct', field: () => anything, isKnown: () => false, edge: edgeOf, members: noMembers };
const structures = new WeakMap<Field, Structure>();

/** How apply treats values of a field. Free-form JSON is merged by its own form: objects granular, lists whole. */
export function structureOf(field: Field, value: JsonValue | undefined): Structure {
  if (field.type === 'any' || field.type === 'either') return isObject(value) && field.mapType !== 'atomic' ? openStructure : leafStructure;
  let structure = structures.get(field);
  if (structure === undefined) {
    structure = typedStructure(field);
    structures.set(field, structure);
  }
  return structure;
}
/** Whose values may have parts. */
const composed: ReadonlySet<Field['type']> = new Set(['object', 'map', 'list', 'any', 'either']);
function typedStructure(field: Field): Structure {
  if (field.type === 'object' && (field.mapType ?? field.shape?.mapType) !== 'atomic') {
    const { fields: shapeFields, additional = anything } = field.shape!;
    const sorted = Object.entries(shapeFields).sort(([a], [b]) => byBytes(a, b));
    const members = new Map(
      sorted.map(([name, of], rank): [string, Member] => {
        const edge = edgeOf(name);
        return [name, { rank, field: of, edge, quotedEdge: JSON.stringify(edge), isScalar: !composed.has(of.type), implied: implied(of) }];
      }),
    );
    return {
      type: 'struct',
      field: (name) => members.get(name)?.field ?? additional,
      isKnown: (name) => members.has(name),
      edge: (name) => members.get(name)?.edge ?? edgeOf(name),
      members,
    };
  }
  if (field.type === 'map' && field.mapType !== 'atomic')
    return { type: 'struct', field: () => field.of!, isKnown: () => false, edge: edgeOf, members: noMembers };
  if (field.type === 'list' && field.listType === 'map') {
    const names = [...field.listKeys!].sort();
    const only = names.length === 1 ? names[0] : undefined;
    return { type: 'list', of: field.of!, keys: { names, only, defaults: field.keyDefaults ?? builtInKeys(names, field.of!) } };
  }
  if (field.type === 'list' && field.listType === 'set') return { type: 'list', of: field.of!, keys: undefined };
  return leafStructure;
}

const roots = new WeakMap<AnyKind, Field>();
/** The whole object of a kind as a field. */
export function rootField(kind: AnyKind): Field {
  let root = roots.get(kind);
  if (root === undefined) {
    const identity = { apiVersion: string(0), kind: string(0), metadata: object(0, objectMeta) };
    root = object(0, { ...kind.shape, fields: { ...identity, ...kind.shape.fields } });
    roots.set(kind, root);
  }
  return root;
}

/** An item of a list that merges by keys lacks one: nobody can say who manages what. */
export class UnkeyedItem extends Error {}

/** The edge that leads to an item of a merged list; `keys` in order. Throws UnkeyedItem. */
export function itemEdge(item: JsonValue, keys: ListKeys | undefined): string {
  if (keys === undefined) return `v:${escapeHtml(JSON.stringify(item))}`;
  if (keys.only !== undefined && isObject(item)) {
    const value = item[keys.only];
    if (typeof value === 'string') return `k:{${JSON.stringify(keys.only)}:${escapeHtml(JSON.stringify(value))}}`;
  }
  const values: Record<string, JsonValue> = {};
  for (const key of keys.names) {
    const value = isObject(item) ? (item[key] ?? keys.defaults[key] ?? item[key]) : undefined;
    if (value !== undefined) values[key] = value;
  }
  if (Object.keys(values).length === 0) throw new UnkeyedItem(`an item has none of ${keys.names.join(', ')}`);
  return `k:${escapeHtml(JSON.stringify(values))}`;
}
/** The items of a list by their keys; of several with one key the last. */
export function itemsByEdge(list: JsonValue | undefined, keys: ListKeys | undefined): Map<string, JsonValue> {
  const items = new Map<string, JsonValue>();
  for (const item of Array.isArray(list) ? list : []) items.set(itemEdge(item as JsonValue, keys), item as JsonValue);
  return items;
}
/** Items that have one key: nobody owns their fields, only that they are there. */
export class Duplicates {
  readonly items: readonly JsonValue[];
  constructor(items: readonly JsonValue[]) {
    this.items = items;
  }
}
type Items = ReadonlyMap<string, JsonValue | Duplicates>;
export function itemsOrDuplicates(list: JsonValue | undefined, keys: ListKeys | undefined): Items {
  const items: Map<string, JsonValue | Duplicates> = itemsByEdge(list, keys);
  if (!Array.isArray(list) || items.size === list.length) return items;
  const all = Map.groupBy(list as readonly JsonValue[], (item) => itemEdge(item, keys));
  for (const [edge, same] of all) if (same.length > 1) items.set(edge, new Duplicates(same));
  return items;
}

/** The fields that an applied configuration speaks about. */
export function fieldsOf(field: Field, value: JsonValue): FieldSet {
  const structure = structureOf(field, value);
  if (value === null || structure.type === 'leaf') return leaf;
  if (structure.type === 'list') {
    return node(
      false,
      [...itemsOrDuplicates(value, structure.keys)].map(([edge, item]) => [edge, { ...fieldsOfItem(structure.of, item), member: true }]),
    );
  }
  if (!isObject(value)) return leaf;
  return node(
    false,
    Object.entries(value).map(([name, child]) => {
      const below = fieldsOf(structure.field(name), child);
      const isLeaf = child === null || (isObject(child) && Object.keys(child).length === 0) || !structure.isKnown(name);
      return [`f:${name}`, isLeaf ? { ...below, member: true } : below];
    }),
  );
}
const fieldsOfItem = (of: Field, item: JsonValue | Duplicates) =>
  item instanceof Duplicates || !isObject(item) ? leaf : fieldsOf(of, item);

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}
const nothing: Comparison = { added: emptySet, modified: emptySet, removed: emptySet };
const leafModified: Comparison = { ...nothing, modified: leaf };
const leafRemoved: Comparison = { ...nothing, removed: leaf };

/** What changed between two values, field by field. */
export function compare(field: Field, old: JsonValue | undefined, next: JsonValue | undefined): Comparison {
  if (old === next) return nothing;
  if (old === undefined) return { ...nothing, added: allOf(field, next!) };
  // Free-form JSON in place of none is another value, not one that is merged.
  if (field.type === 'any' && (old === null) !== (next === null) && next !== undefined) return leafModified;
  if (field.presence === undefined && isBlank(old) && isSaidEmpty(next)) return leafModified;
  const structure = structureOf(field, next ?? old);
  if (structure.type === 'leaf' || (isBlank(old) && isBlank(next)) || mismatched(structure, old) || mismatched(structure, next)) {
    if (next === undefined) return leafRemoved;
    return sameJson(old, next) ? nothing : leafModified;
  }
  const parts = new Parts();
  if (structure.type === 'list') {
    const before = itemsOrDuplicates(old, structure.keys);
    const after = itemsOrDuplicates(next, structure.keys);
    for (const [edge, item] of before) parts.put(edge, compareItems(structure.of, item, after.get(edge)));
    for (const [edge, item] of after) if (!before.has(edge)) parts.put(edge, compareItems(structure.of, undefined, item));
  } else {
    const were = isObject(old) ? old : noObject;
    const after = isObject(next) ? next : noObject;
    const compareField = (name: string) => {
      const below = structure.field(name);
      const was = own(were, name);
      // Nothing stands for what a map does not hold.
      const before = was === undefined && structure.isKnown(name) ? implied(below) : was;
      parts.put(structure.edge(name), compare(below, before, own(after, name)));
    };
    for (const name of Object.keys(were)) compareField(name);
    for (const name of Object.keys(after)) if (!Object.hasOwn(were, name)) compareField(name);
  }
  return parts.finish(next === undefined);
}

/** Items that become or were several with one key come and go as one. */
function compareItems(of: Field, old: JsonValue | Duplicates | undefined, next: JsonValue | Duplicates | undefined): Comparison {
  if (old instanceof Duplicates && next instanceof Duplicates) return sameJson(old.items, next.items) ? nothing : leafModified;
  if (old instanceof Duplicates) return { ...compare(of, undefined, next as JsonValue | undefined), removed: leaf };
  if (next instanceof Duplicates) return { ...(old === undefined ? nothing : compare(of, old, undefined)), added: leaf };
  return compare(of, old, next);
}

/** Everything in a value that was not there, and the path to it. */
function allOf(field: Field, value: JsonValue): FieldSet {
  const structure = structureOf(field, value);
  if (isBlank(value) || structure.type === 'leaf' || mismatched(structure, value)) return leaf;
  const children = new Map<string, FieldSet>();
  if (structure.type === 'list') {
    for (const [edge, item] of itemsOrDuplicates(value, structure.keys))
      children.set(edge, item instanceof Duplicates ? leaf : allOf(structure.of, item));
  } else {
    for (const name in value as JsonObject) {
      const child = (value as JsonObject)[name];
      if (child !== undefined) children.set(structure.edge(name), allOf(structure.field(name), child));
    }
  }
  return nodeOf(true, children);
}
const noObject: JsonObject = {};
const noList: readonly JsonValue[] = [];
const own = (value: JsonObject, name: string) => (Object.hasOwn(value, name) ? value[name] : undefined);

/** Comparisons of the fields or items of one value; what is unchanged leaves nothing behind. */
class Parts {
  #added: Map<string, FieldSet> | undefined;
  #modified: Map<string, FieldSet> | undefined;
  #removed: Map<string, FieldSet> | undefined;

  put(edge: string, { added, modified, removed }: Comparison): void {
    if (!isEmpty(added)) (this.#added ??= new Map()).set(edge, added);
    if (!isEmpty(modified)) (this.#modified ??= new Map()).set(edge, modified);
    if (!isEmpty(removed)) (this.#removed ??= new Map()).set(edge, removed);
  }
  finish(isGone: boolean): Comparison {
    if (!isGone && this.#added === undefined && this.#modified === undefined && this.#removed === undefined) return nothing;
    return { added: nodeOf(false, this.#added), modified: nodeOf(false, this.#modified), removed: nodeOf(isGone, this.#removed) };
  }
}
/** What is always there cannot be added to what holds it: only what is in it, or another value. undefined: the field need not be there. */
export function implied({ type, presence }: Field): JsonValue | undefined {
  if (presence !== undefined) return undefined;
  if (type === 'object' || type === 'map') return noObject;
  if (type === 'list') return noList;
  if (type === 'string') return '';
  if (type === 'bool') return false;
  if (type === 'int32' || type === 'int64' || type === 'double' || type === 'intOrString') return 0;
  return type === 'time' || type === 'microTime' || type === 'any' || type === 'bytes' ? null : undefined;
}
export function isBlank(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.length === 0;
  for (const _ in value) return false;
  return true;
}
export const mismatched = (structure: Structure, value: JsonValue | undefined) =>
  value !== undefined &&
  value !== null &&
  (structure.type === 'list' ? !Array.isArray(value) : structure.type === 'struct' ? !isObject(value) : false);

/** `live` with everything that `applied` says put over it. */
export function merge(field: Field, live: JsonValue | undefined, applied: JsonValue): JsonValue {
  const structure = structureOf(field, applied);
  if (structure.type === 'leaf' || live === undefined || live === null) return applied;
  // Nothing is put over what is there, but in place of what is empty.
  if (applied === null) return isBlank(live) ? applied : live;
  if (structure.type === 'list') {
    if (!Array.isArray(live) || !Array.isArray(applied)) return applied;
    return mergeItems(structure, live, applied);
  }
  if (!isObject(live) || !isObject(applied)) return applied;
  const merged = new Map(Object.entries(live));
  for (const [name, value] of Object.entries(applied)) merged.set(name, merge(structure.field(name), merged.get(name), value));
  return Object.fromEntries(merged);
}

/**
 * Items of both lists: those that are applied in their order, and between them what only stood there, where it stood, though it stood there twice
 * (structured-merge-diff, typed/merge.go).
 */
function mergeItems({ of, keys }: Structure & { type: 'list' }, live: readonly JsonValue[], applied: readonly JsonValue[]): JsonValue[] {
  const [liveEdges, edges] = [live, applied].map((list) => list.map((item) => itemEdge(item, keys))) as [string[], string[]];
  const [before, given] = [itemsOrDuplicates(live, keys), itemsByEdge(applied, keys)];
  const shared = edges.filter((edge) => before.has(edge));
  const result: JsonValue[] = [];
  const taken = new Set<string>();
  let [at, next, wanted] = [0, 0, 0];
  const take = (edge: string) => {
    const item = before.get(edge);
    result.push(merge(of, item instanceof Duplicates ? undefined : item, given.get(edge)!));
    taken.add(edge);
    next++;
  };
  while (at < live.length || next < applied.length) {
    const edge = liveEdges[at];
    if (edge !== undefined && next < applied.length && edge === edges[next]) {
      take(edge);
      at++;
      wanted++;
    } else if (edge !== undefined && !given.has(edge)) {
      result.push(live[at++]!);
    } else if (edge !== undefined && next < applied.length && wanted < shared.length && shared[wanted] !== edge) {
      at++;
    } else {
      if (edge !== undefined && taken.has(edge)) at++;
      if (next >= applied.length) continue;
      const applies = edges[next]!;
      take(applies);
      if (shared[wanted] === applies) wanted++;
    }
  }
  return result;
}

/** `value` without what `dropped` names, unless `kept` names it or something below it; null where nothing is left (structured-merge-diff, typed/remove.go). */
export function prune(field: Field, value: JsonValue, dropped: FieldSet, kept: FieldSet): JsonValue {
  const structure = structureOf(field, value);
  if (structure.type === 'list' && Array.isArray(value)) {
    const items = [...itemsByEdge(value, structure.keys)].flatMap(([edge, item]) => {
      const rest = pruneChild(structure.of, item, dropped.children.get(edge), kept.children.get(edge), false);
      return rest === undefined ? [] : [rest];
    });
    return items.length === 0 && value.length > 0 ? null : items;
  }
  if (structure.type !== 'struct' || !isObject(value)) return value;
  const members = Object.entries(value).flatMap(([name, child]): [string, JsonValue][] => {
    const edge = `f:${name}`;
    const isNamed = structure.isKnown(name);
    const rest = pruneChild(structure.field(name), child, dropped.children.get(edge), kept.children.get(edge), isNamed);
    return rest === undefined ? [] : [[name, rest]];
  });
  return members.length === 0 && Object.keys(value).length > 0 ? null : Object.fromEntries(members);
}
/** Who owns something in a field that the schema names owns the field. */
function pruneChild(
  field: Field,
  child: JsonValue,
  dropped: FieldSet | undefined,
  kept: FieldSet | undefined,
  isNamed: boolean,
): JsonValue | undefined {
  if (dropped === undefined) return child;
  if (kept === undefined && (dropped.member || isNamed)) return undefined;
  if (dropped.children.size === 0) return child;
  return prune(field, child, dropped, kept ?? emptySet);
}
