import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { bool, int32, opt, ptr, string } from '../../api/schema.ts';

export const PriorityClass = defineKind({
  group: 'scheduling.k8s.io',
  version: 'v1',
  kind: 'PriorityClass',
  plural: 'priorityclasses',
  shortNames: ['pc'],
  scope: 'Cluster',
  openApiName: 'io.k8s.api.scheduling.v1.PriorityClass',
  generation: true,
  fields: {
    value: int32(2),
    globalDefault: opt(bool(3)),
    description: opt(string(4)),
    preemptionPolicy: ptr(string(5, { enum: ['PreemptLowerPriority', 'Never'] })),
  },
});
export interface PriorityClass extends ObjectOf<typeof PriorityClass> {}
