import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { podDisruptionBudgetSpec, podDisruptionBudgetStatus } from './shapes/pod-disruption-budget.ts';

export const PodDisruptionBudget = defineKind({
  group: 'policy',
  version: 'v1',
  kind: 'PodDisruptionBudget',
  plural: 'poddisruptionbudgets',
  shortNames: ['pdb'],
  scope: 'Namespaced',
  subresources: ['status'],
  openApiName: 'io.k8s.api.policy.v1.PodDisruptionBudget',
  generation: true,
  fields: {
    spec: object(2, podDisruptionBudgetSpec),
    status: object(3, podDisruptionBudgetStatus),
  },
});
export interface PodDisruptionBudget extends ObjectOf<typeof PodDisruptionBudget> {}
