/** Lists as sets (cel-go ext/sets.go). */
import type { Library } from '../api.ts';
import * as t from '../types.ts';
import type { CelList, CelValue } from '../values.ts';
import { overload } from './overloads.ts';

const isPlain = (value: CelValue) => typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number';
/** Whether an element is in the list; in time that does not grow with a list of plain values. */
function membership(list: CelList): (element: CelValue) => CelValue {
  const elements = new Set(list);
  const allPlain = elements.values().every(isPlain);
  return (element) => {
    if (isPlain(element) && elements.has(element)) return true;
    return allPlain && isPlain(element) ? false : list.contains(element);
  };
}
function contains(list: CelList, part: CelList): CelValue {
  const isIn = membership(list);
  for (const element of part) {
    const found = isIn(element);
    if (found !== true) return found;
  }
  return true;
}
function equivalent(a: CelList, b: CelList): CelValue {
  const first = contains(a, b);
  return first === true ? contains(b, a) : first;
}
function intersects(a: CelList, b: CelList): CelValue {
  const isIn = membership(b);
  for (const element of a) if (isIn(element) === true) return true;
  return false;
}
const two = [t.list(t.param('T')), t.list(t.param('T'))];
export const setsLibrary: Library = {
  name: 'sets',
  functions: {
    'sets.contains': [overload('list_sets_contains_list', two, t.bool, contains)],
    'sets.equivalent': [overload('list_sets_equivalent_list', two, t.bool, equivalent)],
    'sets.intersects': [overload('list_sets_intersects_list', two, t.bool, intersects)],
  },
};
