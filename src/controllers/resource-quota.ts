import { isNotFound } from '../api/status.ts';
import type { AnyKind } from '../api/kind.ts';
import type { ApiObject, Key } from '../api/meta.ts';
import { sameJson } from '../base/equal.ts';
import { nextTurn } from '../base/turn.ts';
import { type ControllerContext, defineController } from '../client/controller.ts';
import { addUsage, noUsage, scopesOf, statusOf } from '../kinds/core/lib/quota-check.ts';
import { evaluatorOf, type QuotaEvaluator, type QuotaWorld, resourceOf } from '../kinds/core/lib/quota-evaluators.ts';
import { quotaWorld } from '../kinds/core/lib/quota-world.ts';
import { sameAmounts } from '../kinds/core/lib/resource-lists.ts';
import { Pod } from '../kinds/core/pod.ts';
import { ResourceQuota } from '../kinds/core/resource-quota.ts';
import { DeviceClass } from '../kinds/resource/device-class.ts';
import { ResourceClaim } from '../kinds/resource/resource-claim.ts';
import { KindFollowers } from './lib/kind-followers.ts';

/** Changes that come together are counted once. */
const gatherMs = 20;
/** How often new kinds are looked for, and everything is counted again: time alone frees what a pod that never ends held. */
const discoveryMs = 30_000;
const recountMs = 5 * 60_000;
const objectsATurn = 200;

const isCounted = (kind: AnyKind): boolean =>
  kind.verbs.includes('watch') && kind.verbs.includes('delete') && kind.storedAs === undefined && evaluatorOf(kind) !== undefined;

function worldOf({ clock, informers }: ControllerContext, namespace: string): QuotaWorld {
  const [classes, pods, claims] = [informers.of(DeviceClass), informers.of(Pod), informers.of(ResourceClaim)];
  return quotaWorld({
    nowMs: clock.now(),
    classes: classes.cache.list(),
    pods: pods.cache.list(namespace),
    claims: claims.cache.list(namespace),
  });
}

/** Every kind whose objects use something of the quota. */
function countedKinds(quota: ResourceQuota, world: QuotaWorld, { cluster }: ControllerContext): ReadonlyMap<AnyKind, QuotaEvaluator> {
  const hard = Object.keys(quota.spec.hard ?? {});
  const counted = new Map<AnyKind, QuotaEvaluator>();
  const seen = new Set<string>();
  for (const kind of cluster.kinds()) {
    if (!isCounted(kind) || seen.has(resourceOf(kind))) continue;
    seen.add(resourceOf(kind));
    const evaluator = evaluatorOf(kind)!;
    if (hard.some((name) => evaluator.uses(name, world))) counted.set(kind, evaluator);
  }
  return counted;
}

/**
 * Counts anew. The quota is read before the objects are, both from the server itself, and is written only if nothing was
 * charged meanwhile: so no charge is lost.
 */
async function recount(quota: ResourceQuota, context: ControllerContext): Promise<void> {
  const { client } = context;
  const namespace = quota.metadata.namespace!;
  const world = worldOf(context, namespace);
  const counted = countedKinds(quota, world, context);
  let used = noUsage(quota, counted.values(), world);
  for (const [kind, evaluator] of counted) {
    const { items } = await client.list(kind, { namespace });
    for (let from = 0; from < items.length; from += objectsATurn) {
      used = addUsage(used, quota, evaluator, items.slice(from, from + objectsATurn), world);
      await nextTurn();
    }
  }
  const status = statusOf(quota, used);
  const { hard, used: before } = quota.status;
  if (sameAmounts(status.hard, hard) && sameAmounts(status.used, before) && hard !== undefined && before !== undefined) return;
  await client.updateStatus(ResourceQuota, { ...quota, status }).catch((error: unknown) => {
    // It went meanwhile: nobody asks for its status any more.
    if (!isNotFound(error)) throw error;
  });
}

/** Tells which quotas of a namespace an object that goes or changes may concern. */
function touch(kind: AnyKind, object: ApiObject, context: ControllerContext): void {
  const { namespace } = object.metadata;
  const quotas = context.cache(ResourceQuota).list(namespace);
  if (quotas.length === 0) return;
  const evaluator = evaluatorOf(kind)!;
  const world = worldOf(context, namespace!);
  for (const quota of quotas)
    if (Object.keys(quota.status.hard ?? {}).some((name) => evaluator.uses(name, world))) context.enqueue(quota.metadata, gatherMs);
}
function changed(kind: AnyKind, object: ApiObject, old: ApiObject, context: ControllerContext): void {
  const { namespace } = object.metadata;
  const quotas = context.cache(ResourceQuota).list(namespace);
  if (quotas.length === 0) return;
  const evaluator = evaluatorOf(kind)!;
  const world = worldOf(context, namespace!);
  const scopes = quotas.flatMap(({ spec }) => scopesOf(spec));
  const moved = scopes.some((scope) => evaluator.matchesScope(scope, object) !== evaluator.matchesScope(scope, old));
  if (moved || !sameAmounts(evaluator.usage(object, world), evaluator.usage(old, world))) touch(kind, object, context);
}

/** Read from the server: its list is a right that the controller has, its get is not. */
async function read({ namespace, name }: Key, { client }: ControllerContext): Promise<ResourceQuota | undefined> {
  return (await client.list(ResourceQuota, { namespace, fieldSelector: `metadata.name=${name}` })).items[0];
}

async function follow(context: ControllerContext): Promise<void> {
  const { clock, signal, informers, cluster } = context;
  const add = ({ metadata }: ResourceQuota) => context.enqueue(metadata, gatherMs);
  // Charges change the status all the time; only what is allowed, or not counted yet, makes work.
  const updated = (quota: ResourceQuota, old: ResourceQuota) => {
    if (!sameJson(quota.spec, old.spec) || !sameAmounts(quota.spec.hard, quota.status.hard)) add(quota);
  };
  const stop = informers.of(ResourceQuota).subscribe({ added: add, updated });
  const followers = new KindFollowers(informers, (kind) => ({
    updated: (object, old) => changed(kind, object, old, context),
    deleted: (object) => touch(kind, object, context),
  }));
  let countedMs = clock.monotonic();
  try {
    while (!signal.aborted) {
      followers.update(cluster.kinds().filter(isCounted));
      await clock.sleep(discoveryMs, signal).catch(() => undefined);
      if (clock.monotonic() - countedMs < recountMs) continue;
      countedMs = clock.monotonic();
      for (const { metadata } of context.cache(ResourceQuota).list()) context.enqueue(metadata);
    }
  } finally {
    followers.close();
    stop();
  }
}

/**
 * Tells in the status of each ResourceQuota how much of it is used. Admission adds what new objects use; this takes away
 * what is gone. https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
export const resourceQuota = defineController({
  name: 'resourcequota-controller',
  reads: [ResourceQuota, DeviceClass, Pod, ResourceClaim],
  can: [
    { groups: ['*'], resources: ['*'], verbs: ['list', 'watch'] },
    { groups: [''], resources: ['resourcequotas/status'], verbs: ['update'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
  async reconcile(key, context) {
    const quota = await read(key, context);
    if (quota !== undefined) await recount(quota, context);
  },
  background: follow,
});
