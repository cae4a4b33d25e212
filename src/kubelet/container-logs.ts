import { open, readdir, stat } from 'node:fs/promises';
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

/** Files of a log from the oldest rotated one to the present. */
async function filesOf(path: string): Promise<readonly string[]> {
  const name = basename(path);
  const rotated = (await readdir(dirname(path)).catch(() => []))
    .filter((one) => one.startsWith(`${name}.`) && !one.endsWith('.tmp'))
    .sort();
  return [...rotated.map((one) => join(dirname(path), one)), path];
}

/** Offset from which the last `lines` lines of a file start, and how many there are. */
async function tailOffset(path: string, lines: number): Promise<{ readonly offset: number; readonly found: number }> {
  const file = await open(path, 'r');
  try {
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
  } finally {
    await file.close();
  }
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
  const files = await filesOf(path);
  let startIndex = 0;
  let startOffset = 0;
  if (options.tailLines !== undefined) {
    let wanted = options.tailLines;
    startIndex = files.length;
    while (startIndex > 0 && wanted > 0) {
      startIndex--;
      const { offset, found } = await tailOffset(files[startIndex]!, wanted).catch(() => ({ offset: 0, found: 0 }));
      startOffset = offset;
      wanted -= found;
    }
    if (options.tailLines === 0) {
      startIndex = files.length - 1;
      startOffset = (await stat(path).catch(() => undefined))?.size ?? 0;
    }
  }
  const emit = function* (line: Buffer): Generator<Uint8Array> {
    const shown = render(line, options);
    if (shown === undefined || left <= 0) return;
    const cut = shown.length > left ? shown.subarray(0, left) : shown;
    left -= cut.length;
    yield cut;
  };
  for (let index = startIndex; index < files.length && left > 0; index++) {
    const last = index === files.length - 1;
    yield* readFile(
      files[index]!,
      index === startIndex ? startOffset : 0,
      last && options.follow,
      emit,
      () => left > 0,
      ended,
      clock,
      signal,
    );
  }
}

async function* readFile(
  path: string,
  from: number,
  follow: boolean,
  emit: (line: Buffer) => Generator<Uint8Array>,
  wants: () => boolean,
  ended: () => Promise<boolean>,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let file = await open(path, 'r').catch(() => undefined);
  let offset = from;
  let rest: Buffer = Buffer.alloc(0);
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
      if (!follow || wasEnded) return;
      const there = await stat(path).catch(() => undefined);
      const mine = await file?.stat();
      if (there !== undefined && there.ino !== mine?.ino) {
        await file?.close();
        file = await open(path, 'r').catch(() => undefined);
        offset = 0;
        continue;
      }
      await clock.sleep(pollMs, signal).catch(() => undefined);
    }
  } finally {
    await file?.close();
  }
}
