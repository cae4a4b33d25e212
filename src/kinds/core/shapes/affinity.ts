import { labelSelector } from '../../../api/meta.ts';
import { int32, list, object, of, opt, ptr, required, shape, type ShapeOf, string } from '../../../api/schema.ts';

export const nodeSelectorRequirement = shape('io.k8s.api.core.v1.NodeSelectorRequirement', {
  key: string(1),
  operator: string(2, { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'] }),
  values: opt(list(3, string(0), { listType: 'atomic' })),
});
export interface NodeSelectorRequirement extends ShapeOf<typeof nodeSelectorRequirement> {}

export const nodeSelectorTerm = shape(
  'io.k8s.api.core.v1.NodeSelectorTerm',
  {
    matchExpressions: opt(list(1, of(nodeSelectorRequirement), { listType: 'atomic' })),
    matchFields: opt(list(2, of(nodeSelectorRequirement), { listType: 'atomic' })),
  },
  { mapType: 'atomic' },
);
export interface NodeSelectorTerm extends ShapeOf<typeof nodeSelectorTerm> {}

export const nodeSelector = shape(
  'io.k8s.api.core.v1.NodeSelector',
  {
    nodeSelectorTerms: list(1, of(nodeSelectorTerm), { listType: 'atomic' }),
  },
  { mapType: 'atomic' },
);
export interface NodeSelector extends ShapeOf<typeof nodeSelector> {}

export const preferredSchedulingTerm = shape('io.k8s.api.core.v1.PreferredSchedulingTerm', {
  weight: int32(1),
  preference: required(object(2, nodeSelectorTerm)),
});
export interface PreferredSchedulingTerm extends ShapeOf<typeof preferredSchedulingTerm> {}

export const nodeAffinity = shape('io.k8s.api.core.v1.NodeAffinity', {
  requiredDuringSchedulingIgnoredDuringExecution: ptr(object(1, nodeSelector)),
  preferredDuringSchedulingIgnoredDuringExecution: opt(list(2, of(preferredSchedulingTerm), { listType: 'atomic' })),
});
export interface NodeAffinity extends ShapeOf<typeof nodeAffinity> {}

export const podAffinityTerm = shape('io.k8s.api.core.v1.PodAffinityTerm', {
  labelSelector: ptr(object(1, labelSelector)),
  namespaces: opt(list(2, string(0), { listType: 'atomic' })),
  topologyKey: string(3),
  namespaceSelector: ptr(object(4, labelSelector)),
  matchLabelKeys: opt(list(5, string(0), { listType: 'atomic' })),
  mismatchLabelKeys: opt(list(6, string(0), { listType: 'atomic' })),
});
export interface PodAffinityTerm extends ShapeOf<typeof podAffinityTerm> {}

export const weightedPodAffinityTerm = shape('io.k8s.api.core.v1.WeightedPodAffinityTerm', {
  weight: int32(1),
  podAffinityTerm: required(object(2, podAffinityTerm)),
});
export interface WeightedPodAffinityTerm extends ShapeOf<typeof weightedPodAffinityTerm> {}

export const podAffinity = shape('io.k8s.api.core.v1.PodAffinity', {
  requiredDuringSchedulingIgnoredDuringExecution: opt(list(1, of(podAffinityTerm), { listType: 'atomic' })),
  preferredDuringSchedulingIgnoredDuringExecution: opt(list(2, of(weightedPodAffinityTerm), { listType: 'atomic' })),
});
export interface PodAffinity extends ShapeOf<typeof podAffinity> {}

export const podAntiAffinity = shape('io.k8s.api.core.v1.PodAntiAffinity', {
  requiredDuringSchedulingIgnoredDuringExecution: opt(list(1, of(podAffinityTerm), { listType: 'atomic' })),
  preferredDuringSchedulingIgnoredDuringExecution: opt(list(2, of(weightedPodAffinityTerm), { listType: 'atomic' })),
});
export interface PodAntiAffinity extends ShapeOf<typeof podAntiAffinity> {}

export const affinity = shape('io.k8s.api.core.v1.Affinity', {
  nodeAffinity: ptr(object(1, nodeAffinity)),
  podAffinity: ptr(object(2, podAffinity)),
  podAntiAffinity: ptr(object(3, podAntiAffinity)),
});
export interface Affinity extends ShapeOf<typeof affinity> {}

export const topologySelectorLabelRequirement = shape('io.k8s.api.core.v1.TopologySelectorLabelRequirement', {
  key: string(1),
  values: list(2, string(0), { listType: 'atomic' }),
});
export interface TopologySelectorLabelRequirement extends ShapeOf<typeof topologySelectorLabelRequirement> {}

export const topologySelectorTerm = shape(
  'io.k8s.api.core.v1.TopologySelectorTerm',
  {
    matchLabelExpressions: opt(list(1, of(topologySelectorLabelRequirement), { listType: 'atomic' })),
  },
  { mapType: 'atomic' },
);
export interface TopologySelectorTerm extends ShapeOf<typeof topologySelectorTerm> {}
