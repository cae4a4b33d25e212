import { parseJsonPath } from '../../../src/api/json-path.ts';
import { allow, type Target, textOf } from '../lib/target.ts';

const object = {
  metadata: { name: 'a', labels: { 'a.b/c': 'd' }, n: 1.5, __proto__: null },
  spec: { list: [{ name: 'x', on: true, size: 3 }, { name: 'y', size: 4 }, 7, null, [1, [2]]], text: 'é' },
};

export const target: Target = {
  samples: () => [
    '.metadata.name',
    '.spec.list[0].name',
    '.spec.list[-1:]',
    '.spec.list[0:4:2]',
    ".spec.list[?(@.name=='x')].size",
    '.spec.list[?(@.size>3)]',
    "..['name','size']",
    '.spec.list[*].name',
    "$.metadata.labels['a\\.b/c']",
    '.metadata.labels.a\\.b/c',
    '"text"{range .spec.list[*]}{@}{end}',
  ],
  words: [
    '[*]',
    '..',
    '[?(',
    ')]',
    '@.',
    '$',
    "['",
    "']",
    '[0]',
    '[-1]',
    '[::]',
    ',',
    '*',
    '\\',
    '>=',
    '!=',
    '==',
    '9999999999',
    'range',
    '{',
    '}',
    '&&',
  ],
  check(input) {
    const path = allow(() => parseJsonPath(textOf(input)), Error);
    if (path === undefined) return;
    for (const root of [object, [], null, 'x', {}]) allow(() => path(root), Error);
  },
};
