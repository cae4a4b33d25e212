import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { deploymentSpec, deploymentStatus } from './shapes/deployment.ts';

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
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
  fields: {
    spec: object(2, deploymentSpec),
    status: object(3, deploymentStatus),
  },
});
export interface Deployment extends ObjectOf<typeof Deployment> {}
