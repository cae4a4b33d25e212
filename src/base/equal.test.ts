import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameJson } from './equal.ts';

test('deep equality of JSON data', () => {
  const object = { a: [1, { b: null }], c: 'x' };
  assert.ok(sameJson(object, structuredClone(object)));
  assert.ok(sameJson({ a: 1, b: undefined }, { a: 1 }));
  assert.ok(sameJson({ a: 1 }, { a: 1, b: undefined }));
  for (const [a, b] of [
    [{ a: 1 }, { a: 1, b: null }],
    [{ a: [1, 2] }, { a: [2, 1] }],
    [[], {}],
    [{ a: {} }, { a: [] }],
    [null, {}],
    [0, false],
    ['1', 1],
    [{ b: 2 }, { a: 1, b: 2 }],
  ])
    assert.ok(!sameJson(a, b), JSON.stringify([a, b]));
});

test('a field called __proto__ is data', () => {
  assert.ok(!sameJson(JSON.parse('{"__proto__": {}}'), {}));
  assert.ok(!sameJson({}, JSON.parse('{"__proto__": {}}')));
  assert.ok(sameJson(JSON.parse('{"__proto__": {"a": 1}}'), JSON.parse('{"__proto__": {"a": 1}}')));
});
