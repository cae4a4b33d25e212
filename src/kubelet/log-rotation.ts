import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { KubeletContext } from './context.ts';

/** Renames logs that have grown too large and keeps so many files of each container, the newest included. Ends with the signal. */
export async function rotateLogs(context: KubeletContext, signal: AbortSignal): Promise<void> {
  const { runtime, clock, log } = context;
  const { containerLogMaxSizeBytes, containerLogMaxFiles, containerLogMonitorIntervalMs } = context.configuration;
  const look = async (id: string) => {
    const { logPath } = await runtime.containerStatus(id);
    const size = (await stat(logPath).catch(() => undefined))?.size ?? 0;
    if (size > containerLogMaxSizeBytes) await rotateLog(logPath, containerLogMaxFiles, clock.now(), () => runtime.reopenContainerLog(id));
  };
  while (!signal.aborted) {
    await clock.sleep(containerLogMonitorIntervalMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const containers = await runtime.listContainers().catch(() => []);
    for (const { id, state } of containers)
      if (state === 'RUNNING') await look(id).catch((error) => log.debug('a container log could not be rotated', { container: id, error }));
  }
}

const stampOf = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');

/** The names of rotated logs end in their times, 'x.log.20260102-150405', and sort by them: the next one comes after all there are, even when the clock was set back. */
export function nextName(name: string, present: readonly string[], nowMs: number): string {
  const last = /\.(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)$/.exec([...present].sort().at(-1) ?? '');
  const lastMs = last === null ? 0 : Date.parse(`${last[1]}-${last[2]}-${last[3]}T${last[4]}:${last[5]}:${last[6]}Z`);
  return `${name}.${stampOf(Math.max(nowMs, lastMs + 1000))}`;
}

/** Puts a log aside, lets the runtime begin a new one, and removes the oldest of what is more than `maxFiles`. */
export async function rotateLog(path: string, maxFiles: number, nowMs: number, reopen: () => Promise<void>): Promise<void> {
  const name = basename(path);
  const folder = dirname(path);
  const present = (await readdir(folder)).filter((one) => one.startsWith(`${name}.`)).sort();
  const rotated = join(folder, nextName(name, present, nowMs));
  await rename(path, rotated);
  try {
    await reopen();
  } catch (error) {
    await rename(rotated, path);
    throw error;
  }
  for (const one of present.slice(0, Math.max(present.length + 2 - maxFiles, 0))) await rm(join(folder, one), { force: true });
}
