interface ConditionDraft {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastProbeTime?: string | null;
  lastTransitionTime?: string;
}

/** Puts a condition in its place; the time of transition moves only when the status does. */
export function setCondition(status: { conditions?: ConditionDraft[] }, condition: ConditionDraft, at: string): void {
  status.conditions ??= [];
  const index = status.conditions.findIndex((present) => present.type === condition.type);
  const present = index < 0 ? undefined : status.conditions[index];
  const since = present?.status === condition.status ? (present.lastTransitionTime ?? at) : at;
  const next = { ...present, ...condition, lastTransitionTime: since };
  if (index < 0) status.conditions.push({ lastProbeTime: null, ...next });
  else status.conditions[index] = next;
}
