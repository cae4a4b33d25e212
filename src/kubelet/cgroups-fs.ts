import { mkdir, readdir, readFile, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cgroups } from './cgroups.ts';
import type { PodLimits } from './resources.ts';

const mountPoint = '/sys/fs/cgroup';
const controllersV1 = ['cpu', 'memory', 'pids'];
const isDirectory = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() === true;

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
}
/** cpu.weight for cgroup v1 shares, as KEP-2254 converts them. */
const weightOf = (shares: number) => Math.max(1, Math.floor(1 + ((shares - 2) * 9999) / 262_142));

async function limitV1(root: string, path: string, limits: PodLimits): Promise<void> {
  const cpu = join(root, 'cpu', path);
  const memory = join(root, 'memory', path);
  const pids = join(root, 'pids', path);
  if (await isDirectory(cpu)) {
    await write(join(cpu, 'cpu.shares'), String(limits.cpuShares));
    await write(join(cpu, 'cpu.cfs_period_us'), String(limits.cpuPeriod));
    await write(join(cpu, 'cpu.cfs_quota_us'), String(limits.cpuQuota ?? -1));
  }
  if (await isDirectory(memory)) await write(join(memory, 'memory.limit_in_bytes'), String(limits.memoryBytes ?? -1));
  if (await isDirectory(pids)) await write(join(pids, 'pids.max'), String(limits.pids ?? 'max'));
}
async function limitV2(root: string, path: string, limits: PodLimits): Promise<void> {
  const folder = join(root, path);
  await write(join(folder, 'cpu.weight'), String(weightOf(limits.cpuShares)));
  await write(join(folder, 'cpu.max'), `${limits.cpuQuota ?? 'max'} ${limits.cpuPeriod}`);
  await write(join(folder, 'memory.max'), String(limits.memoryBytes ?? 'max'));
  await write(join(folder, 'pids.max'), String(limits.pids ?? 'max'));
}

async function removeTree(path: string): Promise<void> {
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => []))
    if (entry.isDirectory()) await removeTree(join(path, entry.name));
  await rmdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' && error.code !== 'EBUSY') throw error;
  });
}

/** Pod cgroups of this machine, cgroup v1 (all hierarchies) or v2, which is told by what is mounted at `root`. */
export function createFsCgroups(root: string = mountPoint): Cgroups {
  let unified: boolean | undefined;
  const isUnified = async () => (unified ??= (await stat(join(root, 'cgroup.controllers')).catch(() => undefined)) !== undefined);
  const applied = new Map<string, string>();
  const hierarchies = async () => ((await isUnified()) ? [root] : (await readdir(root)).map((name) => join(root, name)));
  return {
    async ensure(path, limits) {
      const wanted = JSON.stringify(limits);
      if (applied.get(path) === wanted) return;
      if (await isUnified()) {
        let at = root;
        for (const part of path.split('/').filter((one) => one !== '')) {
          await write(join(at, 'cgroup.subtree_control'), '+cpu +memory +pids').catch(() => undefined);
          at = join(at, part);
          await mkdir(at, { recursive: true });
        }
        await limitV2(root, path, limits);
      } else {
        for (const controller of controllersV1) {
          if (await isDirectory(join(root, controller))) await mkdir(join(root, controller, path), { recursive: true });
        }
        await limitV1(root, path, limits);
      }
      applied.set(path, wanted);
    },
    async remove(path) {
      applied.delete(path);
      for (const hierarchy of await hierarchies()) await removeTree(join(hierarchy, path));
    },
    async processes(path) {
      const folder = (await isUnified()) ? join(root, path) : join(root, 'pids', path);
      return Number(await readFile(join(folder, 'pids.current'), 'utf8').catch(() => '0'));
    },
    async list(parent) {
      const found: string[] = [];
      for (const folder of ['', '/burstable', '/besteffort']) {
        const base = join((await isUnified()) ? root : join(root, 'memory'), parent, 'kubepods', folder);
        for (const name of await readdir(base).catch(() => []))
          if (name.startsWith('pod')) found.push(`${parent}/kubepods${folder}/${name}`);
      }
      return found;
    },
  };
}
