import { isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { Node } from '../kinds/core/node.ts';
import { Pod } from '../kinds/core/pod.ts';
import { forAll } from './lib/batches.ts';
import { deadPods } from './lib/dead-pods.ts';
import { withPodCondition } from './lib/pod-conditions.ts';
import { isPodTerminal } from './lib/pods.ts';
import { podsOnNode } from './lib/pods-on-nodes.ts';

const periodMs = 20_000;
/** How long a node must be missing before its pods are taken for lost. */
const quarantineMs = 40_000;
const keptTerminated = 12_500;
const podsAtOnce = 20;

const nodeGone = { type: 'DisruptionTarget', status: 'True', reason: 'DeletionByPodGC', message: 'PodGC: node no longer exists' };

async function remove(pod: Pod, orphaned: boolean, { client, clock, log }: ControllerContext): Promise<void> {
  const { uid } = pod.metadata;
  try {
    if (!isPodTerminal(pod)) {
      const conditions = orphaned ? { conditions: withPodCondition(pod, nodeGone, clock.now()).conditions ?? [] } : {};
      const patch = { metadata: { uid }, status: { phase: 'Failed', ...conditions } };
      await client.patch(Pod, pod.metadata, 'strategic', patch, { subresource: 'status' });
    }
    await client.delete(Pod, pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    if (!isNotFound(error)) log.warn('a dead pod could not be removed; trying again', { pod: pod.metadata.name, error });
  }
}

async function nodeExists(name: string, { client }: ControllerContext): Promise<boolean> {
  try {
    await client.get(Node, { name });
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function sweep(context: ControllerContext, missingSince: Map<string, number>): Promise<void> {
  const nowMs = context.clock.monotonic();
  const nodes = new Map(
    context
      .cache(Node)
      .list()
      .map((node) => [node.metadata.name, node]),
  );
  const { terminated, outOfService, unscheduled, missingNodes } = deadPods(context.cache(Pod).list(), nodes, keptTerminated);
  await forAll([...new Set([...terminated, ...outOfService, ...unscheduled])], podsAtOnce, (pod) => remove(pod, false, context));
  for (const name of missingSince.keys()) if (!missingNodes.has(name)) missingSince.delete(name);
  for (const name of missingNodes) {
    const sinceMs = missingSince.get(name);
    if (sinceMs === undefined) missingSince.set(name, nowMs);
    else if (nowMs - sinceMs >= quarantineMs && !(await nodeExists(name, context))) {
      await forAll(podsOnNode(name, context), podsAtOnce, (pod) => remove(pod, true, context));
    }
  }
}

/**
 * Removes pods that nobody else removes: too many ended ones, those of nodes that are gone, those deleted before they had a node.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-garbage-collection
 */
export const podGc = defineController({
  name: 'pod-garbage-collector',
  reads: [Node, Pod],
  can: [
    { groups: [''], resources: ['pods'], verbs: ['delete', 'list', 'watch'] },
    { groups: [''], resources: ['pods/status'], verbs: ['patch'] },
    { groups: [''], resources: ['nodes'], verbs: ['get', 'list', 'watch'] },
  ],
  async background(context) {
    const missingSince = new Map<string, number>();
    while (!context.signal.aborted) {
      await sweep(context, missingSince).catch((error: unknown) => context.log.warn('looking for dead pods failed', { error }));
      await context.clock.sleep(periodMs, context.signal).catch(() => undefined);
    }
  },
});
