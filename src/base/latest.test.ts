import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setLatest } from './latest.ts';

test('the entry that was set the longest ago goes first', () => {
  const map = new Map([
    ['a', 1],
    ['b', 2],
  ]);
  setLatest(map, 'a', 3, 2);
  setLatest(map, 'c', 4, 2);
  assert.deepEqual(
    [...map],
    [
      ['a', 3],
      ['c', 4],
    ],
  );
});
