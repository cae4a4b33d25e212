import { objectMeta } from './meta.ts';
import type { AnyKind } from './kind.ts';
import type { Field, Fields } from './schema.ts';
import { badRequest } from './status.ts';

/**
 * Strategic merge patch (kubernetes.io: update API objects in place; k8s.io/apimachinery util/strategicpatch): objects merge,
 * lists merge by their key where the schema says so, and directives say what merging cannot.
 */
type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const setOrder = '$setElementOrder/';
const deleteFrom = '$deleteFromPrimitiveList/';
const directives = ['replace', 'merge', 'delete'];

const rootFields = new WeakMap<AnyKind, Fields>();
function fieldsOfKind(kind: AnyKind): Fields {
  let fields = rootFields.get(kind);
  if (fields === undefined) {
    fields = { ...kind.shape.fields, metadata: { type: 'object', tag: 1, shape: objectMeta } };
    rootFields.set(kind, fields);
  }
  return fields;
}

/** The patched object; inputs stay as they are. Throws 400 for patches that make no sense. */
export function applyStrategicPatch(kind: AnyKind, original: unknown, patch: unknown): unknown {
  if (!isObject(patch)) throw badRequest('invalid patch: a JSON object is wanted');
  return mergeObject(isObject(original) ? original : {}, patch, fieldsOfKind(kind));
}

function checkDirective(directive: unknown): string | undefined {
  if (directive === undefined) return undefined;
  if (typeof directive !== 'string' || !directives.includes(directive)) throw badRequest(`Unknown patch type found: ${String(directive)}`);
  return directive;
}
const withoutDirectives = (patch: Json): Json => Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));

function mergeObject(original: Json, patch: Json, fields: Fields | undefined, mapOf?: Field): Json {
  const directive = checkDirective(patch.$patch);
  if (directive === 'replace') return cleaned(withoutDirectives(patch)) as Json;
  if (directive === 'delete') return {};
  const result = new Map<string, unknown>(Object.entries(original));
  const retain = patch.$retainKeys;
  if (retain !== undefined) {
    if (!Array.isArray(retain)) throw badRequest('$retainKeys must be a list of keys');
    for (const key of result.keys()) if (!retain.includes(key)) result.delete(key);
  }
  const orders = new Map<string, readonly unknown[]>();
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(setOrder)) orders.set(key.slice(setOrder.length), Array.isArray(value) ? value : []);
    else if (key.startsWith(deleteFrom)) {
      const name = key.slice(deleteFrom.length);
      const list = result.get(name);
      if (Array.isArray(list) && Array.isArray(value))
        result.set(
          name,
          list.filter((item) => !value.includes(item)),
        );
    }
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === '$patch' || key === '$retainKeys' || key.startsWith(setOrder) || key.startsWith(deleteFrom)) continue;
    if (key.startsWith('$')) throw badRequest(`invalid patch: unknown directive ${key}`);
    if (value === null) result.delete(key);
    else result.set(key, mergeValue(result.get(key), value, mapOf ?? fields?.[key], orders.get(key)));
  }
  for (const [key, order] of orders) {
    const field = fields?.[key];
    const list = result.get(key);
    if (Array.isArray(list) && !(key in patch)) result.set(key, inOrder(list, order, field));
  }
  return Object.fromEntries(result);
}

function mergeValue(original: unknown, patch: unknown, field: Field | undefined, order: readonly unknown[] | undefined): unknown {
  if (Array.isArray(patch)) {
    if (field?.type !== 'list' || !mergesItems(field))
      return cleaned(patch.filter((item) => !(isObject(item) && item.$patch === 'replace' && Object.keys(item).length === 1)));
    const list = Array.isArray(original) ? original : [];
    const merged = field.mergeKey === undefined ? mergePrimitives(list, patch) : mergeByKey(list, patch, field);
    return order === undefined ? merged : inOrder(merged, order, field);
  }
  if (!isObject(patch)) return patch;
  if (!isObject(original)) {
    if (patch.$patch === 'delete') return {};
    return mergeObject({}, patch, field?.shape?.fields, field?.type === 'map' ? field.of : undefined);
  }
  if (field?.patchStrategy === 'replace') return cleaned(withoutDirectives(patch));
  return mergeObject(original, patch, field?.shape?.fields, field?.type === 'map' ? field.of : undefined);
}
const mergesItems = (field: Field) => field.patchStrategy?.includes('merge') === true;

const mergePrimitives = (list: readonly unknown[], patch: readonly unknown[]) => [...new Set([...list, ...patch])];

function mergeByKey(list: readonly unknown[], patch: readonly unknown[], field: Field): readonly unknown[] {
  const key = field.mergeKey!;
  const fields = field.of?.shape?.fields;
  let items = [...list];
  if (patch.some((item) => isObject(item) && checkDirective(item.$patch) === 'replace')) items = [];
  for (const item of patch) {
    if (!isObject(item)) throw badRequest(`expected an object in a list that merges by ${key}`);
    if (item.$patch === 'replace' && Object.keys(item).length === 1) continue;
    const id = item[key];
    if (id === undefined) throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    if (item.$patch === 'delete') {
      items = items.filter((one) => !(isObject(one) && one[key] === id));
      continue;
    }
    const index = items.findIndex((one) => isObject(one) && one[key] === id);
    if (index < 0) items.push(mergeObject({}, withoutPatch(item), fields));
    else items[index] = mergeObject(items[index] as Json, withoutPatch(item), fields);
  }
  return items;
}
const withoutPatch = (item: Json): Json => {
  if (item.$patch === undefined) return item;
  const { $patch: _, ...rest } = item;
  return rest;
};

/** Items that `order` names come in its order; the others keep their place among their neighbours. */
function inOrder(list: readonly unknown[], order: readonly unknown[], field: Field | undefined): readonly unknown[] {
  const idOf = (item: unknown) => (field?.mergeKey !== undefined && isObject(item) ? item[field.mergeKey] : item);
  const wanted = order.map(idOf);
  const place = (item: unknown) => wanted.indexOf(idOf(item));
  const named = list.filter((item) => place(item) >= 0).sort((a, b) => place(a) - place(b));
  const result: unknown[] = [];
  let next = 0;
  for (const item of list) result.push(place(item) >= 0 ? named[next++] : item);
  return result;
}

/** New values may carry directives and nulls of their own; neither is stored. */
function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => (key.startsWith('$') || child === null ? [] : [[key, cleaned(child)]])),
  );
}
