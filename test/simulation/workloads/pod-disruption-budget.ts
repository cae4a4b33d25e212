import { isNotFound, StatusError } from '../../../src/api/status.ts';
import { Node } from '../../../src/kinds/core/node.ts';
import { Pod } from '../../../src/kinds/core/pod.ts';
import { PodDisruptionBudget } from '../../../src/kinds/policy/pod-disruption-budget.ts';
import { defineWorkload, isReady, type Act, type Place, pick, type User } from '../workload.ts';

interface Wanted {
  minAvailable: number | string | undefined;
  maxUnavailable: number | string | undefined;
  exists: boolean;
}
const app = 'deployment-0';
const evictionTries = 15;
const evictionRetryMs = 5_000;

/** Somebody else is at it, or the pod goes with its namespace. */
function mayWait(error: unknown): boolean {
  if (!(error instanceof StatusError)) return false;
  const causes = error.details?.causes ?? [];
  return [409, 429].includes(error.code) || error.code >= 500 || causes.some(({ reason }) => reason === 'NamespaceTerminating');
}

/** What `kubectl drain` does: no new pods, then evict those that are there, for a while. */
async function drain(user: User, node: string): Promise<void> {
  const cordon = (unschedulable: boolean) =>
    user.insist(() => user.client.patch(Node, { name: node }, 'merge', { spec: { unschedulable: unschedulable || null } }));
  await cordon(true);
  for (let tries = 0; tries < evictionTries; tries++) {
    const { items } = await user.insist(() => user.client.list(Pod, { fieldSelector: `spec.nodeName=${node}` }));
    const pods = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    if (pods.length === 0) break;
    for (const { metadata } of pods) {
      const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: metadata.name, namespace: metadata.namespace } };
      await user.client.createSubresource(Pod, metadata, 'eviction', eviction).catch((error: unknown) => {
        if (!isNotFound(error) && !mayWait(error)) throw error;
      });
    }
    await user.clock.sleep(evictionRetryMs);
  }
  await cordon(false);
}

const ask = (state: Wanted, { namespace, name }: Place): Act => {
  const { exists, minAvailable, maxUnavailable } = state;
  return async (user) => {
    if (!exists) return await user.remove(PodDisruptionBudget, { namespace, name });
    const limits = minAvailable === undefined ? { maxUnavailable } : { minAvailable };
    await user.apply(PodDisruptionBudget, { metadata: { namespace, name }, spec: { ...limits, selector: { matchLabels: { app } } } });
  };
};

/** A budget for the pods of a deployment, and nodes that are drained meanwhile. */
export const podDisruptionBudget = defineWorkload<Wanted>({
  name: 'pod-disruption-budget',
  begin(place, random) {
    const state: Wanted = { exists: true, minAvailable: 1 + random.int(2), maxUnavailable: undefined };
    return { state, act: ask(state, place) };
  },
  step(wanted, place, random) {
    const node = pick(random, place.nodes);
    const which = random.int(6);
    if (which < 3) return (user) => drain(user, node);
    if (which === 3) Object.assign(wanted, { minAvailable: pick(random, [0, 1, 2, '50%']), maxUnavailable: undefined });
    else if (which === 4) Object.assign(wanted, { minAvailable: undefined, maxUnavailable: pick(random, [0, 1, '30%']) });
    else wanted.exists = !wanted.exists;
    return ask(wanted, place);
  },
  unsettled(wanted, { namespace, name, nodes }, history) {
    for (const node of nodes) if (history.get('core/nodes', '', node)?.spec?.unschedulable) return `${node} is cordoned`;
    const found = history.get('policy/poddisruptionbudgets', namespace, name);
    if (!wanted.exists) return found === undefined ? undefined : 'the budget is left over';
    if (found === undefined) return 'there is no budget';
    const healthy = history.list('core/pods', namespace).filter((pod) => pod.metadata.labels?.app === app && isReady(pod)).length;
    const { currentHealthy, desiredHealthy, disruptionsAllowed, observedGeneration, disruptedPods } = found.status;
    if (observedGeneration !== found.metadata.generation) return 'the budget was not observed';
    if (Object.keys(disruptedPods ?? {}).length > 0) return 'pods are still held to be disrupted';
    const allowed = Math.max(0, healthy - desiredHealthy);
    const told = `healthy ${currentHealthy} of ${healthy}, desired ${desiredHealthy}, allowed ${disruptionsAllowed}`;
    return currentHealthy === healthy && disruptionsAllowed === (healthy === 0 ? 0 : allowed) ? undefined : told;
  },
  summary(wanted, { namespace, name }, history) {
    const { status, spec } = history.get('policy/poddisruptionbudgets', namespace, name) ?? {};
    return {
      wanted: wanted.exists,
      spec,
      counts: [status?.currentHealthy, status?.desiredHealthy, status?.expectedPods, status?.disruptionsAllowed],
    };
  },
});
