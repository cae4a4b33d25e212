import { crc32 } from 'node:zlib';
import { type Entry, StoreCorrupted, type StoreEvent } from './store.ts';

/**
 * How writes lie on disk. Each is one record under `01 | revision (8 bytes) | key`, so that their order is that of the
 * revisions and a record found in the wrong place gives itself away. The record: version, type, 2 bytes zero, its index
 * among the writes of its transaction, how many there are, the revision that created the key (8 bytes), CRC-32 of the
 * physical key and all of the record but the sum itself, then the value. Integers are big-endian.
 */
const headerBytes = 24;
const recordVersion = 1;
const recordPrefix = 1;
const keyHeaderBytes = 9;
/** LMDB allows 1978 bytes; the longest key of Kubernetes has fewer than 700. */
const keyBytesMax = 1024;

export const firstRecordKey: Buffer = Buffer.from([recordPrefix]);
export const metaKey: Buffer = Buffer.from([0, 0x6d]);
const metaVersion = 1;
const metaBytes = 24;

export interface DiskRecord {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly revision: number;
  readonly index: number;
  readonly total: number;
  readonly createRevision: number;
  readonly value: Uint8Array;
}

/** Where a key's version at a revision lies. */
export function physicalKey(key: string, revision: number): Buffer {
  const size = Buffer.byteLength(key);
  if (size > keyBytesMax) throw new TypeError(`a key must not be longer than ${keyBytesMax} bytes, this one has ${size}`);
  const bytes = Buffer.allocUnsafe(keyHeaderBytes + size);
  bytes[0] = recordPrefix;
  bytes.writeBigUInt64BE(BigInt(revision), 1);
  bytes.write(key, keyHeaderBytes);
  return bytes;
}

export function recordSize(event: StoreEvent): number {
  return headerBytes + (event.type === 'put' ? event.entry.value.byteLength : 0);
}

/** Writes the record of an event into `into`, which has `recordSize` bytes. */
export function encodeRecord(into: Buffer, physical: Uint8Array, event: StoreEvent, index: number, total: number): void {
  into[0] = recordVersion;
  into[1] = event.type === 'put' ? 1 : 2;
  into.writeUInt16BE(0, 2);
  into.writeUInt32BE(index, 4);
  into.writeUInt32BE(total, 8);
  into.writeBigUInt64BE(BigInt(event.entry.createRevision), 12);
  if (event.type === 'put') into.set(event.entry.value, headerBytes);
  into.writeUInt32BE(sum(into, physical), 20);
}

function sum(record: Buffer, physical: Uint8Array): number {
  return crc32(record.subarray(headerBytes), crc32(record.subarray(0, 20), crc32(physical)));
}

/** Throws StoreCorrupted, naming the object, when the record is not what was written under this key. */
export function decodeRecord(physical: Buffer, record: Buffer): DiskRecord {
  const wrong = (what: string) =>
    new StoreCorrupted(`the record under ${JSON.stringify(physical.toString('utf8', keyHeaderBytes))} ${what}`);
  if (physical.length <= keyHeaderBytes || physical[0] !== recordPrefix || record.length < headerBytes) throw wrong('is cut off');
  if (sum(record, physical) !== record.readUInt32BE(20)) throw wrong('does not match its checksum');
  if (record[0] !== recordVersion) throw wrong(`has version ${record[0]}, this program reads ${recordVersion}`);
  return {
    type: record[1] === 1 ? 'put' : 'delete',
    key: physical.toString('utf8', keyHeaderBytes),
    revision: Number(physical.readBigUInt64BE(1)),
    index: record.readUInt32BE(4),
    total: record.readUInt32BE(8),
    createRevision: Number(record.readBigUInt64BE(12)),
    value: record.subarray(headerBytes),
  };
}

/** The record that says what the database is: schema version and compacted revision. */
export function encodeMeta(compacted: number): Buffer {
  const bytes = Buffer.alloc(metaBytes);
  bytes.write('skiff', 0);
  bytes.writeUInt32BE(metaVersion, 8);
  bytes.writeBigUInt64BE(BigInt(compacted), 12);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 20)), 20);
  return bytes;
}

/** The compacted revision. Throws StoreCorrupted. */
export function decodeMeta(bytes: Buffer | undefined): number {
  if (bytes === undefined) throw new StoreCorrupted('the record that describes the database is missing');
  if (bytes.length !== metaBytes || crc32(bytes.subarray(0, 20)) !== bytes.readUInt32BE(20)) {
    throw new StoreCorrupted('the record that describes the database does not match its checksum');
  }
  const version = bytes.readUInt32BE(8);
  if (version !== metaVersion) throw new StoreCorrupted(`the database has schema version ${version}, this program reads ${metaVersion}`);
  return Number(bytes.readBigUInt64BE(12));
}

export function entryOf(record: DiskRecord): Entry {
  return { key: record.key, value: record.value, createRevision: record.createRevision, modRevision: record.revision };
}
