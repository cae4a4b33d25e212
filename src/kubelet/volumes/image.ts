import { mkdir } from 'node:fs/promises';
import { defineVolume } from './lib/volume.ts';

/** The files of an image or artifact, read-only (KEP-4639). */
export const imageVolume = defineVolume({
  type: 'image',
  async setUp({ path, mounts, pullImage }) {
    if (mounts.image === undefined) throw new Error('image volumes are not supported by this node');
    if (await mounts.isMounted(path)) return;
    await mkdir(path, { recursive: true });
    await mounts.image(await pullImage(), path);
  },
  async tearDown({ path, mounts }) {
    await mounts.unmount(path);
  },
});
