import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { templateWarnings } from '../core/lib/pod-warnings.ts';
import { ageColumn, containersColumn, formatLabels, formatSelector, imagesColumn, nameColumn } from '../lib/columns.ts';
import {
  defaultDaemonSet,
  prepareDaemonSetForCreate,
  prepareDaemonSetForUpdate,
  templateGenerationAnnotation,
} from './lib/daemon-set-strategy.ts';
import { validateDaemonSet } from './lib/validate-daemon-set.ts';
import { daemonSetSpec, daemonSetStatus } from './shapes/daemon-set.ts';

export const DaemonSet = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'DaemonSet',
  plural: 'daemonsets',
  shortNames: ['ds'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['status'],
  openApiName: 'io.k8s.api.apps.v1.DaemonSet',
  generation: true,
  fields: {
    spec: object(2, daemonSetSpec),
    status: object(3, daemonSetStatus),
  },
  validate: validateDaemonSet,
  warnings: (set, old) => templateWarnings(set, set.spec.template, old, { names: false }),
  blank({ metadata }) {
    metadata.annotations = { [templateGenerationAnnotation]: '0' };
  },
  defaults: defaultDaemonSet,
  prepareForCreate: prepareDaemonSetForCreate,
  prepareForUpdate: prepareDaemonSetForUpdate,
  columns: [
    nameColumn,
    { name: 'Desired', type: 'integer', value: ({ status }) => status.desiredNumberScheduled },
    { name: 'Current', type: 'integer', value: ({ status }) => status.currentNumberScheduled },
    { name: 'Ready', type: 'integer', value: ({ status }) => status.numberReady },
    { name: 'Up-to-date', type: 'integer', value: ({ status }) => status.updatedNumberScheduled ?? 0 },
    { name: 'Available', type: 'integer', value: ({ status }) => status.numberAvailable ?? 0 },
    { name: 'Node Selector', type: 'string', value: ({ spec }) => formatLabels(spec.template.spec.nodeSelector) },
    ageColumn,
    containersColumn,
    imagesColumn,
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => formatSelector(spec.selector) },
  ],
});
export interface DaemonSet extends ObjectOf<typeof DaemonSet> {}
