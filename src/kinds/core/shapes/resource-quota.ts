import { list, map, object, of, opt, ptr, quantity, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const scopedResourceSelectorRequirement = shape('io.k8s.api.core.v1.ScopedResourceSelectorRequirement', {
  scopeName: string(1, {
    enum: [
      'Terminating',
      'NotTerminating',
      'BestEffort',
      'NotBestEffort',
      'PriorityClass',
      'CrossNamespacePodAffinity',
      'VolumeAttributesClass',
    ],
  }),
  operator: string(2, { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] }),
  values: opt(list(3, string(0), { listType: 'atomic' })),
});
export interface ScopedResourceSelectorRequirement extends ShapeOf<typeof scopedResourceSelectorRequirement> {}

export const scopeSelector = shape(
  'io.k8s.api.core.v1.ScopeSelector',
  {
    matchExpressions: opt(list(1, of(scopedResourceSelectorRequirement), { listType: 'atomic' })),
  },
  { mapType: 'atomic' },
);
export interface ScopeSelector extends ShapeOf<typeof scopeSelector> {}

export const resourceQuotaSpec = shape('io.k8s.api.core.v1.ResourceQuotaSpec', {
  hard: opt(map(1, quantity(0))),
  scopes: opt(
    list(
      2,
      string(0, {
        enum: [
          'Terminating',
          'NotTerminating',
          'BestEffort',
          'NotBestEffort',
          'PriorityClass',
          'CrossNamespacePodAffinity',
          'VolumeAttributesClass',
        ],
      }),
      { listType: 'atomic' },
    ),
  ),
  scopeSelector: ptr(object(3, scopeSelector)),
});
export interface ResourceQuotaSpec extends ShapeOf<typeof resourceQuotaSpec> {}

export const resourceQuotaStatus = shape('io.k8s.api.core.v1.ResourceQuotaStatus', {
  hard: opt(map(1, quantity(0))),
  used: opt(map(2, quantity(0))),
});
export interface ResourceQuotaStatus extends ShapeOf<typeof resourceQuotaStatus> {}
