import { stopSignals } from './probes.ts';
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
  required,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';
import { resourceRequirements } from './resources.ts';

export const containerStateWaiting = shape('io.k8s.api.core.v1.ContainerStateWaiting', {
  reason: opt(string(1)),
  message: opt(string(2)),
});
export interface ContainerStateWaiting extends ShapeOf<typeof containerStateWaiting> {}

export const containerStateRunning = shape('io.k8s.api.core.v1.ContainerStateRunning', {
  startedAt: optional(time(1)),
});
export interface ContainerStateRunning extends ShapeOf<typeof containerStateRunning> {}

export const containerStateTerminated = shape('io.k8s.api.core.v1.ContainerStateTerminated', {
  exitCode: int32(1),
  signal: opt(int32(2)),
  reason: opt(string(3)),
  message: opt(string(4)),
  startedAt: optional(time(5)),
  finishedAt: optional(time(6)),
  containerID: opt(string(7)),
});
export interface ContainerStateTerminated extends ShapeOf<typeof containerStateTerminated> {}

export const containerState = shape('io.k8s.api.core.v1.ContainerState', {
  waiting: ptr(object(1, containerStateWaiting)),
  running: ptr(object(2, containerStateRunning)),
  terminated: ptr(object(3, containerStateTerminated)),
});
export interface ContainerState extends ShapeOf<typeof containerState> {}

export const imageVolumeStatus = shape('io.k8s.api.core.v1.ImageVolumeStatus', {
  imageRef: required(opt(string(1))),
});
export interface ImageVolumeStatus extends ShapeOf<typeof imageVolumeStatus> {}

export const volumeStatus = shape('io.k8s.api.core.v1.VolumeStatus', {
  image: ptr(object(1, imageVolumeStatus)),
});
export interface VolumeStatus extends ShapeOf<typeof volumeStatus> {}

export const volumeMountStatus = shape('io.k8s.api.core.v1.VolumeMountStatus', {
  name: string(1),
  mountPath: string(2),
  readOnly: opt(bool(3)),
  recursiveReadOnly: ptr(string(4)),
  volumeStatus: ptr(object(5, volumeStatus)),
});
export interface VolumeMountStatus extends ShapeOf<typeof volumeMountStatus> {}

export const linuxContainerUser = shape('io.k8s.api.core.v1.LinuxContainerUser', {
  uid: int64(1),
  gid: int64(2),
  supplementalGroups: opt(list(3, int64(0), { listType: 'atomic' })),
});
export interface LinuxContainerUser extends ShapeOf<typeof linuxContainerUser> {}

export const containerUser = shape('io.k8s.api.core.v1.ContainerUser', {
  linux: ptr(object(1, linuxContainerUser)),
});
export interface ContainerUser extends ShapeOf<typeof containerUser> {}

export const resourceHealth = shape('io.k8s.api.core.v1.ResourceHealth', {
  resourceID: string(1),
  health: opt(string(2)),
  message: ptr(string(6)),
});
export interface ResourceHealth extends ShapeOf<typeof resourceHealth> {}

export const resourceStatus = shape('io.k8s.api.core.v1.ResourceStatus', {
  name: string(1),
  resources: opt(list(2, of(resourceHealth), { listType: 'map', listKeys: ['resourceID'] })),
});
export interface ResourceStatus extends ShapeOf<typeof resourceStatus> {}

export const containerStatus = shape('io.k8s.api.core.v1.ContainerStatus', {
  name: string(1),
  state: object(2, containerState),
  lastState: object(3, containerState),
  ready: bool(4),
  restartCount: int32(5),
  image: string(6),
  imageID: string(7),
  containerID: opt(string(8)),
  started: ptr(bool(9)),
  allocatedResources: opt(map(10, quantity(0))),
  resources: ptr(object(11, resourceRequirements)),
  volumeMounts: opt(
    list(12, of(volumeMountStatus), { listType: 'map', listKeys: ['mountPath'], patchStrategy: 'merge', mergeKey: 'mountPath' }),
  ),
  user: ptr(object(13, containerUser)),
  allocatedResourcesStatus: opt(
    list(14, of(resourceStatus), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge', mergeKey: 'name' }),
  ),
  stopSignal: ptr(
    string(15, {
      enum: stopSignals,
    }),
  ),
});
export interface ContainerStatus extends ShapeOf<typeof containerStatus> {}

export const podCondition = shape('io.k8s.api.core.v1.PodCondition', {
  type: string(1),
  observedGeneration: opt(int64(7)),
  status: string(2),
  lastProbeTime: optional(time(3)),
  lastTransitionTime: optional(time(4)),
  reason: opt(string(5)),
  message: opt(string(6)),
});
export interface PodCondition extends ShapeOf<typeof podCondition> {}

export const hostIP = shape('io.k8s.api.core.v1.HostIP', {
  ip: string(1),
});
export interface HostIP extends ShapeOf<typeof hostIP> {}

export const podIP = shape('io.k8s.api.core.v1.PodIP', {
  ip: string(1),
});
export interface PodIP extends ShapeOf<typeof podIP> {}

export const podResourceClaimStatus = shape('io.k8s.api.core.v1.PodResourceClaimStatus', {
  name: string(1),
  resourceClaimName: ptr(string(2)),
});
export interface PodResourceClaimStatus extends ShapeOf<typeof podResourceClaimStatus> {}

export const containerExtendedResourceRequest = shape('io.k8s.api.core.v1.ContainerExtendedResourceRequest', {
  containerName: string(1),
  resourceName: string(2),
  requestName: string(3),
});
export interface ContainerExtendedResourceRequest extends ShapeOf<typeof containerExtendedResourceRequest> {}

export const podExtendedResourceClaimStatus = shape('io.k8s.api.core.v1.PodExtendedResourceClaimStatus', {
  requestMappings: list(1, of(containerExtendedResourceRequest), { listType: 'atomic' }),
  resourceClaimName: string(2),
});
export interface PodExtendedResourceClaimStatus extends ShapeOf<typeof podExtendedResourceClaimStatus> {}

export const nodeAllocatableResourceClaimStatus = shape('io.k8s.api.core.v1.NodeAllocatableResourceClaimStatus', {
  resourceClaimName: string(1),
  containers: opt(list(2, string(0), { listType: 'set' })),
  resources: map(3, quantity(0)),
});
export interface NodeAllocatableResourceClaimStatus extends ShapeOf<typeof nodeAllocatableResourceClaimStatus> {}

export const podStatus = shape('io.k8s.api.core.v1.PodStatus', {
  observedGeneration: opt(int64(17)),
  phase: opt(string(1, { enum: ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'] })),
  conditions: opt(list(2, of(podCondition), { listType: 'map', listKeys: ['type'], patchStrategy: 'merge', mergeKey: 'type' })),
  message: opt(string(3)),
  reason: opt(string(4)),
  nominatedNodeName: opt(string(11)),
  hostIP: opt(string(5)),
  hostIPs: opt(list(16, of(hostIP), { listType: 'atomic', patchStrategy: 'merge', mergeKey: 'ip' })),
  podIP: opt(string(6)),
  podIPs: opt(list(12, of(podIP), { listType: 'map', listKeys: ['ip'], patchStrategy: 'merge', mergeKey: 'ip' })),
  startTime: ptr(time(7)),
  initContainerStatuses: opt(list(10, of(containerStatus), { listType: 'atomic' })),
  containerStatuses: opt(list(8, of(containerStatus), { listType: 'atomic' })),
  qosClass: opt(string(9, { enum: ['Guaranteed', 'Burstable', 'BestEffort'] })),
  ephemeralContainerStatuses: opt(list(13, of(containerStatus), { listType: 'atomic' })),
  resize: opt(string(14)),
  resourceClaimStatuses: opt(
    list(15, of(podResourceClaimStatus), { listType: 'map', listKeys: ['name'], patchStrategy: 'merge,retainKeys', mergeKey: 'name' }),
  ),
  extendedResourceClaimStatus: ptr(object(18, podExtendedResourceClaimStatus)),
  allocatedResources: opt(map(19, quantity(0))),
  resources: ptr(object(20, resourceRequirements)),
  nodeAllocatableResourceClaimStatuses: opt(list(21, of(nodeAllocatableResourceClaimStatus), { listType: 'atomic' })),
});
export interface PodStatus extends ShapeOf<typeof podStatus> {}
