import type { ControllerRevision } from '../../kinds/apps/controller-revision.ts';
import type { StatefulSet } from '../../kinds/apps/stateful-set.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from './pods.ts';
import { atRevision, revisionHashLabel } from './revisions.ts';
import { firstOrdinal, isInRange, ordinalOf, replicasOf } from './stateful-set-pods.ts';

/** What one look at a set's pods finds (pkg/controller/statefulset). */
export interface Members {
  readonly set: StatefulSet;
  /** By what is wanted: index 0 is the first ordinal; undefined where no pod is yet. */
  readonly replicas: readonly (Pod | undefined)[];
  /** Pods outside of the wanted ordinals, the highest first. */
  readonly condemned: readonly Pod[];
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly nowMs: number;
}
/** What is done for a replica, in this order. */
export type Action = 'delete' | 'create' | 'claims' | 'repair';
export interface Step {
  readonly actions: readonly Action[];
  /** Nothing that comes after may be touched yet, when pods follow one another. */
  readonly stops: boolean;
}

export function membersOf(
  set: StatefulSet,
  pods: readonly Pod[],
  current: ControllerRevision,
  update: ControllerRevision,
  nowMs: number,
): Members {
  const byOrdinal = new Map(pods.map((pod) => [ordinalOf(pod), pod]));
  const replicas = Array.from({ length: replicasOf(set) }, (_, i) => byOrdinal.get(firstOrdinal(set) + i));
  const condemned = pods
    .filter((pod) => ordinalOf(pod) >= 0 && !isInRange(set, ordinalOf(pod)))
    .sort((a, b) => ordinalOf(b) - ordinalOf(a));
  return { set, replicas, condemned, current, update, nowMs };
}

export const inOrder = ({ spec }: StatefulSet): boolean => spec.podManagementPolicy !== 'Parallel';
const isTerminating = ({ metadata }: Pod) => metadata.deletionTimestamp !== undefined;
const isRunningAndReady = (pod: Pod) => pod.status.phase === 'Running' && isPodReady(pod);
const revisionOf = ({ metadata }: Pod) => metadata.labels?.[revisionHashLabel] ?? '';
const isAvailable = ({ set, nowMs }: Members, pod: Pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);
const isUnavailable = (members: Members, pod: Pod | undefined) => pod === undefined || !isAvailable(members, pod) || isTerminating(pod);
const isUp = (members: Members, pod: Pod) => isRunningAndReady(pod) && isAvailable(members, pod);

/** The revision that a new pod is made of: below the partition the current one. */
export function revisionFor({ set, current, update }: Members, ordinal: number): ControllerRevision {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  const start = firstOrdinal(set);
  const kept =
    rollingUpdate === undefined ? (type === 'RollingUpdate' ? (set.status.currentReplicas ?? 0) : 0) : (rollingUpdate.partition ?? 0);
  return ordinal < start + kept ? current : update;
}
export const setFor = (members: Members, ordinal: number): StatefulSet => atRevision(members.set, revisionFor(members, ordinal));

export function replicaStep(members: Members, index: number): Step {
  const pod = members.replicas[index];
  const ordered = inOrder(members.set);
  if (pod === undefined) return { actions: ['create'], stops: ordered };
  if (isPodTerminal(pod)) return { actions: isTerminating(pod) ? [] : ['delete'], stops: ordered };
  const claims: readonly Action[] = pod.status.phase === 'Pending' ? ['claims'] : [];
  if (ordered && (isTerminating(pod) || !isUp(members, pod))) return { actions: claims, stops: true };
  return { actions: [...claims, 'repair'], stops: false };
}

/** The one that is not available and comes first in order; it may go though it is not ready. */
export function firstUnavailable(members: Members): Pod | undefined {
  const index = members.replicas.findIndex((pod) => isUnavailable(members, pod));
  if (index >= 0) return members.replicas[index];
  return members.condemned.findLast((pod) => isUnavailable(members, pod));
}
export function condemnedStep(
  members: Members,
  pod: Pod,
  firstDown: Pod | undefined,
): { readonly deletes: boolean; readonly stops: boolean } {
  const ordered = inOrder(members.set);
  if (isTerminating(pod)) return { deletes: false, stops: ordered };
  if (ordered && !isUp(members, pod) && pod !== firstDown) return { deletes: false, stops: true };
  return { deletes: true, stops: ordered };
}

/** The pod that makes room for its successor of the new revision: one at a time, the highest first. */
export function outdated(members: Members): Pod | undefined {
  const { set, replicas, update } = members;
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type === 'OnDelete') return undefined;
  for (let i = replicas.length - 1; i >= (rollingUpdate?.partition ?? 0); i--) {
    const pod = replicas[i];
    const revision = pod === undefined ? revisionFor(members, firstOrdinal(set) + i).metadata.name : revisionOf(pod);
    if (revision !== update.metadata.name && pod !== undefined && !isTerminating(pod)) return pod;
    if (isUnavailable(members, pod)) return undefined;
  }
  return undefined;
}

type Status = StatefulSet['status'];
/** `taken`: pods of the current revision that were just deleted for the update. */
export function statefulSetStatus(members: Members, pods: readonly Pod[], collisionCount: number, taken: number): Status {
  const { set, current, update } = members;
  const count = (test: (pod: Pod) => boolean) => pods.filter(test).length;
  const ofRevision = ({ metadata }: ControllerRevision) => count((pod) => !isTerminating(pod) && revisionOf(pod) === metadata.name);
  const replicas = pods.length;
  const readyReplicas = count(isRunningAndReady);
  const updatedReplicas = ofRevision(update);
  const isComplete =
    set.spec.updateStrategy.type === 'RollingUpdate' &&
    [replicas, readyReplicas, updatedReplicas].every((each) => each === replicasOf(set));
  return {
    observedGeneration: set.metadata.generation ?? 0,
    replicas,
    readyReplicas,
    currentReplicas: isComplete ? updatedReplicas : Math.max(0, ofRevision(current) - taken),
    updatedReplicas,
    currentRevision: isComplete ? update.metadata.name : current.metadata.name,
    updateRevision: update.metadata.name,
    collisionCount,
    availableReplicas: count((pod) => isUp(members, pod)),
  };
}

const compared = ['replicas', 'currentReplicas', 'readyReplicas', 'updatedReplicas', 'availableReplicas'] as const;
export function isNewStatus(status: Status, old: Status): boolean {
  if ((status.observedGeneration ?? 0) > (old.observedGeneration ?? 0)) return true;
  if (status.currentRevision !== old.currentRevision || status.updateRevision !== old.updateRevision) return true;
  return compared.some((field) => (status[field] ?? 0) !== (old[field] ?? 0));
}
