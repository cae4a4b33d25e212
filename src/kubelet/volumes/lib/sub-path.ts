import { lstat, mkdir, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { Mounter } from '../../mounter.ts';

const inside = (base: string, path: string) => path === base || path.startsWith(`${base}/`);

/** Makes the folders of a subPath that are missing, refusing every link that leads out of the volume. */
async function ensure(base: string, subPath: string): Promise<string> {
  let at = base;
  for (const part of subPath.split('/').filter((one) => one !== '' && one !== '.')) {
    const next = join(at, part);
    if ((await lstat(next).catch(() => undefined)) === undefined) await mkdir(next, { mode: 0o750 });
    at = await realpath(next);
    if (!inside(base, at)) throw new Error(`failed to prepare subPath: path ${subPath} is outside of the volume`);
  }
  return at;
}

/**
 * Binds the part of a volume that a container mounts onto a path of the kubelet's own, so that nothing the container changes
 * afterwards can redirect it. What was bound is compared with what was meant: a link swapped in between is found out.
 */
export async function bindSubPath(mounts: Mounter, volumePath: string, subPath: string, target: string): Promise<string> {
  const prefix = mounts.pathPrefix?.() ?? '';
  if (subPath.startsWith('/') || normalize(subPath).split('/').includes('..'))
    throw new Error(`subPath ${subPath} must be a relative path without '..'`);
  const base = await realpath(`${prefix}${volumePath}`);
  const source = await ensure(base, subPath);
  const meant = await stat(source);
  if (await mounts.isMounted(target)) await mounts.unmount(target);
  await mkdir(dirname(target), { recursive: true });
  if (meant.isDirectory()) await mkdir(target, { recursive: true });
  else await writeFile(target, '', { flag: 'a' });
  await mounts.bind(prefix !== '' && source.startsWith(prefix) ? source.slice(prefix.length) || '/' : source, target);
  const bound = await stat(`${prefix}${target}`);
  const again = await realpath(source);
  const now = await stat(again);
  if (!inside(base, again) || bound.dev !== now.dev || bound.ino !== now.ino) {
    await mounts.unmount(target);
    throw new Error(`failed to prepare subPath: ${subPath} changed while it was being mounted`);
  }
  return target;
}
