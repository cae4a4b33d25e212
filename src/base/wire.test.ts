import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WireError, WireReader, WireWriter } from './wire.ts';

test('integers survive, exact as numbers and beyond as bigint', () => {
  const values = [
    0,
    1,
    127,
    128,
    300,
    2 ** 31,
    2 ** 32,
    2 ** 35 + 7,
    Number.MAX_SAFE_INTEGER,
    -1,
    -300,
    -(2 ** 40),
    2n ** 62n,
    -(2n ** 60n) - 1n,
  ];
  const writer = new WireWriter(1);
  for (const value of values) writer.varint(value);
  const reader = new WireReader(writer.finish());
  assert.deepEqual(
    values.map(() => reader.int64()),
    values,
  );
  assert.ok(reader.done);
});

test('the documented examples encode to their bytes', () => {
  const writer = new WireWriter();
  writer.tag(1, 0);
  writer.varint(150);
  writer.tag(2, 2);
  writer.string('testing');
  assert.equal(Buffer.from(writer.finish()).toString('hex'), '089601120774657374696e67');
});

test('a delimited message of any size gets its length', () => {
  for (const size of [0, 1, 127, 128, 16383, 16384, 70_000]) {
    const writer = new WireWriter(8);
    writer.delimited(() => writer.raw(new Uint8Array(size).fill(7)));
    writer.varint(5);
    const reader = new WireReader(writer.finish());
    assert.equal(reader.bytes().length, size);
    assert.equal(reader.uint32(), 5);
  }
});

test('texts short and long, and doubles', () => {
  const writer = new WireWriter(1);
  const texts = ['', 'a', 'é€😀', 'x'.repeat(42), '€'.repeat(43), 'y'.repeat(1000)];
  for (const text of texts) writer.string(text);
  writer.double(1.5);
  writer.fixed32(7);
  const reader = new WireReader(writer.finish());
  for (const text of texts) assert.equal(reader.string(), text);
  assert.equal(reader.double(), 1.5);
  assert.equal(reader.fixed32(), 7);
});

test('truncated and malformed input throws', () => {
  for (const hex of ['80', '0a05', 'ffffffffffffffffffffff01', '07', '00', '0b', '0c', '0b0a05']) {
    const reader = new WireReader(Buffer.from(hex, 'hex'));
    assert.throws(() => {
      const { wireType } = reader.tag();
      reader.skip(wireType);
    }, WireError);
  }
});
