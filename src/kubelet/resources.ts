import { amount, podAmounts } from '../kinds/core/lib/pod-requests.ts';
import { podQos, type QosClass } from '../kinds/core/lib/pod-qos.ts';
import { containerTotals, isPodLevelResource } from '../kinds/core/lib/pod-totals.ts';
import { addLists, type ResourceList } from '../kinds/core/lib/resource-lists.ts';
import type { LinuxResources } from './runtime.ts';
import type { AnyContainer, Container, Pod, PodStatus } from './types.ts';
import { containersOf, initContainersOf, isSidecar } from './types.ts';

/** The class by https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/. */
export const qosClass = (pod: Pod): QosClass => podQos(pod.spec);

const minShares = 2;
const maxShares = 262_144;
const quotaPeriod = 100_000;
const minQuota = 1_000;
/** cgroup v1 cpu.shares for thousandths of a core. */
export const milliToShares = (milli: number): number =>
  milli === 0 ? minShares : Math.min(Math.max(Math.floor((milli * 1024) / 1000), minShares), maxShares);
/** CFS quota for thousandths of a core in a period of 100 ms; 0 means no limit. */
export const milliToQuota = (milli: number): number => (milli === 0 ? 0 : Math.max(Math.floor((milli * quotaPeriod) / 1000), minQuota));

/** oom_score_adj as upstream gives it to containers: by class, and for Burstable by the share of memory asked for. */
export function oomScoreAdj(pod: Pod, container: AnyContainer, nodeMemoryBytes: number): number {
  if (pod.spec?.priorityClassName === 'system-node-critical') return -997;
  const qos = qosClass(pod);
  if (qos === 'Guaranteed') return -997;
  if (qos === 'BestEffort') return 1000;
  const request = amount(container.resources?.requests, 'memory') ?? 0;
  const perRequest = (1000 * request) / Math.max(nodeMemoryBytes, 1);
  let adjust = Math.trunc(1000 - perRequest);
  if (isSidecar(container)) {
    const regular = containersOf(pod).map((one) => amount(one.resources?.requests, 'memory') ?? 0);
    const smallest = regular.length === 0 ? 0 : Math.min(...regular);
    adjust = Math.min(adjust, Math.trunc(1000 - (1000 * smallest) / Math.max(nodeMemoryBytes, 1)));
  }
  if (adjust < 1000 + -997) return 1000 + -997;
  return adjust === 1000 ? 999 : adjust;
}

/** The limits of one container for the runtime. */
export function containerResources(pod: Pod, container: AnyContainer, nodeMemoryBytes: number): LinuxResources {
  const { requests, limits } = container.resources ?? {};
  const cpuLimit = amount(limits, 'cpu') ?? amount(pod.spec?.resources?.limits, 'cpu') ?? 0;
  const cpuRequest = amount(requests, 'cpu') ?? amount(limits, 'cpu') ?? 0;
  const memoryLimit = amount(limits, 'memory') ?? amount(pod.spec?.resources?.limits, 'memory') ?? 0;
  const quota = milliToQuota(cpuLimit);
  return {
    cpuShares: milliToShares(cpuRequest),
    cpuPeriod: quotaPeriod,
    // 0 is "as the runtime has it", without limit; crun 1.8 cannot write the -1 that upstream documents.
    cpuQuota: Math.max(quota, 0),
    memoryLimitBytes: memoryLimit,
    oomScoreAdj: oomScoreAdj(pod, container, nodeMemoryBytes),
  };
}

/** Limits of the pod's own cgroup; undefined values mean none. */
export interface PodLimits {
  readonly cpuShares: number;
  readonly cpuQuota: number | undefined;
  readonly cpuPeriod: number;
  readonly memoryBytes: number | undefined;
  /** Processes and threads. */
  readonly pids?: number | undefined;
}
export const unlimited: PodLimits = { cpuShares: minShares, cpuQuota: undefined, cpuPeriod: quotaPeriod, memoryBytes: undefined };
export function podLimits(pod: Pod): PodLimits {
  const requests = podAmounts(pod, 'requests');
  const limits = podAmounts(pod, 'limits');
  const all: readonly Container[] = [...containersOf(pod), ...initContainersOf(pod)];
  const limited = (name: string) =>
    pod.spec?.resources?.limits?.[name] !== undefined || all.every((one) => (amount(one.resources?.limits, name) ?? 0) > 0);
  const cpu = limited('cpu') ? limits.get('cpu') : undefined;
  const memory = limited('memory') ? limits.get('memory') : undefined;
  return {
    cpuShares: milliToShares(requests.get('cpu') ?? limits.get('cpu') ?? 0),
    cpuQuota: cpu === undefined ? undefined : milliToQuota(cpu),
    cpuPeriod: quotaPeriod,
    memoryBytes: memory,
  };
}

/** What a pod asks for as a whole: what it states itself, else what its containers ask for together; overhead on top. */
function wholePod(pod: Pod, which: 'requests' | 'limits'): ResourceList {
  const containers = containerTotals<Container>({ ...pod.spec }, ({ resources }) => resources?.[which]);
  const stated = Object.entries(pod.spec.resources?.[which] ?? {}).filter(([name]) => isPodLevelResource(name));
  const total: ResourceList = { ...containers, ...Object.fromEntries(stated) };
  const overhead = Object.entries(pod.spec.overhead ?? {}).filter(([name]) => which === 'requests' || total[name] !== undefined);
  return addLists(total, Object.fromEntries(overhead));
}
/** What the status tells of the resources of a pod as a whole: what it was granted, and, once it runs, what its cgroup holds it to (KEP-5419). */
export function podLevelStatus(pod: Pod, isRunning: boolean): Pick<PodStatus, 'resources' | 'allocatedResources'> {
  const [requests, limits] = [wholePod(pod, 'requests'), wholePod(pod, 'limits')];
  const { cpuQuota, memoryBytes } = podLimits(pod);
  const isHeld = (name: string) => (name === 'cpu' ? cpuQuota : memoryBytes) !== undefined;
  const ofCgroup = (list: ResourceList, isIn: (name: string) => boolean): ResourceList =>
    isRunning ? Object.fromEntries(Object.entries(list).filter(([name]) => (name === 'cpu' || name === 'memory') && isIn(name))) : list;
  const nonEmpty = (name: string, list: ResourceList) => (Object.keys(list).length === 0 ? {} : { [name]: list });
  return {
    resources: {
      ...nonEmpty(
        'requests',
        ofCgroup(requests, () => true),
      ),
      ...nonEmpty('limits', ofCgroup(limits, isHeld)),
    },
    ...nonEmpty('allocatedResources', requests),
  };
}

/** The cgroups of all pods and of the classes, under the node's own root. Guaranteed pods stand beside the classes. */
export const cgroupsOfClasses = (root: string) => ({
  all: `${root}/kubepods`,
  burstable: `${root}/kubepods/burstable`,
  bestEffort: `${root}/kubepods/besteffort`,
});
/** '/kubepods/burstable/pod<uid>' under the node's own root. */
export function cgroupParent(root: string, pod: Pod): string {
  const { all, burstable, bestEffort } = cgroupsOfClasses(root);
  const folders = { Guaranteed: all, Burstable: burstable, BestEffort: bestEffort };
  return `${folders[qosClass(pod)]}/pod${pod.metadata.uid}`;
}
