import { type Descriptions, inPackage } from '../lib/descriptions.ts';

/** Evictions and what protects Pods from them. */
export const policy: Descriptions = inPackage('io.k8s.api.policy.v1', {
  Eviction: {
    '': 'Asks for a Pod to be deleted if disruption budgets allow it; sent to its eviction subresource.',
    deleteOptions: 'How the Pod is to be deleted.',
  },
  PodDisruptionBudget: {
    '': 'How many of certain Pods may be evicted at once.',
    spec: 'Which Pods, and how many.',
    status: 'How many may be evicted now.',
  },
  PodDisruptionBudgetSpec: {
    '': 'One of minAvailable and maxUnavailable is set; only evictions heed it, deletions do not.',
    maxUnavailable: 'How many of the Pods may be missing after an eviction, as a number or a share; instead of minAvailable.',
    minAvailable: 'How many of the Pods must be left after an eviction, as a number or a share; instead of maxUnavailable.',
    selector: 'Labels of the Pods that are meant; empty for all of the namespace, absent for none.',
    unhealthyPodEvictionPolicy: 'Whether running Pods that are not ready may go only while enough others are healthy (default) or always.',
  },
  PodDisruptionBudgetStatus: {
    '': 'Written by the controller; evictions are refused while it lags behind.',
    conditions: 'Aspects of the state, by type: DisruptionAllowed says whether any Pod may be evicted.',
    currentHealthy: 'Pods that are healthy.',
    desiredHealthy: 'Pods that must be healthy.',
    disruptedPods: 'Pods whose eviction was allowed and that are not gone yet, by name, with the time.',
    disruptionsAllowed: 'Pods that may be evicted now.',
    expectedPods: 'Pods that count.',
    observedGeneration: 'metadata.generation that the status was worked out for.',
  },
});
