import { int32, list, object, of, opt, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';
import { objectReference } from './references.ts';

export const endpointAddress = shape(
  'io.k8s.api.core.v1.EndpointAddress',
  {
    ip: string(1),
    hostname: opt(string(3)),
    nodeName: ptr(string(4)),
    targetRef: ptr(object(2, objectReference)),
  },
  { mapType: 'atomic' },
);
export interface EndpointAddress extends ShapeOf<typeof endpointAddress> {}

export const endpointPort = shape(
  'io.k8s.api.core.v1.EndpointPort',
  {
    name: opt(string(1)),
    port: int32(2),
    protocol: opt(string(3, { enum: ['TCP', 'UDP', 'SCTP'] })),
    appProtocol: ptr(string(4)),
  },
  { mapType: 'atomic' },
);
export interface EndpointPort extends ShapeOf<typeof endpointPort> {}

export const endpointSubset = shape('io.k8s.api.core.v1.EndpointSubset', {
  addresses: opt(list(1, of(endpointAddress), { listType: 'atomic' })),
  notReadyAddresses: opt(list(2, of(endpointAddress), { listType: 'atomic' })),
  ports: opt(list(3, of(endpointPort), { listType: 'atomic' })),
});
export interface EndpointSubset extends ShapeOf<typeof endpointSubset> {}
