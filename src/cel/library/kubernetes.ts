/** Which libraries Kubernetes has on since which version (apiserver/pkg/cel/environment/base.go), and its small ones. */
import type { Library } from '../api.ts';
import * as t from '../types.ts';
import type { CelType } from '../types.ts';
import {
  ArrayList,
  CelError,
  type CelList,
  type CelValue,
  Double,
  Duration,
  Uint,
  compare,
  equal,
  noSuchOverload,
  isInt,
  orNoSuchOverload,
} from '../values.ts';
import { authzLibrary, authzSelectorsLibrary } from './authz.ts';
import { formatsLibrary } from './formats.ts';
import { listsLibrary } from './lists.ts';
import { cidrLibrary, ipLibrary } from './net.ts';
import { add, isOrdered } from './operators.ts';
import { optionalsLibrary } from './optionals.ts';
import { member, overload, patternOf } from './overloads.ts';
import { quantitiesLibrary } from './quantities.ts';
import { semverLibrary } from './semver.ts';
import { setsLibrary } from './sets.ts';
import { stringsLibrary, stringsLibraryVersion0 } from './strings.ts';
import { twoVariablesLibrary } from './two-variables.ts';
import { urlsLibrary } from './urls.ts';

type Count = number | bigint;
const illegal = (error: CelError) => new CelError(`Illegal regex: ${error.message}`);
const find = (text: string, pattern: string): CelValue => {
  const compiled = patternOf(pattern);
  return compiled instanceof CelError ? illegal(compiled) : (compiled.find(text) ?? '');
};
const findAll = (text: string, pattern: string, count: Count = -1): CelValue => {
  const compiled = patternOf(pattern);
  return compiled instanceof CelError ? illegal(compiled) : new ArrayList(compiled.findAll(text, Number(count)));
};
/** Patterns that are constants fail when the program is made. */
const findPattern = (pattern: string) => {
  const compiled = patternOf(pattern);
  if (compiled instanceof CelError) return compiled;
  return (text: CelValue): CelValue => (typeof text === 'string' ? (compiled.find(text) ?? '') : orNoSuchOverload(text));
};
const findAllPattern = (pattern: string) => {
  const compiled = patternOf(pattern);
  if (compiled instanceof CelError) return compiled;
  return (text: CelValue, _pattern: CelValue, count: CelValue = -1): CelValue => {
    if (typeof text !== 'string') return orNoSuchOverload(text);
    return isInt(count) ? new ArrayList(compiled.findAll(text, Number(count))) : orNoSuchOverload(count);
  };
};
const regexLibrary: Library = {
  name: 'kubernetes.regex',
  functions: {
    find: [member('string_find_string', [t.string, t.string], t.string, find, { withPattern: findPattern })],
    findAll: [
      member('string_find_all_string', [t.string, t.string], t.list(t.string), findAll, { withPattern: findAllPattern }),
      member('string_find_all_string_int', [t.string, t.string, t.int], t.list(t.string), findAll, { withPattern: findAllPattern }),
    ],
  },
};

function isSorted(list: CelList): CelValue {
  let before: CelValue | undefined;
  for (const element of list) {
    if (element instanceof CelError) return element;
    if (!isOrdered(element)) return noSuchOverload;
    const order = before === undefined ? 0 : compare(before, element);
    if (typeof order === 'number' && order > 0) return false;
    before = element;
  }
  return true;
}
function sum(list: CelList, zero: CelValue): CelValue {
  let total = zero;
  for (const element of list) {
    total = add(total, element);
    if (total instanceof CelError) return total;
  }
  return total;
}
function extreme(list: CelList, name: string, better: (order: number) => boolean): CelValue {
  let best: CelValue | undefined;
  for (const element of list) {
    if (element instanceof CelError) return element;
    if (!isOrdered(element)) return noSuchOverload;
    const order = best === undefined ? undefined : compare(best, element);
    if (order === undefined || (typeof order === 'number' && better(order))) best = element;
  }
  return best === undefined ? new CelError(`${name} called on empty list`) : best;
}
function indexOf(list: CelList, value: CelValue): CelValue {
  for (let index = 0; index < list.size; index++) if (equal(list.get(index), value) === true) return index;
  return -1;
}
function lastIndexOf(list: CelList, value: CelValue): CelValue {
  for (let index = list.size - 1; index >= 0; index--) if (equal(list.get(index), value) === true) return index;
  return -1;
}
const summable: readonly (readonly [string, CelType, CelValue])[] = [
  ['int', t.int, 0],
  ['uint', t.uint, new Uint(0n)],
  ['double', t.double, new Double(0)],
  ['duration', t.duration, new Duration(0n)],
];
const comparable: readonly (readonly [string, CelType])[] = [
  ['int', t.int],
  ['uint', t.uint],
  ['double', t.double],
  ['bool', t.bool],
  ['duration', t.duration],
  ['timestamp', t.timestamp],
  ['string', t.string],
  ['bytes', t.bytes],
];
const A = t.param('A');
const kubernetesLists: Library = {
  name: 'kubernetes.lists',
  functions: {
    isSorted: comparable.map(([name, type]) => member(`list_${name}_is_sorted_bool`, [t.list(type)], t.bool, isSorted)),
    sum: summable.map(([name, type, zero]) => member(`list_${name}_sum_${name}`, [t.list(type)], type, (list: CelList) => sum(list, zero))),
    max: comparable.map(([name, type]) =>
      member(`list_${name}_max_${name}`, [t.list(type)], type, (list: CelList) => extreme(list, 'max', (order) => order < 0)),
    ),
    min: comparable.map(([name, type]) =>
      member(`list_${name}_min_${name}`, [t.list(type)], type, (list: CelList) => extreme(list, 'min', (order) => order > 0)),
    ),
    indexOf: [member('list_a_index_of_int', [t.list(A), A], t.int, indexOf)],
    lastIndexOf: [member('list_a_last_index_of_int', [t.list(A), A], t.int, lastIndexOf)],
  },
};

const escapeKey = (key: string) => key.replace(/[~/]/g, (char) => (char === '/' ? '~1' : '~0'));
/** For mutating policies only. */
export const jsonPatchLibrary: Library = {
  name: 'kubernetes.jsonpatch',
  functions: { 'jsonpatch.escapeKey': [overload('string_jsonpatch_escapeKey_string', [t.string], t.string, escapeKey)] },
};

interface Versioned {
  readonly since: number;
  readonly until?: number;
  readonly library: Library;
}
/** By minor version of Kubernetes 1.x; 0 is ever. */
const versioned: readonly Versioned[] = [
  { since: 0, library: urlsLibrary },
  { since: 0, library: regexLibrary },
  { since: 0, library: kubernetesLists },
  { since: 27, library: authzLibrary },
  { since: 28, library: optionalsLibrary },
  { since: 28, library: quantitiesLibrary },
  { since: 0, until: 29, library: stringsLibraryVersion0 },
  { since: 29, library: stringsLibrary },
  { since: 29, library: setsLibrary },
  { since: 30, library: ipLibrary },
  { since: 30, library: cidrLibrary },
  { since: 31, library: formatsLibrary },
  { since: 31, library: authzSelectorsLibrary },
  { since: 32, library: twoVariablesLibrary },
  { since: 33, library: semverLibrary },
  { since: 34, library: listsLibrary },
];
/** The libraries of '1.35'. */
export function kubernetesLibraries(version: string): readonly Library[] {
  const minor = Number(version.split('.')[1]);
  return versioned.filter(({ since, until }) => since <= minor && (until === undefined || minor < until)).map(({ library }) => library);
}
