import assert from 'node:assert/strict';
import { crc32 } from 'node:zlib';
import { decodeMeta, decodeRecord, encodeMeta, encodeRecord, physicalKey, recordSize } from '../../../src/store/record.ts';
import { StoreCorrupted, type StoreEvent } from '../../../src/store/store.ts';
import { joined } from '../lib/mutate.ts';
import { allow, type Target } from '../lib/target.ts';

const keyBytes = 9 + 22;
function written(type: 'put' | 'delete', value: string): Uint8Array {
  const entry = { key: '/core/pods/default/one', value: Buffer.from(value), createRevision: 7, modRevision: 9 };
  const event = { type, entry, revision: 9 } as unknown as StoreEvent;
  const physical = physicalKey(entry.key, 9);
  const record = Buffer.alloc(recordSize(event));
  encodeRecord(record, physical, event, 0, 1);
  return joined(physical, record);
}
/** With the sum that belongs to it, so that what stands behind the sum is reached too. */
function resummed(physical: Buffer, record: Buffer): Buffer {
  const copy = Buffer.from(record);
  if (copy.length >= 24) copy.writeUInt32BE(crc32(copy.subarray(24), crc32(copy.subarray(0, 20), crc32(physical))), 20);
  return copy;
}

/** Records of the store that are damaged: the physical key, then the record. */
export const target: Target = {
  samples: () => [written('put', '{"a":1}'), written('put', ''), written('delete', ''), encodeMeta(5)],
  check(input) {
    const bytes = Buffer.from(input);
    const [physical, record] = [bytes.subarray(0, keyBytes), bytes.subarray(keyBytes)];
    for (const one of [record, resummed(physical, record)]) {
      const read = allow(() => decodeRecord(physical, one), StoreCorrupted);
      if (read !== undefined) assert.ok(read.revision >= 0 && read.value.length === one.length - 24);
    }
    allow(() => decodeMeta(bytes), StoreCorrupted);
  },
};
