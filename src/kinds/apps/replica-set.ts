import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { replicaSetSpec, replicaSetStatus } from './shapes/replica-set.ts';

export const ReplicaSet = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'ReplicaSet',
  plural: 'replicasets',
  shortNames: ['rs'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['scale', 'status'],
  openApiName: 'io.k8s.api.apps.v1.ReplicaSet',
  generation: true,
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  fields: {
    spec: object(2, replicaSetSpec),
    status: object(3, replicaSetStatus),
  },
});
export interface ReplicaSet extends ObjectOf<typeof ReplicaSet> {}
