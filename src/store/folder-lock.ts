import { readIfPresent } from '../base/files.node.ts';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Another process works in the folder. */
export class FolderLocked extends Error {
  constructor(dir: string, pid: number) {
    super(`${dir} is in use by process ${pid}; stop it first, or use another folder`);
    this.name = 'FolderLocked';
  }
}

/**
 * Tells a process from another that later got the same number: the boot and the moment it started. 'dead' for one that has
 * ended and only waits for its parent to notice. Empty where the system does not tell (it is not Linux).
 */
function birthOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (fields[0] === 'Z' || fields[0] === 'X') return 'dead';
    return `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}/${fields[19]}`;
  } catch {
    return '';
  }
}

function isAlive(pid: number, birth: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  const now = birthOf(pid);
  return birth === '' || now === '' || birth === now;
}

/**
 * Makes this process the only one to work in a folder; the lock of a process that is gone is taken over. Throws
 * FolderLocked. The result gives the folder free again.
 */
export function lockFolder(dir: string): () => void {
  const path = join(dir, 'lock');
  const mine = join(dir, `lock.${process.pid}`);
  writeFileSync(mine, `${process.pid} ${birthOf(process.pid)}\n`, { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 10; attempt++) {
      try {
        // A link is made whole or not at all, and only where nothing is.
        linkSync(mine, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const held = readIfPresent(path);
      if (held === undefined) continue;
      const [pid = '', birth = ''] = held.trim().split(' ');
      if (isAlive(Number(pid), birth)) throw new FolderLocked(dir, Number(pid));
      takeAway(path, `${mine}.stale`, held);
    }
    throw new Error(`could not lock ${dir}`);
  } finally {
    rmSync(mine, { force: true });
  }
}

/** Removes a stale lock, but not the one that somebody else put in its place since it was read. */
function takeAway(path: string, aside: string, stale: string): void {
  try {
    renameSync(path, aside);
    if (readIfPresent(aside) !== stale) linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
  }
  rmSync(aside, { force: true });
}
