import type { Verdict } from './conditions.ts';
import type { KubeletContext } from './context.ts';
import type { ObservedPod } from './observed.ts';
import { latest } from './observed.ts';
import { amount } from '../kinds/core/lib/pod-requests.ts';
import { containerResources } from './resources.ts';
import type { ContainerStatus, LinuxResources } from './runtime.ts';
import type { Container, Pod, ResourceRequirements } from './types.ts';
import { containersOf, initContainersOf, isSidecar } from './types.ts';

const resizable = ['cpu', 'memory'] as const;
type Resizable = (typeof resizable)[number];

/** Which of cpu and memory differ in what is in force; a runtime tells none as 0 or -1. */
function limitsDiffer(a: LinuxResources, b: LinuxResources): readonly Resizable[] {
  const differ = (name: 'cpuShares' | 'cpuQuota' | 'memoryLimitBytes') => Math.max(a[name] ?? 0, 0) !== Math.max(b[name] ?? 0, 0);
  return resizable.filter((name) => (name === 'cpu' ? differ('cpuShares') || differ('cpuQuota') : differ('memoryLimitBytes')));
}

/** Which of cpu and memory two sets of requirements differ in. */
function differences(a: ResourceRequirements | undefined, b: ResourceRequirements | undefined): readonly Resizable[] {
  return resizable.filter(
    (name) => amount(a?.requests, name) !== amount(b?.requests, name) || amount(a?.limits, name) !== amount(b?.limits, name),
  );
}
/** What a running instance has: for the runtime, and as its status shows it. */
interface Applied {
  readonly limits: LinuxResources;
  readonly shown: ResourceRequirements;
}
/** From what is granted being told until all of it is in force. */
const inProgress: Verdict = { type: 'PodResizeInProgress', status: 'True' };
const counted = (pod: Pod): readonly Container[] => [...initContainersOf(pod), ...containersOf(pod)];
/** What is no init container goes on after a restart. */
const restartable = (pod: Pod): readonly Container[] => [...initContainersOf(pod).filter(isSidecar), ...containersOf(pod)];

/**
 * Resizes pods and running containers in place (KEP-1287, KEP-5419). What the node has granted stays in force until there is room for what the
 * spec asks for; then it is applied to each container, by an update or, where its resizePolicy says so, by a restart.
 */
export class ResizeState {
  readonly #context: KubeletContext;
  readonly #granted = new Map<string, ResourceRequirements>();
  /** To the pod as a whole. */
  #grantedPod: ResourceRequirements | undefined;
  readonly #applied = new Map<string, Applied>();
  #pending: Verdict | undefined;
  #progress: Verdict | undefined;

  constructor(context: KubeletContext) {
    this.#context = context;
  }
  /** What a running instance has, for its status. */
  resourcesOf(id: string): ResourceRequirements | undefined {
    return this.#applied.get(id)?.shown;
  }
  verdicts(): readonly Verdict[] {
    return [this.#pending, this.#progress].filter((one) => one !== undefined);
  }
  /** The pod with the resources that were granted to it, after asking for what has changed. */
  grant(pod: Pod): Pod {
    const containers = counted(pod);
    for (const container of containers) {
      if (!this.#granted.has(container.name)) this.#granted.set(container.name, adopted(pod, container));
    }
    const whole = pod.spec.resources;
    this.#grantedPod ??= whole === undefined ? undefined : adoptedPod(pod, whole);
    this.#pending = undefined;
    const isWider = whole !== undefined && differences(this.#grantedPod, whole).length > 0;
    if (isWider || containers.some((one) => differences(this.#granted.get(one.name), one.resources).length > 0)) {
      const refused = this.#context.fits(pod);
      if (refused === undefined) {
        for (const one of containers) this.#granted.set(one.name, one.resources ?? {});
        this.#grantedPod = whole;
        this.#progress = inProgress;
      } else this.#pending = { type: 'PodResizePending', status: 'True', reason: refused.reason, message: refused.message };
    }
    return this.#pending === undefined ? pod : this.#withGranted(pod);
  }
  #withGranted(pod: Pod): Pod {
    const replace = (one: Container): Container => ({ ...one, resources: this.#granted.get(one.name) ?? one.resources });
    const whole = this.#grantedPod === undefined ? {} : { resources: this.#grantedPod };
    return {
      ...pod,
      spec: { ...pod.spec, ...whole, initContainers: initContainersOf(pod).map(replace), containers: containersOf(pod).map(replace) },
    };
  }
  /** Instances that can take what was granted only by a restart. */
  needRestart(pod: Pod, observed: ObservedPod): ReadonlySet<string> {
    const ids = new Set<string>();
    for (const container of restartable(pod)) {
      const status = latest(observed, container.name);
      if (status?.state !== 'RUNNING') continue;
      const wanted = containerResources(pod, container, this.#context.nodeMemoryBytes);
      const before = this.#before(pod, container, status, wanted);
      const changed = new Set([...differences(before.shown, container.resources), ...limitsDiffer(before.limits, wanted)]);
      const restarts = [...changed].some((name) =>
        container.resizePolicy?.some((one) => one.resourceName === name && one.restartPolicy === 'RestartContainer'),
      );
      if (restarts) ids.add(status.id);
    }
    return ids;
  }
  /**
   * What an instance has. Of one that this kubelet has changed nothing of the runtime tells: a resize may have been under way when the kubelet
   * before it stopped (KEP-1287). What it was granted then is in the pod's status.
   */
  #before(pod: Pod, container: Container, { id, resources: has }: ContainerStatus, wanted: LinuxResources): Applied {
    const known = this.#applied.get(id);
    if (known !== undefined) return known;
    const isDone = has === undefined || limitsDiffer(has, wanted).length === 0;
    return { limits: has ?? wanted, shown: isDone ? (container.resources ?? {}) : adopted(pod, container) };
  }
  /** Updates running containers to what was granted. True when something was changed. */
  async apply(pod: Pod, observed: ObservedPod): Promise<boolean> {
    let changed = false;
    let failed: Verdict | undefined;
    const restarting = this.needRestart(pod, observed);
    for (const container of counted(pod)) {
      const status = latest(observed, container.name);
      if (status?.state !== 'RUNNING' || restarting.has(status.id)) continue;
      const wanted = containerResources(pod, container, this.#context.nodeMemoryBytes);
      const before = this.#before(pod, container, status, wanted);
      if (limitsDiffer(before.limits, wanted).length === 0) {
        this.#applied.set(status.id, { limits: wanted, shown: container.resources ?? {} });
        continue;
      }
      try {
        await this.#context.runtime.updateContainerResources(status.id, wanted);
        this.#applied.set(status.id, { limits: wanted, shown: container.resources ?? {} });
        changed = true;
      } catch (error) {
        const message = (error as Error).message;
        failed = { ...inProgress, reason: 'Error', message };
        this.#context.events.event(pod, 'Warning', 'ResizeError', `Pod resize error: ${message}`);
      }
    }
    for (const id of this.#applied.keys()) if (!observed.containers.some((one) => one.id === id)) this.#applied.delete(id);
    this.#progress = failed ?? (restarting.size > 0 ? inProgress : undefined);
    if (changed && this.#progress === undefined) this.#context.events.event(pod, 'Normal', 'ResizeCompleted', 'Pod resize completed');
    return changed;
  }
}

/** After a restart of the kubelet the status tells what a running container was granted. */
function adopted(pod: Pod, container: Container): ResourceRequirements {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const status = statuses.find((one) => one.name === container.name);
  return (status?.state?.running === undefined ? undefined : status.resources) ?? container.resources ?? {};
}
/** The same of the pod as a whole, while it runs. */
function adoptedPod({ status }: Pod, stated: ResourceRequirements): ResourceRequirements {
  const shown = status?.phase === 'Running' ? status.resources : undefined;
  const of = (list: 'requests' | 'limits') => {
    const names = Object.keys(stated[list] ?? {});
    return Object.fromEntries(names.map((name) => [name, shown?.[list]?.[name] ?? stated[list]![name]!]));
  };
  return { requests: of('requests'), limits: of('limits') };
}
