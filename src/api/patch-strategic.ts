import { goText } from './go-text.ts';
import { goTypeOf } from './decode-error.ts';
import { isJsonObject as isObject, NumberText, plainNumbers } from './json.ts';
import { objectMeta } from './meta.ts';
import type { AnyKind } from './kind.ts';
import type { Field, Fields } from './schema.ts';
import { badRequest, StatusError, unknownError } from './status.ts';

/**
 * Strategic merge patch (kubernetes.io: update API objects in place; k8s.io/apimachinery util/strategicpatch): objects merge,
 * lists merge by their key where the schema says so, and directives say what merging cannot. What upstream refuses is refused in its words.
 */
type Json = Readonly<Record<string, unknown>>;
type List = readonly unknown[];
const setOrder = '$setElementOrder';
const deleteFrom = '$deleteFromPrimitiveList';
const retainKeys = '$retainKeys';

/** Go's type at a place of the schema. Only structs tell how their members merge. */
type Type = { readonly kind: string; readonly isPointer?: boolean } & (
  | { readonly kind: 'struct'; readonly name: string; readonly fields: Fields }
  | { readonly kind: string }
);
const typeOf = (field: Field): Type => {
  if (field.type === 'object') {
    const { name, fields } = field.shape!;
    return { kind: 'struct', isPointer: field.presence === 'ptr', name: shortName(name), fields };
  }
  if (field.type === 'any' || field.type === 'either')
    return { kind: 'struct', name: shortName(field.typeName ?? 'RawExtension'), fields: {} };
  return { kind: field.type === 'list' ? 'slice' : field.type };
};
const shortName = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

const rootTypes = new WeakMap<AnyKind, Type>();
function rootType(kind: AnyKind): Type {
  let type = rootTypes.get(kind);
  if (type === undefined) {
    const text: Field = { type: 'string', tag: 0 };
    const fields = { kind: text, apiVersion: text, metadata: { type: 'object', tag: 1, shape: objectMeta } as Field, ...kind.shape.fields };
    type = { kind: 'struct', name: kind.kind, fields };
    rootTypes.set(kind, type);
  }
  return type;
}
/** Throws for names that the type does not have. */
function fieldIn(type: Type, name: string): Field {
  if (!('fields' in type)) throw unknownError(`merging an object in json but data type is not struct, instead is: ${type.kind}`);
  const folded = Object.hasOwn(type.fields, name) ? name : Object.keys(type.fields).find((one) => one.toLowerCase() === name.toLowerCase());
  if (folded === undefined)
    throw unknownError(`unable to find api field in struct ${type.name} for the json field ${JSON.stringify(name)}`);
  return type.fields[folded]!;
}
function listIn(type: Type, name: string): { readonly field: Field; readonly item: Type } {
  const field = fieldIn(type, name);
  // What stands behind a pointer is taken for an item.
  if (field.presence === 'ptr' && field.type !== 'list') return { field, item: typeOf(field) };
  if (field.type !== 'list') throw unknownError(`expected slice or array type, but got: ${type.isPointer === true ? 'ptr' : type.kind}`);
  return { field, item: typeOf(field.of!) };
}
const strategyOf = ({ patchStrategy }: Field): string | undefined => patchStrategy?.split(',').find((one) => one !== 'retainKeys');

/** As reflection calls what JSON was read into. */
function goType(value: unknown): string {
  if (Array.isArray(value)) return '[]interface {}';
  if (isObject(value)) return 'map[string]interface {}';
  if (value instanceof NumberText) return 'float64';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return value === null || value === undefined ? '%!s(<nil>)' : typeof value === 'boolean' ? 'bool' : 'string';
}
const badType = (wanted: string, value: unknown) => unknownError(`expected a ${wanted}, but received a ${goType(value)}`);
const noMergeKey = (item: Json, key: string) => unknownError(`map: ${goText(item)} does not contain declared merge key: ${key}`);
const badDirective = (directive: unknown, patch: Json) => {
  const shown =
    typeof directive === 'string' ? directive : directive === null ? '%!s(<nil>)' : `%!s(${goType(directive)}=${goText(directive)})`;
  return unknownError(`unknown patch type: ${shown} in map: ${goText(patch)}`);
};

export interface StrategicResult {
  readonly object: Json;
  /** The patch without what had its effect while it was merged: what upstream shows of it when the object is none. */
  readonly left: Json;
}
/** Inputs stay as they are. Throws StatusError for patches that make no sense. */
export function applyStrategicPatch(kind: AnyKind, original: unknown, patch: unknown): StrategicResult {
  if (!isObject(patch)) throw badRequest(`json: cannot unmarshal ${goTypeOf(patch)} into Go value of type map[string]interface {}`);
  const left = copyOf(patch) as UsedJson;
  return { object: mergeObject(isObject(original) ? original : {}, left, rootType(kind)), left };
}
/** Of a patch: merging takes out of it what has had its effect. */
type UsedJson = Record<string, unknown>;
function copyOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyOf);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, child]) => [key, copyOf(child)])) : value;
}

function mergeObject(original: Json, patch: UsedJson, type: Type): Json {
  if (Object.hasOwn(patch, '$patch')) {
    if (patch.$patch === 'replace') {
      delete patch.$patch;
      return patch;
    }
    if (patch.$patch === 'delete') return {};
    throw badDirective(patch.$patch, patch);
  }
  const result = new Map<string, unknown>(Object.entries(original));
  applyRetainKeys(result, patch);
  for (const key of Object.keys(patch)) if (key.startsWith(setOrder)) mergeInOrder(result, patch, key, type);
  for (const [key, value] of Object.entries(patch)) {
    const isDeletion = key.startsWith(deleteFrom);
    const name = isDeletion ? nameAfter(key, deleteFrom) : key;
    if (value === null) {
      result.delete(name);
      continue;
    }
    const present = result.get(name);
    if (isObject(present) && isObject(value)) {
      const field = fieldIn(type, name);
      result.set(name, strategyOf(field) === 'replace' ? value : mergeObject(present, value as UsedJson, typeOf(field)));
    } else if (Array.isArray(present) && Array.isArray(value)) {
      const { field, item } = listIn(type, name);
      result.set(name, isDeletion || strategyOf(field) === 'merge' ? mergeList(present, value, field, item, isDeletion) : value);
    } else if (!isDeletion) {
      dropNulls(value);
      const kept = withoutDirectives(value);
      if (kept === undefined) result.delete(name);
      else result.set(name, kept);
    }
  }
  return Object.fromEntries(result);
}
function nameAfter(key: string, prefix: string): string {
  if (key.startsWith(`${prefix}/`)) return key.slice(prefix.length + 1);
  throw badRequest(`invalid patch format of ${prefix === deleteFrom ? 'primitive list' : 'setElementOrder list'}`);
}

/** Only what the directive names stays; the patch may set nothing else. */
function applyRetainKeys(original: Map<string, unknown>, patch: UsedJson): void {
  if (!Object.hasOwn(patch, retainKeys)) return;
  const kept = patch[retainKeys];
  delete patch[retainKeys];
  const named = Object.entries(patch).filter(([key, value]) => value !== null && !key.startsWith(deleteFrom) && !key.startsWith(setOrder));
  if (!Array.isArray(kept) || named.some(([key]) => !kept.includes(key))) throw badRequest('invalid patch format of retainKeys');
  for (const key of original.keys()) if (!kept.includes(key)) original.delete(key);
}

/** Merges a list whose order the patch says: first comes that order, then that of the patch, then that of the server. */
function mergeInOrder(original: Map<string, unknown>, patch: UsedJson, key: string, type: Type): void {
  const order = patch[key];
  delete patch[key];
  if (!Array.isArray(order)) throw badType('[]interface {}', order);
  const name = nameAfter(key, setOrder);
  const [present, given] = [original.get(name), patch[name]];
  if (original.has(name) && !Array.isArray(present)) throw badType('[]interface {}', present);
  if (Object.hasOwn(patch, name) && !Array.isArray(given)) throw badType('[]interface {}', given);
  const { field, item } = listIn(type, name);
  checkOrder((given ?? []) as List, order, field.mergeKey ?? '');
  if (present === undefined && given === undefined) return;
  const server = (present ?? []) as List;
  let merged: List = server;
  if (present === undefined) merged = withoutDirectives(given) as List;
  else if (given !== undefined)
    merged = strategyOf(field) === 'merge' ? mergeList(server, given as List, field, item, false) : (given as List);
  const ordered = partition(merged, order, field.mergeKey ?? '');
  const kind = elementsOf(server, (given ?? []) as List);
  // Objects are put in order by their key, which these have none of.
  if (kind === 'map' && (field.mergeKey ?? '') === '')
    for (const item of [...ordered.named, ...order, ...ordered.others, ...server]) {
      if (!isObject(item)) throw badType('map[string]interface {}', item);
      if (!Object.hasOwn(item, '')) throw noMergeKey(item, '');
    }
  original.set(name, arranged(ordered, order, server, kind === 'map' ? (field.mergeKey ?? '') : ''));
  delete patch[name];
}
/** What a patch adds or changes must stand in the order it asks for. */
function checkOrder(patch: List, order: List, mergeKey: string): void {
  if (patch.length === 0 || order.length === 0) return;
  const items = mergeKey === '' ? patch : objects(patch).filter((item) => item.$patch !== 'delete');
  let at = 0;
  let next = 0;
  while (at < items.length && next < order.length) {
    const item = items[at];
    if (isObject(item) && Object.hasOwn(item, '$patch')) at++;
    else if (idOf(item, mergeKey) === idOf(order[next++], mergeKey)) at++;
  }
  if (at < items.length && next >= order.length)
    throw unknownError(`The order in patch list:\n${goText(patch)}\n doesn't match ${setOrder} list:\n${goText(order)}\n`);
}
function objects(list: List): readonly Json[] {
  for (const item of list) if (!isObject(item)) throw badType('map[string]interface {}', item);
  return list as readonly Json[];
}
/** What tells items of a list apart: their merge key, or themselves. */
function idOf(item: unknown, mergeKey: string): unknown {
  if (mergeKey === '') return plainNumbers(item);
  if (!isObject(item)) throw badType('map[string]interface {}', item);
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
  return item[mergeKey];
}

/** All items of both lists are of one type. */
function elementsOf(...lists: readonly List[]): 'map' | 'scalar' {
  const all = lists.flat(1);
  if (all.length === 0) throw unknownError('no elements in any of the given slices');
  if (Array.isArray(all[0])) throw new StatusError(422, '', 'lists of lists are not supported');
  if (all.some((one) => goType(one) !== goType(all[0]))) throw unknownError(`list element types are not identical: ${goText(lists)}`);
  return isObject(all[0]) ? 'map' : 'scalar';
}

function mergeList(original: List, patch: List, field: Field, itemType: Type, isDeletion: boolean): List {
  if (original.length === 0 && patch.length === 0) return original;
  const { mergeKey = '' } = field;
  if (elementsOf(original, patch) === 'scalar') {
    const given = plainNumbers(patch) as List;
    if (isDeletion) return original.filter((item) => !given.includes(item));
    const merged = [...new Set([...original, ...given])];
    return arranged(partition(merged, given, mergeKey), given, original, '');
  }
  if (mergeKey === '') throw unknownError(`cannot merge lists without merge key for ${itemType.kind}`);
  const { server, items } = withSpecialItems(original as readonly Json[], patch as readonly Json[], mergeKey);
  const merged = [...server];
  for (const item of items) {
    const id = idOf(item, mergeKey);
    const index = merged.findIndex((one) => one[mergeKey] === id && Object.hasOwn(one, mergeKey));
    if (index < 0) merged.push(item);
    else merged[index] = mergeObject(merged[index]!, item as UsedJson, itemType);
  }
  return arranged(partition(merged, items, mergeKey), items, server, mergeKey);
}
/** Items with a directive delete others, or all. */
function withSpecialItems(original: readonly Json[], patch: readonly Json[], mergeKey: string) {
  let server = original;
  let replaces = false;
  for (const item of patch) {
    if (!Object.hasOwn(item, '$patch')) continue;
    if (item.$patch === 'delete') {
      const id = idOf(item, mergeKey);
      server = server.filter((one) => one[mergeKey] !== id);
    } else if (item.$patch === 'replace') replaces = true;
    else if (item.$patch === 'merge') throw unknownError('merging lists cannot yet be specified in the patch');
    else throw badDirective(item.$patch, item);
  }
  const items = patch.filter((item) => !Object.hasOwn(item, '$patch'));
  return { server: replaces ? [] : server, items };
}

interface Parts {
  readonly named: List;
  readonly others: List;
}
/** Items that a list names, and the others. */
function partition(list: List, by: List, mergeKey: string): Parts {
  const stranger = mergeKey === '' || list.length === 0 ? -1 : by.findIndex((item) => !isObject(item));
  if (stranger >= 0) throw unknownError(`value for key ${stranger} is not a map`);
  const ids = new Set(by.map((item) => idOf(item, mergeKey)));
  const isNamed = (item: unknown) => ids.has(idOf(item, mergeKey));
  return { named: list.filter(isNamed), others: list.filter((item) => !isNamed(item)) };
}
/**
 * Named items come in the wanted order, the others in that of the server. Where the two meet, an item of the server comes first only
 * if the server had it before that item of the patch.
 */
function arranged({ named, others }: Parts, wanted: List, server: List, mergeKey: string): List {
  const placesIn = (order: List) => {
    const places = new Map<unknown, number>();
    for (const [index, item] of order.entries()) {
      const id = idOf(item, mergeKey);
      if (!places.has(id)) places.set(id, index);
    }
    return (item: unknown) => places.get(idOf(item, mergeKey)) ?? -1;
  };
  const serverPlace = placesIn(server);
  const patchItems = sorted(named, placesIn(wanted));
  const serverItems = sorted(others, serverPlace);
  const result: unknown[] = [];
  let next = 0;
  for (const item of patchItems) {
    const place = serverPlace(item);
    while (next < serverItems.length && place >= 0) {
      const before = serverPlace(serverItems[next]);
      if (before < 0 || before >= place) break;
      result.push(serverItems[next++]);
    }
    result.push(item);
  }
  return [...result, ...serverItems.slice(next)];
}
/** Insertion, where an item without a place goes before whatever stands there, as upstream's comparison makes it. */
function sorted(items: List, placeOf: (item: unknown) => number): List {
  const result = [...items];
  const goesBefore = (a: unknown, b: unknown) => placeOf(a) < 0 || placeOf(b) < 0 || placeOf(a) < placeOf(b);
  for (let index = 1; index < result.length; index++)
    for (let at = index; at > 0 && goesBefore(result[at], result[at - 1]); at--)
      [result[at - 1], result[at]] = [result[at], result[at - 1]];
  return result;
}

/** What is new holds no nulls in objects. */
function dropNulls(value: unknown): void {
  if (Array.isArray(value)) value.forEach(dropNulls);
  if (!isObject(value)) return;
  for (const [key, child] of Object.entries(value))
    if (child === null) delete (value as UsedJson)[key];
    else dropNulls(child);
}
/** Objects change in place, lists are made anew. undefined: the value is a directive itself. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, '$patch')) return undefined;
  for (const [key, child] of Object.entries(value)) {
    const kept = withoutDirectives(child);
    if (kept === undefined) delete (value as UsedJson)[key];
    else (value as UsedJson)[key] = kept;
  }
  return value;
}
