import type { DaemonSet } from '../../kinds/apps/daemon-set.ts';
import type { Node } from '../../kinds/core/node.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { fitOf, isUpdated, targetNode } from './daemon-placement.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from './pods.ts';
import { revisionHashLabel } from './revisions.ts';
import { scaledValue } from './scaled-value.ts';

/** What is known of a DaemonSet when it is looked at. */
export interface Daemons {
  readonly set: DaemonSet;
  readonly nodes: readonly Node[];
  /** By the node they run on or are meant for; ended ones that are being deleted are not among them. */
  readonly pods: ReadonlyMap<string, readonly Pod[]>;
  /** Of the current template. */
  readonly hash: string;
  readonly nowMs: number;
}
export interface Plan {
  /** Nodes that get a pod. */
  readonly create: readonly string[];
  readonly remove: readonly Pod[];
}

export function daemonsByNode(pods: readonly Pod[], withEnded: boolean): ReadonlyMap<string, readonly Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetNode(pod);
    if (node === undefined) continue;
    if (!withEnded && isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined) continue;
    const present = byNode.get(node);
    if (present === undefined) byNode.set(node, [pod]);
    else present.push(pod);
  }
  return byNode;
}

function byAge(a: Pod, b: Pod): number {
  if (Boolean(a.spec.nodeName) !== Boolean(b.spec.nodeName)) return a.spec.nodeName ? -1 : 1;
  const [left, right] = [a.metadata, b.metadata];
  if (left.creationTimestamp !== right.creationTimestamp) return left.creationTimestamp < right.creationTimestamp ? -1 : 1;
  return left.name < right.name ? -1 : 1;
}
const isEnding = (pod: Pod) => pod.metadata.deletionTimestamp !== undefined;
const isAvailable = ({ set, nowMs }: Daemons, pod: Pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);

function surgeOf({ spec }: DaemonSet, nodes: number): number {
  return spec.updateStrategy.type === 'RollingUpdate' ? scaledValue(spec.updateStrategy.rollingUpdate?.maxSurge, nodes, true) : 0;
}

/** Running pods of one node that are too many. With surge there may be two: an old one that serves and a new one that does not yet. */
function excess(daemons: Daemons, running: readonly Pod[]): readonly Pod[] {
  const sorted = [...running].sort(byAge);
  if (surgeOf(daemons.set, 1) === 0) return sorted.slice(1);
  if (running.length <= 1) return [];
  const isNew = (pod: Pod) => pod.metadata.labels?.[revisionHashLabel] === daemons.hash;
  const fresh = sorted.find(isNew);
  const old = sorted.find((pod) => !isNew(pod));
  const others = sorted.filter((pod) => pod !== fresh && pod !== old);
  const isReplaced = fresh !== undefined && old !== undefined && (!isPodReady(old) || isAvailable(daemons, fresh));
  return isReplaced ? [...others, old] : others;
}

/**
 * What each node lacks and has too much of. `mayRemove` is asked before a pod that ended is removed, since what fails at
 * once fails again.
 */
export function placementPlan(daemons: Daemons, mayRemove: (ended: Pod, node: string) => boolean): Plan {
  const { set, nodes, pods } = daemons;
  const create: string[] = [];
  const remove: Pod[] = [];
  for (const node of nodes) {
    const { name } = node.metadata;
    const { runs, stays } = fitOf(set, node);
    const present = pods.get(name);
    if (runs && present === undefined) create.push(name);
    else if (stays && present !== undefined) {
      const alive = present.filter((pod) => !isEnding(pod));
      remove.push(...alive.filter((pod) => isPodTerminal(pod) && mayRemove(pod, name)));
      const running = alive.filter((pod) => !isPodTerminal(pod));
      remove.push(...excess(daemons, running));
      if (running.length === 0 && runs && surgeOf(set, 1) > 0) create.push(name);
    } else if (!stays && present !== undefined) remove.push(...present.filter((pod) => !isEnding(pod)));
  }
  const known = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const [name, lost] of pods) if (!known.has(name)) remove.push(...lost.filter(({ spec }) => !spec.nodeName));
  return { create, remove };
}

interface OnNode {
  readonly name: string;
  readonly fresh: Pod | undefined;
  readonly old: Pod | undefined;
  /** There are several of a sort, which placement has to clean up first. */
  readonly crowded: boolean;
}
function onNode({ set, hash }: Daemons, name: string, present: readonly Pod[]): OnNode {
  const alive = present.filter((pod) => !isEnding(pod));
  const fresh = alive.filter((pod) => isUpdated(pod, set, hash));
  const old = alive.filter((pod) => !isUpdated(pod, set, hash));
  return { name, fresh: fresh[0], old: old[0], crowded: fresh.length > 1 || old.length > 1 };
}

/** Old pods go while few enough nodes are without an available one; placement fills their nodes again. */
function withoutSurge(daemons: Daemons, nodes: readonly OnNode[], mostUnavailable: number): Plan {
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const { fresh, old, crowded } of nodes) {
    if (crowded || (fresh === undefined) === (old === undefined)) unavailable++;
    else if (fresh !== undefined) {
      if (!isAvailable(daemons, fresh)) unavailable++;
    } else if (!isAvailable(daemons, old!)) {
      broken.push(old!);
      unavailable++;
    } else if (unavailable < mostUnavailable) candidates.push(old!);
  }
  return { create: [], remove: [...broken, ...candidates.slice(0, Math.max(0, mostUnavailable - unavailable))] };
}

/** New pods start beside old ones, which go when the new ones are available. */
function withSurge(daemons: Daemons, nodes: readonly OnNode[], mostSurge: number, desired: number): Plan {
  const { set } = daemons;
  const runs = new Set(daemons.nodes.filter((node) => fitOf(set, node).runs).map(({ metadata }) => metadata.name));
  let [surge, available] = [0, 0];
  const remove: Pod[] = [];
  const misplaced: Pod[] = [];
  const broken: string[] = [];
  const candidates: string[] = [];
  for (const { name, fresh, old, crowded } of nodes) {
    if (crowded) {
      surge++;
      continue;
    }
    const serving = old ?? fresh;
    if (serving !== undefined && isAvailable(daemons, serving)) available++;
    if (old === undefined) continue;
    if (fresh !== undefined) {
      if (isAvailable(daemons, fresh)) remove.push(old);
      else surge++;
    } else if (isAvailable(daemons, old)) {
      if (!runs.has(name)) misplaced.push(old);
      else if (surge < mostSurge) candidates.push(name);
    } else if (runs.has(name)) broken.push(name);
    else remove.push(old);
  }
  remove.push(...misplaced.slice(0, Math.max(0, available - desired)));
  return { create: [...broken, ...candidates.slice(0, Math.max(0, mostSurge - surge))], remove };
}

/** One step of a rolling update, within maxUnavailable and maxSurge. */
export function rollingPlan(daemons: Daemons): Plan {
  const { set, pods } = daemons;
  const wanted = daemons.nodes.filter((node) => fitOf(set, node).runs).map(({ metadata }) => metadata.name);
  const surge = surgeOf(set, wanted.length);
  const share = scaledValue(set.spec.updateStrategy.rollingUpdate?.maxUnavailable, wanted.length, true);
  const unavailable = wanted.length > 0 && share === 0 && surge === 0 ? 1 : share;
  const names = new Set([...pods.keys(), ...wanted]);
  const nodes = [...names].map((name) => onNode(daemons, name, pods.get(name) ?? []));
  return surge === 0 ? withoutSurge(daemons, nodes, unavailable) : withSurge(daemons, nodes, surge, wanted.length);
}

/** The numbers of the status. */
export function daemonStatus(daemons: Daemons) {
  const { set, nodes, pods, hash } = daemons;
  const counts = {
    desiredNumberScheduled: 0,
    currentNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
    updatedNumberScheduled: 0,
    numberAvailable: 0,
  };
  for (const node of nodes) {
    const present = pods.get(node.metadata.name) ?? [];
    if (!fitOf(set, node).runs) {
      if (present.length > 0) counts.numberMisscheduled++;
      continue;
    }
    counts.desiredNumberScheduled++;
    const [oldest] = [...present].sort(byAge);
    if (oldest === undefined) continue;
    counts.currentNumberScheduled++;
    if (isPodReady(oldest)) counts.numberReady++;
    if (isAvailable(daemons, oldest)) counts.numberAvailable++;
    if (isUpdated(oldest, set, hash)) counts.updatedNumberScheduled++;
  }
  return { ...counts, numberUnavailable: counts.desiredNumberScheduled - counts.numberAvailable };
}
