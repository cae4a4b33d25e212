import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLabelSelector } from './selector.ts';

test('blanks take time that grows with the text', () => {
  const { matches, text } = parseLabelSelector(`${' '.repeat(30_000)}a${' '.repeat(30_000)}in (b ,c)  `);
  assert.equal(text, 'a in (b,c)');
  assert.ok(matches({ a: 'c' }) && !matches({ a: 'd' }));
  assert.throws(() => parseLabelSelector(`a${' '.repeat(60_000)}(`), { code: 400 });
});
