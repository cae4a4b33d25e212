import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { podTemplateSpec } from './shapes/pod-template.ts';
import { formatLabels, nameColumn } from '../lib/columns.ts';
import { dropGatedFields } from './lib/gated-fields.ts';
import { defaultPodSpec } from './lib/pod-defaults.ts';
import { isNewGeneration, podSpecWarnings } from './lib/pod-warnings.ts';
import { validatePodTemplate } from './lib/validate-pod-spec.ts';

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
  validate: ({ template }, { old }) => validatePodTemplate(template, 'template', old?.template),
  *warnings(template, old) {
    if (isNewGeneration(template, old)) yield* podSpecWarnings(template.template.spec, 'template.');
  },
  defaults(template) {
    defaultPodSpec(template.template.spec);
  },
  prepareForCreate: ({ template }) => dropGatedFields(template.spec),
  prepareForUpdate: ({ template }, old) => dropGatedFields(template.spec, old.template.spec),
  columns: [
    nameColumn,
    { name: 'Containers', type: 'string', value: ({ template }) => template.spec.containers.map((one) => one.name).join(',') },
    { name: 'Images', type: 'string', value: ({ template }) => template.spec.containers.map((one) => one.image ?? '').join(',') },
    { name: 'Pod Labels', type: 'string', value: ({ template }) => formatLabels(template.metadata.labels) },
  ],
});
export interface PodTemplate extends ObjectOf<typeof PodTemplate> {}
