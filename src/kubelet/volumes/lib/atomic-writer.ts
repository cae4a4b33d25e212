import { chmod, chown, lstat, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface ProjectedFile {
  readonly data: Uint8Array;
  readonly mode: number;
  readonly uid?: number | undefined;
}
/** Relative path to file. */
export type Payload = ReadonlyMap<string, ProjectedFile>;

const dataName = '..data';

function checkPath(path: string): void {
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.includes('..'))
    throw new Error(`invalid path: must be relative path and must not contain '..': ${path}`);
  if (path.startsWith('..')) throw new Error(`invalid path: must not start with '..': ${path}`);
}

async function current(folder: string): Promise<Map<string, { data: Buffer; mode: number }> | undefined> {
  const files = new Map<string, { data: Buffer; mode: number }>();
  try {
    const base = join(folder, await readlink(join(folder, dataName)));
    for (const entry of await readdir(base, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const full = join(entry.parentPath, entry.name);
      files.set(full.slice(base.length + 1), { data: await readFile(full), mode: (await stat(full)).mode & 0o7777 });
    }
    return files;
  } catch {
    return undefined;
  }
}

/** Mode of a file once a group owns the volume: what the owner may read, the group may. */
const groupMode = (mode: number, group: number | undefined) => (group === undefined ? mode : mode | 0o440);

async function writeAll(folder: string, payload: Payload, group: number | undefined): Promise<string> {
  // Not join(): it would take the dots for the parent folder.
  const stamp = await mkdtemp(`${folder}/..`);
  await chmod(stamp, group === undefined ? 0o755 : 0o2775);
  if (group !== undefined) await chown(stamp, 0, group);
  for (const [path, file] of payload) {
    const full = join(stamp, path);
    await mkdir(dirname(full), { recursive: true, mode: 0o755 });
    await writeFile(full, file.data);
    if (file.uid !== undefined || group !== undefined) await chown(full, file.uid ?? 0, group ?? 0);
    await chmod(full, groupMode(file.mode, group));
  }
  return stamp.slice(folder.length + 1);
}

/**
 * Makes a folder show exactly the payload, all of it at one instant: files stand in a fresh folder, `..data` is a link that
 * is swapped by a rename, and what users see are links through it. True when something changed.
 */
export async function writeAtomically(folder: string, payload: Payload, group?: number): Promise<boolean> {
  for (const path of payload.keys()) checkPath(path);
  await mkdir(folder, { recursive: true });
  await chmod(folder, group === undefined ? 0o777 : 0o2777);
  if (group !== undefined) await chown(folder, 0, group);
  const before = await current(folder);
  const same =
    before !== undefined &&
    before.size === payload.size &&
    [...payload].every(([path, file]) => {
      const old = before.get(path);
      return old !== undefined && old.data.equals(file.data) && old.mode === groupMode(file.mode, group);
    });
  const tops = new Set([...payload.keys()].map((path) => path.split('/')[0]!));
  if (!same) {
    const old = await readlink(join(folder, dataName)).catch(() => undefined);
    const fresh = await writeAll(folder, payload, group);
    const temporary = join(folder, '..data_tmp');
    await rm(temporary, { force: true });
    await symlink(fresh, temporary);
    await rename(temporary, join(folder, dataName));
    if (old !== undefined) await rm(join(folder, old), { recursive: true, force: true });
  }
  for (const top of tops) {
    const link = join(folder, top);
    const known = await lstat(link).catch(() => undefined);
    if (known === undefined) await symlink(join(dataName, top), link);
  }
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith('..') && !tops.has(entry)) await rm(join(folder, entry), { recursive: true, force: true });
  }
  return !same;
}
