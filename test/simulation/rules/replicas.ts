import { controllerUser, type RuleMaker } from '../rule.ts';
import { controllerOf } from '../workload.ts';

/** What a controller acts on may be this old; a create of which it knows no outcome may be made good for as long. */
const staleMs = 60_000;
const controller = controllerUser('replicaset-controller');
const isActive = ({ metadata, status }: any) =>
  metadata.deletionTimestamp === undefined && status?.phase !== 'Succeeded' && status?.phase !== 'Failed';

/** A ReplicaSet's controller makes no more pods than its spec has asked for of late. */
export const replicas: RuleMaker = () => ({
  onChange(change, judged) {
    const { resource, before, after, namespace, key, atMs } = change;
    if (resource !== 'core/pods' || before !== undefined || after === undefined) return undefined;
    const owner = controllerOf(after);
    if (owner?.kind !== 'ReplicaSet' || judged.unsureMs(controller) > atMs - staleMs) return undefined;
    const count = judged.history.list('core/pods', namespace).filter((pod) => controllerOf(pod)?.uid === owner.uid && isActive(pod)).length;
    const specs = judged.history.of('apps/replicasets').filter((one) => one.after?.metadata.uid === owner.uid);
    const recent = specs.filter((_, index) => (specs[index + 1]?.atMs ?? atMs) >= atMs - staleMs);
    const asked = Math.max(0, ...recent.map((one) => one.after.spec.replicas));
    return count > asked ? `${key} is pod ${count} of ${owner.name}, which asks for ${asked}` : undefined;
  },
});
