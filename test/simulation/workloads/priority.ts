import { ReplicaSet } from '../../../src/kinds/apps/replica-set.ts';
import { PriorityClass } from '../../../src/kinds/scheduling/priority-class.ts';
import { defineWorkload, type Act, type Place } from '../workload.ts';

interface Wanted {
  /** How many pods there are to be of each class, the lowest first. */
  replicas: [low: number, high: number];
}
/** Below those of all other workloads, so that none of these has to go. */
const classes = [
  { name: 'low', value: -200, cpu: '2' },
  { name: 'high', value: -100, cpu: '3' },
] as const;

const ask = (state: Wanted, { namespace, name }: Place): Act => {
  const { replicas } = structuredClone(state);
  return async (user) => {
    for (const [index, { name: level, value, cpu }] of classes.entries()) {
      const [labels, priorityClassName] = [{ set: name, level }, `${namespace}-${name}-${level}`];
      await user.apply(PriorityClass, { metadata: { name: priorityClassName }, value });
      const containers = [{ name: 'main', image: 'set:1', resources: { requests: { cpu } } }];
      const spec = { priorityClassName, terminationGracePeriodSeconds: 5, containers };
      await user.apply(ReplicaSet, {
        metadata: { namespace, name: priorityClassName },
        spec: { replicas: replicas[index]!, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      });
    }
  };
};

/** More pods than there is room for, of two priorities: those of the higher one take the places of the others. */
export const priority = defineWorkload<Wanted>({
  name: 'priority',
  begin(place, random) {
    const state: Wanted = { replicas: [10 + random.int(10), random.int(4)] };
    return { state, act: ask(state, place) };
  },
  step(wanted, place, random) {
    if (random.int(3) === 0) wanted.replicas[0] = random.int(20);
    else wanted.replicas[1] = random.int(6);
    return ask(wanted, place);
  },
  /** Who has a place and who waits depends on what came first. */
  finish(wanted, place) {
    wanted.replicas = [0, 0];
    return ask(wanted, place);
  },
  unsettled(_, { namespace, name }, history) {
    // A pod that a node refused, being full still, has failed: ReplicaSets neither count nor delete it.
    const left = history
      .list('core/pods', namespace)
      .filter(({ metadata, status }) => metadata.labels?.set === name && status?.phase !== 'Failed');
    return left.length > 0 ? `${left.map(({ metadata }) => metadata.name)} is still there` : undefined;
  },
  summary: (_, { namespace, name }, history) =>
    classes.map(({ name: level }) => history.get('apps/replicasets', namespace, `${namespace}-${name}-${level}`)?.status.replicas),
});
