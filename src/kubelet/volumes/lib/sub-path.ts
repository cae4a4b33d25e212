import { lstat, mkdir, readlink, stat, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type { Mounter } from '../../mounter.ts';

const mostLinks = 40;
const inside = (base: string, path: string) => path === base || path.startsWith(`${base}/`);
const partsOf = (path: string) => path.split('/').filter((part) => part !== '' && part !== '.');

/** A path without links, in the mount namespace that is reached by `prefix`: realpath(3) would lead out of it. */
async function resolve(prefix: string, path: string): Promise<string> {
  let at = '/';
  let links = 0;
  const left = partsOf(path);
  while (left.length > 0) {
    const part = left.shift()!;
    const next = part === '..' ? dirname(at) : join(at, part);
    if (!(await lstat(`${prefix}${next}`)).isSymbolicLink()) {
      at = next;
      continue;
    }
    if (++links > mostLinks) throw new Error(`too many links in ${path}`);
    const target = await readlink(`${prefix}${next}`);
    left.unshift(...partsOf(target));
    if (target.startsWith('/')) at = '/';
  }
  return at;
}

/** Makes the folders of a subPath that are missing, refusing every link that leads out of the volume. */
async function ensure(prefix: string, base: string, subPath: string): Promise<string> {
  let at = base;
  for (const part of partsOf(subPath)) {
    const next = join(at, part);
    if ((await lstat(`${prefix}${next}`).catch(() => undefined)) === undefined) await mkdir(`${prefix}${next}`, { mode: 0o750 });
    at = await resolve(prefix, next);
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
  const base = await resolve(prefix, volumePath);
  const source = await ensure(prefix, base, subPath);
  const meant = await stat(`${prefix}${source}`);
  if (await mounts.isMounted(target)) await mounts.unmount(target);
  await mkdir(dirname(target), { recursive: true });
  if (meant.isDirectory()) await mkdir(target, { recursive: true });
  else await writeFile(target, '', { flag: 'a' });
  await mounts.bind(source, target);
  const bound = await stat(`${prefix}${target}`);
  const again = await resolve(prefix, source);
  const now = await stat(`${prefix}${again}`);
  if (!inside(base, again) || bound.dev !== now.dev || bound.ino !== now.ino) {
    await mounts.unmount(target);
    throw new Error(`failed to prepare subPath: ${subPath} changed while it was being mounted`);
  }
  return target;
}
