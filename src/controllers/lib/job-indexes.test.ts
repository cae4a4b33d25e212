import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IndexSet } from './job-indexes.ts';

test('sets of indexes are read and written', () => {
  const cases: [text: string, completions: number, written: string, size: number][] = [
    ['', 5, '', 0],
    ['0-2', 3, '0-2', 3],
    ['1,3-5,7', 8, '1,3-5,7', 5],
    ['0,1', 2, '0,1', 2],
    ['0,1,2', 3, '0-2', 3],
    ['0-3,5-9', 8, '0-3,5-7', 7],
    ['0,9', 5, '0', 1],
    ['0-2,foo,4', 5, '0-2,4', 4],
  ];
  for (const [text, completions, written, size] of cases) {
    const set = IndexSet.parse(text, completions);
    assert.deepEqual([set.toString(), set.size], [written, size], text);
  }
  assert.equal(IndexSet.of([7, 2, 3, 0, 3]).toString(), '0,2,3,7');
});

test('sets of indexes are joined, compared and filled up', () => {
  const set = IndexSet.parse('0-2,5', 10);
  assert.equal(set.with([3, 9]).toString(), '0-3,5,9');
  assert.equal(set.union(IndexSet.parse('2-7,9', 10)).toString(), '0-7,9');
  assert.deepEqual(
    [0, 2, 3, 5, 6].map((index) => set.has(index)),
    [true, true, false, true, false],
  );
  assert.equal(set.overlap(IndexSet.parse('1-5', 10)), 3);
  assert.deepEqual(set.missing(3, 10), [3, 4, 6]);
  assert.deepEqual(set.missing(10, 7), [3, 4, 6]);
  assert.deepEqual(IndexSet.empty.missing(2, 5), [0, 1]);
});
