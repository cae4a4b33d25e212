import { mkdir, stat } from 'node:fs/promises';
import { goQuote } from '../../api/go-text.ts';
import { giveToGroup } from './lib/ownership.ts';
import { defineVolume } from './lib/volume.ts';

/** A folder of the node that a PersistentVolume names. */
export const localVolume = defineVolume({
  type: 'local',
  async setUp({ volume, path, mounts, pod }) {
    const source = volume.local!.path;
    if (source.split('/').includes('..')) throw new Error(`invalid path ${goQuote(source)}: must not contain '..'`);
    if (await mounts.isMounted(path)) return;
    const seen = `${mounts.pathPrefix?.() ?? ''}${source}`;
    const stats = await stat(seen).catch(() => undefined);
    if (stats === undefined) throw new Error(`path ${goQuote(source)} does not exist`);
    if (!stats.isDirectory()) throw new Error(`path ${goQuote(source)} is not a directory`);
    if (volume.readOnly !== true) await giveToGroup(seen, pod);
    await mkdir(path, { recursive: true });
    await mounts.bind(source, path);
  },
  async tearDown({ path, mounts }) {
    await mounts.unmount(path);
  },
});
