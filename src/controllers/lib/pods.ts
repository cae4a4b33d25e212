import type { Pod } from '../../kinds/core/pod.ts';
import { timeMs } from './times.ts';

type PodCondition = NonNullable<Pod['status']['conditions']>[number];

export const podCondition = (pod: Pod, type: string): PodCondition | undefined =>
  pod.status.conditions?.find((condition) => condition.type === type);
export const isPodReady = (pod: Pod): boolean => podCondition(pod, 'Ready')?.status === 'True';
/** Succeeded or Failed: it will not run again. */
export const isPodTerminal = (pod: Pod): boolean => pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
/** Counts as a replica. */
export const isPodActive = (pod: Pod): boolean => !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
/** Asked to end, and not ended yet. */
export const isPodTerminating = (pod: Pod): boolean => !isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;

/** Milliseconds until a ready pod counts as available: 0 when it does; undefined when it is not ready. */
export function availableInMs(pod: Pod, minReadySeconds: number, nowMs: number): number | undefined {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return undefined;
  if (minReadySeconds === 0) return 0;
  const sinceMs = timeMs(ready.lastTransitionTime);
  return sinceMs === 0 ? minReadySeconds * 1000 : Math.max(0, sinceMs + minReadySeconds * 1000 - nowMs);
}
export const isPodAvailable = (pod: Pod, minReadySeconds: number, nowMs: number): boolean =>
  availableInMs(pod, minReadySeconds, nowMs) === 0;
