import { formatTime } from '../../api/gotime.ts';
import { isConflict, isNotFound } from '../../api/status.ts';
import { slicer } from '../../base/turn.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { PodDisruptionBudget } from '../../kinds/policy/pod-disruption-budget.ts';
import { refusalMessage } from '../lib/refusal-message.ts';
import { priorityOf } from '../filtering.ts';
import { type Binding, type CycleState, definePlugin, type Misfit, type NodeInfo, type World } from '../framework.ts';
import { chooseCandidate, findCandidates } from '../preemption/candidates.ts';
import type { Victims } from '../preemption/victims.ts';

const notHelpful = 'Preemption is not helpful for scheduling';

/** The snapshot's pods may have a status of some time ago. */
function latest(pod: Pod, world: World): Pod {
  const shown = world.shown(Pod, pod.metadata);
  return shown?.metadata.uid === pod.metadata.uid && shown.spec === pod.spec ? shown : pod;
}
const isBeingPreempted = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp !== undefined &&
  status.conditions?.find(({ type }) => type === 'DisruptionTarget')?.reason === 'PreemptionByScheduler';

/** Why the pod must not have others removed for it, or not yet. */
function whyNotEligible(pod: Pod, { resolvable }: Misfit, { snapshot, world }: CycleState): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const nominated = snapshot.byName.get(pod.status.nominatedNodeName ?? '');
  if (nominated === undefined || !resolvable.has(nominated.name)) return undefined;
  const isWaiting = nominated.pods.some((other) => priorityOf(other) < priorityOf(pod) && isBeingPreempted(latest(other, world)));
  return isWaiting ? 'not eligible due to a terminating pod on the nominated node.' : undefined;
}

/** "0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling." */
function failure(nodes: readonly NodeInfo[], tried: ReadonlyMap<string, readonly string[]>): string {
  const counts = new Map<string, number>();
  for (const { name } of nodes) {
    for (const reason of tried.get(name) ?? [notHelpful]) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return refusalMessage(nodes.length, counts);
}

/** Ends a pod for another one; one that is gone by now is fine. */
async function preempt(victim: Pod, pod: Pod, nodeName: string, { client, clock, events, signal }: Binding): Promise<void> {
  const { namespace, name, uid, generation } = victim.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'PreemptionByScheduler',
    message: `${pod.spec.schedulerName ?? 'default-scheduler'}: preempting to accommodate a higher priority pod`,
    lastProbeTime: null,
    lastTransitionTime: formatTime(clock.now()),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  try {
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    await client.patch(Pod, { namespace, name }, 'strategic', patch, { subresource: 'status', signal });
    await client.delete(Pod, { namespace, name }, { preconditions: { uid }, signal });
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return;
    throw error;
  }
  events.event(victim, 'Normal', 'Preempted', `Preempted by pod ${pod.metadata.uid} on node ${nodeName}`);
}

/** Pods of lower priority that wait for room on the node shall look elsewhere. */
async function clearNominations(pods: readonly Pod[], { client, signal }: Binding): Promise<void> {
  for (const { metadata } of pods) {
    const { namespace, name, uid } = metadata;
    const patch = { metadata: { uid }, status: { nominatedNodeName: null } };
    try {
      await client.patch(Pod, { namespace, name }, 'strategic', patch, { subresource: 'status', signal });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}

async function makeRoom({ nodeName, pods }: Victims, pod: Pod, lower: readonly Pod[], binding: Binding): Promise<void> {
  await clearNominations(lower, binding);
  for (const victim of pods) {
    if (victim.metadata.deletionTimestamp === undefined) await preempt(victim, pod, nodeName, binding);
  }
}

/**
 * Ends pods of lower priority so that a pod of higher priority fits.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
 */
export const defaultPreemption = definePlugin({
  name: 'DefaultPreemption',
  reads: [{ kind: PodDisruptionBudget }],
  async postFilter(taken, misfit, state, binding) {
    const { snapshot, world, random, nominated } = state;
    const pod = latest(taken, world);
    const reason = whyNotEligible(pod, misfit, state);
    if (reason !== undefined) return { message: `preemption: ${reason}` };
    const nodes = snapshot.nodes.filter(({ name }) => misfit.resolvable.has(name));
    const startAt = nodes.length < 2 ? 0 : random.int(nodes.length);
    const search = {
      pod,
      trial: misfit.trial,
      budgets: world.list(PodDisruptionBudget),
      nowMs: world.nowMs,
      latest: (other: Pod) => latest(other, world),
    };
    const { victims, reasons } = await findCandidates(nodes, startAt, search, slicer(binding.clock));
    const chosen = chooseCandidate(victims, world.nowMs);
    if (chosen === undefined) return { message: `preemption: ${failure(snapshot.nodes, reasons)}`, nominatedNodeName: '' };
    const lower = nominated(chosen.nodeName).filter((other) => priorityOf(other) < priorityOf(pod));
    return { nominatedNodeName: chosen.nodeName, isLast: true, act: () => makeRoom(chosen, pod, lower, binding) };
  },
});
