import { bool, int64, list, of, opt, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const tokenRequest = shape('io.k8s.api.storage.v1.TokenRequest', {
  audience: string(1),
  expirationSeconds: ptr(int64(2)),
});
export interface TokenRequest extends ShapeOf<typeof tokenRequest> {}

export const csiDriverSpec = shape('io.k8s.api.storage.v1.CSIDriverSpec', {
  attachRequired: ptr(bool(1)),
  podInfoOnMount: ptr(bool(2)),
  volumeLifecycleModes: opt(list(3, string(0), { listType: 'set' })),
  storageCapacity: ptr(bool(4)),
  fsGroupPolicy: ptr(string(5)),
  tokenRequests: opt(list(6, of(tokenRequest), { listType: 'atomic' })),
  requiresRepublish: ptr(bool(7)),
  seLinuxMount: ptr(bool(8)),
  nodeAllocatableUpdatePeriodSeconds: ptr(int64(9)),
  serviceAccountTokenInSecrets: ptr(bool(10)),
  preventPodSchedulingIfMissing: ptr(bool(11)),
});
export interface CSIDriverSpec extends ShapeOf<typeof csiDriverSpec> {}
