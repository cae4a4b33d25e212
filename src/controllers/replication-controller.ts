import { ReplicationController } from '../kinds/core/replication-controller.ts';
import { mapMatcher } from './lib/labels.ts';
import { replicaController } from './lib/replicas.ts';

/**
 * Keeps as many pods as a ReplicationController asks for and counts them in its status.
 * https://kubernetes.io/docs/concepts/workloads/controllers/replicationcontroller/
 */
export const replicationController = replicaController<ReplicationController>({
  name: 'replication-controller',
  kind: ReplicationController,
  matches: ({ spec }) => mapMatcher(spec.selector),
  countsTerminating: false,
  can: [
    { groups: [''], resources: ['replicationcontrollers'], verbs: ['get', 'list', 'update', 'watch'] },
    { groups: [''], resources: ['replicationcontrollers/status'], verbs: ['update'] },
    { groups: [''], resources: ['replicationcontrollers/finalizers'], verbs: ['update'] },
    { groups: [''], resources: ['pods'], verbs: ['create', 'delete', 'list', 'patch', 'watch'] },
    { groups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
});
