import type { KubeletConfiguration } from './configuration.ts';
import type { KubeletContext } from './context.ts';
import { removeSandbox } from './kill.ts';
import { labelNames } from './labels.ts';
import type { LifecycleEvents } from './pleg.ts';
import type { PodWorkers } from './pod-workers.ts';
import type { Container, Image, PodSandbox } from './runtime.ts';
import { fileSystemOf } from './usage.ts';

const sweepMs = 60_000;
const imageSweepMs = 5 * 60_000;
const orphanMs = 2_000;

/** Ended containers beyond the newest one of each container of each pod. Pure. */
export function surplusContainers(containers: readonly Container[]): readonly Container[] {
  const ended = containers.filter((one) => one.state === 'EXITED');
  const key = (one: Container) => `${one.labels[labelNames.podUid]} ${one.labels[labelNames.containerName] ?? one.name}`;
  return [...Map.groupBy(ended, key).values()].flatMap((list) =>
    list.sort((a, b) => b.attempt - a.attempt || b.createdAtMs - a.createdAtMs).slice(1),
  );
}

/** Sandboxes that ended, are not the newest of their pod, and hold no container any more. Pure. */
export function surplusSandboxes(sandboxes: readonly PodSandbox[], containers: readonly Container[]): readonly PodSandbox[] {
  const used = new Set(containers.map((one) => one.sandboxId));
  return [...Map.groupBy(sandboxes, (one) => one.metadata.uid).values()]
    .flatMap((list) => list.sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAtMs - a.createdAtMs).slice(1))
    .filter((one) => one.state === 'NOTREADY' && !used.has(one.id));
}

export interface ImageAge {
  readonly firstMs: number;
  readonly usedMs: number;
}
/** What decides about images; times are monotonic. */
export interface ImageDemand {
  /** To be freed; those too old go in any case. */
  readonly bytes: number;
  readonly inUse: ReadonlySet<string>;
  readonly ages: ReadonlyMap<string, ImageAge>;
  readonly minimumAgeMs: number;
  /** 0: images are never too old. */
  readonly maximumAgeMs: number;
  readonly nowMs: number;
}

/** Whether a registry has it under each of its names: a digest is only known of images that were pulled. */
function canBePulled({ repoTags, repoDigests }: Image): boolean {
  const repositories = new Set(repoDigests.map((one) => one.slice(0, one.indexOf('@'))));
  return repositories.size > 0 && repoTags.every((one) => repositories.has(one.slice(0, one.lastIndexOf(':'))));
}

/**
 * Images to remove, those unused longest first. Images that no registry gave stay: they were made or loaded here and could not
 * be pulled again. Pure.
 */
export function imagesToRemove(images: readonly Image[], demand: ImageDemand): readonly Image[] {
  const { bytes, inUse, ages, minimumAgeMs, maximumAgeMs, nowMs } = demand;
  const ageOf = (image: Image) => ages.get(image.id) ?? { firstMs: nowMs, usedMs: 0 };
  const lastMs = (image: Image) => Math.max(ageOf(image).usedMs, ageOf(image).firstMs);
  const free = images
    .filter((image) => !image.pinned && canBePulled(image))
    .filter((image) => ![image.id, ...image.repoTags, ...image.repoDigests].some((name) => inUse.has(name)))
    .filter((image) => nowMs - ageOf(image).firstMs >= minimumAgeMs)
    .sort((a, b) => ageOf(a).usedMs - ageOf(b).usedMs || ageOf(a).firstMs - ageOf(b).firstMs);
  let left = bytes;
  return free.filter((image) => {
    const tooOld = maximumAgeMs > 0 && nowMs - lastMs(image) > maximumAgeMs;
    if (left <= 0 && !tooOld) return false;
    left -= image.sizeBytes;
    return true;
  });
}

/** Removes what no pod needs any more: pods unknown to the API, surplus containers and sandboxes, and images when the disk fills up. */
export class Garbage {
  readonly #context: KubeletContext;
  readonly #workers: PodWorkers;
  readonly #pleg: LifecycleEvents;
  readonly #keepImages: readonly string[];
  readonly #configuration: KubeletConfiguration;
  readonly #ages = new Map<string, ImageAge>();

  constructor(context: KubeletContext, workers: PodWorkers, pleg: LifecycleEvents, keepImages: readonly string[]) {
    this.#context = context;
    this.#workers = workers;
    this.#pleg = pleg;
    this.#keepImages = keepImages;
    this.#configuration = context.configuration;
  }
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#context;
    const every = async (ms: number, firstMs: number, work: () => Promise<void>) => {
      await clock.sleep(firstMs, signal).catch(() => undefined);
      while (!signal.aborted) {
        await work().catch((error) => log.warn('garbage could not be collected', { error }));
        await clock.sleep(ms, signal).catch(() => undefined);
      }
    };
    await Promise.all([
      every(orphanMs * 5, orphanMs, () => this.#orphans()),
      every(sweepMs, sweepMs, () => this.#containers()),
      every(imageSweepMs, 0, () => this.#images()),
    ]);
  }
  /** Frees all that can be freed now. */
  async reclaimDisk(): Promise<void> {
    await this.#containers();
    await this.#removeImages(Number.POSITIVE_INFINITY);
  }
  async #orphans(): Promise<void> {
    const { files, cgroups, cgroupRoot } = this.#context;
    for (const pod of this.#pleg.pods.values()) if (!this.#workers.knows(pod.uid)) await this.#workers.clear(pod);
    const isNobodys = (uid: string) => !this.#workers.knows(uid) && !this.#pleg.pods.has(uid);
    for (const uid of await files.podUids()) if (isNobodys(uid)) await files.tearDown(uid);
    for (const path of await cgroups.list(cgroupRoot)) if (isNobodys(path.slice(path.lastIndexOf('/pod') + 4))) await cgroups.remove(path);
  }
  async #containers(): Promise<void> {
    const { runtime } = this.#context;
    const containers = await runtime.listContainers();
    const surplus = surplusContainers(containers);
    for (const { id } of surplus) await runtime.removeContainer(id);
    const left = containers.filter((one) => !surplus.includes(one));
    for (const { id } of surplusSandboxes(await runtime.listPodSandboxes(), left)) await removeSandbox(runtime, id);
  }
  async #images(): Promise<void> {
    const { imageGCHighThresholdPercent: high, imageGCLowThresholdPercent: low } = this.#configuration;
    const { mountpoint } = await this.#context.runtime.imageFsInfo();
    const disk = mountpoint === '' ? undefined : await fileSystemOf(mountpoint).catch(() => undefined);
    const usedBytes = disk === undefined ? 0 : disk.capacityBytes - disk.availableBytes;
    const full = disk !== undefined && usedBytes * 100 >= disk.capacityBytes * high;
    await this.#removeImages(full ? usedBytes - (disk.capacityBytes * low) / 100 : 0);
  }
  async #removeImages(bytes: number): Promise<void> {
    const { runtime, clock, log } = this.#context;
    const [all, containers] = await Promise.all([runtime.listImages(), runtime.listContainers()]);
    const mounted = this.#workers.activePods().flatMap((pod) => (pod.spec?.volumes ?? []).map(({ image }) => image?.reference ?? ''));
    const inUse = new Set([...this.#keepImages, ...mounted, ...containers.flatMap((one) => [one.image, one.imageRef])]);
    const nowMs = clock.monotonic();
    const isUsed = (image: Image) => [image.id, ...image.repoTags, ...image.repoDigests].some((name) => inUse.has(name));
    for (const image of all) {
      const known = this.#ages.get(image.id) ?? { firstMs: nowMs, usedMs: 0 };
      this.#ages.set(image.id, isUsed(image) ? { ...known, usedMs: nowMs } : known);
    }
    for (const id of this.#ages.keys()) if (!all.some((image) => image.id === id)) this.#ages.delete(id);
    const { imageMinimumGCAgeMs: minimumAgeMs, imageMaximumGCAgeMs: maximumAgeMs } = this.#configuration;
    for (const image of imagesToRemove(all, { bytes, inUse, ages: this.#ages, minimumAgeMs, maximumAgeMs, nowMs })) {
      log.info('removing an unused image', { image: image.repoTags[0] ?? image.id, bytes: image.sizeBytes });
      await runtime.removeImage(image.id).catch((error) => log.warn('an image could not be removed', { image: image.id, error }));
    }
  }
}
