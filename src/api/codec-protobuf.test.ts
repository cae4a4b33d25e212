import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  listFrame,
  listItemHead,
  messageIn,
  readEnvelope,
  readMessage,
  watchFrame,
  watchMessage,
  writeEnvelope,
  writeMessage,
} from './codec-protobuf.ts';
import { decodeShape } from './decode.ts';
import { objectMeta } from './meta.ts';
import {
  any,
  bool,
  bytes,
  double,
  duration,
  embedded,
  int32,
  int64,
  intOrString,
  list,
  map,
  microTime,
  object,
  of,
  opt,
  ptr,
  quantity,
  shape,
  string,
  time,
} from './schema.ts';
import { WireError } from '../base/wire.ts';

const hex = (bytesOf: Uint8Array) => Buffer.from(bytesOf).toString('hex');
const inner = shape('test.Inner', { name: opt(string(1)), ports: opt(list(2, int32(0))) });
const everything = shape('test.Everything', {
  metadata: object(1, objectMeta),
  text: string(2),
  data: opt(bytes(3)),
  small: ptr(int32(4)),
  large: int64(5),
  ratio: ptr(double(6)),
  isOn: opt(bool(7)),
  at: time(8),
  exactly: ptr(microTime(9)),
  wait: ptr(duration(10)),
  cpu: opt(map(11, quantity(0))),
  port: intOrString(12),
  raw: ptr(any(13)),
  inner: ptr(object(14, inner)),
  list: opt(list(15, of(inner))),
  ...embedded(16, { held: ptr(string(1)) }, 'Holder'),
  groups: opt(map(17, list(0, string(0)))),
});
const type = { apiVersion: 'test.io/v1', kind: 'Everything' };
const sample = {
  ...type,
  metadata: { name: 'a', labels: { b: '2', a: '1' } },
  text: 'ü',
  data: 'AAH/',
  small: 0,
  large: -1,
  ratio: 0.5,
  isOn: true,
  at: '2001-02-03T04:05:06Z',
  exactly: '2001-02-03T04:05:06.000007Z',
  wait: '1m30s',
  cpu: { limits: '500m' },
  port: 'http',
  raw: { a: [1] },
  inner: { ports: [1, -1] },
  list: [{ name: 'x' }, {}],
  held: 'h',
  groups: { g: ['x', 'y'] },
};

test('every type of field comes back from its message', () => {
  const read = readMessage(readEnvelope(writeEnvelope(type, everything, sample)), everything);
  assert.deepEqual({ ...type, ...decodeShape(everything, read) }, sample);
});
test('zeros are written, absent pointers are not, maps go by their keys', () => {
  const tiny = shape('test.Tiny', {
    count: int32(1),
    maybe: ptr(int32(2)),
    on: bool(3),
    text: opt(string(4)),
    map: opt(map(5, string(0))),
  });
  const write = (value: object) => hex(writeMessage(value, tiny));
  assert.equal(write({ count: 0, on: false }), '080018002200');
  assert.equal(write({ count: 1, maybe: 0, on: true, text: 'a' }), '080110001801220161');
  assert.equal(write({ count: 0, on: false, map: { b: '2', a: '1' } }), '080018002200' + '2a060a0161120131' + '2a060a0162120132');
});

const envelope = writeEnvelope(type, inner, { name: 'x' });
test('an envelope names its kind and holds the message', () => {
  const names = `0a0a${Buffer.from('test.io/v1').toString('hex')}120a${Buffer.from('Everything').toString('hex')}`;
  assert.equal(hex(envelope), `6b3873000a18${names}12030a01781a002200`);
  assert.deepEqual(readEnvelope(envelope), { ...type, raw: Uint8Array.of(10, 1, 0x78) });
  assert.deepEqual(messageIn(envelope), Uint8Array.of(10, 1, 0x78));
});
test('what is no envelope, or no such message, is refused in the words of upstream', () => {
  const refused = (text: string, message: string | RegExp) =>
    assert.throws(() => readMessage(readEnvelope(Buffer.from(text, 'latin1')), inner), { name: 'WireError', message });
  refused('', 'empty data');
  refused('{"kind":"Pod"}', 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  refused('k8s\0', 'empty body');
  refused('k8s\0\x12\x05\x0a', 'unexpected EOF');
  refused('k8s\0\x12\x02\x08\x01', 'proto: wrong wireType = 0 for field Name');
  refused('k8s\0\x12\x02\x0a\x05', 'unexpected EOF');
  refused('k8s\0\x12\x01\x07', /illegal (tag|wireType)|proto/);
});
test('unknown fields and groups are passed over', () => {
  // Field 99: a varint; field 98: a group with a varint in it; then the name.
  const raw = Uint8Array.of(0x98, 0x06, 1, 0x93, 0x06, 8, 1, 0x94, 0x06, 10, 1, 0x78);
  assert.deepEqual(readMessage({ ...type, raw }, inner), { ...type, name: 'x' });
});
test('fields that come twice: the last value, more items, merged messages', () => {
  const holder = shape('test.Holder', { inner: ptr(object(1, inner)) });
  const raw = Uint8Array.of(10, 3, 10, 1, 0x61, 10, 2, 16, 5, 10, 5, 10, 1, 0x62, 16, 6);
  assert.deepEqual(readMessage({ ...type, raw }, holder), { ...type, inner: { name: 'b', ports: [5, 6] } });
});

test('a list is its head, the items with their heads, and an end', () => {
  const items = ['a', 'bb'].map((name) => messageIn(writeEnvelope(type, inner, { name })));
  const heads = items.map((item) => listItemHead(item.byteLength));
  const size = [...items, ...heads].reduce((sum, piece) => sum + piece.byteLength, 0);
  const { head, tail } = listFrame({ apiVersion: 'v1', kind: 'InnerList' }, { resourceVersion: '7' }, size);
  const whole = Buffer.concat([head, heads[0]!, items[0]!, heads[1]!, items[1]!, tail]);
  const listOf = shape('test.InnerList', { items: list(2, of(inner)) });
  assert.deepEqual(readMessage(readEnvelope(whole), listOf).items, [{ name: 'a' }, { name: 'bb' }]);
  const old = { apiVersion: 'meta.k8s.io/v1beta1', kind: 'PartialObjectMetadataList' };
  const frame = listFrame(old, { resourceVersion: '7' }, heads[0]!.byteLength + items[0]!.byteLength);
  const turned = Buffer.concat([frame.head, listItemHead(items[0]!.byteLength, true), items[0]!, frame.tail]);
  const metadata = ptr(object(2, shape('test.ListMeta', { resourceVersion: string(2) })));
  assert.deepEqual(readMessage(readEnvelope(turned), shape('test.Old', { metadata, items: list(1, of(inner)) })), {
    ...old,
    metadata: { resourceVersion: '7' },
    items: [{ name: 'a' }],
  });
});
test('a frame is its length and a WatchEvent', () => {
  const frame = watchFrame('ADDED', envelope);
  const message = watchMessage('ADDED', envelope);
  assert.equal(new DataView(frame.buffer, frame.byteOffset).getUint32(0), message.byteLength);
  assert.deepEqual(frame.subarray(4), message);
  const event = shape('test.WatchEvent', { type: string(1), object: object(2, shape('test.Raw', { raw: bytes(1) })) });
  assert.deepEqual(readMessage({ ...type, raw: message }, event), {
    ...type,
    type: 'ADDED',
    object: { raw: Buffer.from(envelope).toString('base64') },
  });
});

test('bytes of any kind are read or refused, and take no more memory than they are worth', () => {
  const valid = writeMessage(sample, everything);
  const read = (raw: Uint8Array) => {
    try {
      readMessage({ ...type, raw }, everything);
    } catch (error) {
      assert.ok(error instanceof WireError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), read), { numRuns: 1000 });
  const change = fc.tuple(fc.nat(valid.byteLength - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(valid.byteLength), (changes, end) => {
      const bytesOf = valid.slice();
      for (const [at, byte] of changes) bytesOf[at] = byte;
      read(bytesOf);
      read(bytesOf.subarray(0, end));
    }),
    { numRuns: 1000 },
  );
  // A length that promises more than is there.
  read(Uint8Array.of(0x7a, 0xff, 0xff, 0xff, 0xff, 0x07));
});
test('messages nested without end are refused', () => {
  const nested: { name: string; fields: Record<string, any> } = { name: 'test.Nested', fields: {} };
  nested.fields.next = ptr(object(1, nested as never));
  let raw = new Uint8Array(0);
  for (let depth = 0; depth < 400; depth++)
    raw = Uint8Array.from([10, ...(raw.length < 128 ? [raw.length] : [(raw.length & 127) | 128, raw.length >> 7]), ...raw]);
  assert.throws(() => readMessage({ ...type, raw }, nested as never), { name: 'WireError', message: 'nested too deep' });
});

test('JSON in a message is no deeper than in a body', () => {
  const about = shape('test.Raw', { raw: ptr(any(1)) });
  const holding = (json: string) => {
    const inner = Buffer.concat([Buffer.from([0x0a, 0x80 | (json.length & 0x7f), json.length >> 7]), Buffer.from(json)]);
    return Buffer.concat([Buffer.from([0x0a, 0x80 | (inner.length & 0x7f), inner.length >> 7]), inner]);
  };
  const read = (depth: number) =>
    readMessage({ apiVersion: 'v1', kind: 'Raw', raw: holding('['.repeat(depth) + ']'.repeat(depth)) }, about);
  read(500);
  assert.throws(() => read(501), { name: 'WireError', message: "invalid character '[' exceeded max depth" });
});
