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

test('keys and values that are numbers are in the order of numbers', () => {
  const written = (...edges: string[]) =>
    Object.keys(
      toFieldsV1(
        node(
          false,
          edges.map((edge) => [edge, leaf]),
        ),
      ) as object,
    );
  const ports = [
    'k:{"port":80,"protocol":"TCP"}',
    'k:{"port":443,"protocol":"TCP"}',
    'k:{"port":443,"protocol":"UDP"}',
    'k:{"port":32768,"protocol":"SCTP"}',
  ];
  assert.deepEqual(written(...ports.toReversed()), ports);
  assert.deepEqual(written('v:10', 'v:9', 'f:b'), ['f:b', 'v:9', 'v:10']);
  assert.deepEqual(written('k:{"name":"a10"}', 'k:{"name":"a9"}'), ['k:{"name":"a10"}', 'k:{"name":"a9"}']);
});
