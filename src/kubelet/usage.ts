import { readdir, lstat, readFile, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { Cgroups } from './cgroups.ts';
import type { Observation, Observations, Signal } from './eviction/thresholds.ts';
import { labelNames } from './labels.ts';
import { cgroupParent } from './resources.ts';
import type { ContainerStats, Runtime } from './runtime.ts';
import { podLogFolder } from './sandbox-config.ts';
import type { Pod } from './types.ts';

export interface DiskUsage {
  readonly bytes: number;
  readonly inodes: number;
}
export interface ContainerUsage {
  readonly stats: ContainerStats;
  readonly logs: DiskUsage;
}
/** What one pod uses of its node. */
export interface PodUsage {
  readonly memoryBytes: number;
  readonly processes: number;
  readonly containers: ReadonlyMap<string, ContainerUsage>;
  /** Of its emptyDir volumes, by name. */
  readonly volumes: ReadonlyMap<string, DiskUsage>;
  /** Writable layers, logs and emptyDirs on disk. */
  readonly disk: DiskUsage;
}
export interface FileSystem {
  readonly availableBytes: number;
  readonly capacityBytes: number;
  readonly inodes: number;
  readonly inodesFree: number;
}
/** Measures the node and its pods. */
export interface Meter {
  observe(): Promise<Observations>;
  usageOf(pods: readonly Pod[]): Promise<ReadonlyMap<string, PodUsage>>;
  /** Of the node's own files, and of images. */
  fileSystems(): Promise<{ readonly node: FileSystem; readonly images: FileSystem }>;
}

/** Volumes are walked through at most so often. */
const volumeAgeMs = 60_000;
const limitedVolumeAgeMs = 10_000;
const nothing: DiskUsage = { bytes: 0, inodes: 0 };
const blockBytes = 512;
const sum = (...parts: readonly DiskUsage[]): DiskUsage => ({
  bytes: parts.reduce((total, one) => total + one.bytes, 0),
  inodes: parts.reduce((total, one) => total + one.inodes, 0),
});

/** As du(1): what the files of a folder take on disk, links counted once each, without following any. What goes away meanwhile is left out. */
export async function diskUsage(path: string): Promise<DiskUsage> {
  const own = await lstat(path).catch(() => undefined);
  if (own === undefined) return nothing;
  let usage: DiskUsage = { bytes: own.blocks * blockBytes, inodes: 1 };
  if (!own.isDirectory()) return usage;
  for (const name of await readdir(path).catch(() => [])) usage = sum(usage, await diskUsage(join(path, name)));
  return usage;
}

export async function fileSystemOf(path: string): Promise<FileSystem> {
  const { bavail, blocks, bsize, files, ffree } = await statfs(path);
  return { availableBytes: bavail * bsize, capacityBytes: blocks * bsize, inodes: files, inodesFree: ffree };
}

const read = (path: string) => readFile(path, 'utf8').catch(() => '');
async function memory(): Promise<Observation> {
  const text = await read('/proc/meminfo');
  const field = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? Number.NaN) * 1024;
  return { available: field('MemAvailable'), capacity: field('MemTotal') };
}
async function processes(): Promise<Observation> {
  const [most, threads, load] = await Promise.all([
    read('/proc/sys/kernel/pid_max'),
    read('/proc/sys/kernel/threads-max'),
    read('/proc/loadavg'),
  ]);
  const capacity = Math.min(Number(most), Number(threads));
  return { available: capacity - Number(/\d+\/(\d+)/.exec(load)?.[1]), capacity };
}

export interface MeterOptions {
  readonly stateDir: string;
  readonly podLogDir: string;
  readonly cgroupRoot: string;
  readonly runtime: Runtime;
  readonly cgroups: Cgroups;
  readonly clock: Clock;
}

/** Measures this machine. */
export function createMeter({ stateDir, podLogDir, cgroupRoot, runtime, cgroups, clock }: MeterOptions): Meter {
  const volumes = new Map<string, { readonly usage: DiskUsage; readonly atMs: number }>();

  async function volumeUsage(pod: Pod, name: string, limited: boolean): Promise<DiskUsage> {
    const path = join(stateDir, 'pods', pod.metadata.uid, 'volumes/kubernetes.io~emptydir', name);
    const known = volumes.get(path);
    const nowMs = clock.monotonic();
    if (known !== undefined && nowMs - known.atMs < (limited ? limitedVolumeAgeMs : volumeAgeMs)) return known.usage;
    const usage = await diskUsage(path);
    volumes.set(path, { usage, atMs: nowMs });
    return usage;
  }
  async function logUsage(pod: Pod, container: string): Promise<DiskUsage> {
    const folder = join(podLogDir, podLogFolder(pod), container);
    const parts = (await readdir(folder).catch(() => [])).map((name) => stat(join(folder, name)).catch(() => undefined));
    const found = (await Promise.all(parts)).filter((one) => one !== undefined);
    return { bytes: found.reduce((total, one) => total + one.blocks * blockBytes, 0), inodes: found.length };
  }
  async function usageOf(pod: Pod, stats: readonly ContainerStats[]): Promise<PodUsage> {
    const containers = new Map<string, ContainerUsage>();
    for (const one of stats) containers.set(one.name, { stats: one, logs: await logUsage(pod, one.name) });
    const found = new Map<string, DiskUsage>();
    const onDisk: DiskUsage[] = [];
    const capped = pod.spec?.containers.some((one) => one.resources?.limits?.['ephemeral-storage'] !== undefined) === true;
    for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
      if (emptyDir === undefined || emptyDir.medium === 'Memory') continue;
      const usage = await volumeUsage(pod, name, capped || emptyDir.sizeLimit !== undefined);
      found.set(name, usage);
      onDisk.push(usage);
    }
    const layers = [...containers.values()].map(({ stats: one, logs }) =>
      sum(logs, { bytes: one.rootfsUsedBytes, inodes: one.rootfsInodesUsed }),
    );
    return {
      memoryBytes: stats.reduce((total, one) => total + one.memoryWorkingSetBytes, 0),
      processes: await cgroups.processes(cgroupParent(cgroupRoot, pod)),
      containers,
      volumes: found,
      disk: sum(...layers, ...onDisk),
    };
  }
  const imageFolder = async () => (await runtime.imageFsInfo()).mountpoint || stateDir;

  return {
    async observe() {
      const [node, images] = await Promise.all([fileSystemOf(stateDir), imageFolder().then(fileSystemOf)]);
      const seen: [Signal, Observation][] = [
        ['memory.available', await memory()],
        ['nodefs.available', { available: node.availableBytes, capacity: node.capacityBytes }],
        ['imagefs.available', { available: images.availableBytes, capacity: images.capacityBytes }],
        ['pid.available', await processes()],
      ];
      // File systems without a fixed number of inodes say 0.
      if (node.inodes > 0) seen.push(['nodefs.inodesFree', { available: node.inodesFree, capacity: node.inodes }]);
      if (images.inodes > 0) seen.push(['imagefs.inodesFree', { available: images.inodesFree, capacity: images.inodes }]);
      return new Map(seen.filter(([, { available, capacity }]) => Number.isFinite(available) && Number.isFinite(capacity)));
    },
    async usageOf(pods) {
      const byPod = Map.groupBy(await runtime.listContainerStats(), (one) => one.labels[labelNames.podUid] ?? '');
      const usages = new Map<string, PodUsage>();
      for (const pod of pods) usages.set(pod.metadata.uid, await usageOf(pod, byPod.get(pod.metadata.uid) ?? []));
      const present = new Set(pods.map((pod) => pod.metadata.uid));
      for (const path of volumes.keys())
        if (!present.has(path.slice(stateDir.length + '/pods/'.length).split('/')[0]!)) volumes.delete(path);
      return usages;
    },
    async fileSystems() {
      const [node, images] = await Promise.all([fileSystemOf(stateDir), imageFolder().then(fileSystemOf)]);
      return { node, images };
    },
  };
}
