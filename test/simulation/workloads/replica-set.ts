import { ReplicaSet } from '../../../src/kinds/apps/replica-set.ts';
import { controllerOf, defineWorkload, isReady, type Act, type Place, pick } from '../workload.ts';

interface Wanted {
  exists: boolean;
  round: number;
  replicas: number;
  /** How it is deleted. */
  policy: 'Orphan' | 'Background' | 'Foreground';
}

const ask = (state: Wanted, { namespace, name }: Place): Act => {
  const { exists, round, replicas, policy } = state;
  const labels = { set: name };
  return async (user) => {
    const key = { namespace, name: `${name}-${round}` };
    if (!exists) return await user.remove(ReplicaSet, key, { propagationPolicy: policy });
    await user.apply(ReplicaSet, {
      metadata: key,
      spec: {
        replicas,
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'set:1' }] } },
      },
    });
  };
};

/** ReplicaSets of which each takes over the pods that the one before left behind. */
export const replicaSet = defineWorkload<Wanted>({
  name: 'replica-set',
  begin(place, random) {
    const state: Wanted = { exists: true, round: 0, replicas: 1 + random.int(3), policy: 'Orphan' };
    return { state, act: ask(state, place) };
  },
  step(wanted, place, random) {
    if (!wanted.exists) Object.assign(wanted, { exists: true, round: wanted.round + 1, replicas: random.int(5) });
    else if (random.int(2) === 0) wanted.replicas = random.int(5);
    else Object.assign(wanted, { exists: false, policy: pick(random, ['Orphan', 'Orphan', 'Background', 'Foreground']) });
    return ask(wanted, place);
  },
  /** Pods that nobody owns would differ by what happened to their nodes. */
  finish(wanted, place) {
    if (!wanted.exists) Object.assign(wanted, { exists: true, round: wanted.round + 1 });
    return ask(wanted, place);
  },
  unsettled(wanted, { namespace, name }, history) {
    const sets = history.list('apps/replicasets', namespace).filter(({ spec }) => spec.selector.matchLabels?.set === name);
    if (sets.length !== 1 || sets[0].metadata.name !== `${name}-${wanted.round}`)
      return `there are ${sets.map(({ metadata }) => metadata.name)}`;
    const pods = history.list('core/pods', namespace).filter(({ metadata }) => metadata.labels?.set === name);
    if (pods.length !== wanted.replicas || !pods.every(isReady)) return `${pods.filter(isReady).length} of ${pods.length} pods are ready`;
    if (!pods.every((pod) => controllerOf(pod)?.uid === sets[0].metadata.uid)) return 'pods have another owner';
    return (sets[0].status.readyReplicas ?? 0) === wanted.replicas ? undefined : `status counts ${sets[0].status.readyReplicas} ready`;
  },
  summary(_, { namespace, name }, history) {
    const sets = history.list('apps/replicasets', namespace).filter(({ spec }) => spec.selector.matchLabels?.set === name);
    return sets.map(({ metadata, spec, status }) => [metadata.name, spec, status.replicas, status.readyReplicas]);
  },
});
