import type { ResourceClaim } from '../../kinds/resource/resource-claim.ts';
import { addedTo, type Capacities } from './capacity.ts';
import { deviceId } from './pools.ts';

/** What claims have of all devices. */
export interface Allocated {
  /** Ids of devices that one claim has for itself. */
  readonly devices: ReadonlySet<string>;
  /** What is taken of devices that claims share. */
  readonly capacities: ReadonlyMap<string, Capacities>;
}

/** Administrators look at devices without having them. */
export function allocatedBy(claims: readonly ResourceClaim[]): Allocated {
  const devices = new Set<string>();
  const capacities = new Map<string, Capacities>();
  for (const { status } of claims) {
    for (const { driver, pool, device, adminAccess, shareID, consumedCapacity } of status.allocation?.devices.results ?? []) {
      const id = deviceId(driver, pool, device);
      if (adminAccess === true) continue;
      if (shareID === undefined) devices.add(id);
      else capacities.set(id, addedTo(capacities.get(id) ?? {}, consumedCapacity ?? {}));
    }
  }
  return { devices, capacities };
}

export const isAllocated = (id: string, { devices, capacities }: Allocated): boolean => devices.has(id) || capacities.has(id);
