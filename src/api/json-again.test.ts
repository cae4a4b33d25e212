import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NumberText, parseJson } from './json.ts';
import { readAgain } from './json-again.ts';
import { int32, list, map, object, ptr, string } from './schema.ts';

test('what stands twice is put together, and where it stands is known', () => {
  const text = '{"a": {"x": 1, "y": [1, {"z": "\\u0041"}]}, "b": null, "a": {"x": 2.5, "w": {}}, "b": "c"}';
  const { value, duplicates, positions } = parseJson(text, { findDuplicates: true, keepNumbers: true, mergesDuplicates: true });
  assert.deepEqual(value, { a: { x: new NumberText('2.5'), y: [1, { z: 'A' }], w: {} }, b: 'c' });
  assert.deepEqual(duplicates, ['a', 'b']);
  assert.ok(positions!.first.get('a')! < positions!.first.get('b')!);
  assert.ok(positions!.again.get('a')! < positions!.first.get('a.w')!);
  assert.deepEqual(parseJson(text, { findDuplicates: true }).value, { a: { x: 2.5, w: {} }, b: 'c' });
});
test('null takes away what is a pointer, a list or a map; to others it says nothing', () => {
  const inner = { name: 'Inner', fields: { text: string(1), whole: int32(2), pointer: ptr(string(3)), list: list(4, string(0)) } };
  const shape = { name: 'Outer', fields: { inner: object(1, inner), map: map(2, string(0)), far: ptr(object(3, inner)) } };
  const read = (text: string) => readAgain(text, JSON.parse, shape).value;
  assert.deepEqual(read('{"inner":{"text":"a"},"inner":null}'), { inner: { text: 'a' } });
  assert.deepEqual(read('{"inner":{"text":"a","text":null,"whole":1,"whole":null}}'), { inner: { text: 'a', whole: 1 } });
  assert.deepEqual(read('{"inner":{"pointer":"a","pointer":null,"list":["a"],"list":null}}'), { inner: { pointer: null, list: null } });
  assert.deepEqual(read('{"map":{"a":"b"},"map":null,"far":{"text":"a"},"far":null}'), { map: null, far: null });
  assert.deepEqual(readAgain('{"a":1,"a":null}', JSON.parse).value, { a: null });
  assert.deepEqual(readAgain('{"a":{},"a":[],"b":{"c":1},"b":{"c":2,"d":3}}', JSON.parse).before, { a: {}, b: { c: 1, d: 3 } });
});
test('a number that is kept as text has no keys of its own', () => {
  const { duplicates } = parseJson('{"a":1,"b":1.5,"a":2}', { findDuplicates: true, keepNumbers: true, mergesDuplicates: true });
  assert.deepEqual(duplicates, ['a']);
});
test('items of a list go into those that stand there', () => {
  const shape = {
    name: 'Outer',
    fields: { texts: list(1, string(0)), inner: list(2, object(0, { name: 'Inner', fields: { a: string(1), b: string(2) } })) },
  };
  const read = (text: string) => readAgain(text, JSON.parse, shape).value;
  assert.deepEqual(read('{"texts":["a","b"],"texts":[null]}'), { texts: ['a'] });
  assert.deepEqual(read('{"inner":[{"a":"1"}],"inner":[{"b":"2"},{"b":"3"}]}'), { inner: [{ a: '1', b: '2' }, { b: '3' }] });
});
test('any JSON is read as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1), (text, indent) => {
      const spaced = JSON.stringify(JSON.parse(text), null, indent);
      assert.deepEqual(readAgain(spaced, JSON.parse).value, JSON.parse(spaced));
    }),
  );
});
