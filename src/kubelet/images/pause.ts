import { blobPath, digestOf, layerType, layoutEntries, tarOf } from './oci.ts';
import { type Architecture, executableOf } from './elf.ts';

/** The image of every pod's sandbox, made here: nothing is pulled. */
export const pauseImage = 'localhost/skiff/pause:1';

/** SIGINT, SIGTERM and SIGCHLD as a signal set. */
const signalSet = (1n << 1n) | (1n << 14n) | (1n << 16n);
const childSignal = 17;

/**
 * What the program does, on either machine: block the three signals; then forever wait for one of them; on SIGCHLD reap
 * every child that ended, else exit. Signals are waited for and not handled, so there is no stack and no return to set up.
 */
function codeForX64(): Buffer {
  const bytes: number[] = [];
  const patches: { at: number; width: 1 | 4; label: string }[] = [];
  const labels: Record<string, number> = {};
  const emit = (...code: number[]) => bytes.push(...code);
  const relative = (width: 1 | 4, label: string) => {
    patches.push({ at: bytes.length, width, label });
    emit(...new Array<number>(width).fill(0));
  };
  const label = (name: string) => {
    labels[name] = bytes.length;
  };
  const call = (number: number) => emit(0xb8, number, 0, 0, 0); // mov eax, number
  const syscall = () => emit(0x0f, 0x05);
  const setSize = () => emit(0x41, 0xba, 8, 0, 0, 0); // mov r10d, 8

  call(14); // rt_sigprocmask(SIG_BLOCK, set, null, 8)
  emit(0x31, 0xff); // xor edi, edi
  emit(0x48, 0x8d, 0x35); // lea rsi, [rip + set]
  relative(4, 'set');
  emit(0x31, 0xd2); // xor edx, edx
  setSize();
  syscall();
  label('wait');
  call(128); // rt_sigtimedwait(set, null, null, 8)
  emit(0x48, 0x8d, 0x3d); // lea rdi, [rip + set]
  relative(4, 'set');
  emit(0x31, 0xf6, 0x31, 0xd2); // xor esi, esi; xor edx, edx
  setSize();
  syscall();
  emit(0x83, 0xf8, childSignal, 0x74); // cmp eax, SIGCHLD; je reap
  relative(1, 'reap');
  emit(0x85, 0xc0, 0x78); // test eax, eax; js wait
  relative(1, 'wait');
  call(60); // exit(0)
  emit(0x31, 0xff);
  syscall();
  label('reap');
  call(61); // wait4(-1, null, WNOHANG, null)
  emit(0x48, 0x83, 0xcf, 0xff); // or rdi, -1
  emit(0x31, 0xf6); // xor esi, esi
  emit(0xba, 1, 0, 0, 0); // mov edx, WNOHANG
  emit(0x45, 0x31, 0xd2); // xor r10d, r10d
  syscall();
  emit(0x85, 0xc0, 0x7f); // test eax, eax; jg reap
  relative(1, 'reap');
  emit(0xeb); // jmp wait
  relative(1, 'wait');
  label('set');
  const code = Buffer.alloc(bytes.length + 8);
  code.set(bytes);
  code.writeBigUInt64LE(signalSet, bytes.length);
  for (const { at, width, label: name } of patches) code.writeIntLE(labels[name]! - (at + width), at, width);
  return code;
}

function codeForArm64(): Buffer {
  const move = (register: number, value: number) => () => 0xd2800000 + value * 32 + register; // movz
  const minusOne = (register: number) => () => 0x92800000 + register; // movn register, 0
  const syscall = () => 0xd4000001; // svc 0
  const number = (value: number) => move(8, value);
  /** Branches and addresses count from the instruction they stand in, in words. */
  const toward = (label: string, encode: (words: number) => number) => (at: number) => encode(labels[label]! - at) >>> 0;
  const address = (register: number, label: string) => toward(label, (words) => (0x10000000 | ((words & 0x7ffff) << 5) | register) >>> 0); // adr
  const branch = (label: string) => toward(label, (words) => 0x14000000 | (words & 0x3ffffff)); // b
  const branchIf = (condition: number, label: string) => toward(label, (words) => 0x54000000 | ((words & 0x7ffff) << 5) | condition); // b.cond
  const compare = (value: number) => () => 0xf100001f + value * 1024; // cmp x0, value
  const [equal, less, greater] = [0, 11, 12];

  const start = [number(135), move(0, 0), address(1, 'set'), move(2, 0), move(3, 8), syscall]; // rt_sigprocmask
  const wait = [number(137), address(0, 'set'), move(1, 0), move(2, 0), move(3, 8), syscall]; // rt_sigtimedwait
  const decide = [compare(childSignal), branchIf(equal, 'reap'), compare(0), branchIf(less, 'wait'), number(93), move(0, 0), syscall]; // exit
  const reap = [
    number(260),
    minusOne(0),
    move(1, 0),
    move(2, 1),
    move(3, 0),
    syscall,
    compare(0),
    branchIf(greater, 'reap'),
    branch('wait'),
  ]; // wait4
  const program = [...start, ...wait, ...decide, ...reap];
  const labels: Record<string, number> = {
    wait: start.length,
    reap: start.length + wait.length + decide.length,
    set: program.length,
  };
  const code = Buffer.alloc(program.length * 4 + 8);
  for (const [at, instruction] of program.entries()) code.writeUInt32LE(instruction(at), at * 4);
  code.writeBigUInt64LE(signalSet, program.length * 4);
  return code;
}

/** A static program of some 250 bytes that does what a sandbox's first process must: live, reap, and end when told. */
export function pauseProgram(architecture: Architecture): Buffer {
  return executableOf(architecture === 'x64' ? codeForX64() : codeForArm64(), architecture);
}

/** The image as an OCI archive. */
export async function pauseArchive(): Promise<Buffer> {
  if (process.arch !== 'x64' && process.arch !== 'arm64') throw new Error(`no node on ${process.arch}: x64 and arm64 are supported`);
  const layer = await tarOf([{ name: 'pause', mode: 0o755, type: 'file', content: pauseProgram(process.arch) }]);
  const blob = { digest: digestOf(layer), size: layer.length, mediaType: layerType };
  return await tarOf([
    ...layoutEntries(pauseImage, { Entrypoint: ['/pause'] }, [blob]),
    { name: blobPath(blob.digest), mode: 0o644, type: 'file', content: layer },
  ]);
}
