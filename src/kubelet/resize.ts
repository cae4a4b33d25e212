import type { KubeletContext } from './context.ts';
import type { Verdict } from './conditions.ts';
import type { ObservedPod } from './observed.ts';
import { latest } from './observed.ts';
import { containerResources } from './resources.ts';
import type { LinuxResources } from './runtime.ts';
import type { Pod, ResourceRequirements } from './types.ts';
import { containersOf, initContainersOf, isSidecar } from './types.ts';

const same = (a: LinuxResources, b: LinuxResources) =>
  a.cpuShares === b.cpuShares && a.cpuQuota === b.cpuQuota && a.memoryLimitBytes === b.memoryLimitBytes;

/** Resizes running containers in place (KEP-1287): what was applied to each instance, and how a change went. */
export class ResizeState {
  readonly #context: KubeletContext;
  readonly #applied = new Map<string, { readonly resources: LinuxResources; readonly shown: ResourceRequirements | undefined }>();
  #error = '';

  constructor(context: KubeletContext) {
    this.#context = context;
  }
  resourcesOf(id: string): ResourceRequirements | undefined {
    return this.#applied.get(id)?.shown;
  }
  verdicts(): readonly Verdict[] {
    if (this.#error === '') return [];
    return [{ type: 'PodResizeInProgress', status: 'True', reason: 'Error', message: this.#error }];
  }
  /** Applies what the spec says now to running containers whose resources differ. True when something was changed. */
  async apply(pod: Pod, observed: ObservedPod): Promise<boolean> {
    let changed = false;
    this.#error = '';
    for (const container of [...initContainersOf(pod).filter(isSidecar), ...containersOf(pod)]) {
      const status = latest(observed, container.name);
      if (status?.state !== 'RUNNING') continue;
      const wanted = containerResources(pod, container, this.#context.nodeMemoryBytes);
      const before = this.#applied.get(status.id);
      if (before === undefined || same(before.resources, wanted)) {
        this.#applied.set(status.id, { resources: wanted, shown: container.resources });
        continue;
      }
      try {
        await this.#context.runtime.updateContainerResources(status.id, wanted);
        this.#applied.set(status.id, { resources: wanted, shown: container.resources });
        changed = true;
      } catch (error) {
        this.#error = (error as Error).message;
        this.#context.events.event(pod, 'Warning', 'ResizeError', this.#error);
      }
    }
    for (const id of this.#applied.keys()) if (!observed.containers.some((one) => one.id === id)) this.#applied.delete(id);
    return changed;
  }
}
