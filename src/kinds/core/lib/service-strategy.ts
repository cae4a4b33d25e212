import type { Draft, Strategy } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import type { ServiceSpec, ServiceStatus } from '../shapes/service.ts';

export interface ServiceLike extends ApiObject {
  readonly spec: ServiceSpec;
  readonly status: ServiceStatus;
}
type Spec = ServiceSpec | Draft<ServiceSpec>;

const longestAffinitySeconds = 10_800;
export const isExternallyAccessible = (spec: Spec): boolean =>
  spec.type === 'LoadBalancer' || spec.type === 'NodePort' || (spec.type === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0);

/** pkg/apis/core/v1/defaults.go; addresses and node ports are given by the server. */
export function defaultService(service: Draft<ServiceLike>): void {
  const { spec } = service;
  spec.sessionAffinity ||= 'None';
  if (spec.sessionAffinity === 'None') delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === 'ClientIP' && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined)
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: longestAffinitySeconds } };
  spec.type ||= 'ClusterIP';
  for (const port of spec.ports ?? []) {
    port.protocol ||= 'TCP';
    if (port.targetPort === 0 || port.targetPort === '' || port.targetPort === undefined) port.targetPort = port.port;
  }
  if (isExternallyAccessible(spec)) spec.externalTrafficPolicy ||= 'Cluster';
  if (hasInternalTraffic(spec)) spec.internalTrafficPolicy ??= 'Cluster';
  if (spec.type !== 'LoadBalancer') return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of service.status.loadBalancer.ingress ?? []) if (ingress.ip) ingress.ipMode ??= 'VIP';
}

const hasNodePorts = (spec: Spec) => spec.type === 'NodePort' || spec.type === 'LoadBalancer';
const hasInternalTraffic = ({ type }: Spec) => type === 'ClusterIP' || hasNodePorts({ type } as Spec);
const hasHealthCheckPort = (spec: Spec) => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

/** Fields that were filled in for a type the service no longer has go, unless the writer changed them too. */
export const prepareServiceForUpdate: NonNullable<Strategy<ServiceLike>['prepareForUpdate']> = (service, old, { subresource }) => {
  if (subresource !== '') return;
  const { spec } = service;
  const before = old.spec;
  if (before.type !== 'ExternalName' && spec.type === 'ExternalName') {
    if (spec.clusterIP === before.clusterIP && sameOrEmpty(spec.clusterIPs, before.clusterIPs)) {
      delete spec.clusterIP;
      delete spec.clusterIPs;
    }
    if (sameOrEmpty(spec.ipFamilies, before.ipFamilies)) delete spec.ipFamilies;
    if (spec.ipFamilyPolicy === before.ipFamilyPolicy) delete spec.ipFamilyPolicy;
  }
  const nodePorts = ({ ports }: Spec) => (ports ?? []).map((port) => port.nodePort ?? 0);
  if (hasNodePorts(before) && !hasNodePorts(spec) && sameOrEmpty(nodePorts(before), nodePorts(spec)))
    for (const port of spec.ports ?? []) delete port.nodePort;
  if (hasHealthCheckPort(before) && !hasHealthCheckPort(spec) && spec.healthCheckNodePort === before.healthCheckNodePort)
    delete spec.healthCheckNodePort;
  if (before.type === 'LoadBalancer' && spec.type !== 'LoadBalancer') {
    if (spec.allocateLoadBalancerNodePorts === before.allocateLoadBalancerNodePorts) delete spec.allocateLoadBalancerNodePorts;
    if (spec.loadBalancerClass === before.loadBalancerClass) delete spec.loadBalancerClass;
  }
  if (hasInternalTraffic(before) && !hasInternalTraffic(spec) && spec.internalTrafficPolicy === before.internalTrafficPolicy)
    delete spec.internalTrafficPolicy;
  if (isExternallyAccessible(before) && !isExternallyAccessible(spec) && spec.externalTrafficPolicy === before.externalTrafficPolicy)
    delete spec.externalTrafficPolicy;
  if (spec.type !== 'LoadBalancer') service.status.loadBalancer = {};
};
