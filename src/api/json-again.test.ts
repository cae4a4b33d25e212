import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NumberText, parseJson } from './json.ts';
import { Repeated, readAgain } from './json-again.ts';

test('what stands twice is put together, and where it stands is known', () => {
  const text = '{"a": {"x": 1, "y": [1, {"z": "\\u0041"}]}, "b": null, "a": {"x": 2.5, "w": {}}, "b": "c"}';
  const { value, duplicates, positions } = parseJson(text, { findDuplicates: true, keepNumbers: true, mergesDuplicates: true });
  assert.deepEqual(value, {
    a: { x: new Repeated([1, new NumberText('2.5')], 0), y: [1, { z: 'A' }], w: {} },
    b: new Repeated([null, 'c'], 1),
  });
  assert.deepEqual(duplicates, ['a', 'b']);
  assert.ok(positions!.first.get('a')! < positions!.first.get('b')!);
  assert.ok(positions!.again.get('a')! < positions!.first.get('a.w')!);
  assert.deepEqual(parseJson(text, { findDuplicates: true }).value, { a: { x: 2.5, w: {} }, b: 'c' });
});
test('any JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent);
      assert.deepEqual(readAgain(spaced, JSON.parse).value, JSON.parse(spaced));
    }),
  );
});

test('numbers that are kept as they are written are no objects with keys', () => {
  const text = '{"a":2,"b":1e2,"a":""}';
  const { duplicates, value } = parseJson(text, { findDuplicates: true, keepNumbers: true, mergesDuplicates: true });
  assert.deepEqual(duplicates, ['a']);
  assert.deepEqual(Object.keys(value as object), ['b', 'a']);
});
