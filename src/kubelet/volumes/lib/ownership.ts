import type { Stats } from 'node:fs';
import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Pod } from '../../types.ts';

const readWrite = 0o660;
const enterAndInherit = 0o2110;
/** What a group needs of a file, or of a folder. */
const needed = (stats: Stats) => (stats.isDirectory() ? readWrite | enterAndInherit : readWrite);

async function give(path: string, group: number): Promise<void> {
  const stats = await lstat(path);
  await lchown(path, stats.uid, group);
  if (stats.isSymbolicLink()) return;
  await chmod(path, (stats.mode & 0o7777) | needed(stats));
  if (!stats.isDirectory()) return;
  for (const name of await readdir(path)) await give(join(path, name), group);
}

/**
 * Gives a volume to the pod's group, with all that is in it; with OnRootMismatch only when its top is not the group's yet.
 * https://kubernetes.io/docs/tasks/configure-pod-container/security-context/#configure-volume-permission-and-ownership-change-policy-for-pods
 */
export async function giveToGroup(path: string, pod: Pod): Promise<void> {
  const { fsGroup, fsGroupChangePolicy } = pod.spec?.securityContext ?? {};
  if (fsGroup === undefined) return;
  const stats = await lstat(path);
  const isGiven = stats.gid === fsGroup && (stats.mode & needed(stats)) === needed(stats);
  if (fsGroupChangePolicy !== 'OnRootMismatch' || !isGiven) await give(path, fsGroup);
}
