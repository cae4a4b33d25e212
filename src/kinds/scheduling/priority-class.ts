import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { bool, int32, opt, optional, ptr, string } from '../../api/schema.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validatePriority } from './lib/validate.ts';

export const PriorityClass = defineKind({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  scope: 'Cluster',
  openApiName: 'io.k8s.api.scheduling.v1.PriorityClass',
  generation: true,
  keepsGeneration: [''],
  fields: {
    value: optional(int32(2)),
    globalDefault: opt(bool(3)),
    description: opt(string(4)),
    preemptionPolicy: ptr(string(5, { enum: ['PreemptLowerPriority', 'Never'], goName: 'v1.PreemptionPolicy' })),
  },
  validate: validatePriority,
  defaults(priority) {
    priority.preemptionPolicy ??= 'PreemptLowerPriority';
  },
  prepareForUpdate(priority, old) {
    // Upstream sets the generation at creation and never again.
    if (old.metadata.generation !== undefined) priority.metadata.generation = old.metadata.generation;
  },
  columns: [
    nameColumn,
    { name: 'Value', type: 'integer', value: (priority) => priority.value },
    { name: 'Global-Default', type: 'boolean', value: (priority) => priority.globalDefault ?? false },
    ageColumn,
    { name: 'PreemptionPolicy', type: 'string', value: (priority) => priority.preemptionPolicy ?? '' },
  ],
});
export interface PriorityClass extends ObjectOf<typeof PriorityClass> {}
