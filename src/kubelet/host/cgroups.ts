import { readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { signalProcess } from './process.ts';

const mountRoot = '/sys/fs/cgroup';

/** The folders of one cgroup ('/kubepods') in every hierarchy of this machine: one with v2, about ten with v1. */
function hierarchiesOf(cgroup: string): readonly string[] {
  const roots = [mountRoot, ...subfolders(mountRoot)];
  return roots.map((root) => join(root, cgroup)).filter((path) => isFolder(path));
}

function subfolders(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(path, entry.name));
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  try {
    readdirSync(path);
    return true;
  } catch {
    return false;
  }
}

function* walk(path: string): Generator<string> {
  for (const child of subfolders(path)) yield* walk(child);
  yield path;
}

/** The processes in a cgroup and below. */
export function processesIn(cgroup: string): ReadonlySet<number> {
  const pids = new Set<number>();
  for (const root of hierarchiesOf(cgroup)) {
    for (const folder of walk(root)) {
      try {
        for (const line of readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n')) if (Number(line) > 0) pids.add(Number(line));
      } catch {
        // the folder went away meanwhile
      }
    }
  }
  return pids;
}

/** Kills what still runs in a cgroup and below. */
export function killCgroup(cgroup: string): void {
  for (const pid of processesIn(cgroup)) signalProcess(pid, 'SIGKILL');
}

/** Removes a cgroup and all below it, from every hierarchy. Folders with processes in them stay; says whether all went. */
export function removeCgroup(cgroup: string): boolean {
  let complete = true;
  for (const root of hierarchiesOf(cgroup)) {
    for (const folder of walk(root)) {
      try {
        rmdirSync(folder);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') complete = false;
      }
    }
  }
  return complete;
}
