import { formatTime } from '../../api/gotime.ts';
import type { Verdict } from '../conditions.ts';
import type { PodCondition } from '../types.ts';

/** A verdict as a condition: the time of its last change is kept from `old` while the status stays. */
export function conditionOf(verdict: Verdict, old: readonly PodCondition[] | undefined, nowMs: number, generation: number): PodCondition {
  const before = old?.find((one) => one.type === verdict.type);
  return {
    ...(generation > 0 ? { observedGeneration: generation } : {}),
    type: verdict.type,
    status: verdict.status,
    lastProbeTime: null as never,
    lastTransitionTime: before?.status === verdict.status ? before.lastTransitionTime : formatTime(nowMs),
    ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    ...(verdict.message === undefined ? {} : { message: verdict.message }),
  } as PodCondition;
}
