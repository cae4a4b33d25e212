import { labelSelector } from '../../../api/meta.ts';
import { bool, int32, int64, list, map, object, of, opt, ptr, quantity, shape, type ShapeOf, string } from '../../../api/schema.ts';
import { affinity } from './affinity.ts';
import { container, ephemeralContainer } from './container.ts';
import { localObjectReference } from './references.ts';
import { resourceRequirements } from './resources.ts';
import { podSecurityContext } from './security-context.ts';
import { toleration } from './tolerations.ts';
import { volume } from './volumes.ts';

export const podReadinessGate = shape('io.k8s.api.core.v1.PodReadinessGate', {
  conditionType: string(1),
});
export interface PodReadinessGate extends ShapeOf<typeof podReadinessGate> {}

export const hostAlias = shape('io.k8s.api.core.v1.HostAlias', {
  ip: string(1),
  hostnames: opt(list(2, string(0), { listType: 'atomic' })),
});
export interface HostAlias extends ShapeOf<typeof hostAlias> {}

export const podDNSConfigOption = shape('io.k8s.api.core.v1.PodDNSConfigOption', {
  name: opt(string(1)),
  value: ptr(string(2)),
});
export interface PodDNSConfigOption extends ShapeOf<typeof podDNSConfigOption> {}

export const podDNSConfig = shape('io.k8s.api.core.v1.PodDNSConfig', {
  nameservers: opt(list(1, string(0), { listType: 'atomic' })),
  searches: opt(list(2, string(0), { listType: 'atomic' })),
  options: opt(list(3, of(podDNSConfigOption), { listType: 'atomic' })),
});
export interface PodDNSConfig extends ShapeOf<typeof podDNSConfig> {}

export const podOS = shape('io.k8s.api.core.v1.PodOS', {
  name: string(1),
});
export interface PodOS extends ShapeOf<typeof podOS> {}

export const podResourceClaim = shape('io.k8s.api.core.v1.PodResourceClaim', {
  name: string(1),
  resourceClaimName: ptr(string(3)),
  resourceClaimTemplateName: ptr(string(4)),
});
export interface PodResourceClaim extends ShapeOf<typeof podResourceClaim> {}

export const podSchedulingGate = shape('io.k8s.api.core.v1.PodSchedulingGate', {
  name: string(1),
});
export interface PodSchedulingGate extends ShapeOf<typeof podSchedulingGate> {}

export const podSchedulingGroup = shape(
  'io.k8s.api.core.v1.PodSchedulingGroup',
  {
    podGroupName: ptr(string(1)),
  },
  { unions: [{ members: { podGroupName: 'PodGroupName' } }] },
);
export interface PodSchedulingGroup extends ShapeOf<typeof podSchedulingGroup> {}

export const topologySpreadConstraint = shape('io.k8s.api.core.v1.TopologySpreadConstraint', {
  maxSkew: int32(1),
  topologyKey: string(2),
  whenUnsatisfiable: string(3, { enum: ['DoNotSchedule', 'ScheduleAnyway'] }),
  labelSelector: ptr(object(4, labelSelector)),
  minDomains: ptr(int32(5)),
  nodeAffinityPolicy: ptr(string(6, { enum: ['Ignore', 'Honor'] })),
  nodeTaintsPolicy: ptr(string(7, { enum: ['Ignore', 'Honor'] })),
  matchLabelKeys: opt(list(8, string(0), { listType: 'atomic' })),
});
export interface TopologySpreadConstraint extends ShapeOf<typeof topologySpreadConstraint> {}

export const podSpec = shape('io.k8s.api.core.v1.PodSpec', {
  volumes: opt(list(1, of(volume), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge,retainKeys', mergeKey: 'name' })),
  initContainers: opt(list(20, of(container), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
  containers: list(2, of(container), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' }),
  ephemeralContainers: opt(
    list(34, of(ephemeralContainer), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' }),
  ),
  restartPolicy: opt(string(3, { enum: ['Always', 'OnFailure', 'Never'] })),
  terminationGracePeriodSeconds: ptr(int64(4)),
  activeDeadlineSeconds: ptr(int64(5)),
  dnsPolicy: opt(string(6, { enum: ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'] })),
  nodeSelector: opt(map(7, string(0), { mapType: 'atomic' })),
  serviceAccountName: opt(string(8)),
  serviceAccount: opt(string(9)),
  automountServiceAccountToken: ptr(bool(21)),
  nodeName: opt(string(10)),
  hostNetwork: opt(bool(11)),
  hostPID: opt(bool(12)),
  hostIPC: opt(bool(13)),
  shareProcessNamespace: ptr(bool(27)),
  securityContext: ptr(object(14, podSecurityContext)),
  imagePullSecrets: opt(
    list(15, of(localObjectReference), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' }),
  ),
  hostname: opt(string(16)),
  subdomain: opt(string(17)),
  affinity: ptr(object(18, affinity)),
  schedulerName: opt(string(19)),
  tolerations: opt(list(22, of(toleration), { listType: 'atomic' })),
  hostAliases: opt(list(23, of(hostAlias), { listType: 'map', listKeys: ['ip'], patchStrategy: 'merge', mergeKey: 'ip' })),
  priorityClassName: opt(string(24)),
  priority: ptr(int32(25)),
  dnsConfig: ptr(object(26, podDNSConfig)),
  readinessGates: opt(list(28, of(podReadinessGate), { listType: 'atomic' })),
  runtimeClassName: ptr(string(29)),
  enableServiceLinks: ptr(bool(30)),
  preemptionPolicy: ptr(string(31, { enum: ['PreemptLowerPriority', 'Never'], goName: 'v1.PreemptionPolicy' })),
  overhead: opt(map(32, quantity(0))),
  topologySpreadConstraints: opt(
    list(33, of(topologySpreadConstraint), {
      listType: 'map',
      listKeys: ['topologyKey', 'whenUnsatisfiable'],
      patchStrategy: 'merge',
      mergeKey: 'topologyKey',
    }),
  ),
  setHostnameAsFQDN: ptr(bool(35)),
  os: ptr(object(36, podOS)),
  hostUsers: ptr(bool(37)),
  schedulingGates: opt(list(38, of(podSchedulingGate), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' })),
  resourceClaims: opt(
    list(39, of(podResourceClaim), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge,retainKeys', mergeKey: 'name' }),
  ),
  resources: ptr(object(40, resourceRequirements)),
  hostnameOverride: ptr(string(41)),
  schedulingGroup: ptr(object(43, podSchedulingGroup)),
});
export interface PodSpec extends ShapeOf<typeof podSpec> {}
