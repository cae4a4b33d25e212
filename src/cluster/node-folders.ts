import { chmod, mkdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { NodeFolders } from '../client/controller.ts';

const everyone = 0o777;

/** Folders of this machine, under `folder`. */
export const diskFolders = (folder: string): NodeFolders => ({
  pathOf: (_nodeName, name) => join(folder, name),
  async make(_nodeName, path) {
    await mkdir(path, { recursive: true });
    // Whoever a pod's user is, it may write there
    await chmod(path, everyone);
  },
  async remove(_nodeName, path) {
    // A volume may have been written by hand
    if (dirname(resolve(path)) !== resolve(folder)) throw new Error(`${path} is no folder of a volume of this node`);
    await rm(path, { recursive: true, force: true });
  },
});

/** Folders of nodes that only pretend. */
export const pretendedFolders: NodeFolders = {
  pathOf: (_nodeName, name) => `/var/lib/skiff/volumes/${name}`,
  make: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};
