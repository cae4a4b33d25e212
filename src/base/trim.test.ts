import assert from 'node:assert/strict';
import { test } from 'node:test';
import { trimmedEnd } from './trim.ts';

test('what stands at the end goes, in one pass', () => {
  assert.deepEqual(
    ['', '/', 'a', 'a//', '/a/', '//a'].map((text) => trimmedEnd(text, '/')),
    ['', '', 'a', 'a', '/a', '//a'],
  );
  const long = `${'/'.repeat(500_000)}x/`;
  assert.equal(trimmedEnd(long, '/'), long.slice(0, -1));
});
