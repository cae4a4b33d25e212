import { milliValue, value } from '../../../api/quantity.ts';
import type { Pod } from '../pod.ts';

/** Resource name to amount: cpu in thousandths of a core, everything else in whole units. */
export type Amounts = ReadonlyMap<string, number>;
type ResourceList = Readonly<Record<string, string>> | undefined;

const amountOf = (name: string, text: string): number => (name === 'cpu' ? milliValue(text) : value(text));
export const amountsOf = (list: ResourceList): Amounts =>
  new Map(Object.entries(list ?? {}).map(([name, text]) => [name, amountOf(name, text)]));
/** One amount of a list; undefined when it is not named. */
export function amount(list: ResourceList, name: string): number | undefined {
  const text = list?.[name];
  return text === undefined ? undefined : amountOf(name, text);
}

function add(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, more] of amounts) into.set(name, (into.get(name) ?? 0) + more);
}
function raise(into: Map<string, number>, amounts: Amounts): void {
  for (const [name, more] of amounts) into.set(name, Math.max(into.get(name) ?? 0, more));
}

type Container = Pod['spec']['containers'][number];
type AmountsOfContainer = (container: Container) => Amounts;

/**
 * What a pod takes at its peak: containers and sidecars together, or an init container with the sidecars started before
 * it, whichever is more (KEP-753); pod-level values stand in their place (KEP-2837); overhead on top.
 */
export function podAmounts(
  pod: Pod,
  which: 'requests' | 'limits',
  ofContainer: AmountsOfContainer = (container) => amountsOf(container.resources?.[which]),
): Amounts {
  const total = new Map<string, number>();
  const peak = new Map<string, number>();
  const sidecars = new Map<string, number>();
  for (const container of pod.spec.initContainers ?? []) {
    const own = ofContainer(container);
    const together = new Map(sidecars);
    add(together, own);
    if (container.restartPolicy === 'Always') add(sidecars, own);
    raise(peak, together);
  }
  for (const container of pod.spec.containers) add(total, ofContainer(container));
  add(total, sidecars);
  raise(total, peak);
  for (const [name, stated] of amountsOf(pod.spec.resources?.[which])) total.set(name, stated);
  for (const [name, more] of amountsOf(pod.spec.overhead)) {
    if (which === 'requests' || total.has(name)) total.set(name, (total.get(name) ?? 0) + more);
  }
  return total;
}

/** What a container that asks for nothing is taken to use, when nodes are scored. */
const assumedAmounts: Amounts = new Map([
  ['cpu', 100],
  ['memory', 200 * 1024 * 1024],
]);
const assumed: AmountsOfContainer = (container) => new Map([...assumedAmounts, ...amountsOf(container.resources.requests)]);

const memo = new WeakMap<Pod, { readonly requested: Amounts; readonly assumed: Amounts }>();

/** For placing pods; a pod counts as one of 'pods'. Memoised by object, which is immutable. */
export function podRequests(pod: Pod): { readonly requested: Amounts; readonly assumed: Amounts } {
  let found = memo.get(pod);
  if (found === undefined) {
    const one = [['pods', 1]] as const;
    found = {
      requested: new Map([...podAmounts(pod, 'requests'), ...one]),
      assumed: new Map([...podAmounts(pod, 'requests', assumed), ...one]),
    };
    memo.set(pod, found);
  }
  return found;
}
