import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { replicaSetSpec, replicaSetStatus } from './shapes/replica-set.ts';
import { ageColumn, containersColumn, formatSelector, imagesColumn, nameColumn } from '../lib/columns.ts';
import { dropGatedFields } from '../core/lib/gated-fields.ts';
import { defaultPodSpec } from '../core/lib/pod-defaults.ts';
import { templateWarnings } from '../core/lib/pod-warnings.ts';
import { validateReplicaSet } from './lib/validate.ts';

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
  validate: validateReplicaSet,
  warnings: (object, old) => templateWarnings(object, object.spec.template, old),
  blank(set) {
    set.spec.replicas = 0;
  },
  defaults(set) {
    set.spec.replicas ??= 1;
    defaultPodSpec(set.spec.template.spec);
  },
  prepareForCreate(set) {
    set.status = { replicas: 0 };
    dropGatedFields(set.spec.template.spec);
  },
  prepareForUpdate: ({ spec }, old) => dropGatedFields(spec.template.spec, old.spec.template.spec),
  columns: [
    nameColumn,
    { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status.replicas },
    { name: 'Ready', type: 'integer', value: ({ status }) => status.readyReplicas ?? 0 },
    ageColumn,
    containersColumn,
    imagesColumn,
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => formatSelector(spec.selector) },
  ],
});
export interface ReplicaSet extends ObjectOf<typeof ReplicaSet> {}
