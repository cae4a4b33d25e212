import { statfs } from 'node:fs/promises';
import type { KubeletContext } from './context.ts';
import { labelNames } from './labels.ts';
import type { LifecycleEvents } from './pleg.ts';
import type { PodWorkers } from './pod-workers.ts';
import type { Container, Image } from './runtime.ts';

const sweepMs = 60_000;
const imageSweepMs = 5 * 60_000;
const orphanMs = 2_000;
const highPercent = 85;
const lowPercent = 80;
const leastImageAgeMs = 2 * 60_000;

/** Ended containers beyond the newest one of each container of each pod. Pure. */
export function surplusContainers(containers: readonly Container[]): readonly Container[] {
  const byName = new Map<string, Container[]>();
  for (const one of containers) {
    const key = `${one.labels[labelNames.podUid]} ${one.labels[labelNames.containerName] ?? one.name}`;
    byName.set(key, [...(byName.get(key) ?? []), one]);
  }
  return [...byName.values()].flatMap((list) =>
    list
      .filter((one) => one.state === 'EXITED')
      .sort((a, b) => b.createdAtMs - a.createdAtMs || b.attempt - a.attempt)
      .slice(1),
  );
}

/** Images to remove, those unused longest first, until `bytes` are free. Pure. */
export function imagesToRemove(
  images: readonly Image[],
  inUse: ReadonlySet<string>,
  seenMs: ReadonlyMap<string, { readonly firstMs: number; readonly usedMs: number }>,
  bytes: number,
  nowMs: number,
): readonly Image[] {
  const free = images
    .filter((image) => !image.pinned && !inUse.has(image.id) && ![...image.repoTags, ...image.repoDigests].some((name) => inUse.has(name)))
    .filter((image) => nowMs - (seenMs.get(image.id)?.firstMs ?? nowMs) >= leastImageAgeMs)
    .sort((a, b) => (seenMs.get(a.id)?.usedMs ?? 0) - (seenMs.get(b.id)?.usedMs ?? 0));
  const chosen: Image[] = [];
  let left = bytes;
  for (const image of free) {
    if (left <= 0) break;
    chosen.push(image);
    left -= image.sizeBytes;
  }
  return chosen;
}

/** Removes what no pod needs any more: pods unknown to the API, surplus containers, and images when the disk fills up. */
export async function collectGarbage(
  context: KubeletContext,
  workers: PodWorkers,
  pleg: LifecycleEvents,
  keepImages: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { runtime, clock, log, files } = context;
  const every = async (ms: number, firstMs: number, work: () => Promise<void>) => {
    await clock.sleep(firstMs, signal).catch(() => undefined);
    while (!signal.aborted) {
      await work().catch((error) => log.warn('garbage could not be collected', { error }));
      await clock.sleep(ms, signal).catch(() => undefined);
    }
  };
  const seen = new Map<string, { firstMs: number; usedMs: number }>();
  const orphans = async () => {
    for (const pod of pleg.pods.values()) if (!workers.knows(pod.uid)) await workers.clear(pod);
    for (const uid of await files.podUids()) if (!workers.knows(uid) && !pleg.pods.has(uid)) await files.tearDown(uid);
  };
  const containers = async () => {
    for (const one of surplusContainers(await runtime.listContainers())) await runtime.removeContainer(one.id);
  };
  const images = async () => {
    const [all, used] = await Promise.all([runtime.listImages(), runtime.listContainers()]);
    const inUse = new Set([...keepImages, ...used.flatMap((one) => [one.image, one.imageRef])]);
    const nowMs = clock.monotonic();
    for (const image of all) {
      const known = seen.get(image.id) ?? { firstMs: nowMs, usedMs: 0 };
      seen.set(image.id, inUse.has(image.id) ? { ...known, usedMs: nowMs } : known);
    }
    for (const id of seen.keys()) if (!all.some((image) => image.id === id)) seen.delete(id);
    const { mountpoint } = await runtime.imageFsInfo();
    const disk = mountpoint === '' ? undefined : await statfs(mountpoint).catch(() => undefined);
    if (disk === undefined) return;
    const total = disk.blocks * disk.bsize;
    const usedBytes = total - disk.bavail * disk.bsize;
    if (usedBytes * 100 < total * highPercent) return;
    for (const image of imagesToRemove(all, inUse, seen, usedBytes - (total * lowPercent) / 100, nowMs)) {
      log.info('removing an unused image', { image: image.repoTags[0] ?? image.id });
      await runtime.removeImage(image.id);
    }
  };
  await Promise.all([
    every(orphanMs * 5, orphanMs, orphans),
    every(sweepMs, sweepMs, containers),
    every(imageSweepMs, imageSweepMs, images),
  ]);
}
