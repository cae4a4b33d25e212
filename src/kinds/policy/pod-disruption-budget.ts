import { defineKind, type ObjectOf } from '../../api/kind.ts';
import { object } from '../../api/schema.ts';
import { podDisruptionBudgetSpec, podDisruptionBudgetStatus } from './shapes/pod-disruption-budget.ts';
import { ageColumn, nameColumn } from '../lib/columns.ts';
import { validateBudget } from './lib/validate.ts';

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
  names: 'path-segment',
  plainFinalizers: true,
  checksMetadataLast: true,
  fields: {
    spec: object(2, podDisruptionBudgetSpec),
    status: object(3, podDisruptionBudgetStatus),
  },
  validate: validateBudget,
  prepareForCreate(budget) {
    budget.status = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  columns: [
    nameColumn,
    {
      name: 'Min Available',
      type: 'string',
      description: 'Pods that must stay available',
      value: (budget) => String(budget.spec.minAvailable ?? 'N/A'),
    },
    {
      name: 'Max Unavailable',
      type: 'string',
      description: 'Pods that may be unavailable',
      value: (budget) => String(budget.spec.maxUnavailable ?? 'N/A'),
    },
    {
      name: 'Allowed Disruptions',
      type: 'integer',
      description: 'Pods that may be evicted now',
      value: (budget) => budget.status.disruptionsAllowed,
    },
    ageColumn,
  ],
});
export interface PodDisruptionBudget extends ObjectOf<typeof PodDisruptionBudget> {}
