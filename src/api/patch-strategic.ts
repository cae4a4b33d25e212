import { goTypeOf } from './decode-error.ts';
import { goText } from './go-text.ts';
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
const directives = ['replace', 'delete'];

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
  if (!isObject(patch)) throw badRequest(`json: cannot unmarshal ${goTypeOf(patch)} into Go value of type map[string]interface {}`);
  return mergeObject(isObject(original) ? original : {}, patch, fieldsOfKind(kind));
}

/** The directive of an object or a list item; `merge` is what happens anyway, and only items may say it. */
function directiveOf(patch: Json, isItem = false): string | undefined {
  const { $patch: directive } = patch;
  if (directive === undefined || (isItem && directive === 'merge')) return undefined;
  if (typeof directive !== 'string' || !directives.includes(directive)) {
    throw badRequest(`unknown patch type: ${String(directive)} in map: ${goText(patch)}`);
  }
  return directive;
}
const withoutDirectives = (patch: Json): Json => Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));

function mergeObject(original: Json, patch: Json, fields: Fields | undefined, mapOf?: Field): Json {
  const directive = directiveOf(patch);
  if (directive === 'replace') return cleaned(withoutDirectives(patch)) as Json;
  if (directive === 'delete') return {};
  const result = new Map<string, unknown>(Object.entries(original));
  const retain = patch.$retainKeys;
  if (retain !== undefined) {
    const named = Object.keys(patch).filter((key) => !key.startsWith('$') && patch[key] !== null);
    if (!Array.isArray(retain) || named.some((key) => !retain.includes(key))) throw badRequest('invalid patch format of retainKeys');
    for (const key of result.keys()) if (!retain.includes(key)) result.delete(key);
  }
  const orders = new Map<string, readonly unknown[]>();
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(setOrder)) {
      if (!Array.isArray(value)) throw badRequest(`expected a []interface {}, but received a ${typeof value}`);
      orders.set(key.slice(setOrder.length), value);
    } else if (key.startsWith(deleteFrom)) {
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
    if (Array.isArray(list) && !(key in patch)) result.set(key, inOrder(list, order, list, idOf(field)));
  }
  return Object.fromEntries(result);
}

function mergeValue(original: unknown, patch: unknown, field: Field | undefined, order: readonly unknown[] | undefined): unknown {
  if (Array.isArray(patch)) {
    if (field?.type !== 'list' || !mergesItems(field))
      return cleaned(patch.filter((item) => !(isObject(item) && item.$patch === 'replace' && Object.keys(item).length === 1)));
    const list = Array.isArray(original) ? original : [];
    const id = idOf(field);
    if (order !== undefined) checkOrder(patch, order, id);
    const merged = field.mergeKey === undefined ? mergePrimitives(list, patch) : mergeByKey(list, patch, field);
    const ordered = inOrder(merged, patch, list, id);
    return order === undefined ? ordered : inOrder(ordered, order, list, id);
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
  if (patch.some((item) => isObject(item) && directiveOf(item, true) === 'replace')) items = [];
  for (const item of patch) {
    if (!isObject(item)) throw badRequest(`list element types are not identical: ${goText([list, patch])}`);
    if (item.$patch === 'replace' && Object.keys(item).length === 1) continue;
    const id = item[key];
    if (id === undefined) throw badRequest(`map: ${goText(item)} does not contain declared merge key: ${key}`);
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

/** What tells items of a list apart: their merge key, or themselves. */
type IdOf = (item: unknown) => unknown;
const idOf =
  (field: Field | undefined): IdOf =>
  (item) =>
    field?.mergeKey !== undefined && isObject(item) ? item[field.mergeKey] : item;

/**
 * Order of a merged list: items that `wanted` names come in its order, the others in that of the server. Where the two
 * meet, an item of the server comes first only if the server had it before that item of the patch.
 */
function inOrder(list: readonly unknown[], wanted: readonly unknown[], server: readonly unknown[], id: IdOf): readonly unknown[] {
  const placeIn = (order: readonly unknown[]) => {
    const places = new Map(order.map((item, index) => [id(item), index] as const));
    return (item: unknown) => places.get(id(item)) ?? -1;
  };
  const wantedPlace = placeIn(wanted);
  const serverPlace = placeIn(server);
  const named = list.filter((item) => wantedPlace(item) >= 0).sort((a, b) => wantedPlace(a) - wantedPlace(b));
  const others = list.filter((item) => wantedPlace(item) < 0).sort((a, b) => serverPlace(a) - serverPlace(b));
  const result: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const place = serverPlace(item);
    while (next < others.length && place >= 0 && serverPlace(others[next]) >= 0 && serverPlace(others[next]) < place)
      result.push(others[next++]);
    result.push(item);
  }
  return [...result, ...others.slice(next)];
}

/** What a patch adds or changes must stand in the order it asks for. */
function checkOrder(patch: readonly unknown[], wanted: readonly unknown[], id: IdOf): void {
  if (patch.length === 0 || wanted.length === 0) return;
  let at = 0;
  for (const item of patch) {
    if (isObject(item) && item.$patch !== undefined) continue;
    while (at < wanted.length && id(wanted[at]) !== id(item)) at++;
    if (at >= wanted.length) {
      throw badRequest(`The order in patch list:\n${goText(patch)}\n doesn't match ${setOrder.slice(0, -1)} list:\n${goText(wanted)}\n`);
    }
    at++;
  }
}

/** New values may carry directives and nulls of their own; neither is stored. */
function cleaned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(cleaned);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, child]) => (key.startsWith('$') || child === null ? [] : [[key, cleaned(child)]])),
  );
}
