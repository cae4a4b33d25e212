import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonPath } from './json-path.ts';

const data = {
  spec: { replicas: 3, 'a.b': 'x', list: [{ name: 'a', n: 1 }, { name: 'b', n: 2 }, { name: 'c' }], none: null, on: true },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};

test('paths find what they name', () => {
  const cases: Readonly<Record<string, readonly unknown[]>> = {
    '.spec.replicas': [3],
    '.spec.missing.deeper': [],
    '.spec.none': [null],
    '.spec.none.deeper': [],
    '.spec.a\\.b': ['x'],
    ".spec['replicas']": [3],
    '$.spec.on': [true],
    '.spec.list[0].name': ['a'],
    '.spec.list[-1].name': ['c'],
    '.spec.list[0:2].n': [1, 2],
    '.spec.list[::2].name': ['a', 'c'],
    '.spec.list[*].name': ['a', 'b', 'c'],
    '.spec.list[0,2].name': ['a', 'c'],
    ".spec['replicas','on']": [3, true],
    '.status.conditions[?(@.type=="Ready")].status': ['True'],
    ".status.conditions[?(@.type=='Ready')].status": ['True'],
    '.spec.list[?(@.n)].name': ['a', 'b'],
    '.spec.list[?(@.n>1)].name': ['b'],
    '..type': ['Ready', 'Other'],
    '.': [],
    '.spec.replicas} and more': [3],
  };
  for (const [path, found] of Object.entries(cases)) assert.deepEqual(parseJsonPath(path)(data), found, path);
});

test('what is no path is refused, and what cannot be walked', () => {
  for (const path of ['.a[', '.a[x]', '.a[?(@.b', '"a', '.a.b....c', '!']) assert.throws(() => parseJsonPath(path), Error, path);
  assert.throws(() => parseJsonPath('.a{'), { message: "unrecognized character in action: U+007B '{'" });
  for (const path of ['.spec.replicas[0]', '.spec.list[9]', '.spec.list[?(@.name>1)]'])
    assert.throws(() => parseJsonPath(path)(data), Error, path);
});
