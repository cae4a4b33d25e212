import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NumberText, parseJson } from './json.ts';
import { Repeated, readAgain } from './json-again.ts';
import { settleRepeated } from './repeated.ts';
import { int32, list, map, object, ptr, string } from './schema.ts';

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
test('null takes away what is a pointer, a list or a map; to others it says nothing', () => {
  const inner = { name: 'Inner', fields: { text: string(1), whole: int32(2), pointer: ptr(string(3)), list: list(4, string(0)) } };
  const shape = { name: 'Outer', fields: { inner: object(1, inner), map: map(2, string(0)), far: ptr(object(3, inner)) } };
  const read = (text: string) => settleRepeated(shape, readAgain(text, JSON.parse).value);
  assert.deepEqual(read('{"inner":{"text":"a"},"inner":null}'), { inner: { text: 'a' } });
  assert.deepEqual(read('{"inner":{"text":"a"},"inner":null,"inner":{"whole":1}}'), { inner: { text: 'a', whole: 1 } });
  assert.deepEqual(read('{"inner":{"text":"a","text":null,"whole":1,"whole":null}}'), { inner: { text: 'a', whole: 1 } });
  assert.deepEqual(read('{"inner":{"pointer":"a","pointer":null,"list":["a"],"list":null}}'), { inner: { pointer: null, list: null } });
  assert.deepEqual(read('{"map":{"a":"b"},"map":null,"far":{"text":"a"},"far":null}'), { map: null, far: null });
  assert.deepEqual(settleRepeated(undefined, readAgain('{"a":1,"a":null}', JSON.parse).value), { a: null });
  assert.deepEqual(read('{"inner":{"text":"a","text":1,"text":"b"},"inner":{"text":"c"}}'), { inner: { text: 1 } });
});
test('items of a list go into those that stand there', () => {
  const shape = {
    name: 'Outer',
    fields: { texts: list(1, string(0)), inner: list(2, object(0, { name: 'Inner', fields: { a: string(1), b: string(2) } })) },
  };
  const read = (text: string) => settleRepeated(shape, readAgain(text, JSON.parse).value);
  assert.deepEqual(read('{"texts":["a","b"],"texts":[null]}'), { texts: ['a'] });
  assert.deepEqual(read('{"inner":[{"a":"1"}],"inner":[{"b":"2"},{"b":"3"}]}'), { inner: [{ a: '1', b: '2' }, { b: '3' }] });
  assert.deepEqual(read('{"inner":[{"a":"1","a":"2"}],"inner":[{"a":"3","b":"4","b":"5"}]}'), { inner: [{ a: '3', b: '5' }] });
});
test('a key may stand very often', () => {
  const text = `{${'"a":1,"b":"x",'.repeat(100_000)}"c":{}}`;
  const shape = { name: 'Outer', fields: { a: int32(1), b: string(2) } };
  assert.deepEqual(settleRepeated(shape, readAgain(text, JSON.parse).value), { a: 1, b: 'x', c: {} });
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
