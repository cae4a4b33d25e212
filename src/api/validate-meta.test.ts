import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateObjectMeta } from './validate-meta.ts';

test('a name fits into a key of the store', () => {
  const rules = { names: 'path-segment', scope: 'Cluster', plainFinalizers: true } as const;
  const problemsOf = (name: string) => [...validateObjectMeta(rules, { name })].map(({ path, text }) => `${path}: ${text}`);
  assert.deepEqual(problemsOf('é'.repeat(450)), []);
  assert.match(problemsOf('é'.repeat(451)).join(), /^metadata.name: Invalid value: .*: must be no more than 900 bytes$/);
});
