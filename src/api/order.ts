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
function mapSorter(member: Sorter | undefined): Sorter {
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    let before = '';
    let isSorted = true;
    let isSame = true;
    for (const key in value) {
      if (isSorted && byBytes(key, before) < 0) isSorted = false;
      if (isSame && member !== undefined && member(value[key]) !== value[key]) isSame = false;
      before = key;
    }
    if (isSorted && isSame) return value;
    const entries = Object.entries(value).map(([key, one]): [string, unknown] => [key, member === undefined ? one : member(one)]);
    return Object.fromEntries(isSorted ? entries : entries.sort(([a], [b]) => byBytes(a, b)));
  };
}
function shapeSorter(shape: Shape): Sorter {
  const members = new Map(Object.entries(shape.fields).map(([name, field], place) => [name, { place, sort: fieldSorter(field) }]));
  return (value) => {
    if (typeof value !== 'object' || value === null) return value;
    let before = -1;
    let isSame = true;
    for (const name in value) {
      const member = members.get(name);
      const place = member?.place ?? members.size;
      if (place < before || (member?.sort !== undefined && member.sort(value[name]) !== value[name])) {
        isSame = false;
        break;
      }
      before = place;
    }
    if (isSame) return value;
    const result: Record<string, unknown> = {};
    for (const [name, { sort }] of members) if (name in value) result[name] = sort === undefined ? value[name] : sort(value[name]);
    for (const name in value) if (!members.has(name)) result[name] = value[name];
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
