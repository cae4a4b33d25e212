import type { Kind } from '../../api/kind.ts';
import { type ApiObject, controllerOf, type Key, keyText } from '../../api/meta.ts';
import { type Controller, type ControllerContext, defineController, type Right } from '../../client/controller.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { forAll, slowStart } from './batches.ts';
import { rankForDeletion } from './deletion-rank.ts';
import type { Matcher } from './labels.ts';
import { claim, orphansIn, ownedBy, ownedCache } from './owned.ts';
import { OwnWrites } from './own-writes.ts';
import { perContext } from './per-context.ts';
import { createPod, deletePod, type PodControl, podOf } from './pod-control.ts';
import { isPodActive, isPodTerminating } from './pods.ts';
import { nextAvailabilityMs, type ReplicaOwner, replicasStatus, sameStatus } from './replica-set-status.ts';

/** Pods created or deleted before the world is looked at again. */
const burst = 500;
const deletesAtOnce = 50;
/** Looks again after this long when its own writes have not come back, in case the event that tells was about no pod of it. */
const recheckMs = 5_000;

interface Rules<T extends ReplicaOwner> {
  readonly name: string;
  readonly kind: Kind<T>;
  /** Which pods are its own. */
  readonly matches: (owner: T) => Matcher;
  /** ReplicaSets count pods that are asked to end, ReplicationControllers do not. */
  readonly countsTerminating: boolean;
  readonly can: readonly Right[];
}

/** A controller that keeps as many pods as an object asks for: ReplicaSets and, before them, ReplicationControllers. */
export function replicaController<T extends ReplicaOwner>({ name, kind, matches, countsTerminating, can }: Rules<T>): Controller<T> {
  const memory = perContext((context) => ({
    control: { context, writes: new OwnWrites(context.clock), pods: ownedCache(context, Pod) } satisfies PodControl,
    owners: ownedCache(context, kind),
  }));

  /** Orphans may be wanted by those whose selector they match. */
  function wantedBy(pod: Pod, context: ControllerContext): readonly Key[] {
    if (controllerOf(pod) !== undefined || pod.metadata.deletionTimestamp !== undefined) return [];
    const owners = context.cache(kind).list(pod.metadata.namespace);
    return owners.filter((owner) => matches(owner)(pod.metadata.labels)).map(({ metadata }) => metadata);
  }

  async function remove(owner: T, active: readonly Pod[], count: number, context: ControllerContext): Promise<void> {
    const { control, owners } = memory(context);
    const controller = controllerOf(owner);
    const siblings: readonly ApiObject[] = controller === undefined ? [owner] : owners.byIndex('controller-uid', controller.uid);
    const related = siblings.flatMap((sibling) => ownedBy(control.pods, sibling));
    const victims = count < active.length ? rankForDeletion(active, related, context.clock.now()).slice(0, count) : active;
    await forAll(victims, deletesAtOnce, (pod) => deletePod(control, owner, pod));
  }

  /** Gives the error, so that the status can tell of it. */
  async function manage(owner: T, active: readonly Pod[], context: ControllerContext): Promise<unknown> {
    const { control } = memory(context);
    const missing = (owner.spec.replicas ?? 1) - active.length;
    if (missing > 0) {
      const wanted = podOf(kind, owner, owner.spec.template);
      return (await slowStart(Math.min(missing, burst), async () => void (await createPod(control, owner, wanted)))).error;
    }
    if (missing === 0) return undefined;
    return await remove(owner, active, Math.min(-missing, burst), context).catch((error: unknown) => error);
  }

  return defineController<T>({
    name,
    for: kind,
    owns: [Pod],
    watches: [{ kind: Pod, map: wantedBy }],
    can,
    async reconcile(key, context) {
      const { owners, control } = memory(context);
      const { writes, pods } = control;
      const id = keyText(key);
      const current = owners.get(key);
      if (current === undefined) return writes.forget(id);
      if (!writes.settled(id)) return { afterMs: recheckMs };

      const isMine = matches(current);
      const all = [...ownedBy(pods, current), ...orphansIn(pods, key.namespace)];
      const active = await claim(all.filter(isPodActive), {
        context,
        ownerKind: kind,
        owner: current,
        kind: Pod,
        matches: isMine,
        wrote: (pod) => writes.wrote(id, pods, pod),
      });
      const terminating = ownedBy(pods, current).filter((pod) => isPodTerminating(pod) && isMine(pod.metadata.labels));
      const error = current.metadata.deletionTimestamp === undefined ? await manage(current, active, context) : undefined;

      const nowMs = context.clock.now();
      const status = {
        ...replicasStatus(current, active, error, nowMs),
        ...(countsTerminating ? { terminatingReplicas: terminating.length } : {}),
      };
      if (!sameStatus(status, current.status)) writes.wrote(id, owners, await context.client.updateStatus(kind, { ...current, status }));
      if (error !== undefined) throw error;
      const afterMs = nextAvailabilityMs(active, current.spec.minReadySeconds ?? 0, nowMs);
      return afterMs === undefined ? undefined : { afterMs };
    },
  });
}
