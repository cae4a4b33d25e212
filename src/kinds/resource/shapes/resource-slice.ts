import {
  bool,
  int64,
  list,
  map,
  nullable,
  object,
  of,
  opt,
  ptr,
  quantity,
  required,
  shape,
  type ShapeOf,
  string,
  time,
} from '../../../api/schema.ts';
import { nodeSelector } from '../../core/shapes/affinity.ts';

export const counter = shape('io.k8s.api.resource.v1.Counter', {
  value: quantity(1),
});
export interface Counter extends ShapeOf<typeof counter> {}

export const counterSet = shape('io.k8s.api.resource.v1.CounterSet', {
  name: string(1),
  counters: required(opt(map(2, of(counter)))),
});
export interface CounterSet extends ShapeOf<typeof counterSet> {}

export const resourcePool = shape('io.k8s.api.resource.v1.ResourcePool', {
  name: string(1),
  generation: int64(2),
  resourceSliceCount: int64(3),
});
export interface ResourcePool extends ShapeOf<typeof resourcePool> {}

export const nodeAllocatableResourceMapping = shape('io.k8s.api.resource.v1.NodeAllocatableResourceMapping', {
  capacityKey: ptr(string(1)),
  allocationMultiplier: ptr(quantity(2)),
});
export interface NodeAllocatableResourceMapping extends ShapeOf<typeof nodeAllocatableResourceMapping> {}

export const deviceCounterConsumption = shape('io.k8s.api.resource.v1.DeviceCounterConsumption', {
  counterSet: string(1),
  counters: required(opt(map(2, of(counter)))),
});
export interface DeviceCounterConsumption extends ShapeOf<typeof deviceCounterConsumption> {}

export const capacityRequestPolicyRange = shape('io.k8s.api.resource.v1.CapacityRequestPolicyRange', {
  min: required(ptr(quantity(1))),
  max: ptr(quantity(2)),
  step: ptr(quantity(3)),
});
export interface CapacityRequestPolicyRange extends ShapeOf<typeof capacityRequestPolicyRange> {}

export const capacityRequestPolicy = shape('io.k8s.api.resource.v1.CapacityRequestPolicy', {
  default: nullable(quantity(1)),
  validValues: opt(list(3, quantity(0), { listType: 'atomic' })),
  validRange: ptr(object(4, capacityRequestPolicyRange)),
});
export interface CapacityRequestPolicy extends ShapeOf<typeof capacityRequestPolicy> {}

export const deviceCapacity = shape('io.k8s.api.resource.v1.DeviceCapacity', {
  value: quantity(1),
  requestPolicy: ptr(object(2, capacityRequestPolicy)),
});
export interface DeviceCapacity extends ShapeOf<typeof deviceCapacity> {}

export const deviceAttribute = shape('io.k8s.api.resource.v1.DeviceAttribute', {
  int: ptr(int64(2)),
  bool: ptr(bool(3)),
  string: ptr(string(4)),
  version: ptr(string(5)),
  ints: opt(list(6, int64(0), { listType: 'atomic' })),
  bools: opt(list(7, bool(0), { listType: 'atomic' })),
  strings: opt(list(8, string(0), { listType: 'atomic' })),
  versions: opt(list(9, string(0), { listType: 'atomic' })),
});
export interface DeviceAttribute extends ShapeOf<typeof deviceAttribute> {}

export const deviceTaint = shape('io.k8s.api.resource.v1.DeviceTaint', {
  key: string(1),
  value: opt(string(2)),
  effect: string(3, { enum: ['None', 'NoSchedule', 'NoExecute'] }),
  timeAdded: ptr(time(4)),
});
export interface DeviceTaint extends ShapeOf<typeof deviceTaint> {}

export const device = shape('io.k8s.api.resource.v1.Device', {
  name: string(1),
  attributes: opt(map(2, of(deviceAttribute))),
  capacity: opt(map(3, of(deviceCapacity))),
  consumesCounters: opt(list(4, of(deviceCounterConsumption), { listType: 'atomic' })),
  nodeName: ptr(string(5)),
  nodeSelector: ptr(object(6, nodeSelector)),
  allNodes: ptr(bool(7)),
  taints: opt(list(8, of(deviceTaint), { listType: 'atomic' })),
  bindsToNode: ptr(bool(9)),
  bindingConditions: opt(list(10, string(0), { listType: 'atomic' })),
  bindingFailureConditions: opt(list(11, string(0), { listType: 'atomic' })),
  allowMultipleAllocations: ptr(bool(12)),
  nodeAllocatableResourceMappings: opt(map(13, of(nodeAllocatableResourceMapping))),
});
export interface Device extends ShapeOf<typeof device> {}

export const resourceSliceSpec = shape('io.k8s.api.resource.v1.ResourceSliceSpec', {
  driver: string(1),
  pool: required(object(2, resourcePool)),
  nodeName: ptr(string(3)),
  nodeSelector: ptr(object(4, nodeSelector)),
  allNodes: ptr(bool(5)),
  devices: opt(list(6, of(device), { listType: 'atomic' })),
  perDeviceNodeSelection: ptr(bool(7)),
  sharedCounters: opt(list(8, of(counterSet), { listType: 'atomic' })),
});
export interface ResourceSliceSpec extends ShapeOf<typeof resourceSliceSpec> {}
