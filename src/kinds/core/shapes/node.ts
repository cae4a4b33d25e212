import {
  bool,
  int32,
  int64,
  list,
  map,
  object,
  of,
  opt,
  optional,
  ptr,
  quantity,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';
import { taint } from './tolerations.ts';

export const configMapNodeConfigSource = shape('io.k8s.api.core.v1.ConfigMapNodeConfigSource', {
  namespace: string(1),
  name: string(2),
  uid: opt(string(3)),
  resourceVersion: opt(string(4)),
  kubeletConfigKey: string(5),
});
export interface ConfigMapNodeConfigSource extends ShapeOf<typeof configMapNodeConfigSource> {}

export const nodeConfigSource = shape('io.k8s.api.core.v1.NodeConfigSource', {
  configMap: ptr(object(2, configMapNodeConfigSource)),
});
export interface NodeConfigSource extends ShapeOf<typeof nodeConfigSource> {}

export const nodeSpec = shape('io.k8s.api.core.v1.NodeSpec', {
  podCIDR: opt(string(1)),
  podCIDRs: opt(list(7, string(0), { listType: 'set', patchStrategy: 'merge' })),
  providerID: opt(string(3)),
  unschedulable: opt(bool(4)),
  taints: opt(list(5, of(taint), { listType: 'atomic' })),
  configSource: ptr(object(6, nodeConfigSource)),
  externalID: opt(string(2)),
});
export interface NodeSpec extends ShapeOf<typeof nodeSpec> {}

export const nodeCondition = shape('io.k8s.api.core.v1.NodeCondition', {
  type: string(1),
  status: string(2),
  lastHeartbeatTime: optional(time(3)),
  lastTransitionTime: optional(time(4)),
  reason: opt(string(5)),
  message: opt(string(6)),
});
export interface NodeCondition extends ShapeOf<typeof nodeCondition> {}

export const nodeAddress = shape('io.k8s.api.core.v1.NodeAddress', {
  type: string(1),
  address: string(2),
});
export interface NodeAddress extends ShapeOf<typeof nodeAddress> {}

export const daemonEndpoint = shape('io.k8s.api.core.v1.DaemonEndpoint', {
  Port: int32(1),
});
export interface DaemonEndpoint extends ShapeOf<typeof daemonEndpoint> {}

export const nodeDaemonEndpoints = shape('io.k8s.api.core.v1.NodeDaemonEndpoints', {
  kubeletEndpoint: object(1, daemonEndpoint),
});
export interface NodeDaemonEndpoints extends ShapeOf<typeof nodeDaemonEndpoints> {}

export const nodeSwapStatus = shape('io.k8s.api.core.v1.NodeSwapStatus', {
  capacity: ptr(int64(1)),
});
export interface NodeSwapStatus extends ShapeOf<typeof nodeSwapStatus> {}

export const nodeSystemInfo = shape('io.k8s.api.core.v1.NodeSystemInfo', {
  machineID: string(1),
  systemUUID: string(2),
  bootID: string(3),
  kernelVersion: string(4),
  osImage: string(5),
  containerRuntimeVersion: string(6),
  kubeletVersion: string(7),
  kubeProxyVersion: string(8),
  operatingSystem: string(9),
  architecture: string(10),
  swap: ptr(object(11, nodeSwapStatus)),
});
export interface NodeSystemInfo extends ShapeOf<typeof nodeSystemInfo> {}

export const containerImage = shape('io.k8s.api.core.v1.ContainerImage', {
  names: optional(list(1, string(0), { listType: 'atomic' })),
  sizeBytes: opt(int64(2)),
});
export interface ContainerImage extends ShapeOf<typeof containerImage> {}

export const attachedVolume = shape('io.k8s.api.core.v1.AttachedVolume', {
  name: string(1),
  devicePath: string(2),
});
export interface AttachedVolume extends ShapeOf<typeof attachedVolume> {}

export const nodeConfigStatus = shape('io.k8s.api.core.v1.NodeConfigStatus', {
  assigned: ptr(object(1, nodeConfigSource)),
  active: ptr(object(2, nodeConfigSource)),
  lastKnownGood: ptr(object(3, nodeConfigSource)),
  error: opt(string(4)),
});
export interface NodeConfigStatus extends ShapeOf<typeof nodeConfigStatus> {}

export const nodeRuntimeHandlerFeatures = shape('io.k8s.api.core.v1.NodeRuntimeHandlerFeatures', {
  recursiveReadOnlyMounts: ptr(bool(1)),
  userNamespaces: ptr(bool(2)),
});
export interface NodeRuntimeHandlerFeatures extends ShapeOf<typeof nodeRuntimeHandlerFeatures> {}

export const nodeRuntimeHandler = shape('io.k8s.api.core.v1.NodeRuntimeHandler', {
  name: optional(string(1)),
  features: ptr(object(2, nodeRuntimeHandlerFeatures)),
});
export interface NodeRuntimeHandler extends ShapeOf<typeof nodeRuntimeHandler> {}

export const nodeFeatures = shape('io.k8s.api.core.v1.NodeFeatures', {
  supplementalGroupsPolicy: ptr(bool(1)),
});
export interface NodeFeatures extends ShapeOf<typeof nodeFeatures> {}

export const nodeStatus = shape('io.k8s.api.core.v1.NodeStatus', {
  capacity: opt(map(1, quantity(0))),
  allocatable: opt(map(2, quantity(0))),
  phase: opt(string(3, { enum: ['Pending', 'Running', 'Terminated'] })),
  conditions: opt(list(4, of(nodeCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
  addresses: opt(list(5, of(nodeAddress), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
  daemonEndpoints: object(6, nodeDaemonEndpoints),
  nodeInfo: object(7, nodeSystemInfo),
  images: opt(list(8, of(containerImage), { listType: 'atomic' })),
  volumesInUse: opt(list(9, string(0), { listType: 'atomic' })),
  volumesAttached: opt(list(10, of(attachedVolume), { listType: 'atomic' })),
  config: ptr(object(11, nodeConfigStatus)),
  runtimeHandlers: opt(list(12, of(nodeRuntimeHandler), { listType: 'atomic' })),
  features: ptr(object(13, nodeFeatures)),
  declaredFeatures: opt(list(14, string(0), { listType: 'atomic' })),
});
export interface NodeStatus extends ShapeOf<typeof nodeStatus> {}
