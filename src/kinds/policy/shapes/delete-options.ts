import { bool, int64, list, object, opt, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const preconditions = shape('io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions', {
  uid: ptr(string(1)),
  resourceVersion: ptr(string(2)),
});
export interface Preconditions extends ShapeOf<typeof preconditions> {}

export const deleteOptions = shape('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions', {
  gracePeriodSeconds: ptr(int64(1)),
  preconditions: ptr(object(2, preconditions)),
  orphanDependents: ptr(bool(3)),
  propagationPolicy: ptr(string(4)),
  dryRun: opt(list(5, string(0), { listType: 'atomic' })),
  ignoreStoreReadErrorWithClusterBreakingPotential: ptr(bool(6)),
});
export interface DeleteOptions extends ShapeOf<typeof deleteOptions> {}
