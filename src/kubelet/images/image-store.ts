import { PassThrough } from 'node:stream';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import type { Image } from '../runtime.ts';
import { createCriRuntime } from '../runtime-cri.ts';
import { readArchive } from './archive.ts';
import { importArchive } from './import.ts';
import { packImage } from './pack.ts';

export interface ImageStore {
  /** Makes an image of a folder; gives its full name. */
  pack(folder: string, reference: string): Promise<string>;
  /** Takes in an archive of `docker save` or an OCI layout, gzipped or not; gives the names of its images. */
  load(path: string, name?: string): Promise<readonly string[]>;
  list(): Promise<readonly Image[]>;
}

/** The images of a node, through its containerd's socket. */
export function createImageStore(options: { readonly socketPath: string; readonly clock: Clock; readonly log: Logger }): ImageStore {
  const { socketPath } = options;
  return {
    async pack(folder, reference) {
      const archive = new PassThrough();
      const [packed, imported] = await Promise.allSettled([
        packImage(folder, reference, archive).catch((error) => {
          archive.destroy(error);
          throw error;
        }),
        importArchive(socketPath, archive),
      ]);
      if (packed.status === 'rejected') throw packed.reason;
      if (imported.status === 'rejected') throw imported.reason;
      return packed.value;
    },
    async load(path, name) {
      const { names, tar } = await readArchive(path, name);
      await importArchive(socketPath, tar);
      return names;
    },
    async list() {
      const runtime = createCriRuntime(options);
      try {
        return await runtime.listImages();
      } finally {
        runtime.close();
      }
    },
  };
}
