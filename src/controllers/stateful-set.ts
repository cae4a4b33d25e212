import { controllerOf, type Key, keyText } from '../api/meta.ts';
import { type ControllerContext, defineController, type Result } from '../client/controller.ts';
import { ControllerRevision } from '../kinds/apps/controller-revision.ts';
import { StatefulSet } from '../kinds/apps/stateful-set.ts';
import { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import { Pod } from '../kinds/core/pod.ts';
import { slowStart } from './lib/batches.ts';
import { isEmptySelector, selectorMatcher } from './lib/labels.ts';
import { claim, orphansIn, ownedBy, ownedCache } from './lib/owned.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';
import { nextAvailabilityMs } from './lib/replica-set-status.ts';
import type { History } from './lib/revision-control.ts';
import { type Revisions, revisionsOf, trimHistory } from './lib/stateful-set-history.ts';
import {
  condemnedStep,
  firstUnavailable,
  inOrder,
  isNewStatus,
  type Members,
  membersOf,
  outdated,
  replicaStep,
  revisionFor,
  setFor,
  statefulSetStatus,
} from './lib/stateful-set-plan.ts';
import { firstOrdinal, isClaimOf, isMemberOf } from './lib/stateful-set-pods.ts';
import { StatefulSetWork } from './lib/stateful-set-work.ts';

/** Of whether one's own writes are seen, which not all come with an event for the set. */
const recheckMs = 200;

const memory = perContext((context) => ({
  writes: new OwnWrites(context.clock),
  pods: ownedCache(context, Pod),
  revisions: ownedCache(context, ControllerRevision),
}));

function wantedBy(object: Pod, context: ControllerContext): readonly Key[] {
  if (controllerOf(object) !== undefined) return [];
  return context
    .cache(StatefulSet)
    .list(object.metadata.namespace)
    .filter(({ spec }) => !isEmptySelector(spec.selector) && selectorMatcher(spec.selector)(object.metadata.labels))
    .map(({ metadata }) => metadata);
}

/** Sets that make claims of such a name. */
function claimants({ metadata }: PersistentVolumeClaim, context: ControllerContext): readonly Key[] {
  return context
    .cache(StatefulSet)
    .list(metadata.namespace)
    .filter((set) => (set.spec.volumeClaimTemplates ?? []).some((template) => isClaimOf(set, template.metadata.name ?? '', metadata.name)))
    .map((set) => set.metadata);
}

/** Gives true to stop there. In order: one after the other; else in growing batches, and nothing stops but an error. */
async function forEach(count: number, ordered: boolean, action: (index: number) => Promise<boolean>): Promise<boolean> {
  if (!ordered) {
    let next = 0;
    const { error } = await slowStart(count, async () => void (await action(next++)));
    if (error !== undefined) throw error;
    return false;
  }
  for (let i = 0; i < count; i++) if (await action(i)) return true;
  return false;
}

/** Gives how many pods were deleted for an update. */
async function act(members: Members, work: StatefulSetWork): Promise<number> {
  const { set, replicas, condemned } = members;
  if (set.metadata.deletionTimestamp !== undefined) return 0;
  const ordered = inOrder(set);
  const stopped = await forEach(replicas.length, ordered, async (i) => {
    const { actions, stops } = replicaStep(members, i);
    const ordinal = firstOrdinal(set) + i;
    for (const action of actions) {
      if (action === 'create') await work.create(setFor(members, ordinal), ordinal, revisionFor(members, ordinal).metadata.name);
      else await work[action](replicas[i]!);
    }
    return stops;
  });
  if (stopped) return 0;
  await forEach(condemned.length, ordered, async (i) => {
    await work.ownClaims(condemned[i]!);
    return false;
  });
  const firstDown = firstUnavailable(members);
  const stoppedAgain = await forEach(condemned.length, ordered, async (i) => {
    const { deletes, stops } = condemnedStep(members, condemned[i]!, firstDown);
    if (deletes) await work.delete(condemned[i]!);
    return stops;
  });
  if (stoppedAgain) return 0;
  const old = outdated(members);
  if (old === undefined) return 0;
  await work.delete(old);
  return 1;
}

async function update(set: StatefulSet, used: Revisions, pods: readonly Pod[], context: ControllerContext): Promise<void> {
  const { writes, pods: cache } = memory(context);
  const members = membersOf(set, pods, used.current, used.update, context.clock.now());
  const outcome = await act(members, new StatefulSetWork(set, context, writes, cache)).catch((error: unknown) => ({ error }));
  const counted = [...members.replicas.filter((pod) => pod !== undefined), ...members.condemned];
  const status = statefulSetStatus(members, counted, used.collisionCount, typeof outcome === 'number' ? outcome : 0);
  try {
    if (isNewStatus(status, set.status))
      writes.wrote(keyText(set.metadata), context.cache(StatefulSet), await context.client.updateStatus(StatefulSet, { ...set, status }));
  } catch (error) {
    throw typeof outcome === 'number' ? error : outcome.error;
  }
  if (typeof outcome !== 'number') throw outcome.error;
}

async function sync(set: StatefulSet, context: ControllerContext): Promise<Result> {
  const { writes, pods, revisions } = memory(context);
  const id = keyText(set.metadata);
  const { namespace } = set.metadata;
  const claims = { context, ownerKind: StatefulSet, owner: set, matches: selectorMatcher(set.spec.selector) };
  const owned = await claim([...ownedBy(revisions, set), ...orphansIn(revisions, namespace)], {
    ...claims,
    kind: ControllerRevision,
    wrote: (revision) => writes.wrote(id, revisions, revision),
  });
  const mine = await claim([...ownedBy(pods, set), ...orphansIn(pods, namespace)], {
    ...claims,
    kind: Pod,
    also: (pod) => isMemberOf(set, pod),
    wrote: (pod) => writes.wrote(id, pods, pod),
  });
  const history: History = { context, writes, revisions };
  let used: Revisions | undefined;
  try {
    used = await revisionsOf(history, set, owned);
    await update(set, used, mine, context);
    const afterMs = nextAvailabilityMs(mine, set.spec.minReadySeconds ?? 0, context.clock.now());
    return afterMs === undefined ? undefined : { afterMs };
  } finally {
    await trimHistory(history, set, owned, used, mine);
  }
}

/**
 * Keeps numbered pods with names and claims of their own, made and updated in order unless they may run in parallel.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
export const statefulSet = defineController<StatefulSet>({
  name: 'statefulset-controller',
  for: StatefulSet,
  owns: [Pod],
  watches: [
    { kind: Pod, map: wantedBy },
    { kind: PersistentVolumeClaim, map: claimants },
  ],
  reads: [ControllerRevision],
  can: [
    { groups: ['apps'], resources: ['statefulsets'], verbs: ['get', 'list', 'watch'] },
    { groups: ['apps'], resources: ['statefulsets/status', 'statefulsets/finalizers'], verbs: ['update'] },
    { groups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete', 'update', 'patch'] },
    { groups: [''], resources: ['pods/finalizers'], verbs: ['update'] },
    { groups: ['apps'], resources: ['controllerrevisions'], verbs: ['get', 'create', 'delete', 'update', 'patch', 'list', 'watch'] },
    { groups: [''], resources: ['persistentvolumeclaims'], verbs: ['get', 'create', 'list', 'watch', 'update', 'delete'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { writes } = memory(context);
    const id = keyText(key);
    const set = context.cache(StatefulSet).get(key);
    if (set === undefined) return writes.forget(id);
    if (!writes.settled(id)) return { afterMs: recheckMs };
    return await sync(set, context);
  },
});
