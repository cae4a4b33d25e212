import { condition } from '../../../api/meta.ts';
import {
  any,
  bool,
  byDefault,
  embedded,
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
import { nodeSelector } from '../../core/shapes/affinity.ts';

export const capacityRequirements = shape('io.k8s.api.resource.v1.CapacityRequirements', {
  requests: opt(map(1, quantity(0))),
});
export interface CapacityRequirements extends ShapeOf<typeof capacityRequirements> {}

export const celDeviceSelector = shape('io.k8s.api.resource.v1.CELDeviceSelector', {
  expression: string(1),
});
export interface CELDeviceSelector extends ShapeOf<typeof celDeviceSelector> {}

export const deviceSelector = shape('io.k8s.api.resource.v1.DeviceSelector', {
  cel: ptr(object(1, celDeviceSelector)),
});
export interface DeviceSelector extends ShapeOf<typeof deviceSelector> {}

export const deviceToleration = shape('io.k8s.api.resource.v1.DeviceToleration', {
  key: opt(string(1)),
  operator: byDefault('Equal', opt(string(2, { enum: ['Exists', 'Equal'] }))),
  value: opt(string(3)),
  effect: opt(string(4, { enum: ['None', 'NoSchedule', 'NoExecute'] })),
  tolerationSeconds: ptr(int64(5)),
});
export interface DeviceToleration extends ShapeOf<typeof deviceToleration> {}

export const exactDeviceRequest = shape('io.k8s.api.resource.v1.ExactDeviceRequest', {
  deviceClassName: string(1),
  selectors: opt(list(2, of(deviceSelector), { listType: 'atomic' })),
  allocationMode: opt(string(3, { enum: ['All', 'ExactCount'] })),
  count: opt(int64(4)),
  adminAccess: ptr(bool(5)),
  tolerations: opt(list(6, of(deviceToleration), { listType: 'atomic' })),
  capacity: ptr(object(7, capacityRequirements)),
});
export interface ExactDeviceRequest extends ShapeOf<typeof exactDeviceRequest> {}

export const deviceSubRequest = shape('io.k8s.api.resource.v1.DeviceSubRequest', {
  name: string(1),
  deviceClassName: string(2),
  selectors: opt(list(3, of(deviceSelector), { listType: 'atomic' })),
  allocationMode: opt(string(4, { enum: ['All', 'ExactCount'] })),
  count: opt(int64(5)),
  tolerations: opt(list(6, of(deviceToleration), { listType: 'atomic' })),
  capacity: ptr(object(7, capacityRequirements)),
});
export interface DeviceSubRequest extends ShapeOf<typeof deviceSubRequest> {}

export const deviceRequest = shape('io.k8s.api.resource.v1.DeviceRequest', {
  name: string(1),
  exactly: ptr(object(2, exactDeviceRequest)),
  firstAvailable: opt(list(3, of(deviceSubRequest), { listType: 'atomic' })),
});
export interface DeviceRequest extends ShapeOf<typeof deviceRequest> {}

export const deviceConstraint = shape('io.k8s.api.resource.v1.DeviceConstraint', {
  requests: opt(list(1, string(0), { listType: 'atomic' })),
  matchAttribute: ptr(string(2)),
  distinctAttribute: ptr(string(3)),
});
export interface DeviceConstraint extends ShapeOf<typeof deviceConstraint> {}

export const opaqueDeviceConfiguration = shape('io.k8s.api.resource.v1.OpaqueDeviceConfiguration', {
  driver: string(1),
  parameters: any(2),
});
export interface OpaqueDeviceConfiguration extends ShapeOf<typeof opaqueDeviceConfiguration> {}

export const deviceClaimConfiguration = shape('io.k8s.api.resource.v1.DeviceClaimConfiguration', {
  requests: opt(list(1, string(0), { listType: 'atomic' })),
  ...embedded(2, { opaque: ptr(object(1, opaqueDeviceConfiguration)) }, 'DeviceConfiguration'),
});
export interface DeviceClaimConfiguration extends ShapeOf<typeof deviceClaimConfiguration> {}

export const deviceClaim = shape('io.k8s.api.resource.v1.DeviceClaim', {
  requests: optional(list(1, of(deviceRequest), { listType: 'atomic' })),
  constraints: opt(list(2, of(deviceConstraint), { listType: 'atomic' })),
  config: opt(list(3, of(deviceClaimConfiguration), { listType: 'atomic' })),
});
export interface DeviceClaim extends ShapeOf<typeof deviceClaim> {}

export const resourceClaimSpec = shape('io.k8s.api.resource.v1.ResourceClaimSpec', {
  devices: object(1, deviceClaim),
});
export interface ResourceClaimSpec extends ShapeOf<typeof resourceClaimSpec> {}

export const resourceClaimConsumerReference = shape('io.k8s.api.resource.v1.ResourceClaimConsumerReference', {
  apiGroup: opt(string(1)),
  resource: string(3),
  name: string(4),
  uid: string(5),
});
export interface ResourceClaimConsumerReference extends ShapeOf<typeof resourceClaimConsumerReference> {}

export const deviceRequestAllocationResult = shape('io.k8s.api.resource.v1.DeviceRequestAllocationResult', {
  request: string(1),
  driver: string(2),
  pool: string(3),
  device: string(4),
  adminAccess: ptr(bool(5)),
  tolerations: opt(list(6, of(deviceToleration), { listType: 'atomic' })),
  bindingConditions: opt(list(7, string(0), { listType: 'atomic' })),
  bindingFailureConditions: opt(list(8, string(0), { listType: 'atomic' })),
  shareID: ptr(string(9)),
  consumedCapacity: opt(map(10, quantity(0))),
});
export interface DeviceRequestAllocationResult extends ShapeOf<typeof deviceRequestAllocationResult> {}

export const deviceAllocationConfiguration = shape('io.k8s.api.resource.v1.DeviceAllocationConfiguration', {
  source: string(1, { enum: ['FromClass', 'FromClaim'] }),
  requests: opt(list(2, string(0), { listType: 'atomic' })),
  ...embedded(3, { opaque: ptr(object(1, opaqueDeviceConfiguration)) }, 'DeviceConfiguration'),
});
export interface DeviceAllocationConfiguration extends ShapeOf<typeof deviceAllocationConfiguration> {}

export const deviceAllocationResult = shape('io.k8s.api.resource.v1.DeviceAllocationResult', {
  results: opt(list(1, of(deviceRequestAllocationResult), { listType: 'atomic' })),
  config: opt(list(2, of(deviceAllocationConfiguration), { listType: 'atomic' })),
});
export interface DeviceAllocationResult extends ShapeOf<typeof deviceAllocationResult> {}

export const allocationResult = shape('io.k8s.api.resource.v1.AllocationResult', {
  devices: object(1, deviceAllocationResult),
  nodeSelector: ptr(object(3, nodeSelector)),
  allocationTimestamp: ptr(time(5)),
});
export interface AllocationResult extends ShapeOf<typeof allocationResult> {}

export const networkDeviceData = shape('io.k8s.api.resource.v1.NetworkDeviceData', {
  interfaceName: opt(string(1)),
  ips: opt(list(2, string(0), { listType: 'atomic' })),
  hardwareAddress: opt(string(3)),
});
export interface NetworkDeviceData extends ShapeOf<typeof networkDeviceData> {}

export const allocatedDeviceStatus = shape('io.k8s.api.resource.v1.AllocatedDeviceStatus', {
  driver: string(1),
  pool: string(2),
  device: string(3),
  shareID: ptr(string(7)),
  conditions: optional(list(4, of(condition), { listType: 'map', listKeys: ['type'] })),
  data: ptr(any(5)),
  networkData: ptr(object(6, networkDeviceData)),
});
export interface AllocatedDeviceStatus extends ShapeOf<typeof allocatedDeviceStatus> {}

export const resourceClaimStatus = shape('io.k8s.api.resource.v1.ResourceClaimStatus', {
  allocation: ptr(object(1, allocationResult)),
  reservedFor: opt(
    list(2, of(resourceClaimConsumerReference), { listType: 'map', listKeys: ['uid'], patchStrategy: 'merge', mergeKey: 'uid' }),
  ),
  devices: opt(list(4, of(allocatedDeviceStatus), { listType: 'map', listKeys: ['driver', 'device', 'pool', 'shareID'] })),
});
export interface ResourceClaimStatus extends ShapeOf<typeof resourceClaimStatus> {}
