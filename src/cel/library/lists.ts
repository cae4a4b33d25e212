/** Lists beyond the standard (cel-go ext/lists.go, version 3). */
import type { Library } from '../api.ts';
import { CostLimitExceeded } from '../frame.ts';
import { sortByMacro } from '../macros.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import { ArrayList, CelError, CelList, CelMap, type CelValue, compare, equal, noSuchOverload, typeOf } from '../values.ts';
import { unsupported } from './operators.ts';
import { member, overload } from './overloads.ts';

type Int = number | bigint;

function slice(list: CelList, start: Int, end: Int): CelValue {
  const cannot = (why: string) => new CelError(`cannot slice(${start}, ${end}), ${why}`);
  if (start < 0 || end < 0) return cannot('negative indexes not supported');
  if (start > end) return cannot('start index must be less than or equal to end index');
  if (list.size < end) return cannot(`list is length ${list.size}`);
  const items: CelValue[] = [];
  for (let index = Number(start); index < end; index++) items.push(list.get(index));
  return new ArrayList(items);
}
/** The arguments are looked at here: a list of what is no list is fine. */
function flatten(list: CelValue, given?: Int): CelValue {
  if (!(list instanceof CelList)) {
    const type = list instanceof CelMap ? 'map(dyn, dyn)' : typeOf(list).name;
    return new CelError(`no such overload: ${type}.flatten(${given === undefined ? '' : 'int'})`);
  }
  const depth = given ?? 1;
  if (depth < 0) return new CelError('level must be non-negative');
  const items: CelValue[] = [];
  const visit = (one: CelList, left: Int): void => {
    for (const element of one) {
      if (element instanceof CelList && left > 0) visit(element, typeof left === 'number' ? left - 1 : left - 1n);
      else items.push(element);
    }
  };
  visit(list, depth);
  return new ArrayList(items);
}
/** No limit of cost lets a longer list through. */
const longestRange = 5_000_000;
function range(count: Int): CelValue {
  if (count > longestRange) throw new CostLimitExceeded();
  return new ArrayList(Array.from({ length: Math.max(0, Number(count)) }, (_, index) => index));
}
function distinct(list: CelList): CelValue {
  if (list.size === 0) return list;
  const items: CelValue[] = [];
  const plain = new Set<CelValue>();
  for (const element of list) {
    if (typeof element === 'string' || typeof element === 'boolean') {
      if (plain.has(element)) continue;
      plain.add(element);
    } else if (items.some((other) => equal(element, other) === true)) continue;
    items.push(element);
  }
  return new ArrayList(items);
}
const comparableKinds = new Set(['int', 'uint', 'double', 'bool', 'duration', 'timestamp', 'string', 'bytes']);
function sort(list: CelValue): CelValue {
  return list instanceof CelList ? sortByKeys(list, list) : unsupported('sort', list);
}
function sortByAssociatedKeys(list: CelValue, keys: CelValue): CelValue {
  if (!(list instanceof CelList)) return unsupported('@sortByAssociatedKeys', list);
  return keys instanceof CelList ? sortByKeys(list, keys) : noSuchOverload;
}
function sortByKeys(list: CelList, keys: CelList): CelValue {
  if (list.size !== keys.size) {
    const counts = `but got ${list.size} and ${keys.size} elements respectively`;
    return new CelError(`@sortByAssociatedKeys() expected a list of the same size as the associated keys list, ${counts}`);
  }
  if (list.size === 0) return list;
  const { kind } = typeOf(keys.get(0));
  if (!comparableKinds.has(kind)) return new CelError('list elements must be comparable');
  const sorted = [...keys].map((key, index) => ({ key, index }));
  if (sorted.length > 1 && sorted.some(({ key }) => typeOf(key).kind !== kind))
    return new CelError('list elements must have the same type');
  sorted.sort((a, b) => {
    const order = compare(a.key, b.key);
    return typeof order === 'number' ? order : 0;
  });
  return new ArrayList(sorted.map(({ index }) => list.get(index)));
}
function reverse(list: CelList): CelValue {
  return new ArrayList([...list].reverse());
}

const listOfT = t.list(t.param('T'));
const comparable: readonly CelType[] = [t.int, t.uint, t.double, t.bool, t.duration, t.timestamp, t.string, t.bytes];
export const listsLibrary: Library = {
  name: 'lists',
  functions: {
    slice: [member('list_slice', [listOfT, t.int, t.int], listOfT, slice)],
    flatten: [
      member('list_flatten', [t.list(listOfT)], listOfT, flatten, { unguarded: true }),
      member('list_flatten_int', [t.list(t.dyn), t.int], t.list(t.dyn), flatten, { unguarded: true }),
    ],
    sort: comparable.map((type) => member(`list_${type.name}_sort`, [t.list(type)], t.list(type), sort, { shared: true })),
    '@sortByAssociatedKeys': comparable.map((type) =>
      member(`list_${type.name}_sortByAssociatedKeys`, [listOfT, t.list(type)], listOfT, sortByAssociatedKeys, { shared: true }),
    ),
    'lists.range': [overload('lists_range', [t.int], t.list(t.int), range)],
    reverse: [member('list_reverse', [listOfT], listOfT, reverse)],
    distinct: [member('list_distinct', [listOfT], listOfT, distinct)],
  },
  macros: [sortByMacro],
};
