/** Comprehensions with two variables (cel-go ext/comprehensions.go). */
import type { Library } from '../api.ts';
import { GrowingMap } from '../fold.ts';
import { twoVariableMacros } from '../macros.ts';
import { goText } from '../text.ts';
import * as t from '../types.ts';
import { CelError, type CelMap, type CelValue, EntryMap } from '../values.ts';
import { overload } from './overloads.ts';

function insert(map: CelMap, key: CelValue, value: CelValue): CelMap | CelError {
  if (map.find(key) !== undefined) return new CelError(`insert failed: key ${goText(key)} already exists`);
  const into = map instanceof GrowingMap ? map : new EntryMap([...map.keys()].map((known) => [known, map.find(known)!]));
  into.set(key, value);
  return into;
}
function insertAll(map: CelMap, more: CelMap): CelValue {
  let into = map;
  for (const key of more.keys()) {
    const next = insert(into, key, more.find(key)!);
    if (next instanceof CelError) return next;
    into = next;
  }
  return into;
}
const K = t.param('K');
const V = t.param('V');
const mapKV = t.map(K, V);
export const twoVariablesLibrary: Library = {
  name: 'two-variable comprehensions',
  macros: twoVariableMacros,
  functions: {
    'cel.@mapInsert': [
      overload('@mapInsert_map_key_value', [mapKV, K, V], mapKV, insert),
      overload('@mapInsert_map_map', [mapKV, mapKV], mapKV, insertAll),
    ],
  },
};
