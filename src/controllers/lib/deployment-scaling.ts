import type { Deployment } from '../../kinds/apps/deployment.ts';
import type { ReplicaSet } from '../../kinds/apps/replica-set.ts';
import {
  byCreation,
  countAnnotation,
  desiredReplicasAnnotation,
  type Generations,
  isActive,
  maxReplicasAnnotation,
  sizeOf,
  totalSize,
} from './deployment-replica-sets.ts';
import { scaledValue } from './scaled-value.ts';

/** A ReplicaSet and the size it should get. */
export interface Step {
  readonly replicaSet: ReplicaSet;
  readonly size: number;
  /** Its annotations are brought up to date even if the size is right. */
  readonly annotate?: boolean;
}

export const replicasOf = (deployment: Deployment): number => deployment.spec.replicas ?? 1;
export const isRolling = (deployment: Deployment): boolean => deployment.spec.strategy?.type === 'RollingUpdate';
const availableOf = (replicaSet: ReplicaSet) => replicaSet.status.availableReplicas ?? 0;

/** maxSurge rounds up, maxUnavailable rounds down; if both come out as 0, one pod may be unavailable. */
export function fenceposts(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  if (!isRolling(deployment)) return { surge: 0, unavailable: 0 };
  const replicas = replicasOf(deployment);
  const { maxSurge, maxUnavailable } = deployment.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, replicas, true);
  const unavailable = scaledValue(maxUnavailable, replicas, false);
  const least = surge === 0 && unavailable === 0 ? 1 : unavailable;
  return { surge, unavailable: Math.min(least, replicas) };
}

/** Size of the newest ReplicaSet that the surge allows now, when `all` are there. */
export function newestSize(deployment: Deployment, all: readonly ReplicaSet[], size: number): number {
  const replicas = replicasOf(deployment);
  if (!isRolling(deployment)) return replicas;
  const room = replicas + fenceposts(deployment).surge - totalSize(all);
  return room <= 0 ? size : size + Math.min(room, replicas - size);
}

/** The deployment's size was changed since its ReplicaSets were last scaled. */
export function wasScaled(deployment: Deployment, all: readonly ReplicaSet[]): boolean {
  return all.filter(isActive).some((each) => {
    const desired = countAnnotation(each, desiredReplicasAnnotation);
    return desired !== undefined && desired !== replicasOf(deployment);
  });
}

function isSaturated(deployment: Deployment, replicaSet: ReplicaSet | undefined): boolean {
  if (replicaSet === undefined) return false;
  const replicas = replicasOf(deployment);
  const desired = countAnnotation(replicaSet, desiredReplicasAnnotation);
  return sizeOf(replicaSet) === replicas && desired === replicas && availableOf(replicaSet) === replicas;
}

/** Change of size that keeps a ReplicaSet's share of the whole. */
function fraction(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = sizeOf(replicaSet);
  const replicas = replicasOf(deployment);
  if (replicas === 0) return -size;
  const before = countAnnotation(replicaSet, maxReplicasAnnotation) || (deployment.status.replicas ?? 0);
  if (before === 0) return 0;
  return Math.round((size * (replicas + fenceposts(deployment).surge)) / before) - size;
}

/** Spreads what is to add or to remove over the active ReplicaSets by their size; the largest takes what is left over. */
function proportional(deployment: Deployment, active: readonly ReplicaSet[]): readonly Step[] {
  const replicas = replicasOf(deployment);
  const toAdd = (replicas > 0 ? replicas + fenceposts(deployment).surge : 0) - totalSize(active);
  const sign = toAdd > 0 ? -1 : 1;
  const sorted = [...active].sort((a, b) => sizeOf(b) - sizeOf(a) || (toAdd === 0 ? 0 : sign * byCreation(a, b)));
  let added = 0;
  const sizes = sorted.map((replicaSet) => {
    const left = toAdd - added;
    if (left === 0 || sizeOf(replicaSet) === 0) return sizeOf(replicaSet);
    const share = fraction(deployment, replicaSet);
    const change = toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
    added += change;
    return sizeOf(replicaSet) + change;
  });
  if (toAdd !== 0 && sizes[0] !== undefined) sizes[0] = Math.max(0, sizes[0] + toAdd - added);
  return sorted.map((replicaSet, index) => ({ replicaSet, size: sizes[index]!, annotate: true }));
}

/** What to do when the deployment's size was changed, or it is paused. */
export function scalingSteps(deployment: Deployment, { newest, old }: Generations): readonly Step[] {
  const all = newest === undefined ? old : [...old, newest];
  const active = all.filter(isActive);
  if (active.length <= 1) {
    const only = active[0] ?? newest ?? [...old].sort(byCreation).at(-1);
    return only === undefined ? [] : [{ replicaSet: only, size: replicasOf(deployment) }];
  }
  if (isSaturated(deployment, newest)) return old.filter(isActive).map((replicaSet) => ({ replicaSet, size: 0 }));
  return isRolling(deployment) ? proportional(deployment, active) : [];
}

/** One step of a rolling update upwards. Undefined when the newest ReplicaSet has its size for now. */
export function growStep(deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): Step | undefined {
  const replicas = replicasOf(deployment);
  const now = sizeOf(newest);
  if (now === replicas) return undefined;
  const size = now > replicas ? replicas : newestSize(deployment, [...old, newest], now);
  return size === now ? undefined : { replicaSet: newest, size };
}

/**
 * Steps of a rolling update downwards: first pods of old ReplicaSets that are not available anyway, then as many available
 * ones as the newest has replaced, so that never fewer than replicas - maxUnavailable are available.
 */
export function shrinkSteps(deployment: Deployment, newest: ReplicaSet, old: readonly ReplicaSet[]): readonly Step[] {
  const active = old.filter(isActive).sort(byCreation);
  if (active.length === 0) return [];
  const least = replicasOf(deployment) - fenceposts(deployment).unavailable;
  const notYet = sizeOf(newest) - availableOf(newest);
  let removable = totalSize([...old, newest]) - least - notYet;
  if (removable <= 0) return [];
  const sizes = new Map(active.map((each) => [each, sizeOf(each)]));
  for (const each of active) {
    const removed = Math.max(0, Math.min(removable, sizeOf(each) - availableOf(each)));
    sizes.set(each, sizeOf(each) - removed);
    removable -= removed;
  }
  // A status may still count pods that were given up a moment ago: no more than the sizes allow.
  let spare = Math.min(removable, [...active, newest].reduce((sum, each) => sum + availableOf(each), 0) - least);
  for (const each of active) {
    if (spare <= 0) break;
    const removed = Math.min(spare, sizes.get(each)!);
    sizes.set(each, sizes.get(each)! - removed);
    spare -= removed;
  }
  return active.filter((each) => sizes.get(each) !== sizeOf(each)).map((replicaSet) => ({ replicaSet, size: sizes.get(replicaSet)! }));
}
