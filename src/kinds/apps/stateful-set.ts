import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { ageColumn, containersColumn, imagesColumn, nameColumn } from '../lib/columns.ts';
import {
  defaultStatefulSet,
  prepareStatefulSetForCreate,
  prepareStatefulSetForUpdate,
  statefulSetWarnings,
} from './lib/stateful-set-strategy.ts';
import { validateStatefulSet } from './lib/validate-stateful-set.ts';
import { statefulSetSpec, statefulSetStatus } from './shapes/stateful-set.ts';

export const StatefulSet = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'StatefulSet',
  plural: 'statefulsets',
  shortNames: ['sts'],
  categories: ['all'],
  scope: 'Namespaced',
  names: 'dns-label',
  subresources: ['scale', 'status'],
  openApiName: 'io.k8s.api.apps.v1.StatefulSet',
  generation: true,
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  fields: {
    spec: object(2, statefulSetSpec),
    status: object(3, statefulSetStatus),
  },
  validate: validateStatefulSet,
  warnings: statefulSetWarnings,
  blank(set) {
    set.spec.replicas = 0;
  },
  defaults: defaultStatefulSet,
  prepareForCreate: prepareStatefulSetForCreate,
  prepareForUpdate: prepareStatefulSetForUpdate,
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'Pods that are ready, of those wanted',
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    ageColumn,
    containersColumn,
    imagesColumn,
  ],
});
export interface StatefulSet extends ObjectOf<typeof StatefulSet> {}
