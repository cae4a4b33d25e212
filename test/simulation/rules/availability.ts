import type { Change } from '../history.ts';
import { controllerUser, type Judged, type RuleMaker, scaled } from '../rule.ts';
import { controllerOf, isReady } from '../workload.ts';

/** What a controller acts on may be this old; after any other disturbance nothing is judged for as long. */
const staleMs = 120_000;

interface Watched {
  floor: number;
  disturbedMs: number;
}
const deploymentOf = (pod: any, namespace: string, { history }: Judged): any => {
  const set = controllerOf(pod);
  const owner = set && controllerOf(history.get('apps/replicasets', namespace, set.name) ?? { metadata: {} });
  return owner && history.get('apps/deployments', namespace, owner.name);
};
function readyOf(deployment: any, namespace: string, { history }: Judged): number {
  const sets = new Set(
    history
      .list('apps/replicasets', namespace)
      .filter((one) => controllerOf(one)?.uid === deployment.metadata.uid)
      .map(({ metadata }) => metadata.uid),
  );
  return history.list('core/pods', namespace).filter((pod) => isReady(pod) && sets.has(controllerOf(pod)?.uid)).length;
}
/** The fewest ready pods that any spec of late asks for. */
function requiredOf(deployment: any, { history }: Judged, nowMs: number): number {
  const specs = history.of('apps/deployments').filter(({ after }) => after?.metadata.uid === deployment.metadata.uid);
  let least = Number.POSITIVE_INFINITY;
  for (const [index, { after }] of specs.entries()) {
    if ((specs[index + 1]?.atMs ?? nowMs) < nowMs - staleMs) continue;
    const { replicas, strategy } = after.spec;
    const { maxSurge, maxUnavailable } = strategy.rollingUpdate ?? {};
    const away = scaled(maxUnavailable, replicas, false);
    least = Math.min(least, replicas - (away === 0 && scaled(maxSurge, replicas, true) === 0 ? 1 : away));
  }
  return least;
}

/** A rollout takes no more pods out of service than maxUnavailable says; whatever else takes some is not its doing. */
export const availability: RuleMaker = () => {
  const watched = new Map<string, Watched>();
  const byRollout = (change: Change, judged: Judged) =>
    change.after?.metadata.deletionTimestamp !== undefined &&
    judged.callers(change).some(({ user, call }) => user === controllerUser('replicaset-controller') && call.verb === 'delete');
  return {
    onChange(change, judged) {
      const { resource, before, after, namespace, key, atMs } = change;
      if (resource !== 'core/pods' || after === undefined) return undefined;
      const [was, is] = [before !== undefined && isReady(before), isReady(after)];
      if (was === is) return undefined;
      const deployment = deploymentOf(after, namespace, judged);
      if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) return undefined;
      const { uid } = deployment.metadata;
      const state = watched.get(uid) ?? { floor: 0, disturbedMs: Number.NEGATIVE_INFINITY };
      watched.set(uid, state);
      const count = readyOf(deployment, namespace, judged);
      const required = requiredOf(deployment, judged, atMs);
      const wanted = Math.min(Math.max(state.floor, is ? count : 0), required);
      state.floor = Math.min(wanted, count);
      if (is) return undefined;
      if (!byRollout(change, judged)) state.disturbedMs = atMs;
      if (count >= wanted || atMs - state.disturbedMs < staleMs) return undefined;
      return `${key} was taken out of service: ${count} ready pods are left, at least ${wanted} were to stay`;
    },
  };
};
