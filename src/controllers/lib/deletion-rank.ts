import type { Pod } from '../../kinds/core/pod.ts';
import { isPodActive, isPodReady, podCondition } from './pods.ts';
import { timeMs } from './times.ts';

const costAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const phases: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[costAnnotation];
  if (text === undefined || !/^(0|-?[1-9]\d*)$/.test(text)) return 0;
  const cost = Number(text);
  return cost > 2147483647 || cost < -2147483648 ? 0 : cost;
}

function restarts(pod: Pod): readonly [regular: number, sidecar: number] {
  const sidecars = new Set(
    (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name),
  );
  const most = (counts: readonly number[]) => Math.max(0, ...counts);
  return [
    most((pod.status.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
    most((pod.status.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)).map(({ restartCount }) => restartCount)),
  ];
}

/** Ages are compared by their order of magnitude in base 2, so that which of two old pods goes is left to chance (their uid). */
function byAge(aMs: number, bMs: number, a: Pod, b: Pod, nowMs: number): number {
  if (aMs === 0 || bMs === 0) return aMs === 0 ? -1 : 1;
  const magnitude = (ms: number) => Math.floor(Math.log2(Math.max(1, (nowMs - ms) * 1e6)));
  const difference = magnitude(aMs) - magnitude(bMs);
  return difference !== 0 ? difference : a.metadata.uid < b.metadata.uid ? -1 : 1;
}

/**
 * Orders pods by how little is lost with them: unassigned, pending, not ready, cheap (pod-deletion-cost), crowded on their
 * node by active pods of `related`, ready for a short time, often restarted, young. As upstream's ActivePodsWithRanks.
 */
export function rankForDeletion(pods: readonly Pod[], related: readonly Pod[], nowMs: number): readonly Pod[] {
  const crowd = new Map<string, number>();
  for (const pod of related) {
    const node = pod.spec.nodeName ?? '';
    if (isPodActive(pod)) crowd.set(node, (crowd.get(node) ?? 0) + 1);
  }
  const facts = new Map(
    pods.map((pod) => [
      pod,
      {
        node: pod.spec.nodeName ?? '',
        phase: phases[pod.status.phase ?? ''] ?? 0,
        ready: isPodReady(pod),
        cost: deletionCost(pod),
        crowd: crowd.get(pod.spec.nodeName ?? '') ?? 0,
        readyMs: timeMs(podCondition(pod, 'Ready')?.lastTransitionTime),
        restarts: restarts(pod),
        createdMs: timeMs(pod.metadata.creationTimestamp),
      },
    ]),
  );
  return [...pods].sort((podA, podB) => {
    const a = facts.get(podA)!;
    const b = facts.get(podB)!;
    if (a.node !== b.node && (a.node === '' || b.node === '')) return a.node === '' ? -1 : 1;
    if (a.phase !== b.phase) return a.phase - b.phase;
    if (a.ready !== b.ready) return a.ready ? 1 : -1;
    if (a.cost !== b.cost) return a.cost - b.cost;
    if (a.crowd !== b.crowd) return b.crowd - a.crowd;
    if (a.ready && a.readyMs !== b.readyMs) return byAge(a.readyMs, b.readyMs, podA, podB, nowMs);
    if (a.restarts[0] !== b.restarts[0]) return b.restarts[0] - a.restarts[0];
    if (a.restarts[1] !== b.restarts[1]) return b.restarts[1] - a.restarts[1];
    return a.createdMs === b.createdMs ? 0 : byAge(a.createdMs, b.createdMs, podA, podB, nowMs);
  });
}

/** As `rankForDeletion`, without neighbours and costs, and with exact times: upstream's ActivePods, which Jobs go by. */
export function byActivity(a: Pod, b: Pod): number {
  const [nodeA, nodeB] = [a.spec.nodeName ?? '', b.spec.nodeName ?? ''];
  if (nodeA !== nodeB && (nodeA === '' || nodeB === '')) return nodeA === '' ? -1 : 1;
  const phase = (phases[a.status.phase ?? ''] ?? 0) - (phases[b.status.phase ?? ''] ?? 0);
  if (phase !== 0) return phase;
  if (isPodReady(a) !== isPodReady(b)) return isPodReady(a) ? 1 : -1;
  const readyMs = (pod: Pod) => timeMs(podCondition(pod, 'Ready')?.lastTransitionTime);
  if (isPodReady(a) && readyMs(a) !== readyMs(b)) return youngerFirst(readyMs(a), readyMs(b));
  const [restartsA, restartsB] = [restarts(a), restarts(b)];
  if (restartsA[0] !== restartsB[0]) return restartsB[0] - restartsA[0];
  if (restartsA[1] !== restartsB[1]) return restartsB[1] - restartsA[1];
  return youngerFirst(timeMs(a.metadata.creationTimestamp), timeMs(b.metadata.creationTimestamp));
}
const youngerFirst = (aMs: number, bMs: number): number => (aMs === 0 || bMs === 0 ? aMs - bMs : bMs - aMs);
