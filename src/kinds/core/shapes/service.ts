import { condition } from '../../../api/meta.ts';
import {
  bool,
  byDefault,
  int32,
  intOrString,
  list,
  map,
  object,
  of,
  opt,
  optional,
  ptr,
  shape,
  type ShapeOf,
  string,
} from '../../../api/schema.ts';

export const clientIPConfig = shape('io.k8s.api.core.v1.ClientIPConfig', {
  timeoutSeconds: ptr(int32(1)),
});
export interface ClientIPConfig extends ShapeOf<typeof clientIPConfig> {}

export const sessionAffinityConfig = shape('io.k8s.api.core.v1.SessionAffinityConfig', {
  clientIP: ptr(object(1, clientIPConfig)),
});
export interface SessionAffinityConfig extends ShapeOf<typeof sessionAffinityConfig> {}

export const servicePort = shape('io.k8s.api.core.v1.ServicePort', {
  name: opt(string(1)),
  protocol: byDefault('TCP', opt(string(2, { enum: ['TCP', 'UDP', 'SCTP'] }))),
  appProtocol: ptr(string(6)),
  port: int32(3),
  targetPort: optional(intOrString(4)),
  nodePort: opt(int32(5)),
});
export interface ServicePort extends ShapeOf<typeof servicePort> {}

export const serviceSpec = shape('io.k8s.api.core.v1.ServiceSpec', {
  ports: opt(list(1, of(servicePort), { listType: 'map', listKeys: ['port', 'protocol'], patchStrategy: 'merge', mergeKey: 'port' })),
  selector: opt(map(2, string(0), { mapType: 'atomic' })),
  clusterIP: opt(string(3)),
  clusterIPs: opt(list(18, string(0), { listType: 'atomic' })),
  type: opt(string(4, { enum: ['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName'] })),
  externalIPs: opt(list(5, string(0), { listType: 'atomic' })),
  sessionAffinity: opt(string(7, { enum: ['ClientIP', 'None'] })),
  loadBalancerIP: opt(string(8)),
  loadBalancerSourceRanges: opt(list(9, string(0), { listType: 'atomic' })),
  externalName: opt(string(10)),
  externalTrafficPolicy: opt(string(11, { enum: ['Cluster', 'Local'] })),
  healthCheckNodePort: opt(int32(12)),
  publishNotReadyAddresses: opt(bool(13)),
  sessionAffinityConfig: ptr(object(14, sessionAffinityConfig)),
  ipFamilies: opt(list(19, string(0, { enum: ['IPv4', 'IPv6', ''] }), { listType: 'atomic' })),
  ipFamilyPolicy: ptr(string(17, { enum: ['SingleStack', 'PreferDualStack', 'RequireDualStack'] })),
  allocateLoadBalancerNodePorts: ptr(bool(20)),
  loadBalancerClass: ptr(string(21)),
  internalTrafficPolicy: ptr(string(22, { enum: ['Cluster', 'Local'] })),
  trafficDistribution: ptr(string(23)),
});
export interface ServiceSpec extends ShapeOf<typeof serviceSpec> {}

export const portStatus = shape('io.k8s.api.core.v1.PortStatus', {
  port: int32(1),
  protocol: string(2, { enum: ['TCP', 'UDP', 'SCTP'] }),
  error: ptr(string(3)),
});
export interface PortStatus extends ShapeOf<typeof portStatus> {}

export const loadBalancerIngress = shape('io.k8s.api.core.v1.LoadBalancerIngress', {
  ip: opt(string(1)),
  hostname: opt(string(2)),
  ipMode: ptr(string(3)),
  ports: opt(list(4, of(portStatus), { listType: 'atomic' })),
});
export interface LoadBalancerIngress extends ShapeOf<typeof loadBalancerIngress> {}

export const loadBalancerStatus = shape('io.k8s.api.core.v1.LoadBalancerStatus', {
  ingress: opt(list(1, of(loadBalancerIngress), { listType: 'atomic' })),
});
export interface LoadBalancerStatus extends ShapeOf<typeof loadBalancerStatus> {}

export const serviceStatus = shape('io.k8s.api.core.v1.ServiceStatus', {
  loadBalancer: object(1, loadBalancerStatus),
  conditions: opt(list(2, of(condition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
});
export interface ServiceStatus extends ShapeOf<typeof serviceStatus> {}
