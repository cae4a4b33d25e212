import { addQuantities, compareQuantities, quantitySign } from '../../../api/quantity.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';

/** kubernetes.io: pod quality of service classes. */
export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';
type ResourceList = Readonly<Record<string, string>> | undefined;
const counted = ['cpu', 'memory'];

const positive = (list: ResourceList, name: string): boolean => list?.[name] !== undefined && quantitySign(list[name]) > 0;
function add(into: Map<string, string>, list: ResourceList): void {
  for (const name of counted) {
    if (!positive(list, name)) continue;
    const before = into.get(name);
    into.set(name, before === undefined ? list![name]! : addQuantities(before, list![name]!));
  }
}

export function podQos(spec: PodSpec): QosClass {
  const requests = new Map<string, string>();
  const limits = new Map<string, string>();
  const all =
    spec.resources === undefined ? [...spec.containers, ...(spec.initContainers ?? [])].map((one) => one.resources) : [spec.resources];
  let limited = true;
  for (const resources of all) {
    add(requests, resources.requests);
    add(limits, resources.limits);
    const stated = spec.resources === undefined || Object.keys(resources.limits ?? {}).length > 0;
    if (stated && !counted.every((name) => positive(resources.limits, name))) limited = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  const equal = [...requests].every(([name, amount]) => limits.has(name) && compareQuantities(limits.get(name)!, amount) === 0);
  return limited && equal && requests.size === limits.size ? 'Guaranteed' : 'Burstable';
}
