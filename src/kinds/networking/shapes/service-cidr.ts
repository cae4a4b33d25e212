import { condition } from '../../../api/meta.ts';
import { list, of, opt, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const serviceCIDRSpec = shape('io.k8s.api.networking.v1.ServiceCIDRSpec', {
  cidrs: opt(list(1, string(0), { listType: 'atomic' })),
});
export interface ServiceCIDRSpec extends ShapeOf<typeof serviceCIDRSpec> {}

export const serviceCIDRStatus = shape('io.k8s.api.networking.v1.ServiceCIDRStatus', {
  conditions: opt(list(1, of(condition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
});
export interface ServiceCIDRStatus extends ShapeOf<typeof serviceCIDRStatus> {}
