import type { Stats } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { defineVolume } from './lib/volume.ts';

const checks: Readonly<Record<string, { readonly is: (stats: Stats) => boolean; readonly what: string }>> = {
  Directory: { is: (stats) => stats.isDirectory(), what: 'directory' },
  DirectoryOrCreate: { is: (stats) => stats.isDirectory(), what: 'directory' },
  File: { is: (stats) => stats.isFile(), what: 'file' },
  FileOrCreate: { is: (stats) => stats.isFile(), what: 'file' },
  Socket: { is: (stats) => stats.isSocket(), what: 'socket file' },
  CharDevice: { is: (stats) => stats.isCharacterDevice(), what: 'character device' },
  BlockDevice: { is: (stats) => stats.isBlockDevice(), what: 'block device' },
};

/** A path of the node itself, checked by type before containers see it. */
export const hostPathVolume = defineVolume({
  type: 'hostPath',
  hostPath: (volume) => volume.hostPath!.path,
  async setUp({ volume, mounts }) {
    const { path, type = '' } = volume.hostPath!;
    if (path.split('/').includes('..')) throw new Error(`invalid HostPath \`${path}\`: must not contain '..'`);
    if (type === '') return;
    const check = checks[type];
    if (check === undefined) throw new Error(`${type} is an invalid volume type`);
    const seen = `${mounts.pathPrefix?.() ?? ''}${path}`;
    let stats = await stat(seen).catch(() => undefined);
    if (stats === undefined && type === 'DirectoryOrCreate') await mkdir(seen, { recursive: true, mode: 0o755 });
    if (stats === undefined && type === 'FileOrCreate') await writeFile(seen, '', { flag: 'a', mode: 0o644 });
    stats ??= await stat(seen).catch(() => undefined);
    if (stats === undefined || !check.is(stats)) throw new Error(`hostPath type check failed: ${path} is not a ${check.what}`);
  },
});
