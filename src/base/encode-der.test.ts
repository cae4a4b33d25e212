import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementAt, elementsOf, hexOf, nameAttributes } from './der.ts';
import {
  bitString,
  boolean,
  element,
  integer,
  namedBits,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  text,
  time,
} from './encode-der.ts';

const hex = (bytes: Uint8Array) => hexOf(bytes);

test('writes the shortest form of each type', () => {
  assert.equal(hex(integer(Uint8Array.of(0))), '020100');
  assert.equal(hex(integer(Uint8Array.of(0, 0, 0x7f))), '02017f');
  assert.equal(hex(integer(Uint8Array.of(0x80))), '02020080');
  assert.equal(hex(boolean(true)), '0101ff');
  assert.equal(hex(octetString(Uint8Array.of(1, 2))), '04020102');
  assert.equal(hex(bitString(Uint8Array.of(0xa0), 5)), '030205a0');
  assert.equal(hex(namedBits(1)), '03020780');
  assert.equal(hex(namedBits(1 | 32 | 64)), '03020186');
  assert.equal(hex(namedBits(256)), '0303070080');
  assert.equal(hex(objectIdentifier('1.2.840.10045.4.3.2')), '06082a8648ce3d040302');
  assert.equal(hex(objectIdentifier('2.5.29.37.0')), '0604551d2500');
  assert.equal(hex(text('a b')), '1303612062');
  assert.equal(hex(text('a*')), '0c02612a');
  assert.equal(Buffer.from(time(Date.UTC(2049, 11, 31, 23, 59, 59))).toString('latin1'), '\x17\x0d491231235959Z');
  assert.equal(Buffer.from(time(Date.UTC(2050, 0, 1))).toString('latin1'), '\x18\x0f20500101000000Z');
});

test('what is written can be read, whatever its length', () => {
  for (const length of [0, 127, 128, 255, 256, 65_535, 65_536]) {
    const body = new Uint8Array(length).fill(7);
    const read = elementAt(sequence(octetString(body)));
    assert.deepEqual(elementAt(read.body).body, body);
  }
  const name = sequence(setOf([sequence(objectIdentifier('2.5.4.10'), text('b')), sequence(objectIdentifier('2.5.4.10'), text('a'))]));
  assert.deepEqual(
    nameAttributes(elementAt(name)).map((attribute) => attribute.text),
    ['a', 'b'],
  );
  assert.equal(elementsOf(element(0xa0, boolean(true), boolean(false))).length, 1);
});
