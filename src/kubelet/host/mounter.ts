import { readFile } from 'node:fs/promises';
import type { Mounter } from '../mounter.ts';
import { runProgram } from '../../base/program.node.ts';

/** mountinfo writes space, tab, newline and backslash as octal escapes. */
const unescaped = (path: string) => path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));

const isImageMount = (path: string) => path.includes('/kubernetes.io~image/');

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

/** Mounts in the mount namespace of the process that `pid` names when asked: the one where containerd runs, listening on `socketPath`. */
export function createNamespaceMounter(
  pid: () => number,
  socketPath: string,
): Mounter & { /** How a path of that namespace is reached from here. */ pathPrefix(): string } {
  const inside = (...command: readonly string[]) => runProgram('nsenter', ['--mount', '--target', String(pid()), '--', ...command]);
  const ctr = (...args: readonly string[]) => inside('ctr', '--address', socketPath, '--namespace', 'k8s.io', ...args);
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
    async image(reference, path) {
      if (await isMounted(path)) return;
      // The snapshot bears the path's name; one that a crash left behind would be in the way.
      await ctr('snapshots', 'rm', path).catch(() => undefined);
      await ctr('images', 'mount', reference, path);
    },
    async unmount(path) {
      if (!(await isMounted(path))) return;
      await inside('umount', path);
      if (isImageMount(path)) await ctr('snapshots', 'rm', path).catch(() => undefined);
    },
  };
}
