import { int32, microTime, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const leaseSpec = shape('io.k8s.api.coordination.v1.LeaseSpec', {
  holderIdentity: ptr(string(1)),
  leaseDurationSeconds: ptr(int32(2)),
  acquireTime: ptr(microTime(3)),
  renewTime: ptr(microTime(4)),
  leaseTransitions: ptr(int32(5)),
  strategy: ptr(string(6)),
  preferredHolder: ptr(string(7)),
});
export interface LeaseSpec extends ShapeOf<typeof leaseSpec> {}
