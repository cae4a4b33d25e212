import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, containersColumn, formatLabels, imagesColumn, nameColumn } from '../lib/columns.ts';
import { defaultReplicationController } from './lib/replication-controller-defaults.ts';
import { dropGatedFields } from './lib/gated-fields.ts';
import { templateWarnings } from './lib/pod-warnings.ts';
import { validateReplicationController } from './lib/validate-replication-controller.ts';
import { replicationControllerSpec, replicationControllerStatus } from './shapes/replication-controller.ts';

export const ReplicationController = defineKind({
  group: '',
  version: 'v1',
  kind: 'ReplicationController',
  plural: 'replicationcontrollers',
  shortNames: ['rc'],
  categories: ['all'],
  scope: 'Namespaced',
  names: 'long-name',
  subresources: ['scale', 'status'],
  openApiName: 'io.k8s.api.core.v1.ReplicationController',
  generation: true,
  orphansByDefault: true,
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  fields: {
    spec: object(2, replicationControllerSpec),
    status: object(3, replicationControllerStatus),
  },
  validate: validateReplicationController,
  warnings: (controller, old) => templateWarnings(controller, controller.spec.template, old),
  defaults: defaultReplicationController,
  prepareForCreate(controller) {
    controller.status = { replicas: 0 };
    if (controller.spec.template !== undefined) dropGatedFields(controller.spec.template.spec);
  },
  prepareForUpdate({ spec }, old) {
    if (spec.template !== undefined) dropGatedFields(spec.template.spec, old.spec.template?.spec);
  },
  columns: [
    nameColumn,
    { name: 'Desired', type: 'integer', value: ({ spec }) => spec.replicas ?? 0 },
    { name: 'Current', type: 'integer', value: ({ status }) => status.replicas },
    { name: 'Ready', type: 'integer', value: ({ status }) => status.readyReplicas ?? 0 },
    ageColumn,
    containersColumn,
    imagesColumn,
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => formatLabels(spec.selector) },
  ],
  selectableFields: { 'status.replicas': (controller) => String(controller.status.replicas) },
});
export interface ReplicationController extends ObjectOf<typeof ReplicationController> {}
