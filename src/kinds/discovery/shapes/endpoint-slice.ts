import { bool, int32, list, map, object, of, opt, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';
import { objectReference } from '../../core/shapes/references.ts';

export const endpointConditions = shape('io.k8s.api.discovery.v1.EndpointConditions', {
  ready: ptr(bool(1)),
  serving: ptr(bool(2)),
  terminating: ptr(bool(3)),
});
export interface EndpointConditions extends ShapeOf<typeof endpointConditions> {}

export const forZone = shape('io.k8s.api.discovery.v1.ForZone', {
  name: string(1),
});
export interface ForZone extends ShapeOf<typeof forZone> {}

export const forNode = shape('io.k8s.api.discovery.v1.ForNode', {
  name: string(1),
});
export interface ForNode extends ShapeOf<typeof forNode> {}

export const endpointHints = shape('io.k8s.api.discovery.v1.EndpointHints', {
  forZones: opt(list(1, of(forZone), { listType: 'atomic' })),
  forNodes: opt(list(2, of(forNode), { listType: 'atomic' })),
});
export interface EndpointHints extends ShapeOf<typeof endpointHints> {}

export const endpoint = shape('io.k8s.api.discovery.v1.Endpoint', {
  addresses: list(1, string(0), { listType: 'set' }),
  conditions: object(2, endpointConditions),
  hostname: ptr(string(3)),
  targetRef: ptr(object(4, objectReference)),
  deprecatedTopology: opt(map(5, string(0))),
  nodeName: ptr(string(6)),
  zone: ptr(string(7)),
  hints: ptr(object(8, endpointHints)),
});
export interface Endpoint extends ShapeOf<typeof endpoint> {}

export const endpointPort = shape(
  'io.k8s.api.discovery.v1.EndpointPort',
  {
    name: ptr(string(1)),
    protocol: ptr(string(2, { enum: ['TCP', 'UDP', 'SCTP'] })),
    port: ptr(int32(3)),
    appProtocol: ptr(string(4)),
  },
  { mapType: 'atomic' },
);
export interface EndpointPort extends ShapeOf<typeof endpointPort> {}
