import type { Draft } from '../../../api/kind.ts';
import { formatTime } from '../../../api/gotime.ts';
import type { DeviceToleration, ResourceClaimSpec, ResourceClaimStatus } from '../shapes/resource-claim.ts';
import type { ResourceSliceSpec } from '../shapes/resource-slice.ts';
import { deviceKey } from './device-ids.ts';

function defaultTolerations(tolerations: Draft<readonly DeviceToleration[]> | undefined): void {
  for (const toleration of tolerations ?? []) toleration.operator ||= 'Equal';
}
/** pkg/apis/resource/v1/defaults.go: one device, unless all are asked for. */
export function defaultClaimSpec(spec: Draft<ResourceClaimSpec>): void {
  for (const request of spec.devices?.requests ?? []) {
    for (const one of [request.exactly, ...(request.firstAvailable ?? [])]) {
      if (one === undefined) continue;
      one.allocationMode ||= 'ExactCount';
      if (one.allocationMode === 'ExactCount') one.count ||= 1;
      defaultTolerations(one.tolerations);
    }
  }
}

export function defaultClaimStatus(status: Draft<ResourceClaimStatus>): void {
  for (const result of status.allocation?.devices?.results ?? []) defaultTolerations(result.tolerations);
}
export function defaultSliceSpec(spec: Draft<ResourceSliceSpec>): void {
  for (const device of spec.devices ?? [])
    for (const mapping of Object.values(device.nodeAllocatableResourceMappings ?? {})) mapping.allocationMultiplier ??= '1';
}

/** Statuses of devices that were allocated and are no longer go with the allocation. */
export function dropDeallocated(status: Draft<ResourceClaimStatus>, old: ResourceClaimStatus): void {
  const kept = new Set((status.allocation?.devices?.results ?? []).map(deviceKey));
  const gone = new Set((old.allocation?.devices.results ?? []).map(deviceKey).filter((key) => !kept.has(key)));
  const devices = (status.devices ?? []).filter((device) => !gone.has(deviceKey(device)));
  if (devices.length === 0) delete status.devices;
  else status.devices = devices;
}

export function stampTaints(spec: Draft<ResourceSliceSpec>, nowMs: number): void {
  for (const device of spec.devices ?? []) for (const taint of device.taints ?? []) taint.timeAdded ??= formatTime(nowMs);
}
const lists = ['bools', 'ints', 'strings', 'versions'] as const;
/** Fields of alpha features (DRANodeAllocatableResources, DRAListTypeAttributes) go, unless they were there before. */
export function dropAlphaFields(spec: Draft<ResourceSliceSpec>, old?: ResourceSliceSpec): void {
  const before = old?.devices ?? [];
  const hadMappings = before.some((device) => Object.keys(device.nodeAllocatableResourceMappings ?? {}).length > 0);
  const hadLists = before.some((device) =>
    Object.values(device.attributes ?? {}).some((attribute) => lists.some((list) => attribute[list] !== undefined)),
  );
  for (const device of spec.devices ?? []) {
    if (!hadMappings) delete device.nodeAllocatableResourceMappings;
    if (!hadLists) for (const attribute of Object.values(device.attributes ?? {})) for (const list of lists) delete attribute[list];
  }
}
