import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object, required } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { defaultClaimSpec } from './lib/strategy.ts';
import { validateTemplate } from './lib/validate-claim.ts';
import { resourceClaimTemplateSpec } from './shapes/resource-claim-template.ts';

export const ResourceClaimTemplate = defineKind({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaimTemplate',
  plural: 'resourceclaimtemplates',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.resource.v1.ResourceClaimTemplate',
  fields: {
    spec: required(object(2, resourceClaimTemplateSpec)),
  },
  validate: validateTemplate,
  defaults(template) {
    defaultClaimSpec(template.spec.spec);
  },
  columns: [nameColumn, ageColumn],
});
export interface ResourceClaimTemplate extends ObjectOf<typeof ResourceClaimTemplate> {}
