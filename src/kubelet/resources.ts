import { milliValue, value } from '../api/quantity.ts';
import type { LinuxResources } from './runtime.ts';
import type { AnyContainer, Container, Pod, ResourceList } from './types.ts';
import { containersOf, initContainersOf, isSidecar } from './types.ts';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';
const qosResources = ['cpu', 'memory'] as const;

/** Resource name to amount: cpu in thousandths, others in whole units. */
export type Amounts = Map<string, number>;
const amountOf = (name: string, text: string) => (name === 'cpu' ? milliValue(text) : value(text));
export const amountsOf = (list: ResourceList | undefined): Amounts =>
  new Map(Object.entries(list ?? {}).map(([name, text]) => [name, amountOf(name, text)]));
/** One amount of a list; undefined when it is not named. */
export function amount(list: ResourceList | undefined, name: string): number | undefined {
  const text = list?.[name];
  return text === undefined ? undefined : amountOf(name, text);
}

/** The class by https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/; pod-level resources decide when they are set. */
export function qosClass(pod: Pod): QosClass {
  const podLevel = pod.spec?.resources;
  const sources =
    podLevel?.requests || podLevel?.limits
      ? [podLevel]
      : [...initContainersOf(pod), ...containersOf(pod)].map((one) => one.resources ?? {});
  const requests = new Map<string, number>();
  const limits = new Map<string, number>();
  let guaranteed = true;
  for (const source of sources) {
    let limited = 0;
    for (const name of qosResources) {
      const request = amount(source.requests, name) ?? 0;
      const limit = amount(source.limits, name) ?? 0;
      if (request > 0) requests.set(name, (requests.get(name) ?? 0) + request);
      if (limit > 0) {
        limits.set(name, (limits.get(name) ?? 0) + limit);
        limited++;
      }
    }
    if (limited < qosResources.length) guaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const same = requests.size === limits.size && [...requests].every(([name, request]) => limits.get(name) === request);
  return guaranteed && same ? 'Guaranteed' : 'Burstable';
}

function add(into: Amounts, more: Amounts): void {
  for (const [name, one] of more) into.set(name, (into.get(name) ?? 0) + one);
}
function raise(into: Amounts, more: Amounts): void {
  for (const [name, one] of more) into.set(name, Math.max(into.get(name) ?? 0, one));
}

/** What a pod's containers take at their peak (KEP-753), replaced by pod-level values, with overhead. */
export function podAmounts(pod: Pod, which: 'requests' | 'limits'): Amounts {
  const total: Amounts = new Map();
  const peak: Amounts = new Map();
  const sidecars: Amounts = new Map();
  for (const container of initContainersOf(pod)) {
    const own = amountsOf(container.resources?.[which]);
    const together = new Map(sidecars);
    add(together, own);
    if (isSidecar(container)) add(sidecars, own);
    raise(peak, together);
  }
  for (const container of containersOf(pod)) add(total, amountsOf(container.resources?.[which]));
  add(total, sidecars);
  raise(total, peak);
  for (const [name, one] of amountsOf(pod.spec?.resources?.[which])) total.set(name, one);
  for (const [name, one] of amountsOf(pod.spec?.overhead)) {
    if (which === 'requests' || total.has(name)) total.set(name, (total.get(name) ?? 0) + one);
  }
  return total;
}

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
  const memoryLimit = amount(limits, 'memory') ?? 0;
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
}
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

/** '/kubepods/burstable/pod<uid>' under the node's own root. */
export function cgroupParent(root: string, pod: Pod): string {
  const qos = qosClass(pod);
  const folder = qos === 'Guaranteed' ? '' : `/${qos.toLowerCase()}`;
  return `${root}/kubepods${folder}/pod${pod.metadata.uid}`;
}
