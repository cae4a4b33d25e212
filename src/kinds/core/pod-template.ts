import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { podTemplateSpec } from './shapes/pod-template.ts';

export const PodTemplate = defineKind({
  group: '',
  version: 'v1',
  kind: 'PodTemplate',
  plural: 'podtemplates',
  scope: 'Namespaced',
  openApiName: 'io.k8s.api.core.v1.PodTemplate',
  generation: true,
  fields: {
    template: object(2, podTemplateSpec),
  },
});
export interface PodTemplate extends ObjectOf<typeof PodTemplate> {}
