/** A minimal ELF64 executable: one header, one readable and executable segment, the code. */
const headerBytes = 64 + 56;
const loadAddress = 0x400000;
const machines = { x64: 62, arm64: 183 } as const;
export type Architecture = keyof typeof machines;

/** Wraps position-independent code, entered at its first byte, in an executable file (elf(5)). */
export function executableOf(code: Uint8Array, architecture: Architecture): Buffer {
  const size = headerBytes + code.length;
  const file = Buffer.alloc(size);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bits, little endian, version 1
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(machines[architecture], 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(loadAddress + headerBytes), 24); // entry
  file.writeBigUInt64LE(64n, 32); // program headers follow
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(56, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // PT_LOAD
  file.writeUInt32LE(5, 68); // readable, executable
  file.writeBigUInt64LE(BigInt(loadAddress), 80);
  file.writeBigUInt64LE(BigInt(loadAddress), 88);
  file.writeBigUInt64LE(BigInt(size), 96);
  file.writeBigUInt64LE(BigInt(size), 104);
  file.writeBigUInt64LE(0x10000n, 112); // aligned for pages of any size
  file.set(code, headerBytes);
  return file;
}

const interpreterSegment = 3;

/** Whether an executable needs a dynamic loader, which an image of its own would not have. */
export function isDynamic(file: Buffer): boolean {
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46) return false;
  const offset = Number(file.readBigUInt64LE(32));
  const entrySize = file.readUInt16LE(54);
  const count = file.readUInt16LE(56);
  for (let index = 0; index < count; index++) if (file.readUInt32LE(offset + index * entrySize) === interpreterSegment) return true;
  return false;
}
