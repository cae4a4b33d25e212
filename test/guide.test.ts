import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const read = (...path: string[]) => readFileSync(join(import.meta.dirname, '..', ...path), 'utf8');

test('the guide to testing shows the example that is run', () => {
  const shown = /```ts\n([\s\S]*?)```/.exec(read('docs/guide/testing.md'))?.[1];
  assert.equal(shown, read('examples/testing/web.test.ts'));
});
