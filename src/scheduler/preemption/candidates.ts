import { priorityOf } from '../filtering.ts';
import type { NodeInfo } from '../framework.ts';
import { type Search, startedMs, type Victims, victimsOn } from './victims.ts';

/** Nodes to choose among: a tenth, but not under a hundred while there are that many. */
const candidatePercent = 10;
const fewestCandidates = 100;

export interface Candidates {
  readonly victims: readonly Victims[];
  /** By node: why it would not do. */
  readonly reasons: ReadonlyMap<string, readonly string[]>;
}

/**
 * Looks at nodes, from the one at `startAt` on, until there are enough to choose among and one of them violates no budget. Each node is a
 * trial of many filters: `slice` gives way to others in between.
 */
export async function findCandidates(
  nodes: readonly NodeInfo[],
  startAt: number,
  search: Search,
  slice: () => Promise<void> | undefined,
): Promise<Candidates> {
  const enough = Math.min(Math.max(Math.floor((nodes.length * candidatePercent) / 100), fewestCandidates), nodes.length);
  const harmless: Victims[] = [];
  const harmful: Victims[] = [];
  const reasons = new Map<string, readonly string[]>();
  for (let index = 0; index < nodes.length; index++) {
    await slice();
    const node = nodes[(startAt + index) % nodes.length]!;
    const found = victimsOn(node, search);
    if (!('pods' in found)) reasons.set(node.name, found);
    // A node that fits as it is was refused for a pod that waits there: nothing to gain from its pods
    else if (found.pods.length > 0) (found.violations === 0 ? harmless : harmful).push(found);
    if (harmless.length > 0 && harmless.length + harmful.length >= enough) break;
  }
  return { victims: [...harmless, ...harmful], reasons };
}

/** Of these, the lower is the better; the first that tells two candidates apart decides. */
const costs: readonly ((victims: Victims, nowMs: number) => number)[] = [
  ({ violations }) => violations,
  ({ pods }) => priorityOf(pods[0]!),
  // Priorities may be below zero: without the offset more victims could cost less
  ({ pods }) => pods.reduce((sum, pod) => sum + priorityOf(pod) + 2 ** 31, 0),
  ({ pods }) => pods.length,
  ({ pods }, nowMs) => {
    const highest = pods.filter((pod) => priorityOf(pod) === priorityOf(pods[0]!));
    return -Math.min(...highest.map((pod) => startedMs(pod, nowMs)));
  },
];

/** The candidate that does least harm. https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/ */
export function chooseCandidate(candidates: readonly Victims[], nowMs: number): Victims | undefined {
  let left = candidates;
  for (const cost of costs) {
    if (left.length < 2) break;
    const lowest = Math.min(...left.map((one) => cost(one, nowMs)));
    left = left.filter((one) => cost(one, nowMs) === lowest);
  }
  return left[0];
}
