import { controllerOf, type Key, keyText } from '../api/meta.ts';
import { isNotFound, StatusError } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { ReplicaSet } from '../kinds/apps/replica-set.ts';
import { Pod } from '../kinds/core/pod.ts';
import { forAll, slowStart } from './lib/batches.ts';
import { rankForDeletion } from './lib/deletion-rank.ts';
import { selectorMatcher } from './lib/labels.ts';
import { claim, controllerReference, orphansIn, ownedBy, ownedCache } from './lib/owned.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';
import { isPodActive, isPodTerminating } from './lib/pods.ts';
import { nextAvailabilityMs, replicaSetStatus, sameStatus } from './lib/replica-set-status.ts';

/** Pods created or deleted before the world is looked at again. */
const burst = 500;
const deletesAtOnce = 50;
/** Looks again after this long when its own writes have not come back, in case the event that tells was about no pod of it. */
const recheckMs = 5_000;

const memory = perContext((context) => ({
  writes: new OwnWrites(context.clock),
  pods: ownedCache(context, Pod),
  replicaSets: ownedCache(context, ReplicaSet),
}));

const endsWithNamespace = (error: unknown) =>
  error instanceof StatusError && (error.details?.causes ?? []).some(({ reason }) => reason === 'NamespaceTerminating');
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/** Orphans may be wanted by ReplicaSets whose selector they match. */
function wantedBy(pod: Pod, context: ControllerContext): readonly Key[] {
  if (controllerOf(pod) !== undefined || pod.metadata.deletionTimestamp !== undefined) return [];
  return context
    .cache(ReplicaSet)
    .list(pod.metadata.namespace)
    .filter((replicaSet) => selectorMatcher(replicaSet.spec.selector)(pod.metadata.labels))
    .map(({ metadata }) => metadata);
}

async function createPods(replicaSet: ReplicaSet, count: number, context: ControllerContext): Promise<unknown> {
  const { writes, pods } = memory(context);
  const { name, namespace } = replicaSet.metadata;
  const template = replicaSet.spec.template;
  const { error } = await slowStart(count, async () => {
    try {
      const pod = await context.client.create(Pod, {
        metadata: {
          generateName: `${name}-`,
          namespace,
          labels: template?.metadata?.labels,
          annotations: template?.metadata?.annotations,
          finalizers: template?.metadata?.finalizers,
          ownerReferences: [controllerReference(ReplicaSet, replicaSet)],
        },
        spec: template?.spec,
      });
      writes.wrote(keyText(replicaSet.metadata), pods, pod);
      context.events.event(replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      if (endsWithNamespace(error)) return;
      context.events.event(replicaSet, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      throw error;
    }
  });
  return error;
}

async function deletePods(replicaSet: ReplicaSet, active: readonly Pod[], count: number, context: ControllerContext): Promise<unknown> {
  const { writes, pods, replicaSets } = memory(context);
  const controller = controllerOf(replicaSet);
  const siblings = controller === undefined ? [replicaSet] : replicaSets.byIndex('controller-uid', controller.uid);
  const related = siblings.flatMap((sibling) => ownedBy(pods, sibling));
  const victims = count < active.length ? rankForDeletion(active, related, context.clock.now()).slice(0, count) : active;
  try {
    await forAll(victims, deletesAtOnce, async (pod) => {
      try {
        await context.client.delete(Pod, pod.metadata, { preconditions: { uid: pod.metadata.uid } });
      } catch (error) {
        if (isNotFound(error) || (error instanceof StatusError && error.code === 409)) return;
        context.events.event(replicaSet, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
        throw error;
      }
      writes.deleted(keyText(replicaSet.metadata), pods, pod);
      context.events.event(replicaSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    });
    return undefined;
  } catch (error) {
    return error;
  }
}

function manage(replicaSet: ReplicaSet, active: readonly Pod[], context: ControllerContext): Promise<unknown> {
  const missing = (replicaSet.spec.replicas ?? 1) - active.length;
  if (missing > 0) return createPods(replicaSet, Math.min(missing, burst), context);
  if (missing < 0) return deletePods(replicaSet, active, Math.min(-missing, burst), context);
  return Promise.resolve(undefined);
}

/**
 * Keeps as many pods as a ReplicaSet asks for and counts them in its status.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
 */
export const replicaSet = defineController<ReplicaSet>({
  name: 'replicaset-controller',
  for: ReplicaSet,
  owns: [Pod],
  watches: [{ kind: Pod, map: wantedBy }],
  can: [
    { groups: ['apps'], resources: ['replicasets'], verbs: ['get', 'list', 'update', 'watch'] },
    { groups: ['apps'], resources: ['replicasets/status'], verbs: ['update'] },
    { groups: ['apps'], resources: ['replicasets/finalizers'], verbs: ['update'] },
    { groups: [''], resources: ['pods'], verbs: ['create', 'delete', 'list', 'patch', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { writes, pods, replicaSets } = memory(context);
    const id = keyText(key);
    const current = replicaSets.get(key);
    if (current === undefined) return writes.forget(id);
    if (!writes.settled(id)) return { afterMs: recheckMs };

    const matches = selectorMatcher(current.spec.selector);
    const all = [...ownedBy(pods, current), ...orphansIn(pods, key.namespace)];
    const active = await claim(all.filter(isPodActive), {
      context,
      ownerKind: ReplicaSet,
      owner: current,
      kind: Pod,
      matches,
      wrote: (pod) => writes.wrote(id, pods, pod),
    });
    const terminating = ownedBy(pods, current).filter((pod) => isPodTerminating(pod) && matches(pod.metadata.labels));
    const error = current.metadata.deletionTimestamp === undefined ? await manage(current, active, context) : undefined;

    const nowMs = context.clock.now();
    const status = replicaSetStatus(current, active, terminating, error, nowMs);
    if (!sameStatus(status, current.status)) {
      writes.wrote(id, replicaSets, await context.client.updateStatus(ReplicaSet, { ...current, status }));
    }
    if (error !== undefined) throw error;
    const afterMs = nextAvailabilityMs(active, current.spec.minReadySeconds ?? 0, nowMs);
    return afterMs === undefined ? undefined : { afterMs };
  },
});
