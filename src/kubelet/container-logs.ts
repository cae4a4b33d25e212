import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock } from '../base/clock.ts';

export interface LogOptions {
  readonly follow: boolean;
  readonly timestamps: boolean;
  readonly tailLines?: number | undefined;
  /** Only lines from then on. */
  readonly sinceMs?: number | undefined;
  readonly limitBytes?: number | undefined;
  /** 'stdout' or 'stderr' alone. */
  readonly stream?: string | undefined;
}
const pollMs = 200;
const chunkBytes = 64 * 1024;
const newline = 10;
const mostAttempts = 3;

async function rotatedNames(path: string): Promise<readonly string[]> {
  const prefix = `${basename(path)}.`;
  const names = (await readdir(dirname(path)).catch(() => [])).filter((one) => one.startsWith(prefix) && !one.endsWith('.tmp'));
  return names.sort().map((one) => join(dirname(path), one));
}

/** The files of a log from the oldest rotated one to the present, opened together: what is renamed or removed from then on is still read. */
async function openFiles(path: string): Promise<readonly FileHandle[]> {
  for (let attempt = 1; ; attempt++) {
    const rotated = await rotatedNames(path);
    const opened = await Promise.all([...rotated, path].map((one) => open(one, 'r').catch(() => undefined)));
    const files = opened.filter((file) => file !== undefined);
    // Where one was put aside meanwhile, it may be missing among them.
    if (attempt === mostAttempts || (await rotatedNames(path)).at(-1) === rotated.at(-1)) return files;
    for (const file of files) await file.close();
  }
}

/** Offset from which the last `lines` lines of a file start, and how many there are. */
async function tailOffset(file: FileHandle, lines: number): Promise<{ readonly offset: number; readonly found: number }> {
  const { size } = await file.stat();
  let found = 0;
  for (let end = size; end > 0; ) {
    const from = Math.max(end - chunkBytes, 0);
    const { buffer } = await file.read({ buffer: Buffer.alloc(end - from), position: from });
    for (let index = buffer.length - 1; index >= 0; index--) {
      if (buffer[index] !== newline || from + index === size - 1) continue;
      found++;
      if (found === lines) return { offset: from + index + 1, found };
    }
    end = from;
  }
  return { offset: 0, found: size === 0 ? 0 : found + 1 };
}

/** One line of a CRI log: '<time> stdout|stderr F|P <text>'. A part (P) has no newline of its own. */
function render(line: Buffer, options: LogOptions): Buffer | undefined {
  const first = line.indexOf(32);
  const second = line.indexOf(32, first + 1);
  const third = line.indexOf(32, second + 1);
  if (first < 0 || second < 0) return undefined;
  const time = line.subarray(0, first).toString('latin1');
  const stream = line.subarray(first + 1, second).toString('latin1');
  if (options.stream !== undefined && options.stream !== stream) return undefined;
  if (options.sinceMs !== undefined && Date.parse(time) < options.sinceMs) return undefined;
  const partial = line[second + 1] === 80;
  const text = third < 0 ? Buffer.alloc(0) : line.subarray(third + 1);
  return Buffer.concat([...(options.timestamps ? [Buffer.from(`${time} `)] : []), text, ...(partial ? [] : [Buffer.from('\n')])]);
}

/**
 * The lines of a container's log as users asked for them. With `follow` it goes on, across rotations, until `ended` says that
 * the container has ended and everything was read, or the signal aborts.
 */
export async function* readContainerLog(
  path: string,
  options: LogOptions,
  ended: () => Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  const files = await openFiles(path);
  try {
    const start = await startOf(files, options.tailLines);
    const emit = function* (line: Buffer): Generator<Uint8Array> {
      const shown = render(line, options);
      if (shown === undefined || left <= 0) return;
      const cut = shown.length > left ? shown.subarray(0, left) : shown;
      left -= cut.length;
      yield cut;
    };
    for (let index = start.index; index < files.length && left > 0; index++) {
      const offset = index === start.index ? start.offset : 0;
      const follow = options.follow && index === files.length - 1;
      yield* readFile(path, files[index], offset, follow, emit, () => left > 0, ended, clock, signal);
    }
    // A container that has written nothing yet has no file yet.
    if (files.length === 0 && options.follow) yield* readFile(path, undefined, 0, true, emit, () => left > 0, ended, clock, signal);
  } finally {
    for (const file of files) await file.close().catch(() => undefined);
  }
}

/** Where the last lines begin: in which file, and where in it. */
async function startOf(
  files: readonly FileHandle[],
  tailLines: number | undefined,
): Promise<{ readonly index: number; readonly offset: number }> {
  if (tailLines === undefined || files.length === 0) return { index: 0, offset: 0 };
  const last = files.length - 1;
  if (tailLines === 0) return { index: last, offset: (await files[last]!.stat()).size };
  let wanted = tailLines;
  for (let index = last; ; index--) {
    const { offset, found } = await tailOffset(files[index]!, wanted).catch(() => ({ offset: 0, found: 0 }));
    wanted -= found;
    if (wanted <= 0 || index === 0) return { index, offset };
  }
}

/** Reads one file; with `follow` also those that come to `path` after it. */
async function* readFile(
  path: string,
  first: FileHandle | undefined,
  from: number,
  follow: boolean,
  emit: (line: Buffer) => Generator<Uint8Array>,
  wants: () => boolean,
  ended: () => Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let file = first;
  let offset = from;
  let rest: Buffer = Buffer.alloc(0);
  /** There is a newer file, so that no more is written to this one: what is in it is the end of it. */
  let isOver = false;
  try {
    while (!signal.aborted && wants()) {
      const wasEnded = follow && (await ended());
      let read = 0;
      if (file !== undefined) {
        const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(chunkBytes), position: offset });
        read = bytesRead;
        offset += bytesRead;
        const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
        let start = 0;
        for (let end = data.indexOf(newline, start); end >= 0; end = data.indexOf(newline, start)) {
          yield* emit(data.subarray(start, end));
          start = end + 1;
        }
        rest = Buffer.from(data.subarray(start));
      }
      if (read > 0) continue;
      if (!follow || (wasEnded && !isOver)) return;
      const there = await stat(path).catch(() => undefined);
      const mine = await file?.stat();
      if (there !== undefined && there.ino !== mine?.ino) {
        if (file !== undefined && !isOver) {
          isOver = true;
          continue;
        }
        isOver = false;
        if (file !== first) await file?.close();
        file = await open(path, 'r').catch(() => undefined);
        offset = 0;
        continue;
      }
      await clock.sleep(pollMs, signal).catch(() => undefined);
    }
  } finally {
    if (file !== first) await file?.close();
  }
}
