import { labelSelector } from '../../../api/meta.ts';
import { int32, intOrString, list, object, of, opt, ptr, shape, string, type ShapeOf } from '../../../api/schema.ts';

export const ipBlock = shape('io.k8s.api.networking.v1.IPBlock', {
  cidr: string(1),
  except: opt(list(2, string(0), { listType: 'atomic' })),
});
export interface IPBlock extends ShapeOf<typeof ipBlock> {}

export const networkPolicyPeer = shape('io.k8s.api.networking.v1.NetworkPolicyPeer', {
  podSelector: ptr(object(1, labelSelector)),
  namespaceSelector: ptr(object(2, labelSelector)),
  ipBlock: ptr(object(3, ipBlock)),
});
export interface NetworkPolicyPeer extends ShapeOf<typeof networkPolicyPeer> {}

export const networkPolicyPort = shape('io.k8s.api.networking.v1.NetworkPolicyPort', {
  protocol: ptr(string(1, { enum: ['TCP', 'UDP', 'SCTP'] })),
  port: ptr(intOrString(2)),
  endPort: ptr(int32(3)),
});
export interface NetworkPolicyPort extends ShapeOf<typeof networkPolicyPort> {}

export const networkPolicyIngressRule = shape('io.k8s.api.networking.v1.NetworkPolicyIngressRule', {
  ports: opt(list(1, of(networkPolicyPort), { listType: 'atomic' })),
  from: opt(list(2, of(networkPolicyPeer), { listType: 'atomic' })),
});
export interface NetworkPolicyIngressRule extends ShapeOf<typeof networkPolicyIngressRule> {}

export const networkPolicyEgressRule = shape('io.k8s.api.networking.v1.NetworkPolicyEgressRule', {
  ports: opt(list(1, of(networkPolicyPort), { listType: 'atomic' })),
  to: opt(list(2, of(networkPolicyPeer), { listType: 'atomic' })),
});
export interface NetworkPolicyEgressRule extends ShapeOf<typeof networkPolicyEgressRule> {}

export const networkPolicySpec = shape('io.k8s.api.networking.v1.NetworkPolicySpec', {
  podSelector: object(1, labelSelector),
  ingress: opt(list(2, of(networkPolicyIngressRule), { listType: 'atomic' })),
  egress: opt(list(3, of(networkPolicyEgressRule), { listType: 'atomic' })),
  policyTypes: opt(list(4, string(0, { enum: ['Ingress', 'Egress'] }), { listType: 'atomic' })),
});
export interface NetworkPolicySpec extends ShapeOf<typeof networkPolicySpec> {}
