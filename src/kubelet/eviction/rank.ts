import { value } from '../../api/quantity.ts';
import { amount, podAmounts } from '../../kinds/core/lib/pod-requests.ts';
import { isStatic } from '../static-pods/manifest.ts';
import type { Pod } from '../types.ts';
import { containersOf, initContainersOf } from '../types.ts';
import type { PodUsage } from '../usage.ts';
import { amountOf, type Observations, resourceOf, type Signal, type Threshold } from './thresholds.ts';

export type Usages = ReadonlyMap<string, PodUsage>;
const criticalPriority = 2_000_000_000;

/** Static pods and those of the highest system priorities are never evicted. */
export const isCritical = (pod: Pod): boolean => isStatic(pod) || (pod.spec?.priority ?? 0) >= criticalPriority;

/** resource.Quantity's text of so many bytes: '1536Mi', '1000'. */
export function bytesText(bytes: number): string {
  const units = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
  let unit = 0;
  let left = Math.round(bytes);
  while (left >= 1024 && left % 1024 === 0 && unit < units.length - 1) {
    left /= 1024;
    unit++;
  }
  return `${left}${units[unit]}`;
}

function used(usage: PodUsage, signal: Signal): number {
  const resource = resourceOf(signal);
  if (resource === 'memory') return usage.memoryBytes;
  if (resource === 'pids') return usage.processes;
  return resource === 'inodes' ? usage.disk.inodes : usage.disk.bytes;
}
const requested = (pod: Pod, signal: Signal) => podAmounts(pod, 'requests').get(resourceOf(signal)) ?? 0;

/**
 * Whom to evict first: pods of which nothing is known, those above their request, those of lower priority, those most above
 * their request. Processes count after priority only. Pure.
 */
export function rank(pods: readonly Pod[], usages: Usages, signal: Signal): readonly Pod[] {
  const excess = (pod: Pod) => {
    const usage = usages.get(pod.metadata.uid);
    return usage === undefined ? Number.POSITIVE_INFINITY : used(usage, signal) - requested(pod, signal);
  };
  const exceeds = (pod: Pod) => (signal === 'pid.available' ? 0 : Number(excess(pod) > 0));
  const priority = (pod: Pod) => pod.spec?.priority ?? 0;
  const byExcess = (a: Pod, b: Pod) => (excess(a) === excess(b) ? 0 : excess(b) - excess(a));
  return [...pods].sort((a, b) => exceeds(b) - exceeds(a) || priority(a) - priority(b) || byExcess(a, b));
}

/** The message of an eviction, in upstream's words. */
export function evictionMessage(pod: Pod, usage: PodUsage | undefined, threshold: Threshold, observations: Observations): string {
  const resource = resourceOf(threshold.signal);
  const seen = observations.get(threshold.signal);
  const text = resource === 'memory' || resource === 'ephemeral-storage' ? bytesText : String;
  let message = `The node was low on resource: ${resource}. `;
  if (seen !== undefined)
    message += `Threshold quantity: ${text(amountOf(threshold.amount, seen.capacity))}, available: ${bytesText(Math.floor(seen.available / 1024) * 1024)}. `;
  if (resource !== 'memory' && resource !== 'ephemeral-storage') return message;
  for (const [name, { stats, logs }] of usage?.containers ?? []) {
    const container = [...containersOf(pod), ...initContainersOf(pod)].find((one) => one.name === name);
    const bytes = resource === 'memory' ? stats.memoryWorkingSetBytes : stats.rootfsUsedBytes + logs.bytes;
    const request = container?.resources?.requests?.[resource];
    if (container === undefined || bytes <= (amount(container.resources?.requests, resource) ?? 0)) continue;
    message += `Container ${name} was using ${bytesText(bytes)}, request is ${request ?? '0'}, has larger consumption of ${resource}. `;
  }
  return message;
}

/** Why a pod is evicted for what it keeps on disk itself, whatever the node has left; undefined when it stays within its limits. Pure. */
export function exceededLimit(pod: Pod, usage: PodUsage): string | undefined {
  for (const { name, emptyDir } of pod.spec?.volumes ?? []) {
    const limit = emptyDir?.sizeLimit === undefined ? 0 : value(emptyDir.sizeLimit);
    const bytes = usage.volumes.get(name)?.bytes;
    if (limit > 0 && bytes !== undefined && bytes > limit)
      return `Usage of EmptyDir volume "${name}" exceeds the limit "${emptyDir!.sizeLimit}". `;
  }
  const ofPod = podAmounts(pod, 'limits').get('ephemeral-storage');
  if (ofPod !== undefined && usage.disk.bytes > ofPod)
    return `Pod ephemeral local storage usage exceeds the total limit of containers ${bytesText(ofPod)}. `;
  for (const container of containersOf(pod)) {
    const limit = container.resources?.limits?.['ephemeral-storage'];
    const one = usage.containers.get(container.name);
    if (limit === undefined || one === undefined) continue;
    if (one.stats.rootfsUsedBytes + one.logs.bytes > (amount(container.resources?.limits, 'ephemeral-storage') ?? 0))
      return `Container ${container.name} exceeded its local ephemeral storage limit "${limit}". `;
  }
  return undefined;
}
