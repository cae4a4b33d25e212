import type { Draft } from '../../../api/kind.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';
import { containersOf } from './pod-defaults.ts';
import type { PodLike } from './pod-types.ts';

/**
 * Fields of features that are off in 1.36 (pkg/api/pod/util.go): they are dropped when an object is written, unless it had them before. Who sent
 * them owns them all the same: managers are noted first.
 */
/** ContainerStopSignals, KEP-4960. */
function dropStopSignals(spec: Draft<PodSpec>, old: PodSpec | undefined): void {
  if (old !== undefined && containersOf(old as Draft<PodSpec>).some(({ lifecycle }) => lifecycle?.stopSignal !== undefined)) return;
  for (const container of containersOf(spec)) {
    if (container.lifecycle?.stopSignal === undefined) continue;
    delete container.lifecycle.stopSignal;
    if (Object.keys(container.lifecycle).length === 0) delete container.lifecycle;
  }
}
/** GenericWorkload, KEP-4671. */
function dropSchedulingGroup(spec: Draft<PodSpec>, old: PodSpec | undefined): void {
  if (old?.schedulingGroup === undefined) delete spec.schedulingGroup;
}

/** Of pods, and of templates of pods. */
export function dropGatedFields(spec: Draft<PodSpec>, old?: PodSpec): void {
  dropStopSignals(spec, old);
  dropSchedulingGroup(spec, old);
}

/** DRANodeAllocatableResources, KEP-5517. */
export function dropGatedStatus(status: Draft<PodLike['status']>, old: PodLike['status']): void {
  if ((old.nodeAllocatableResourceClaimStatuses?.length ?? 0) === 0) delete status.nodeAllocatableResourceClaimStatuses;
}
