import { byBytes } from '../../base/byte-order.ts';
import type { JsonValue } from '../schema.ts';

/**
 * A set of fields as managedFields writes it (FieldsV1): a tree whose edges are 'f:name', 'k:{"name":"a"}' (list item by
 * keys), 'v:"a"' (item of a set) or 'i:0', and whose nodes say whether the path to them is itself in the set.
 */
export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

const noChildren: ReadonlyMap<string, FieldSet> = new Map();
export const emptySet: FieldSet = { member: false, children: noChildren };
export const leaf: FieldSet = { member: true, children: noChildren };
export const isEmpty = (set: FieldSet): boolean => !set.member && set.children.size === 0;

/** A node from its parts; children without anything in them are left out. */
export function node(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  const kept = new Map<string, FieldSet>();
  for (const [edge, child] of children) if (!isEmpty(child)) kept.set(edge, child);
  return nodeOf(member, kept);
}
/** The same from a map without empty children, which it keeps. */
export function nodeOf(member: boolean, children: ReadonlyMap<string, FieldSet> | undefined): FieldSet {
  if (children === undefined || children.size === 0) return member ? leaf : emptySet;
  return { member, children };
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
type Subtract = (a: FieldSet, b: FieldSet) => FieldSet;
/** Children of `a` less those of `b`; `a`'s own when nothing is taken away, so that unchanged sets stay the same object. */
function subtractChildren(a: FieldSet, b: FieldSet, subtract: Subtract): ReadonlyMap<string, FieldSet> {
  let rest: Map<string, FieldSet> | undefined;
  for (const [edge, taken] of b.children) {
    const child = a.children.get(edge);
    if (child === undefined) continue;
    const left = subtract(child, taken);
    if (left === child) continue;
    rest ??= new Map(a.children);
    if (isEmpty(left)) rest.delete(edge);
    else rest.set(edge, left);
  }
  return rest ?? a.children;
}
/** Gives `a` itself when nothing of it is in `b`. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  const children = subtractChildren(a, b, difference);
  const member = a.member && !b.member;
  return member === a.member && children === a.children ? a : nodeOf(member, children);
}
/** Like `difference`, and what lies below a member of `b` goes too. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (b.member) return emptySet;
  const children = subtractChildren(a, b, recursiveDifference);
  return children === a.children ? a : nodeOf(a.member, children);
}
export function equal(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  return (
    a.member === b.member &&
    a.children.size === b.children.size &&
    [...a.children].every(([edge, child]) => b.children.has(edge) && equal(child, b.children.get(edge)!))
  );
}

const number = /^([kv]:.*?)(-?\d[\d.e+-]*)(?:[,}].*)?$/s;
/** By the bytes of their texts; where they differ in one number, by that. */
export function byEdge(a: string, b: string): number {
  const order = byBytes(a, b);
  if (order === 0 || (a.charCodeAt(0) !== keyed && a.charCodeAt(0) !== valued)) return order;
  const [, before = '', one] = number.exec(a) ?? [];
  const [, same, other] = number.exec(b) ?? [];
  return one === undefined || before !== same || !before.endsWith(':') || one === other ? order : Number(one) - Number(other);
}
const [keyed, valued] = ['k'.charCodeAt(0), 'v'.charCodeAt(0)];

/** Edges in the order upstream writes: fields, keys, values, indexes; each by what it says. */
function edgesOf({ children }: FieldSet): Iterable<string> {
  let before = '';
  for (const edge of children.keys()) {
    if (byEdge(edge, before) < 0) return [...children.keys()].sort(byEdge);
    before = edge;
  }
  return children.keys();
}

function fieldsJson(set: FieldSet): JsonValue {
  const json: Record<string, JsonValue> = {};
  if (set.children.size === 0) return json;
  if (set.member) json['.'] = {};
  for (const edge of edgesOf(set)) json[edge] = fieldsJson(set.children.get(edge)!);
  return json;
}
const shared = new Map<string, JsonValue>();
/** Beyond this all are forgotten; what is in use stays, and is shared again when it is met. */
const sharedMax = 2000;
/** Longer ones are of one object only. */
const sharedTextMax = 16 * 1024;
/** What a text says, one object for all who ask: objects of one make have the same fields, a third of an object in memory. */
export function fieldsOfText(text: string): JsonValue {
  if (text.length > sharedTextMax) return JSON.parse(text) as JsonValue;
  let json = shared.get(text);
  if (json === undefined) {
    json = JSON.parse(text) as JsonValue;
    if (shared.size >= sharedMax) shared.clear();
    shared.set(text, json);
    texts.set(json as object, text);
  }
  return json;
}
const texts = new WeakMap<object, string>();
/** The same fields as an object that is shared, unless they are long. */
export function shareFields<T>(fields: T): T {
  if (typeof fields !== 'object' || fields === null || texts.has(fields)) return fields;
  const text = JSON.stringify(fields);
  return text.length > sharedTextMax ? fields : (fieldsOfText(text) as T);
}
/** The JSON of fields. */
export const fieldsText = (fields: object): string => texts.get(fields) ?? JSON.stringify(fields);

export const toFieldsV1 = (set: FieldSet): JsonValue => shareFields(fieldsJson(set));
const read = new WeakMap<object, FieldSet>();
/** The root itself is never a member. Unknown shapes read as nothing. What is given is of a stored object: immutable, and read once. */
export function fromFieldsV1(json: unknown): FieldSet {
  if (typeof json !== 'object' || json === null) return emptySet;
  let set = read.get(json);
  if (set === undefined) {
    set = readFields(json, true);
    read.set(json, set);
  }
  return set;
}
function readFields(value: unknown, isRoot: boolean): FieldSet {
  let children: Map<string, FieldSet> | undefined;
  let isNamed = false;
  if (typeof value === 'object' && value !== null) {
    for (const edge of Object.keys(value)) {
      if (edge === '.') isNamed = true;
      else (children ??= new Map()).set(edge, readFields((value as Record<string, unknown>)[edge], false));
    }
  }
  return nodeOf(!isRoot && (children === undefined || isNamed), children);
}

/** What is wrong with the edges of a text of fields; undefined: nothing (structured-merge-diff fieldpath.DeserializePathElement). */
export function fieldsV1Fault(json: unknown): string | undefined {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'expected an object';
  for (const [edge, below] of Object.entries(json)) {
    if (edge === '.') continue;
    const fault = edgeFault(edge) ?? fieldsV1Fault(below);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
function edgeFault(edge: string): string | undefined {
  const [type, text] = [edge.slice(0, 2), edge.slice(2)];
  if (type === 'f:') return undefined;
  if (type === 'i:') return /^-?\d+$/.test(text) ? undefined : `${JSON.stringify(text)} is no index`;
  if (type !== 'v:' && type !== 'k:')
    return edge.length < 2 ? 'key must be 2 characters long' : `unrecognized key type ${JSON.stringify(type)}`;
  try {
    const value: unknown = JSON.parse(text);
    return type === 'v:' || (typeof value === 'object' && value !== null) ? undefined : 'a key must be an object';
  } catch (error) {
    return (error as Error).message;
  }
}

/** Every member as text: '.spec.containers[name="a"].image'; at each place the members there before what is further in. */
export function* pathsOf(set: FieldSet, prefix = ''): Generator<string> {
  const edges = [...edgesOf(set)];
  for (const edge of edges) if (set.children.get(edge)!.member) yield prefix + edgeText(edge);
  for (const edge of edges) yield* pathsOf(set.children.get(edge)!, prefix + edgeText(edge));
}
function edgeText(edge: string): string {
  const rest = edge.slice(2);
  if (edge.startsWith('f:')) return `.${rest}`;
  if (edge.startsWith('i:')) return `[${rest}]`;
  if (edge.startsWith('v:')) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
