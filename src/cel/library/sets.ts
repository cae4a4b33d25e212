/** Lists as sets (cel-go ext/sets.go). */
import type { Library } from '../api.ts';
import * as t from '../types.ts';
import type { CelList, CelValue } from '../values.ts';
import { overload } from './overloads.ts';

function contains(list: CelList, part: CelList): CelValue {
  for (const element of part) {
    const found = list.contains(element);
    if (found !== true) return found;
  }
  return true;
}
function equivalent(a: CelList, b: CelList): CelValue {
  const first = contains(a, b);
  return first === true ? contains(b, a) : first;
}
function intersects(a: CelList, b: CelList): CelValue {
  for (const element of a) if (b.contains(element) === true) return true;
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
