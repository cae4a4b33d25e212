import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readEnvelope, readMessage, watchFrame } from '../../api/codec-protobuf.ts';
import { decodeObject, decodeShape } from '../../api/decode.ts';
import { parseJson } from '../../api/json.ts';
import { messageShape } from '../../api/kind.ts';
import type { ApiObject } from '../../api/meta.ts';
import { metaShape } from '../../api/meta-types.ts';
import { systemClock } from '../../base/clock.ts';
import { TurnQueue } from '../../base/turn-queue.ts';
import { parseYaml } from '../../base/yaml.ts';
import { loadKinds } from '../../kinds/catalog.node.ts';
import { ObjectBytes } from '../cache/object-bytes.ts';
import { addedEvent, jsonFrames, protobufFrames } from '../cache/watch-events.ts';
import { createKindIndex } from '../kind-index.ts';
import { anyForm, type Format } from '../negotiate.ts';
import { chunksOf } from './collection.ts';
import { listForm } from './forms.ts';
import { encodeObject } from './write.ts';

/** What upstream's encoders make of a few objects. */
interface Golden {
  readonly name: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly json: string;
  readonly yaml: string;
  /** Hexadecimal. */
  readonly protobuf: string;
}
const { objects } = JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/golden.json'), 'utf8')) as { objects: readonly Golden[] };
const kinds = createKindIndex(await loadKinds());
const bytes = new ObjectBytes(kinds);
const turns = new TurnQueue(systemClock);
const formats: readonly Format[] = ['json', 'yaml', 'protobuf'];
const shown = (golden: Golden, format: Format) => (format === 'protobuf' ? golden.protobuf : golden[format]);
const textOf = (format: Format, written: Uint8Array) => Buffer.from(written).toString(format === 'protobuf' ? 'hex' : 'utf8');

const kindOf = ({ apiVersion, kind }: Golden) => bytes.kindOf({ apiVersion, kind });
for (const golden of objects.filter((one) => kindOf(one) !== undefined)) {
  test(`${golden.name}: the bytes of upstream's encoders, and back`, () => {
    const kind = kindOf(golden)!;
    const read = {
      json: parseJson(golden.json).value,
      yaml: parseYaml(golden.yaml)[0],
      protobuf: readMessage(readEnvelope(Buffer.from(golden.protobuf, 'hex')), messageShape(kind)),
    };
    for (const from of formats) {
      const { object, warnings } = decodeObject(kind, read[from], { fieldValidation: 'Strict' });
      assert.deepEqual(warnings, []);
      for (const to of formats) {
        assert.equal(textOf(to, encodeObject(object, { ...anyForm, format: to }, bytes)), shown(golden, to), `${from} to ${to}`);
      }
    }
  });
}

test('a list: head, items and end, in every format', async () => {
  const golden = objects.find(({ name }) => name === 'config-map-list')!;
  const kind = kinds.byKind('', 'ConfigMap', 'v1')!;
  const list = parseJson(golden.json).value as { kind: string; apiVersion: string; metadata: object; items: object[] };
  const items = list.items.map((item) => decodeObject(kind, item).object as ApiObject);
  for (const format of formats) {
    const form = { accepted: { ...anyForm, format }, includeObject: 'Metadata', nowMs: () => 0, bytes } as const;
    const chunks: Uint8Array[] = [];
    for await (const chunk of chunksOf(listForm({ ...list, items } as never, kind, form), form.accepted, bytes, turns)) chunks.push(chunk);
    assert.equal(textOf(format, Buffer.concat(chunks)), shown(golden, format), format);
  }
});

test('a Status in every format', () => {
  const golden = objects.find(({ name }) => name === 'status')!;
  const status = parseJson(golden.json).value as object;
  for (const format of formats) assert.equal(textOf(format, encodeObject(status, { ...anyForm, format }, bytes)), shown(golden, format));
  const shape = metaShape({ apiVersion: 'v1', kind: 'Status' })!;
  const read = decodeShape(shape, readMessage(readEnvelope(Buffer.from(golden.protobuf, 'hex')), shape));
  assert.deepEqual({ kind: 'Status', apiVersion: 'v1', ...read }, status);
});

test('frames of a watch hold the bytes that a GET gives', () => {
  const golden = objects.find(({ name }) => name === 'lease')!;
  const event = addedEvent(decodeObject(kindOf(golden)!, parseJson(golden.json).value).object as ApiObject);
  assert.equal(textOf('json', jsonFrames(bytes, undefined).frame(event)), `{"type":"ADDED","object":${golden.json.trimEnd()}}\n`);
  const frame = protobufFrames(bytes, undefined).frame(event);
  const envelope = Buffer.from(golden.protobuf, 'hex');
  assert.deepEqual(frame, watchFrame('ADDED', envelope));
  // Four bytes of length, then a WatchEvent: its type, and the object in a RawExtension.
  assert.equal(Buffer.from(frame.buffer, frame.byteOffset).readUInt32BE(0), frame.byteLength - 4);
  assert.equal(Buffer.from(frame.subarray(4, 11)).toString('latin1'), '\n\x05ADDED');
  assert.ok(Buffer.from(frame).subarray(-envelope.byteLength).equals(envelope));
});
