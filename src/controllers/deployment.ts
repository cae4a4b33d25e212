import { controllerOf, type Key, keyText } from '../api/meta.ts';
import { type ControllerContext, defineController, type Result } from '../client/controller.ts';
import { Deployment } from '../kinds/apps/deployment.ts';
import { ReplicaSet } from '../kinds/apps/replica-set.ts';
import { Pod } from '../kinds/core/pod.ts';
import { rollbackToAnnotation } from './lib/deployment-replica-sets.ts';
import { Rollout } from './lib/deployment-rollout.ts';
import { growStep, replicasOf, scalingSteps, shrinkSteps, wasScaled } from './lib/deployment-scaling.ts';
import { countedStatus, isComplete, progressCheckMs, rolloutStatus, withPauseCondition } from './lib/deployment-status.ts';
import { isEmptySelector, selectorMatcher } from './lib/labels.ts';
import { claim, orphansIn, ownedBy, ownedCache } from './lib/owned.ts';
import { OwnWrites } from './lib/own-writes.ts';
import { perContext } from './lib/per-context.ts';
import { isPodTerminal } from './lib/pods.ts';

const recheckMs = 5_000;

const memory = perContext((context) => ({
  writes: new OwnWrites(context.clock),
  replicaSets: ownedCache(context, ReplicaSet),
  pods: ownedCache(context, Pod),
}));

function wantedBy(replicaSet: ReplicaSet, context: ControllerContext): readonly Key[] {
  if (controllerOf(replicaSet) !== undefined) return [];
  return context
    .cache(Deployment)
    .list(replicaSet.metadata.namespace)
    .filter(({ spec }) => !isEmptySelector(spec.selector) && selectorMatcher(spec.selector)(replicaSet.metadata.labels))
    .map(({ metadata }) => metadata);
}

/** A deployment that recreates waits for the end of its old pods. */
function recreatedBy(pod: Pod, context: ControllerContext): readonly Key[] {
  const { namespace } = pod.metadata;
  const owner = controllerOf(pod);
  if (owner?.kind !== 'ReplicaSet') return [];
  const replicaSet = context.cache(ReplicaSet).get({ namespace, name: owner.name });
  const top = replicaSet && controllerOf(replicaSet);
  if (top?.kind !== 'Deployment') return [];
  const deployment = context.cache(Deployment).get({ namespace, name: top.name });
  return deployment?.spec.strategy?.type === 'Recreate' ? [deployment.metadata] : [];
}

/** Ends a look at the deployment: writes what it came to, and says when the deadline is to be checked. */
async function finish(rollout: Rollout, all: readonly ReplicaSet[], newest: ReplicaSet | undefined): Promise<Result> {
  const { deployment, nowMs } = rollout;
  rollout.status = rolloutStatus(deployment, rollout.status, all, newest, nowMs);
  await rollout.save();
  const afterMs = progressCheckMs(deployment, rollout.status, nowMs);
  return afterMs === undefined ? undefined : { afterMs };
}

async function roll(rollout: Rollout, replicaSets: readonly ReplicaSet[]): Promise<Result> {
  const { deployment } = rollout;
  const { newest: found, old } = await rollout.generations(replicaSets);
  const newest = found ?? (await rollout.createNewest(old));
  const all = [...old, newest];
  const grow = growStep(deployment, newest, old);
  const steps = grow === undefined ? shrinkSteps(deployment, newest, old) : [grow];
  const scaled = await rollout.scale(steps, all);
  if (!scaled && isComplete(deployment, rollout.status)) await rollout.cleanUp(old);
  return finish(rollout, all, all.at(-1));
}

async function recreate(rollout: Rollout, replicaSets: readonly ReplicaSet[]): Promise<Result> {
  const { deployment, context } = rollout;
  const { newest: found, old } = await rollout.generations(replicaSets);
  const all = found === undefined ? [...old] : [...old, found];
  const emptied = old.map((replicaSet) => ({ replicaSet, size: 0 }));
  if (await rollout.scale(emptied, all)) return finish(rollout, all, found);
  const { pods } = memory(context);
  const others = replicaSets.filter((each) => each.metadata.uid !== found?.metadata.uid);
  const running = others.some((each) => (each.status.replicas ?? 0) > 0 || ownedBy(pods, each).some((pod) => !isPodTerminal(pod)));
  if (running) return finish(rollout, all, found);
  const newest = found ?? (await rollout.createNewest(old));
  if (found === undefined) all.push(newest);
  await rollout.scale([{ replicaSet: newest, size: replicasOf(deployment) }], all);
  if (isComplete(deployment, rollout.status)) await rollout.cleanUp(old);
  return finish(rollout, all, all.at(-1));
}

/** Paused, or its size was changed: no rollout goes on now. */
async function resize(rollout: Rollout, replicaSets: readonly ReplicaSet[]): Promise<Result> {
  const { deployment } = rollout;
  const generations = await rollout.generations(replicaSets);
  const { newest, old } = generations;
  const all = newest === undefined ? [...old] : [...old, newest];
  await rollout.scale(scalingSteps(deployment, generations), all);
  if (deployment.spec.paused) await rollout.cleanUp(old);
  const updated = all.find(({ metadata }) => metadata.uid === newest?.metadata.uid);
  rollout.status = countedStatus(deployment, rollout.status, all, updated, rollout.nowMs);
  await rollout.save();
}

function rollbackRevision(deployment: Deployment): number | undefined {
  const text = deployment.metadata.annotations?.[rollbackToAnnotation];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

async function act(rollout: Rollout, replicaSets: readonly ReplicaSet[]): Promise<Result> {
  const { deployment } = rollout;
  if (deployment.metadata.deletionTimestamp !== undefined) {
    const { newest, old } = await rollout.generations(replicaSets);
    rollout.status = countedStatus(deployment, rollout.status, newest ? [...old, newest] : old, newest, rollout.nowMs);
    return await rollout.save();
  }
  rollout.status = withPauseCondition(deployment, rollout.status, rollout.nowMs);
  if (deployment.spec.paused) return await resize(rollout, replicaSets);
  const revision = rollbackRevision(deployment);
  if (revision !== undefined) {
    const { newest: found, old } = await rollout.generations(replicaSets);
    return await rollout.rollBack(revision, [...old, found ?? (await rollout.createNewest(old))]);
  }
  if (wasScaled(deployment, replicaSets)) return await resize(rollout, replicaSets);
  return deployment.spec.strategy?.type === 'Recreate' ? await recreate(rollout, replicaSets) : await roll(rollout, replicaSets);
}

/**
 * Rolls a deployment's pods over from one template to the next through ReplicaSets, within its limits, and keeps the history.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/
 */
export const deployment = defineController<Deployment>({
  name: 'deployment-controller',
  for: Deployment,
  owns: [ReplicaSet],
  watches: [
    { kind: ReplicaSet, map: wantedBy },
    { kind: Pod, map: recreatedBy },
  ],
  can: [
    { groups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'update', 'watch'] },
    { groups: ['apps'], resources: ['deployments/status'], verbs: ['update'] },
    { groups: ['apps'], resources: ['deployments/finalizers'], verbs: ['update'] },
    { groups: ['apps'], resources: ['replicasets'], verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'] },
    { groups: [''], resources: ['pods'], verbs: ['get', 'list', 'update', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const { writes, replicaSets } = memory(context);
    const id = keyText(key);
    const current = context.cache(Deployment).get(key);
    if (current === undefined) return writes.forget(id);
    if (!writes.settled(id)) return { afterMs: recheckMs };
    if (isEmptySelector(current.spec.selector)) {
      const message = 'This deployment is selecting all pods. A non-empty selector is required.';
      context.events.event(current, 'Warning', 'SelectingAll', message);
      const observedGeneration = current.metadata.generation ?? 0;
      if ((current.status.observedGeneration ?? 0) >= observedGeneration) return;
      writes.wrote(
        id,
        context.cache(Deployment),
        await context.client.updateStatus(Deployment, { ...current, status: { ...current.status, observedGeneration } }),
      );
      return;
    }
    const rollout = new Rollout(current, context, writes);
    const mine = await claim([...ownedBy(replicaSets, current), ...orphansIn(replicaSets, key.namespace)], {
      context,
      ownerKind: Deployment,
      owner: current,
      kind: ReplicaSet,
      matches: selectorMatcher(current.spec.selector),
      wrote: (replicaSet) => rollout.wrote(replicaSet),
    });
    return await act(rollout, mine);
  },
});
