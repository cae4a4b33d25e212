import { chmod, chown, mkdir } from 'node:fs/promises';
import { value } from '../../api/quantity.ts';
import { defineVolume } from './lib/volume.ts';

export const emptyDirVolume = defineVolume({
  type: 'emptyDir',
  async setUp({ volume, path, mounts, pod, allocatable }) {
    const { medium, sizeLimit } = volume.emptyDir!;
    await mkdir(path, { recursive: true });
    if (medium?.startsWith('HugePages')) throw new Error(`${medium} is not supported by this node`);
    const group = pod.spec?.securityContext?.fsGroup;
    let shown = path;
    if (medium === 'Memory') {
      if (!(await mounts.isMounted(path))) {
        const limit = sizeLimit ? value(sizeLimit) : 0;
        await mounts.tmpfs(path, limit > 0 ? limit : value(allocatable.memory ?? '0'));
      }
      shown = `${mounts.pathPrefix?.() ?? ''}${path}`;
    }
    if (group !== undefined) await chown(shown, 0, group);
    await chmod(shown, group === undefined ? 0o777 : 0o2777);
  },
  async tearDown({ path, mounts }) {
    await mounts.unmount(path);
  },
});
