import { ReplicaSet } from '../kinds/apps/replica-set.ts';
import { selectorMatcher } from './lib/labels.ts';
import { replicaController } from './lib/replicas.ts';

/**
 * Keeps as many pods as a ReplicaSet asks for and counts them in its status.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/
 */
export const replicaSet = replicaController<ReplicaSet>({
  name: 'replicaset-controller',
  kind: ReplicaSet,
  matches: ({ spec }) => selectorMatcher(spec.selector),
  countsTerminating: true,
  can: [
    { groups: ['apps'], resources: ['replicasets'], verbs: ['get', 'list', 'update', 'watch'] },
    { groups: ['apps'], resources: ['replicasets/status'], verbs: ['update'] },
    { groups: ['apps'], resources: ['replicasets/finalizers'], verbs: ['update'] },
    { groups: [''], resources: ['pods'], verbs: ['create', 'delete', 'list', 'patch', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
});
