/** Optional values and their syntax (cel-go cel/library.go). */
import type { Library } from '../api.ts';
import { operators } from '../ast.ts';
import { optionalMacros } from '../macros.ts';
import { goText } from '../text.ts';
import * as t from '../types.ts';
import {
  ArrayList,
  Bytes,
  CelError,
  CelList,
  CelMap,
  type CelValue,
  Double,
  Duration,
  Optional,
  Timestamp,
  Uint,
  noSuchOverload,
} from '../values.ts';
import { member, overload } from './overloads.ts';

function isZero(value: CelValue): boolean {
  if (value === null || value === false || value === 0 || value === '') return true;
  if (value instanceof CelList || value instanceof CelMap) return value.size === 0;
  if (value instanceof Double) return value.value === 0;
  if (value instanceof Uint) return value.value === 0n;
  if (value instanceof Bytes) return value.value.length === 0;
  if (value instanceof Duration) return value.nanos === 0n;
  // Go's zero time is the first year's.
  return value instanceof Timestamp && value.seconds === -62_135_596_800 && value.nanos === 0;
}
const none = new CelError('optional.none() dereference');
function unwrap(list: CelList): CelValue {
  const items: CelValue[] = [];
  for (const element of list) {
    if (!(element instanceof Optional)) return new CelError(`value ${goText(element)} is not optional`);
    if (element.value !== undefined) items.push(element.value);
  }
  return new ArrayList(items);
}

const K = t.param('K');
const V = t.param('V');
const optionalV = t.optional(V);
const listV = t.list(V);
const mapKV = t.map(K, V);
const unreachable = () => noSuchOverload;
export const optionalsLibrary: Library = {
  name: 'optionals',
  optionalSyntax: true,
  types: [t.optional(t.dyn)],
  macros: optionalMacros,
  functions: {
    'optional.of': [overload('optional_of', [V], optionalV, (value: CelValue) => Optional.of(value))],
    'optional.ofNonZeroValue': [
      overload('optional_ofNonZeroValue', [V], optionalV, (value: CelValue) => (isZero(value) ? Optional.none : Optional.of(value))),
    ],
    'optional.none': [overload('optional_none', [], optionalV, () => Optional.none)],
    value: [member('optional_value', [optionalV], V, (optional: Optional) => (optional.value === undefined ? none : optional.value))],
    hasValue: [member('optional_hasValue', [optionalV], t.bool, (optional: Optional) => optional.value !== undefined)],
    or: [member('optional_or_optional', [optionalV, optionalV], optionalV, unreachable)],
    orValue: [member('optional_orValue_value', [optionalV, V], V, unreachable)],
    [operators.optionalSelect]: [overload('select_optional_field', [t.dyn, t.string], optionalV, unreachable)],
    [operators.optionalIndex]: [
      overload('list_optindex_optional_int', [listV, t.int], optionalV, unreachable),
      overload('optional_list_optindex_optional_int', [t.optional(listV), t.int], optionalV, unreachable),
      overload('map_optindex_optional_value', [mapKV, K], optionalV, unreachable),
      overload('optional_map_optindex_optional_value', [t.optional(mapKV), K], optionalV, unreachable),
    ],
    [operators.index]: [
      overload('optional_list_index_int', [t.optional(listV), t.int], optionalV, unreachable),
      overload('optional_map_index_value', [t.optional(mapKV), K], optionalV, unreachable),
    ],
    last: [
      member('list_last', [listV], optionalV, (list: CelList) => (list.size === 0 ? Optional.none : Optional.of(list.get(list.size - 1)))),
    ],
    first: [member('list_first', [listV], optionalV, (list: CelList) => (list.size === 0 ? Optional.none : Optional.of(list.get(0))))],
    'optional.unwrap': [overload('optional_unwrap', [t.list(optionalV)], listV, unwrap)],
    unwrapOpt: [member('optional_unwrapOpt', [t.list(optionalV)], listV, unwrap)],
  },
};
