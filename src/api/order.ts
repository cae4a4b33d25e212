import { byBytes } from '../base/byte-order.ts';
import { type AnyKind, isBuiltIn, messageShape } from './kind.ts';
import type { ApiObject } from './meta.ts';
import type { Field, Shape } from './schema.ts';

/**
 * The order of members, which clients see in the text: upstream writes fields as its types declare them and keys of maps by their bytes.
 * Decoding makes that order; admission, defaults and preparation set members later, which then stand last.
 */
type Sorter = (value: any) => any;

const sorters = new WeakMap<Shape, Sorter>();
function sorterOf(shape: Shape): Sorter {
  let sorter = sorters.get(shape);
  if (sorter === undefined) {
    sorter = shapeSorter(shape);
    sorters.set(shape, sorter);
  }
  return sorter;
}

/** undefined: values of the field have nothing to put in order. */
function fieldSorter(field: Field): Sorter | undefined {
  if (field.type === 'object') return (value) => sorterOf(field.shape!)(value);
  if (field.type === 'list') {
    const item = fieldSorter(field.of!);
    return item && ((value) => sortedList(value, item));
  }
  if (field.type === 'map') return mapSorter(fieldSorter(field.of!));
  return undefined;
}
function sortedList(value: any, item: Sorter): any {
  if (!Array.isArray(value)) return value;
  let result: any[] | undefined;
  for (let index = 0; index < value.length; index++) {
    const sorted = item(value[index]);
    if (sorted === value[index]) continue;
    result ??= [...value];
    result[index] = sorted;
  }
  return result ?? value;
}
/*
 * Each value is looked at once: what its members come to is kept until it is known whether the order is theirs. Sorting a second time would
 * double with every level.
 */
function mapSorter(member: Sorter | undefined): Sorter {
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    let before = '';
    let isSorted = true;
    let changed: Map<string, unknown> | undefined;
    for (const key in value) {
      if (isSorted && byBytes(key, before) < 0) isSorted = false;
      before = key;
      if (member === undefined) continue;
      const sorted = member(value[key]);
      if (sorted !== value[key]) (changed ??= new Map()).set(key, sorted);
    }
    if (isSorted && changed === undefined) return value;
    const entries = Object.entries(value).map(([key, one]): [string, unknown] => [key, changed?.has(key) ? changed.get(key) : one]);
    return Object.fromEntries(isSorted ? entries : entries.sort(([a], [b]) => byBytes(a, b)));
  };
}
/** Most stand where they should; a few were put last. Those of one place keep their order. */
function sortByPlace(names: string[], placeOf: (name: string) => number): void {
  const places = names.map(placeOf);
  for (let next = 1; next < names.length; next++) {
    const [name, place] = [names[next]!, places[next]!];
    let at = next;
    for (; at > 0 && places[at - 1]! > place; at--) {
      names[at] = names[at - 1]!;
      places[at] = places[at - 1]!;
    }
    names[at] = name;
    places[at] = place;
  }
}
function shapeSorter(shape: Shape): Sorter {
  const members = new Map(Object.entries(shape.fields).map(([name, field], place) => [name, { place, sort: fieldSorter(field) }]));
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    let before = -1;
    let isSorted = true;
    let changed: Map<string, unknown> | undefined;
    for (const name in value) {
      const member = members.get(name);
      const place = member?.place ?? members.size;
      if (place < before) isSorted = false;
      before = place;
      if (member?.sort === undefined) continue;
      const sorted = member.sort(value[name]);
      if (sorted !== value[name]) (changed ??= new Map()).set(name, sorted);
    }
    if (isSorted && changed === undefined) return value;
    const names = Object.keys(value);
    if (!isSorted) sortByPlace(names, (name) => members.get(name)?.place ?? members.size);
    const result: Record<string, unknown> = {};
    for (const name of names) result[name] = changed?.has(name) ? changed.get(name) : value[name];
    return result;
  };
}

/** The object with all members in order; the same one where they are. apiVersion and kind are not looked at. */
export function asDeclared<T extends ApiObject>(kind: AnyKind, object: T): T {
  if (!isBuiltIn(kind)) return object;
  const { kind: name, apiVersion, ...rest } = object;
  const sorted = sorterOf(messageShape(kind))(rest);
  return sorted === rest ? object : { kind: name, apiVersion, ...sorted };
}
