import { readFile } from 'node:fs/promises';
import type { Mounter } from '../mounter.ts';
import { runProgram } from './process.ts';

/** mountinfo writes space, tab, newline and backslash as octal escapes. */
const unescaped = (path: string) => path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

/** Where mountinfo (proc_pid_mountinfo(5)) has something mounted. */
export function mountPoints(mountInfo: string): ReadonlySet<string> {
  return new Set(
    mountInfo
      .split('\n')
      .map((line) => line.split(' ')[4])
      .filter((path) => path !== undefined)
      .map(unescaped),
  );
}

/** Mounts in the mount namespace of the process that `pid` names when asked: the one where containerd runs. */
export function createNamespaceMounter(
  pid: () => number,
): Mounter & { /** How a path of that namespace is reached from here. */ pathPrefix(): string } {
  const inside = (...command: readonly string[]) => runProgram('nsenter', ['--mount', '--target', String(pid()), '--', ...command]);
  const isMounted = async (path: string) => mountPoints(await readFile(`/proc/${pid()}/mountinfo`, 'utf8')).has(path);
  return {
    isMounted,
    pathPrefix: () => `/proc/${pid()}/root`,
    async tmpfs(path, sizeBytes) {
      if (await isMounted(path)) return;
      const size = sizeBytes > 0 ? ['-o', `size=${sizeBytes}`] : [];
      await inside('mount', '-t', 'tmpfs', ...size, 'tmpfs', path);
    },
    async bind(source, target, options) {
      if (await isMounted(target)) return;
      await inside('mount', '--bind', source, target);
      if (options?.readonly === true) await inside('mount', '-o', 'remount,bind,ro', target);
    },
    async unmount(path) {
      if (await isMounted(path)) await inside('umount', path);
    },
  };
}
