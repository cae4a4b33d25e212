import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leaf, node, toFieldsV1 } from './field-set.ts';

test('fields are written in the order of their bytes', () => {
  const set = node(false, [
    ['v:"🙂"', leaf],
    ['v:"\ufffd"', leaf],
    ['f:b', leaf],
    ['f:a', leaf],
  ]);
  assert.deepEqual(Object.keys(toFieldsV1(set) as object), ['f:a', 'f:b', 'v:"\ufffd"', 'v:"🙂"']);
});
