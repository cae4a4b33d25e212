import { controllerUser, type Judged, type RuleMaker, scaled } from '../rule.ts';
import { controllerOf } from '../workload.ts';

/** What a controller acts on may be this old. */
const staleMs = 60_000;

/** The most pods that a deployment may have by any of its specs of late. */
function limitOf(uid: string, { history }: Judged, nowMs: number): number {
  const specs = history.of('apps/deployments').filter(({ after }) => after?.metadata.uid === uid);
  let limit = 0;
  for (const [index, { after }] of specs.entries()) {
    const endsMs = specs[index + 1]?.atMs ?? nowMs;
    if (endsMs < nowMs - staleMs) continue;
    const { replicas, strategy } = after.spec;
    limit = Math.max(limit, replicas + scaled(strategy.rollingUpdate?.maxSurge, replicas, true));
  }
  return limit;
}

/** The deployment controller never asks for more pods than replicas and surge allow. */
export const surge: RuleMaker = () => ({
  onChange(change, judged) {
    const { resource, before, after, key } = change;
    if (resource !== 'apps/replicasets' || after === undefined || after.spec.replicas <= (before?.spec.replicas ?? 0)) return undefined;
    const owner = controllerOf(after);
    if (owner === undefined || !judged.callers(change).some(({ user }) => user === controllerUser('deployment-controller')))
      return undefined;
    const siblings = judged.history.list('apps/replicasets', change.namespace).filter((one) => controllerOf(one)?.uid === owner.uid);
    const total = siblings.reduce((sum, { spec }) => sum + spec.replicas, 0);
    const limit = limitOf(owner.uid, judged, change.atMs);
    return total > limit ? `${key} was scaled to ${after.spec.replicas}: ${total} pods in all, at most ${limit} are allowed` : undefined;
  },
});
