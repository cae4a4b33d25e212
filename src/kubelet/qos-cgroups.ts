import { podAmounts } from '../kinds/core/lib/pod-requests.ts';
import type { Cgroups } from './cgroups.ts';
import { cgroupsOfClasses, milliToShares, type PodLimits, qosClass, unlimited } from './resources.ts';
import type { Pod } from './types.ts';

/** What the cgroups above those of pods get, by path: Burstable pods share the CPU with the others as much as they asked for together. Pure. */
export function qosLimits(
  root: string,
  pods: readonly Pod[],
  node: { readonly milliCpus: number; readonly memoryBytes: number },
): ReadonlyMap<string, PodLimits> {
  const burstable = pods.filter((pod) => qosClass(pod) === 'Burstable');
  const milli = burstable.reduce((total, pod) => total + (podAmounts(pod, 'requests').get('cpu') ?? 0), 0);
  const paths = cgroupsOfClasses(root);
  return new Map([
    [paths.all, { ...unlimited, cpuShares: milliToShares(node.milliCpus), memoryBytes: node.memoryBytes }],
    [paths.burstable, { ...unlimited, cpuShares: milliToShares(milli) }],
    [paths.bestEffort, { ...unlimited, cpuShares: milliToShares(0) }],
  ]);
}

/** Keeps the cgroups of the QoS classes as the pods of the node want them. */
export class QosCgroups {
  readonly #cgroups: Cgroups;
  readonly #limits: () => ReadonlyMap<string, PodLimits>;
  #updating: Promise<void> = Promise.resolve();

  constructor(cgroups: Cgroups, limits: () => ReadonlyMap<string, PodLimits>) {
    this.#cgroups = cgroups;
    this.#limits = limits;
  }
  /** One update at a time; cheap when nothing changed. */
  async update(): Promise<void> {
    const next = this.#updating.then(async () => {
      for (const [path, limits] of this.#limits()) await this.#cgroups.ensure(path, limits);
    });
    this.#updating = next.catch(() => undefined);
    await next;
  }
}
