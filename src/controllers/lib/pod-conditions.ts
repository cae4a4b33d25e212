import { formatTime } from '../../api/gotime.ts';
import type { Pod } from '../../kinds/core/pod.ts';

type PodStatus = Pod['status'];
type PodCondition = NonNullable<PodStatus['conditions']>[number];

/** The status with a condition set; its time of transition stays when its status does. */
export function withPodCondition(
  pod: Pod,
  condition: Omit<PodCondition, 'lastTransitionTime' | 'lastProbeTime'>,
  nowMs: number,
): PodStatus {
  const present = pod.status.conditions ?? [];
  const old = present.find(({ type }) => type === condition.type);
  const lastTransitionTime = old !== undefined && old.status === condition.status ? old.lastTransitionTime : formatTime(nowMs);
  const observedGeneration = pod.status.observedGeneration === undefined ? {} : { observedGeneration: pod.metadata.generation };
  const next: PodCondition = {
    lastProbeTime: old?.lastProbeTime ?? (null as never),
    ...condition,
    ...observedGeneration,
    lastTransitionTime,
  };
  return { ...pod.status, conditions: old === undefined ? [...present, next] : present.map((each) => (each === old ? next : each)) };
}
