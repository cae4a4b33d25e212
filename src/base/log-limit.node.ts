import { copyFile, stat, truncate } from 'node:fs/promises';
import type { Clock } from './clock.ts';

const checkMs = 60_000;
const largestBytes = 32 * 2 ** 20;

/**
 * Keeps a log that a process appends to within bounds: when it has grown too large, what it holds goes to `<path>.1`, in place
 * of what was there. The process keeps its open file, which must have been opened for appending. Ends with the signal.
 */
export async function limitLog(path: string, clock: Clock, signal: AbortSignal, mostBytes: number = largestBytes): Promise<void> {
  while (!signal.aborted) {
    try {
      if ((await stat(path)).size > mostBytes) {
        await copyFile(path, `${path}.1`);
        await truncate(path, 0);
      }
    } catch {
      // not there yet, or the disk is full: the next look may find it otherwise
    }
    await clock.sleep(checkMs, signal).catch(() => undefined);
  }
}
