import { canonicalQuantity, milliValue, value } from '../api/quantity.ts';
import type { KubeletConfiguration } from './configuration.ts';
import { amountOf, type Signal } from './eviction/thresholds.ts';
import type { ResourceList } from './types.ts';

export interface NodeResources {
  readonly capacity: ResourceList;
  /** What pods may ask for together. */
  readonly allocatable: ResourceList;
  /** What the cgroup of all pods may take: what is kept free before pods are evicted is theirs until then. */
  readonly room: { readonly milliCpus: number; readonly memoryBytes: number };
}

/** In canonical form, as the API shows them: what is written then equals what is read, and need not be written again. */
const canonical = (list: ResourceList): ResourceList =>
  Object.fromEntries(Object.entries(list).map(([name, text]) => [name, canonicalQuantity(text)]));
/** Hard eviction thresholds that lessen what pods may ask for. */
const kept: Readonly<Record<string, Signal>> = { memory: 'memory.available', 'ephemeral-storage': 'nodefs.available' };

/** https://kubernetes.io/docs/tasks/administer-cluster/reserve-compute-resources/: allocatable is capacity less what is reserved and hard eviction thresholds. Pure. */
export function nodeResources(
  facts: { readonly cpus: number; readonly memoryBytes: number },
  configuration: KubeletConfiguration,
  more: ResourceList = {},
): NodeResources {
  const { systemReserved, kubeReserved, evictionHard, maxPods } = configuration;
  const capacity = canonical({
    cpu: String(facts.cpus),
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    pods: String(maxPods),
    'ephemeral-storage': '100Gi',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    ...more,
  });
  const reserved = (name: string) => [systemReserved, kubeReserved].reduce((total, list) => total + milliValue(list[name] ?? '0'), 0);
  const allocatable = Object.entries(capacity).map(([name, text]) => {
    const signal = kept[name];
    const held = signal === undefined ? 0 : amountOf(evictionHard.get(signal), value(text));
    const taken = reserved(name) + held * 1000;
    if (taken === 0) return [name, text];
    const left = Math.max(milliValue(text) - taken, 0);
    if (name === 'memory') return [name, `${Math.floor(left / 1024_000)}Ki`];
    return [name, name === 'cpu' ? `${left}m` : String(Math.floor(left / 1000))];
  });
  return {
    capacity,
    allocatable: canonical(Object.fromEntries(allocatable)),
    room: { milliCpus: milliValue(capacity.cpu!) - reserved('cpu'), memoryBytes: value(capacity.memory!) - reserved('memory') / 1000 },
  };
}
