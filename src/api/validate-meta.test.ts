import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateObjectMeta } from './validate-meta.ts';

test('a name fits into a key of the store', () => {
  const rules = { names: 'path-segment', scope: 'Cluster', plainFinalizers: true } as const;
  const problemsOf = (name: string) => [...validateObjectMeta(rules, { name })].map(({ path, text }) => `${path}: ${text}`);
  assert.deepEqual(problemsOf('é'.repeat(450)), []);
  assert.match(problemsOf('é'.repeat(451)).join(), /^metadata.name: Invalid value: .*: must be no more than 900 bytes$/);
});

test('a prefix of names of any length is cut', () => {
  const kind = { names: 'path-segment', scope: 'Cluster', plainFinalizers: false } as const;
  assert.deepEqual([...validateObjectMeta(kind, { name: 'a', generateName: 'x'.repeat(1100) })], []);
});
