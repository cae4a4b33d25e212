import type { Field, Shape } from './schema.ts';

/**
 * What upstream's JSON shows as null and objects here do not hold:
 * - a list or map that is always there and has nothing in it, in kinds that upstream stores: protobuf can't tell empty from none.
 *   Here it is empty, so that code may walk it.
 * - an absent pointer that Go writes without `omitempty` (`nullable`).
 */
type Show = (value: any) => any;
const same: Show = (value) => value;

const shows = { stored: new WeakMap<Shape, Show>(), unstored: new WeakMap<Shape, Show>() };

/** The object with these nulls: a copy as far as it differs, usually the object itself. */
export function withNulls<T extends object>(object: T, shape: Shape, isStored: boolean): T {
  return shapeShow(shape, isStored)(object) as T;
}

function shapeShow(shape: Shape, isStored: boolean): Show {
  const known = shows[isStored ? 'stored' : 'unstored'];
  let show = known.get(shape);
  if (show === undefined) {
    // A shape that holds itself finds this while it is put together.
    known.set(shape, (value) => known.get(shape)!(value));
    show = buildShow(shape, isStored);
    known.set(shape, show);
  }
  return show;
}

function buildShow(shape: Shape, isStored: boolean): Show {
  const members = Object.entries(shape.fields).flatMap(([name, field]) => {
    const show = fieldShow(field, isStored);
    const isNullable = field.nullable === true;
    return show === same && !isNullable ? [] : [{ name, show, isNullable }];
  });
  if (members.length === 0) return same;
  const names = Object.keys(shape.fields);
  return (object) => {
    let result = object;
    let isOutOfOrder = false;
    for (const { name, show, isNullable } of members) {
      const value = object[name] ?? undefined;
      if (value === undefined && !isNullable) continue;
      const shown = value === undefined ? null : show(value);
      if (shown === object[name]) continue;
      if (result === object) result = { ...object };
      isOutOfOrder ||= !(name in object);
      result[name] = shown;
    }
    return isOutOfOrder ? inOrder(result, names) : result;
  };
}

/** What the shape does not name, such as kind, stands first. */
function inOrder(object: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const name in object) if (!names.includes(name)) result[name] = object[name];
  for (const name of names) if (object[name] !== undefined) result[name] = object[name];
  return result;
}

function fieldShow(field: Field, isStored: boolean): Show {
  if (field.type === 'object') return shapeShow(field.shape!, isStored);
  if (field.type !== 'list' && field.type !== 'map') return same;
  const element = field.of!;
  const show = element.type === 'list' || element.type === 'map' ? same : fieldShow(element, isStored);
  const nullWhenEmpty = isStored && field.presence === undefined;
  if (show === same && !nullWhenEmpty) return same;
  return field.type === 'list' ? listShow(show, nullWhenEmpty) : mapShow(show, nullWhenEmpty);
}
function listShow(show: Show, nullWhenEmpty: boolean): Show {
  return (items: readonly unknown[]) => {
    if (items.length === 0) return nullWhenEmpty ? null : items;
    if (show === same) return items;
    const shownOf = (item: unknown) => (item === undefined || item === null ? item : show(item));
    for (const [index, item] of items.entries())
      if (shownOf(item) !== item) return [...items.slice(0, index), ...items.slice(index).map(shownOf)];
    return items;
  };
}
function mapShow(show: Show, nullWhenEmpty: boolean): Show {
  return (map: Readonly<Record<string, unknown>>) => {
    const keys = Object.keys(map);
    if (keys.length === 0) return nullWhenEmpty ? null : map;
    if (show === same) return map;
    const shownOf = (key: string) => (map[key] === null ? null : show(map[key]));
    return keys.every((key) => shownOf(key) === map[key]) ? map : Object.fromEntries(keys.map((key) => [key, shownOf(key)]));
  };
}
