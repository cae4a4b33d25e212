import { controllerOf, type Key, keyText } from '../api/meta.ts';
import { BackoffTable } from '../base/backoff-table.ts';
import { type ControllerContext, defineController, type Result } from '../client/controller.ts';
import { ControllerRevision } from '../kinds/apps/controller-revision.ts';
import { DaemonSet } from '../kinds/apps/daemon-set.ts';
import { Node } from '../kinds/core/node.ts';
import { Pod } from '../kinds/core/pod.ts';
import { forAll, slowStart } from './lib/batches.ts';
import { currentRevision, trimHistory } from './lib/daemon-history.ts';
import { boundTo, daemonTemplate, fitOf } from './lib/daemon-placement.ts';
import { type Daemons, daemonsByNode, daemonStatus, type Plan, placementPlan, rollingPlan } from './lib/daemon-plan.ts';
import { isEmptySelector, selectorMatcher } from './lib/labels.ts';
import { claim, orphansIn, ownedBy, ownedCache } from './lib/owned.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';
import { createPod, deletePod, podOf } from './lib/pod-control.ts';
import { podsOnNode } from './lib/pods-on-nodes.ts';
import { nextAvailabilityMs, sameStatus } from './lib/replica-set-status.ts';
import { revisionHashLabel } from './lib/revisions.ts';

/** Pods created or deleted before the world is looked at again. */
const burst = 250;
const deletesAtOnce = 50;
/** Of whether one's own writes are seen, which not all come with an event for the set. */
const recheckMs = 200;
const firstFailureMs = 1_000;
const longestFailureMs = 900_000;

const memory = perContext((context) => ({
  writes: new OwnWrites(context.clock),
  pods: ownedCache(context, Pod),
  revisions: ownedCache(context, ControllerRevision),
  failures: new BackoffTable(firstFailureMs, longestFailureMs),
}));

function wantedBy(object: Pod | ControllerRevision, context: ControllerContext): readonly Key[] {
  if (controllerOf(object) !== undefined) return [];
  return context
    .cache(DaemonSet)
    .list(object.metadata.namespace)
    .filter(({ spec }) => !isEmptySelector(spec.selector) && selectorMatcher(spec.selector)(object.metadata.labels))
    .map(({ metadata }) => metadata);
}

function ownersOf(revision: ControllerRevision): readonly Key[] {
  const owner = controllerOf(revision);
  return owner?.kind === DaemonSet.kind ? [{ namespace: revision.metadata.namespace, name: owner.name }] : [];
}

/** Sets that have something to do on a node as it is now, or whose status may no longer be right. */
function concernedBy(node: Node, context: ControllerContext): readonly Key[] {
  const here = new Set(podsOnNode(node.metadata.name, context).map((pod) => controllerOf(pod)?.uid));
  return context
    .cache(DaemonSet)
    .list()
    .filter((set) => {
      const { runs, stays } = fitOf(set, node);
      const present = here.has(set.metadata.uid);
      return present ? !stays || set.status.numberMisscheduled > 0 : runs;
    })
    .map(({ metadata }) => metadata);
}

async function act({ create, remove }: Plan, daemons: Daemons, context: ControllerContext): Promise<void> {
  const { writes, pods } = memory(context);
  const control = { context, writes, pods };
  const { set, hash } = daemons;
  const template = daemonTemplate(set, hash);
  const targets = create.slice(0, burst);
  const { error } = await slowStart(targets.length, async () => {
    const node = targets.shift()!;
    await createPod(control, set, podOf(DaemonSet, set, template, { spec: boundTo(template.spec, node) }));
  });
  await forAll(remove.slice(0, burst), deletesAtOnce, (pod) => deletePod(control, set, pod));
  if (error !== undefined) throw error;
}

/** Whether a pod that ended may be removed yet, with the event that tells of it; `waits` notes for how long not. */
function endGate(set: DaemonSet, context: ControllerContext, waits: number[]) {
  const { failures } = memory(context);
  return ({ metadata, status }: Pod, node: string): boolean => {
    const where = `daemon pod ${metadata.namespace}/${metadata.name} on node ${node}`;
    if (status.phase === 'Succeeded') {
      context.events.event(set, 'Normal', 'SucceededDaemonPod', `Found succeeded ${where}, will try to delete it`);
      return true;
    }
    const key = `${set.metadata.uid}/${set.status.observedGeneration ?? 0}/${node}`;
    const nowMs = context.clock.monotonic();
    if (failures.isWaitingSinceUpdate(key, nowMs)) {
      waits.push(failures.delayMs(key));
      return false;
    }
    failures.next(key, nowMs);
    context.events.event(set, 'Warning', 'FailedDaemonPod', `Found failed ${where}, will try to kill it`);
    return true;
  };
}

/** Brings pods to where they belong; else, when all are in place, takes one step of an update. */
async function manage(daemons: Daemons, context: ControllerContext, waits: number[]): Promise<void> {
  const { set } = daemons;
  const plan = placementPlan(daemons, endGate(set, context, waits));
  if (plan.create.length + plan.remove.length > 0) return await act(plan, daemons, context);
  if (set.spec.updateStrategy.type === 'RollingUpdate') await act(rollingPlan(daemons), daemons, context);
}

async function saveStatus(daemons: Daemons, context: ControllerContext): Promise<void> {
  const { set } = daemons;
  const { writes } = memory(context);
  const status = { ...set.status, ...daemonStatus(daemons), observedGeneration: set.metadata.generation ?? 0 };
  if (sameStatus(status, set.status)) return;
  const updated = await context.client.updateStatus(DaemonSet, { ...set, status });
  writes.wrote(keyText(set.metadata), context.cache(DaemonSet), updated);
}

async function sync(set: DaemonSet, context: ControllerContext): Promise<Result> {
  const { writes, pods, revisions } = memory(context);
  const id = keyText(set.metadata);
  const claims = { context, ownerKind: DaemonSet, owner: set, matches: selectorMatcher(set.spec.selector) };
  const { namespace } = set.metadata;
  const owned = await claim([...ownedBy(revisions, set), ...orphansIn(revisions, namespace)], {
    ...claims,
    kind: ControllerRevision,
    wrote: (revision) => writes.wrote(id, revisions, revision),
  });
  const mine = await claim([...ownedBy(pods, set), ...orphansIn(pods, namespace)], {
    ...claims,
    kind: Pod,
    wrote: (pod) => writes.wrote(id, pods, pod),
  });
  const history = { context, writes, revisions };
  const { revision, old } = await currentRevision(history, set, owned, mine);
  const daemons: Daemons = {
    set,
    nodes: context.cache(Node).list(),
    pods: daemonsByNode(mine, false),
    hash: revision.metadata.labels?.[revisionHashLabel] ?? '',
    nowMs: context.clock.now(),
  };
  const waits: number[] = [];
  const failure = await manage(daemons, context, waits)
    .then(() => trimHistory(history, set, old, mine))
    .catch((error: unknown) => ({ error }));
  await saveStatus(daemons, context).catch((error: unknown) => {
    throw failure === undefined ? error : failure.error;
  });
  if (failure !== undefined) throw failure.error;
  const availableMs = nextAvailabilityMs(mine, set.spec.minReadySeconds ?? 0, daemons.nowMs);
  if (availableMs !== undefined) waits.push(availableMs);
  return waits.length === 0 ? undefined : { afterMs: Math.min(...waits) };
}

/**
 * Runs a pod of each DaemonSet on every node that is fit for it, and rolls them over to new templates.
 * https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/
 */
export const daemonSet = defineController<DaemonSet>({
  name: 'daemon-set-controller',
  for: DaemonSet,
  owns: [Pod],
  watches: [
    { kind: Pod, map: wantedBy },
    { kind: ControllerRevision, map: wantedBy },
    // A revision that somebody else makes for a set is left alone until the set is looked at anyway.
    { kind: ControllerRevision, map: ownersOf, exceptNew: true },
    { kind: Node, map: concernedBy },
  ],
  can: [
    { groups: ['apps'], resources: ['daemonsets'], verbs: ['get', 'list', 'watch'] },
    { groups: ['apps'], resources: ['daemonsets/status'], verbs: ['update'] },
    { groups: ['apps'], resources: ['daemonsets/finalizers'], verbs: ['update'] },
    { groups: [''], resources: ['nodes'], verbs: ['list', 'watch'] },
    { groups: [''], resources: ['pods'], verbs: ['create', 'delete', 'list', 'patch', 'watch'] },
    { groups: [''], resources: ['pods/binding'], verbs: ['create'] },
    { groups: ['apps'], resources: ['controllerrevisions'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { writes } = memory(context);
    const id = keyText(key);
    const current = context.cache(DaemonSet).get(key);
    if (current === undefined) return writes.forget(id);
    if (!writes.settled(id)) return { afterMs: recheckMs };
    if (isEmptySelector(current.spec.selector)) {
      const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
      context.events.event(current, 'Warning', 'SelectingAll', message);
      return;
    }
    // Nobody knows whether its history is still there, so nothing can be said of it.
    if (current.metadata.deletionTimestamp !== undefined) return;
    return await sync(current, context);
  },
});
