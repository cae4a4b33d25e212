import { formatTime } from '../../api/gotime.ts';
import type { ApiObject } from '../../api/meta.ts';
import type { ReplicaSet } from '../../kinds/apps/replica-set.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import type { PodTemplateSpec } from '../../kinds/core/shapes/pod-template.ts';
import { sameJson } from '../../base/equal.ts';
import { mapMatcher } from './labels.ts';
import { availableInMs, isPodAvailable, isPodReady } from './pods.ts';

type Condition = NonNullable<ReplicaSet['status']['conditions']>[number];

/** ReplicaSet or ReplicationController. */
export interface ReplicaOwner extends ApiObject {
  readonly spec: {
    readonly replicas?: number | undefined;
    readonly minReadySeconds?: number | undefined;
    readonly template?: PodTemplateSpec | undefined;
  };
  readonly status: { readonly conditions?: readonly Condition[] | undefined };
}

/** The status that it should have. `error` is what kept it from the right number of pods. */
export function replicasStatus(owner: ReplicaOwner, active: readonly Pod[], error: unknown, nowMs: number) {
  const { spec, status } = owner;
  const labels = spec.template?.metadata?.labels ?? {};
  const labeled = Object.keys(labels).length === 0 ? () => true : mapMatcher(labels);
  const others = (status.conditions ?? []).filter(({ type }) => type !== 'ReplicaFailure');
  const failure = status.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const tooFew = active.length < (spec.replicas ?? 1);
  const failed: Condition = failure ?? {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: formatTime(nowMs),
    reason: tooFew ? 'FailedCreate' : 'FailedDelete',
    message: error instanceof Error ? error.message : String(error),
  };
  const conditions = error === undefined ? others : failure === undefined ? [...others, failed] : (status.conditions ?? []);
  const count = (test: (pod: Pod) => boolean) => active.filter(test).length;
  return {
    replicas: active.length,
    fullyLabeledReplicas: count((pod) => labeled(pod.metadata.labels)),
    readyReplicas: count(isPodReady),
    availableReplicas: count((pod) => isPodAvailable(pod, spec.minReadySeconds ?? 0, nowMs)),
    observedGeneration: owner.metadata.generation ?? 0,
    conditions,
  };
}

/** Absent numbers are 0, absent lists empty: whether two statuses say the same. */
export function sameStatus(a: object, b: object): boolean {
  const filled = (status: object) =>
    Object.fromEntries(Object.entries(status).filter(([, value]) => value !== 0 && !(Array.isArray(value) && value.length === 0)));
  return sameJson(filled(a), filled(b));
}

/** When to look again since a ready pod becomes available then. */
export function nextAvailabilityMs(pods: readonly Pod[], minReadySeconds: number, nowMs: number): number | undefined {
  const waits = pods.map((pod) => availableInMs(pod, minReadySeconds, nowMs) ?? 0).filter((ms) => ms > 0);
  return waits.length === 0 ? undefined : Math.min(...waits);
}
