import { parseQuantity, value as wholeUnits } from '../../../api/quantity.ts';
import type { ResourceClaimSpec } from '../../resource/shapes/resource-claim.ts';
import { storageClassOf, type ClaimLike } from './claim-strategy.ts';
import { deviceClassPrefix, isExtendedForQuota, matchesNames, type ScopeRequirement } from './quota-pods.ts';
import { growth, type ResourceList, withoutZeros } from './resource-lists.ts';

/** What claims of storage and of devices use of quotas (pkg/quota/v1/evaluator/core). */
const storageResources = ['persistentvolumeclaims', 'requests.storage'];
const byClass = '.storageclass.storage.k8s.io/';

export const isStorageResource = (name: string): boolean =>
  name === 'count/persistentvolumeclaims' ||
  storageResources.includes(name) ||
  storageResources.some((resource) => name.endsWith(`${byClass}${resource}`));

const wholeBytes = (amount: string): string => (parseQuantity(amount).nanos % 1_000_000_000n === 0n ? amount : String(wholeUnits(amount)));
/** What is asked for, or what was already set aside when that is more. */
function storageOf({ spec, status }: ClaimLike): string | undefined {
  const asked = spec.resources.requests?.storage;
  const allocated = status?.allocatedResources?.storage;
  if (asked === undefined) return undefined;
  const more = allocated !== undefined && parseQuantity(allocated).nanos > parseQuantity(asked).nanos;
  return wholeBytes(more ? allocated : asked);
}
export function storageUsage(claim: ClaimLike): ResourceList {
  const usage: Record<string, string> = { persistentvolumeclaims: '1', 'count/persistentvolumeclaims': '1' };
  const className = storageClassOf(claim);
  if (className !== '') usage[`${className}${byClass}persistentvolumeclaims`] = '1';
  const amount = storageOf(claim);
  if (amount === undefined) return usage;
  usage['requests.storage'] = amount;
  if (className !== '') usage[`${className}${byClass}requests.storage`] = amount;
  return usage;
}

const attributeClasses = ({ spec, status }: ClaimLike): readonly string[] => [
  ...new Set(
    [
      spec.volumeAttributesClassName,
      status?.currentVolumeAttributesClassName,
      status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
    ].filter((name): name is string => name !== undefined && name !== ''),
  ),
];
export const storageMatchesScope = (scope: ScopeRequirement, claim: ClaimLike): boolean =>
  scope.scopeName === 'VolumeAttributesClass' && matchesNames(scope, attributeClasses(claim));
/** A status update that changes what the claim uses. */
export const changesStorageUsage = (claim: ClaimLike, old: ClaimLike): boolean =>
  claim.status?.allocatedResources?.storage !== old.status?.allocatedResources?.storage ||
  JSON.stringify([...attributeClasses(claim)].sort()) !== JSON.stringify([...attributeClasses(old)].sort());

/** Device classes and the extended resources that stand for them. */
export interface DeviceClasses {
  /** The extended resource that a class is also asked for by. */
  resourceOf(className: string): string | undefined;
  /** Whether a class stands behind an extended resource. */
  has(resource: string): boolean;
}
const perClass = '.deviceclass.resource.k8s.io/devices';
const implicit = `requests.${deviceClassPrefix}`;
const mostDevices = 32;

export function isDeviceResource(name: string, classes: DeviceClasses): boolean {
  if (name === 'count/resourceclaims.resource.k8s.io' || name.endsWith(perClass)) return true;
  if (name.startsWith(implicit) && classes.resourceOf(name.slice(implicit.length)) !== undefined) return true;
  return isExtendedForQuota(name) && classes.has(name.slice('requests.'.length));
}
const devicesOf = ({ allocationMode, count = 0 }: { allocationMode?: string | undefined; count?: number | undefined }): number =>
  allocationMode === 'All' ? mostDevices : allocationMode === 'ExactCount' ? count : 0;

/** Devices by class: of alternatives the most that might be taken. */
function devices(spec: ResourceClaimSpec): ReadonlyMap<string, number> {
  const total = new Map<string, number>();
  for (const { exactly, firstAvailable = [] } of spec.devices.requests ?? []) {
    const most = new Map<string, number>();
    for (const one of firstAvailable.length > 0 ? firstAvailable : exactly === undefined ? [] : [exactly])
      most.set(one.deviceClassName, Math.max(most.get(one.deviceClassName) ?? 0, devicesOf(one)));
    for (const [name, count] of most) total.set(name, (total.get(name) ?? 0) + count);
  }
  return total;
}
/** `podUsage`: what the pod that the claim was made for is charged with already. */
export function deviceUsage(spec: ResourceClaimSpec, classes: DeviceClasses, podUsage: ResourceList = {}): ResourceList {
  const usage: Record<string, string> = { 'count/resourceclaims.resource.k8s.io': '1' };
  const extended: Record<string, string> = {};
  for (const [name, count] of devices(spec)) {
    usage[`${name}${perClass}`] = String(count);
    extended[`${implicit}${name}`] = String(count);
    const resource = classes.resourceOf(name);
    if (resource !== undefined) extended[`requests.${resource}`] = String(count);
  }
  const charged = Object.fromEntries(Object.entries(podUsage).filter(([name]) => extended[name] !== undefined));
  return { ...usage, ...withoutZeros(growth(extended, charged)) };
}
