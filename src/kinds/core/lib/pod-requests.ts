import { milliValue, value } from '../../../api/quantity.ts';
import type { Pod } from '../pod.ts';

/** Resource name to amount: cpu in thousandths of a core, everything else in whole units. */
export type Amounts = ReadonlyMap<string, number>;

/** What a container that asks for nothing is taken to use, when nodes are scored. */
const assumedCpuMilli = 100;
const assumedMemoryBytes = 200 * 1024 * 1024;

export function quantityMap(list: Readonly<Record<string, string>> | undefined): Amounts {
  const amounts = new Map<string, number>();
  for (const [name, text] of Object.entries(list ?? {})) amounts.set(name, name === 'cpu' ? milliValue(text) : value(text));
  return amounts;
}

function add(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, (into.get(name) ?? 0) + amount);
}
function raise(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, amount] of amounts) into.set(name, Math.max(into.get(name) ?? 0, amount));
}

type Container = Pod['spec']['containers'][number];

function containerRequests(container: Container, assume: boolean): Amounts {
  const requests = quantityMap(container.resources.requests);
  if (!assume) return requests;
  const assumed = new Map(requests);
  if (!assumed.has('cpu')) assumed.set('cpu', assumedCpuMilli);
  if (!assumed.has('memory')) assumed.set('memory', assumedMemoryBytes);
  return assumed;
}

/**
 * What a pod takes at its peak: containers and sidecars together, or an init container with the sidecars started before
 * it, whichever is more (KEP-753); pod-level requests stand in their place (KEP-2837); overhead on top.
 */
function total(pod: Pod, assume: boolean): Amounts {
  const running = new Map<string, number>();
  const peak = new Map<string, number>();
  const sidecars = new Map<string, number>();
  for (const container of pod.spec.initContainers ?? []) {
    const own = containerRequests(container, assume);
    if (container.restartPolicy === 'Always') {
      add(sidecars, own);
      raise(peak, sidecars);
    } else {
      const together = new Map(sidecars);
      add(together, own);
      raise(peak, together);
    }
  }
  for (const container of pod.spec.containers) add(running, containerRequests(container, assume));
  add(running, sidecars);
  raise(running, peak);
  for (const [name, amount] of quantityMap(pod.spec.resources?.requests)) running.set(name, amount);
  add(running, quantityMap(pod.spec.overhead));
  running.set('pods', 1);
  return running;
}

const memo = new WeakMap<Pod, { readonly requested: Amounts; readonly assumed: Amounts }>();

/** Memoised by object, which is immutable. */
export function podRequests(pod: Pod): { readonly requested: Amounts; readonly assumed: Amounts } {
  let found = memo.get(pod);
  if (found === undefined) {
    found = { requested: total(pod, false), assumed: total(pod, true) };
    memo.set(pod, found);
  }
  return found;
}
