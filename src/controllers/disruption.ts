import { controllerOf, type Key, type OwnerReference } from '../api/meta.ts';
import { isConflict, isNotFound } from '../api/status.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { Deployment } from '../kinds/apps/deployment.ts';
import { ReplicaSet } from '../kinds/apps/replica-set.ts';
import { Pod } from '../kinds/core/pod.ts';
import { PodDisruptionBudget } from '../kinds/policy/pod-disruption-budget.ts';
import { allowedConditions, budgetStatus, needsScale, stillDisrupted } from './lib/disruption-status.ts';
import { sameJson } from '../base/equal.ts';
import { selectorMatcher, shownSelector } from './lib/labels.ts';
import { withPodCondition } from './lib/pod-conditions.ts';
import { isPodTerminal, podCondition } from './lib/pods.ts';
import { getScale, groupOfVersion, resourceName } from './lib/scale-client.ts';
import { timeMs } from './lib/times.ts';

const sweepMs = 30_000;
/** A pod that was to be disrupted and was not deleted by then is not going to be. */
const staleConditionMs = 120_000;

function budgetsOf(pod: Pod, context: ControllerContext): readonly Key[] {
  return context
    .cache(PodDisruptionBudget)
    .list(pod.metadata.namespace)
    .filter(({ spec }) => selectorMatcher(spec.selector)(pod.metadata.labels))
    .map(({ metadata }) => metadata);
}
const podsOf = (budget: PodDisruptionBudget, context: ControllerContext): readonly Pod[] => {
  const matches = selectorMatcher(budget.spec.selector);
  return context
    .cache(Pod)
    .list(budget.metadata.namespace)
    .filter(({ metadata }) => matches(metadata.labels));
};

/** What a controller that is no ReplicaSet asks for, by its scale subresource; undefined when it is gone. */
async function scaleOf(owner: OwnerReference, namespace: string | undefined, context: ControllerContext): Promise<number | undefined> {
  const group = groupOfVersion(owner.apiVersion);
  const kind = context.cluster.kinds().find((each) => each.group === group && each.kind === owner.kind);
  if (kind === undefined) throw new Error(`no matches for kind "${owner.kind}" in version "${owner.apiVersion}"`);
  if (!kind.subresources.includes('scale')) throw new Error(`${resourceName(kind)} does not implement the scale subresource`);
  try {
    const { metadata, spec } = await getScale(context.client.transport, kind, { namespace, name: owner.name });
    return metadata.uid === owner.uid ? (spec.replicas ?? 0) : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The controller that decides how many there are: for a ReplicaSet of a Deployment, the Deployment. */
async function scaleOfOwner(owner: OwnerReference, namespace: string | undefined, context: ControllerContext) {
  if (owner.kind !== 'ReplicaSet' || !owner.apiVersion.startsWith('apps/'))
    return { uid: owner.uid, scale: await scaleOf(owner, namespace, context) };
  const replicaSet = context.cache(ReplicaSet).get({ namespace, name: owner.name });
  if (replicaSet?.metadata.uid !== owner.uid) return { uid: owner.uid, scale: undefined };
  const top = controllerOf(replicaSet);
  if (top?.kind !== 'Deployment') return { uid: owner.uid, scale: replicaSet.spec.replicas ?? 1 };
  const deployment = context.cache(Deployment).get({ namespace, name: top.name });
  return { uid: top.uid, scale: deployment?.metadata.uid === top.uid ? (deployment.spec.replicas ?? 1) : undefined };
}

/** Sum of what the controllers of the pods ask for. Throws when a controller can't be found. */
async function expectedScale(
  pods: readonly Pod[],
  context: ControllerContext,
): Promise<{ readonly scale: number; readonly unmanaged: number }> {
  const scales = new Map<string, number>();
  const asked = new Set<string>();
  let unmanaged = 0;
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (owner === undefined) unmanaged++;
    else if (!asked.has(owner.uid)) {
      asked.add(owner.uid);
      const { uid, scale } = await scaleOfOwner(owner, pod.metadata.namespace, context);
      if (scale === undefined) throw new Error(`found no controllers for pod "${pod.metadata.name}"`);
      scales.set(uid, scale);
    }
  }
  return { scale: [...scales.values()].reduce((sum, each) => sum + each, 0), unmanaged };
}

async function sync(budget: PodDisruptionBudget, context: ControllerContext): Promise<{ readonly afterMs: number } | undefined> {
  const { client, clock, events } = context;
  const nowMs = clock.now();
  const pods = podsOf(budget, context);
  if (pods.length === 0) events.event(budget, 'Normal', 'NoPods', 'No matching pods found');
  let scale = 0;
  if (needsScale(budget)) {
    try {
      const expected = await expectedScale(pods, context);
      scale = expected.scale;
      if (expected.unmanaged > 0) {
        const message =
          `Pods selected by this PodDisruptionBudget (selector: ${shownSelector(budget.spec.selector)}) were found to be unmanaged. ` +
          'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
          'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';
        events.event(budget, 'Warning', 'UnmanagedPods', message);
      }
    } catch (error) {
      const message = `Failed to calculate the number of expected pods: ${error instanceof Error ? error.message : String(error)}`;
      events.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
      throw error;
    }
  }
  const disrupted = stillDisrupted(budget, pods, nowMs);
  for (const pod of disrupted.overdue) {
    const { namespace, name } = budget.metadata;
    events.event(pod, 'Warning', 'NotDeleted', `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`);
  }
  const status = budgetStatus(budget, pods, scale, disrupted, nowMs);
  const present = { ...budget.status, disruptedPods: budget.status.disruptedPods ?? {} };
  if (!sameJson(status, present)) await client.updateStatus(PodDisruptionBudget, { ...budget, status });
  return disrupted.untilMs === undefined ? undefined : { afterMs: Math.max(1, disrupted.untilMs - nowMs) };
}

/** When the truth can't be found out, no eviction is allowed. */
async function failSafe(budget: PodDisruptionBudget, cause: unknown, { client, clock }: ControllerContext): Promise<void> {
  const message = cause instanceof Error ? cause.message : String(cause);
  const observedGeneration = budget.status.observedGeneration ?? 0;
  const condition = { status: 'False', reason: 'SyncFailed', message, observedGeneration };
  const conditions = allowedConditions(budget.status.conditions ?? [], condition, clock.now());
  const status = { ...budget.status, disruptionsAllowed: 0, conditions };
  if (!sameJson(status, budget.status)) await client.updateStatus(PodDisruptionBudget, { ...budget, status });
}

/** Takes back DisruptionTarget from pods that were not deleted after all. */
async function clearStale(context: ControllerContext): Promise<void> {
  const { client, clock, log } = context;
  for (const pod of context.cache(Pod).list()) {
    const condition = podCondition(pod, 'DisruptionTarget');
    if (condition?.status !== 'True' || condition.reason === 'TerminationByKubelet') continue;
    if (pod.metadata.deletionTimestamp !== undefined || isPodTerminal(pod)) continue;
    if (timeMs(condition.lastTransitionTime) + staleConditionMs > clock.now()) continue;
    const status = withPodCondition(pod, { type: 'DisruptionTarget', status: 'False' }, clock.now());
    await client.updateStatus(Pod, { ...pod, status }).catch((error: unknown) => {
      if (!isConflict(error) && !isNotFound(error)) log.warn('a stale DisruptionTarget could not be cleared', { error });
    });
  }
}

/** Tells in the status of each PodDisruptionBudget how many of its pods may be evicted now. */
export const disruption = defineController<PodDisruptionBudget>({
  name: 'disruption-controller',
  eventSource: 'controllermanager',
  for: PodDisruptionBudget,
  watches: [
    { kind: Pod, map: budgetsOf },
    { kind: ReplicaSet, map: (replicaSet: ReplicaSet, context) => ofTemplate(replicaSet, context) },
    { kind: Deployment, map: (deployment: Deployment, context) => ofTemplate(deployment, context) },
  ],
  can: [
    { groups: ['apps'], resources: ['deployments', 'replicasets', 'statefulsets'], verbs: ['get', 'list', 'watch'] },
    { groups: [''], resources: ['replicationcontrollers'], verbs: ['get', 'list', 'watch'] },
    { groups: [''], resources: ['pods/status'], verbs: ['patch', 'update'] },
    { groups: ['policy'], resources: ['poddisruptionbudgets'], verbs: ['get', 'list', 'watch'] },
    { groups: ['policy'], resources: ['poddisruptionbudgets/status'], verbs: ['update'] },
    { groups: ['*'], resources: ['*/scale'], verbs: ['get'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const budget = context.cache(PodDisruptionBudget).get(key);
    if (budget === undefined) return;
    try {
      return await sync(budget, context);
    } catch (error) {
      if (isConflict(error) || isNotFound(error)) throw error;
      await failSafe(budget, error, context);
    }
  },
  async background(context) {
    while (!context.signal.aborted) {
      await context.clock.sleep(sweepMs, context.signal).catch(() => undefined);
      if (!context.signal.aborted) await clearStale(context);
    }
  },
});

/** Budgets that the pods of a workload would fall under. */
function ofTemplate(workload: ReplicaSet | Deployment, context: ControllerContext): readonly Key[] {
  const labels = workload.spec.template?.metadata?.labels;
  return context
    .cache(PodDisruptionBudget)
    .list(workload.metadata.namespace)
    .filter(({ spec }) => selectorMatcher(spec.selector)(labels))
    .map(({ metadata }) => metadata);
}
