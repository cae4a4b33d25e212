import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

/** Reads one file out of a zip archive (APPNOTE 6.3: central directory, stored or deflated; no zip64, no encryption). Throws Error. */
export function readZipEntry(archive: string, name: string): Buffer {
  const data = readFileSync(archive);
  try {
    return entryOf(data, archive, name);
  } catch (error) {
    throw error instanceof RangeError ? new Error(`${archive} is damaged: it refers to what is outside of it`) : error;
  }
}
function entryOf(data: Buffer, archive: string, name: string): Buffer {
  const end = data.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0) throw new Error(`${archive} is not a zip archive`);
  const count = data.readUInt16LE(end + 10);
  let at = data.readUInt32LE(end + 16);
  for (let index = 0; index < count; index++) {
    const method = data.readUInt16LE(at + 10);
    const packedBytes = data.readUInt32LE(at + 20);
    const nameBytes = data.readUInt16LE(at + 28);
    const local = data.readUInt32LE(at + 42);
    if (data.toString('utf8', at + 46, at + 46 + nameBytes) === name) {
      const start = local + 30 + data.readUInt16LE(local + 26) + data.readUInt16LE(local + 28);
      const packed = data.subarray(start, start + packedBytes);
      return method === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameBytes + data.readUInt16LE(at + 30) + data.readUInt16LE(at + 32);
  }
  throw new Error(`${archive} has no entry ${name}`);
}
