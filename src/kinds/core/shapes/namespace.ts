import { list, of, opt, optional, shape, type ShapeOf, string, time } from '../../../api/schema.ts';

export const namespaceSpec = shape('io.k8s.api.core.v1.NamespaceSpec', {
  finalizers: opt(list(1, string(0), { listType: 'atomic' })),
});
export interface NamespaceSpec extends ShapeOf<typeof namespaceSpec> {}

export const namespaceCondition = shape('io.k8s.api.core.v1.NamespaceCondition', {
  type: string(1),
  status: string(2),
  lastTransitionTime: optional(time(4)),
  reason: opt(string(5)),
  message: opt(string(6)),
});
export interface NamespaceCondition extends ShapeOf<typeof namespaceCondition> {}

export const namespaceStatus = shape('io.k8s.api.core.v1.NamespaceStatus', {
  phase: opt(string(1, { enum: ['Active', 'Terminating'] })),
  conditions: opt(list(2, of(namespaceCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
});
export interface NamespaceStatus extends ShapeOf<typeof namespaceStatus> {}
