import { parseTime } from '../../../api/gotime.ts';
import { quantitySign } from '../../../api/quantity.ts';
import type { PodAffinity } from '../shapes/affinity.ts';
import { podQos } from './pod-qos.ts';
import { containerTotals, isPodLevelResource, isSidecar } from './pod-totals.ts';
import type { PodLike } from './pod-types.ts';
import { addLists, maxLists, type ResourceList } from './resource-lists.ts';
import { isExtendedResource, isHugePages, isNativeResource, isQuotaHugePages } from './resource-names.ts';

/** What pods use of quotas (pkg/quota/v1/evaluator/core/pods.go). */
export const podResources: readonly string[] = [
  'count/pods',
  'cpu',
  'memory',
  'ephemeral-storage',
  'requests.cpu',
  'requests.memory',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
  'pods',
];
export const deviceClassPrefix = 'deviceclass.resource.kubernetes.io/';

/** 'requests.example.com/gpu' */
export const isExtendedForQuota = (name: string): boolean =>
  name.startsWith('requests.') && (!isNativeResource(name) || name.startsWith(`requests.${deviceClassPrefix}`));
export const isPodResource = (name: string): boolean => podResources.includes(name) || isQuotaHugePages(name) || isExtendedForQuota(name);

/** Quotas name requests and limits apart. */
function computeUsage(requests: ResourceList = {}, limits: ResourceList = {}): ResourceList {
  const usage: Record<string, string> = { pods: '1' };
  for (const name of ['cpu', 'memory', 'ephemeral-storage']) {
    if (requests[name] !== undefined) usage[name] = usage[`requests.${name}`] = requests[name];
    if (limits[name] !== undefined) usage[`limits.${name}`] = limits[name];
  }
  for (const [name, amount] of Object.entries(requests)) {
    if (isHugePages(name)) usage[name] = usage[`requests.${name}`] = amount;
    else if (isExtendedResource(name) || name.startsWith(deviceClassPrefix)) usage[`requests.${name}`] = amount;
  }
  return usage;
}

interface Effective {
  readonly spec: ResourceList | undefined;
  readonly actual: ResourceList | undefined;
  readonly allocated?: ResourceList | undefined;
}
/** While a resize is under way the most counts; one that is infeasible does not. */
function effective(pod: PodLike, { spec, actual, allocated }: Effective): ResourceList {
  const pending = pod.status?.conditions?.find((one) => one.type === 'PodResizePending');
  return pending?.reason === 'Infeasible' ? maxLists(actual, allocated) : maxLists(spec, actual, allocated);
}
function totals(pod: PodLike, which: 'requests' | 'limits'): ResourceList {
  const statuses = new Map(
    [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].map((one) => [one.name, one]),
  );
  const inits = new Set(pod.spec.initContainers ?? []);
  const total: Record<string, string> = {
    ...containerTotals(pod.spec, (container) => {
      const spec = container.resources?.[which];
      const status = inits.has(container) && !isSidecar(container) ? undefined : statuses.get(container.name);
      if (status?.resources === undefined) return spec;
      const actual = status.resources[which];
      return effective(pod, which === 'limits' ? { spec, actual } : { spec, actual, allocated: status.allocatedResources });
    }),
  };
  for (const [name, amount] of Object.entries(pod.spec.resources?.[which] ?? {})) if (isPodLevelResource(name)) total[name] = amount;
  if (which === 'requests') return addLists(total, pod.spec.overhead);
  const limited = Object.entries(pod.spec.overhead ?? {}).filter(([name]) => total[name] !== undefined && quantitySign(total[name]) !== 0);
  return addLists(total, Object.fromEntries(limited));
}

/** Ended pods, and those that should be gone by now, use nothing but their place in the store. */
function isCharged(pod: PodLike, nowMs: number): boolean {
  if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return false;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined) return true;
  return nowMs <= (parseTime(deletionTimestamp) ?? 0) + deletionGracePeriodSeconds * 1000;
}
export function podUsage(pod: PodLike, nowMs: number): ResourceList {
  const counted = { 'count/pods': '1' };
  return isCharged(pod, nowMs) ? { ...counted, ...computeUsage(totals(pod, 'requests'), totals(pod, 'limits')) } : counted;
}

const required = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory']);
/** A quota of cpu or memory demands that every container says how much it wants. What is wrong, in upstream's words. */
export function podConstraints(names: readonly string[], { spec }: PodLike): string | undefined {
  const { requests = {}, limits = {} } = spec.resources ?? {};
  if ([...Object.keys(requests), ...Object.keys(limits)].some(isPodLevelResource)) return undefined;
  const missing = new Map<string, Set<string>>();
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    const said = computeUsage(container.resources?.requests, container.resources?.limits);
    for (const name of names) {
      if (!required.has(name) || said[name] !== undefined) continue;
      missing.set(name, (missing.get(name) ?? new Set()).add(container.name));
    }
  }
  if (missing.size === 0) return undefined;
  return `must specify ${[...missing.keys()]
    .sort()
    .map((name) => `${name} for: ${[...missing.get(name)!].sort().join(',')}`)
    .join('; ')}`;
}

export const isTerminating = ({ spec }: PodLike): boolean => (spec.activeDeadlineSeconds ?? -1) >= 0;
function crossesNamespaces(affinity: PodAffinity | undefined): boolean {
  const terms = [
    ...(affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
    ...(affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => one.podAffinityTerm),
  ];
  return terms.some((term) => (term.namespaces ?? []).length > 0 || term.namespaceSelector !== undefined);
}

export interface ScopeRequirement {
  readonly scopeName: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}
/** Whether one of the names a thing has is what a scope asks for; a thing without a name is only what is not asked for. */
export function matchesNames({ operator, values = [] }: ScopeRequirement, names: readonly string[]): boolean {
  switch (operator) {
    case 'Exists':
      return names.length > 0;
    case 'DoesNotExist':
      return names.length === 0;
    case 'In':
      return names.some((name) => values.includes(name));
    case 'NotIn':
      return names.length === 0 || names.some((name) => !values.includes(name));
    default:
      return false;
  }
}
export function podMatchesScope(scope: ScopeRequirement, pod: PodLike): boolean {
  const { priorityClassName, affinity } = pod.spec;
  switch (scope.scopeName) {
    case 'Terminating':
      return isTerminating(pod);
    case 'NotTerminating':
      return !isTerminating(pod);
    case 'BestEffort':
      return (pod.status?.qosClass ?? podQos(pod.spec)) === 'BestEffort';
    case 'NotBestEffort':
      return (pod.status?.qosClass ?? podQos(pod.spec)) !== 'BestEffort';
    case 'PriorityClass':
      return matchesNames(scope, priorityClassName ? [priorityClassName] : []);
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(affinity?.podAffinity) || crossesNamespaces(affinity?.podAntiAffinity);
    default:
      return false;
  }
}
