import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { deploymentSpec, deploymentStatus } from './shapes/deployment.ts';
import { ageColumn, containersColumn, imagesColumn, nameColumn } from '../lib/columns.ts';
import { labelSelectorMatcher } from '../../api/selector.ts';
import { sameOrEmpty } from '../lib/fields.ts';
import { defaultDeployment } from './lib/deployment-defaults.ts';
import { dropGatedFields } from '../core/lib/gated-fields.ts';
import { templateWarnings } from '../core/lib/pod-warnings.ts';
import { validateDeployment } from './lib/validate.ts';

export const Deployment = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  categories: ['all'],
  scope: 'Namespaced',
  subresources: ['scale', 'status'],
  openApiName: 'io.k8s.api.apps.v1.Deployment',
  generation: true,
  resets: { status: ['metadata.labels', 'spec'] },
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  fields: {
    spec: object(2, deploymentSpec),
    status: object(3, deploymentStatus),
  },
  validate: validateDeployment,
  warnings: (object, old) => templateWarnings(object, object.spec.template, old),
  blank(deployment) {
    deployment.spec.replicas = 0;
  },
  defaults: defaultDeployment,
  prepareForCreate(deployment) {
    deployment.status = {};
    dropGatedFields(deployment.spec.template.spec);
  },
  prepareForUpdate(deployment, old, { subresource }) {
    if (subresource === 'status') return;
    dropGatedFields(deployment.spec.template.spec, old.spec.template.spec);
    // Annotations are copied to replica sets, so they count.
    if (!sameOrEmpty(deployment.metadata.annotations, old.metadata.annotations) || !sameOrEmpty(deployment.spec, old.spec))
      deployment.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  columns: [
    nameColumn,
    {
      name: 'Ready',
      type: 'string',
      description: 'Pods that are ready, of those wanted',
      value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}`,
    },
    { name: 'Up-to-date', type: 'string', value: ({ status }) => status.updatedReplicas ?? 0 },
    { name: 'Available', type: 'string', value: ({ status }) => status.availableReplicas ?? 0 },
    ageColumn,
    containersColumn,
    imagesColumn,
    { name: 'Selector', type: 'string', priority: 1, value: ({ spec }) => labelSelectorMatcher(spec.selector).text },
  ],
});
export interface Deployment extends ObjectOf<typeof Deployment> {}
