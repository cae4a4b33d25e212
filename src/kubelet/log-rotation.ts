import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { KubeletContext } from './context.ts';

const checkMs = 10_000;
const maxBytes = 10 * 2 ** 20;
const maxFiles = 5;

/** Renames logs that have grown over 10 MiB and keeps five files of each container, the newest included. */
export async function rotateLogs(context: KubeletContext, signal: AbortSignal): Promise<void> {
  const { runtime, clock, log } = context;
  while (!signal.aborted) {
    await clock.sleep(checkMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    try {
      for (const container of await runtime.listContainers()) {
        if (container.state !== 'RUNNING') continue;
        const { logPath } = await runtime.containerStatus(container.id);
        const size = (await stat(logPath).catch(() => undefined))?.size ?? 0;
        if (size > maxBytes) await rotate(logPath, clock.now(), () => runtime.reopenContainerLog(container.id));
      }
    } catch (error) {
      log.debug('container logs could not be rotated', { error });
    }
  }
}

/** 'x.log.20260102-150405': sorts by time. */
async function rotate(path: string, nowMs: number, reopen: () => Promise<void>): Promise<void> {
  const stamp = new Date(nowMs).toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-');
  const rotated = `${path}.${stamp}`;
  await rename(path, rotated);
  try {
    await reopen();
  } catch (error) {
    await rename(rotated, path);
    throw error;
  }
  const name = basename(path);
  const old = (await readdir(dirname(path))).filter((one) => one.startsWith(`${name}.`)).sort();
  for (const one of old.slice(0, Math.max(old.length - (maxFiles - 1), 0))) await rm(join(dirname(path), one), { force: true });
}
