import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementAt, elementsOf, expectedAt, latin1Of, textOf } from './der.ts';

const at = (...bytes: number[]) => elementAt(Uint8Array.from(bytes));

test('lengths in the short and the long form', () => {
  assert.deepEqual([...at(0x04, 2, 7, 8, 9).body], [7, 8]);
  const long = Uint8Array.from([0x04, 0x82, 1, 0, ...new Array<number>(256).fill(5)]);
  assert.equal(elementAt(long).body.length, 256);
  assert.equal(elementsOf(Uint8Array.from([2, 1, 1, 2, 1, 2])).length, 2);
});

test('what is no DER is said in the words of Go', () => {
  assert.throws(() => at(), { message: 'asn1: syntax error: sequence truncated' });
  assert.throws(() => at(0x30), { message: 'asn1: syntax error: truncated tag or length' });
  assert.throws(() => at(0x30, 5, 1), { message: 'asn1: syntax error: data truncated' });
  assert.throws(() => at(0x30, 0x80), { message: 'asn1: syntax error: indefinite length found (not DER)' });
  assert.throws(() => expectedAt(Uint8Array.from([2, 1, 5]), 0, 0x30, 'thing'), {
    message:
      "asn1: structure error: tags don't match (16 vs {class:0 tag:2 length:1 isCompound:false}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} thing @2",
  });
});

test('texts of names', () => {
  assert.equal(textOf(at(0x0c, 3, 0xef, 0xbb, 0xbf)), '\ufeff');
  assert.equal(textOf(at(0x1e, 4, 0, 0x41, 0x26, 0x3a)), 'A☺');
});

test('texts of any length', () => {
  const body = new Uint8Array(1_000_000).fill(0x41);
  assert.equal(textOf({ tag: 0x1e, body, whole: body, end: 0 }), '\u4141'.repeat(500_000));
  assert.equal(latin1Of(body.fill(0xe9)), 'é'.repeat(1_000_000));
});
