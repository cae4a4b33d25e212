import { type Descriptions, inPackage } from '../lib/descriptions.ts';

const bindingConditions = 'Conditions of the device that must be True before a Pod is bound to its node; at most 4.';
const bindingFailureConditions = 'Conditions of the device of which any that is True makes the binding fail; at most 4.';
const opaque = 'Settings for a driver, in its own form.';
const shareID = 'Tells apart the shares of a device that was allocated more than once.';
const requestNames = (whose: string) => `Names of the requests ${whose}; REQUEST/SUBREQUEST for one alternative. Default: all.`;

/** Which device was allocated. */
const device = {
  device: 'Name of the device within its pool.',
  driver: 'Name of the driver of the device.',
  pool: 'Name of the pool of the device.',
  shareID,
};
/** What is asked of devices, in a request and in its alternatives. */
const wanted = {
  allocationMode: 'Whether a number of devices is wanted (ExactCount, default), or all that fit.',
  capacity: 'How much of the capacity of a device is wanted, for devices that can be shared.',
  count: 'How many devices are wanted, for ExactCount. Default 1.',
  deviceClassName: 'DeviceClass that the devices must be of.',
  selectors: 'Demands on each device; all must be met. At most 32.',
  tolerations: 'Taints of devices that are tolerated; at most 16.',
};

/** Devices and claims for them. */
export const resource: Descriptions = inPackage('io.k8s.api.resource.v1', {
  ResourceClaim: {
    '': 'Asks for devices for Pods, and holds them.',
    spec: 'Which devices are wanted. It cannot be changed.',
    status: 'Which devices were allocated, and who uses them.',
  },
  ResourceClaimSpec: { '': 'What is wanted.', devices: 'The devices that are wanted.' },
  ResourceClaimTemplate: {
    '': 'A template from which ResourceClaims are made for Pods.',
    spec: 'The template. It cannot be changed.',
  },
  ResourceClaimTemplateSpec: {
    '': 'What claims made from a template look like.',
    metadata: 'Labels and annotations that the claims get.',
    spec: 'Which devices the claims ask for.',
  },
  DeviceClaim: {
    '': 'Requests, what they have in common, and settings.',
    config: 'Settings for the drivers of the devices; at most 32.',
    constraints: 'Demands on the devices together; all must be met. At most 32.',
    requests: 'The single requests, all of which must be met; at most 32.',
  },
  DeviceRequest: {
    '': 'Exactly one of exactly and firstAvailable is set.',
    exactly: 'The devices that are wanted, without alternatives.',
    firstAvailable: 'Alternatives, the best first: the first that can be met is taken. At most 8.',
    name: 'Name of the request, a DNS label, by which Pods, constraints and settings refer to it.',
  },
  ExactDeviceRequest: {
    '': 'All devices for it are of the same class.',
    ...wanted,
    adminAccess:
      'Whether access for administration is wanted, beside those who use the device; the namespace must allow it. Default false.',
  },
  DeviceSubRequest: {
    '': 'One alternative of a request.',
    ...wanted,
    name: 'Name of the alternative, a DNS label, referred to as REQUEST/NAME.',
  },
  CapacityRequirements: {
    '': 'Amounts by name; a device that has less does not fit.',
    requests: 'Amounts that the device must provide, by name of the capacity; what is not named follows the policy of the device.',
  },
  DeviceSelector: { '': 'Exactly one way to select is set; there is only one, CEL.', cel: 'A demand in CEL.' },
  CELDeviceSelector: {
    '': 'An expression that fails makes the allocation fail.',
    expression: 'CEL expression that must be true; it sees driver, attributes and capacity of the device as fields of device.',
  },
  DeviceConstraint: {
    '': 'Exactly one of matchAttribute and distinctAttribute is set.',
    distinctAttribute: 'Attribute that must have another value in each of the devices.',
    matchAttribute: 'Attribute that must have the same value in all of the devices, as DOMAIN/NAME.',
    requests: requestNames('whose devices are meant'),
  },
  DeviceClaimConfiguration: {
    '': 'Not looked at when devices are chosen, only handed to their drivers.',
    opaque,
    requests: requestNames('the settings are for'),
  },
  OpaqueDeviceConfiguration: {
    '': 'Checked by nobody but the driver, or by policies that it comes with.',
    driver: 'Name of the driver.',
    parameters: 'The settings, as the driver defines them; at most 10 KiB.',
  },
  DeviceToleration: {
    '': 'Lets devices be used that have taints which match.',
    effect: 'Effect of the taints; empty for all.',
    key: 'Key of the taints; empty, with operator Exists, for all.',
    operator: 'How the value is compared: Equal, or Exists for any value.',
    tolerationSeconds: 'Seconds after which a NoExecute taint evicts Pods all the same; 0 or less at once. Default: never.',
    value: 'Value of the taints; empty with operator Exists.',
  },
  ResourceClaimStatus: {
    '': 'Allocation is written by the scheduler, device state by drivers.',
    allocation: 'What was allocated; absent before that.',
    devices: 'State of the allocated devices, as their drivers report.',
    reservedFor: 'Who may use the claim now, usually Pods; at most 256.',
  },
  ResourceClaimConsumerReference: {
    '': 'Names somebody who uses a claim, in the same namespace.',
    apiGroup: 'Group of the object; empty for the core.',
    name: 'Name of the object.',
    resource: 'Resource of the object, such as pods.',
    uid: 'UID of the object.',
  },
  AllocationResult: {
    '': 'Written by the scheduler; removed when the claim is no longer used.',
    allocationTimestamp: 'When it was allocated, if known.',
    devices: 'The devices.',
    nodeSelector: 'Nodes on which it can be used. Default: all.',
  },
  DeviceAllocationResult: {
    '': 'A request may have led to several devices.',
    config: 'Settings for their drivers, from classes and from the claim.',
    results: 'The devices, by request.',
  },
  DeviceRequestAllocationResult: {
    '': 'A device that was allocated for a request.',
    ...device,
    adminAccess: 'Whether it was allocated for administration. Default false.',
    bindingConditions,
    bindingFailureConditions,
    consumedCapacity: 'How much of its capacity was allocated, by name; rounded as its policy says.',
    request: 'Name of the request; REQUEST/SUBREQUEST for an alternative.',
    tolerations: 'Taints that the request tolerated when it was allocated.',
  },
  DeviceAllocationConfiguration: {
    '': 'Settings for a driver, and where they come from.',
    opaque,
    requests: requestNames('the settings are for'),
    source: 'Whether they come from the class, which administrators make, or from the claim.',
  },
  AllocatedDeviceStatus: {
    '': 'Told apart by driver, pool, device and share; written by the driver.',
    ...device,
    conditions: 'Aspects of its state, by type, such as Ready; at most 8.',
    data: 'More about it, as the driver defines; at most 10 KiB.',
    networkData: 'Network interface of the device.',
  },
  NetworkDeviceData: {
    '': 'Written by drivers of network devices.',
    hardwareAddress: 'Hardware address, such as the MAC address; at most 128 bytes.',
    interfaceName: 'Name of the interface in the Pod; at most 256 bytes.',
    ips: 'Addresses with the length of their network, such as 192.0.2.5/24.',
  },
  DeviceClass: {
    '': 'A class of devices, made by administrators, that claims ask for.',
    spec: 'Which devices are of the class, and with what settings.',
  },
  DeviceClassSpec: {
    '': 'Changes hold for claims allocated later.',
    config: 'Settings for the drivers of the devices; at most 32.',
    extendedResourceName: 'Extended resource, such as example.com/gpu, that Pods may ask for to get a device of the class.',
    selectors: 'Demands on each device; all must be met. At most 32.',
  },
  DeviceClassConfiguration: { '': 'Handed to the driver of each device of the class.', opaque },
  ResourceSlice: {
    '': 'Some of the devices of a pool, as their driver publishes them.',
    spec: 'The devices, and where they can be used.',
  },
  ResourceSliceSpec: {
    '': 'Exactly one of nodeName, nodeSelector, allNodes and perDeviceNodeSelection is set.',
    allNodes: 'Whether all nodes can use the devices.',
    devices: 'The devices; at most 128, or 64 when any has taints or consumes counters. Not together with sharedCounters.',
    driver: 'Name of the driver. It cannot be changed.',
    nodeName: 'The one node that can use the devices. It cannot be changed.',
    nodeSelector: 'Nodes that can use the devices; exactly one term.',
    perDeviceNodeSelection: 'Whether each device says by itself which nodes can use it.',
    pool: 'The pool that the devices belong to.',
    sharedCounters: 'Sets of counters that devices of the pool share; at most 8. Not together with devices.',
  },
  ResourcePool: {
    '': 'A pool of devices, told of in one or more ResourceSlices.',
    generation: 'Grows with every change of the pool; only slices of the highest one count.',
    name: 'Name of the pool, often that of a node. It cannot be changed.',
    resourceSliceCount: 'How many slices the pool has in this generation; with fewer, it is incomplete.',
  },
  Device: {
    '': 'A name, what it is, and how much it has.',
    allNodes: 'Whether all nodes can use the device; needs perDeviceNodeSelection of the slice.',
    allowMultipleAllocations: 'Whether it can be allocated more than once, each time with a part of its capacity. Default false.',
    attributes: 'What is known of it, by name; names without a domain are of the driver.',
    bindingConditions,
    bindingFailureConditions,
    bindsToNode: 'Whether a claim that gets it can be used only on the node chosen at allocation. Default false.',
    capacity: 'How much it has of what, by name; with attributes at most 32 entries.',
    consumesCounters: 'What it takes from sets of counters of its pool.',
    name: 'Name of the device, a DNS label, unique within the pool.',
    nodeAllocatableResourceMappings: 'Resources of the node, such as cpu and memory, that its allocation takes, by name.',
    nodeName: 'The one node that can use the device; needs perDeviceNodeSelection of the slice.',
    nodeSelector: 'Nodes that can use the device; needs perDeviceNodeSelection of the slice.',
    taints: 'Keep off claims that do not tolerate them; at most 16.',
  },
  DeviceAttribute: {
    '': 'A fact about a device; exactly one value is set.',
    bool: 'True or false.',
    bools: 'A list of true and false.',
    int: 'A whole number.',
    ints: 'A list of whole numbers.',
    string: 'A text of at most 64 characters.',
    strings: 'A list of texts, each of at most 64 characters.',
    version: 'A semantic version of at most 64 characters.',
    versions: 'A list of semantic versions, each of at most 64 characters.',
  },
  DeviceCapacity: {
    '': 'How much a device has of something.',
    requestPolicy: 'How requests use it up; needs allowMultipleAllocations. Default: as they ask.',
    value: 'The whole amount; it does not shrink with use.',
  },
  CapacityRequestPolicy: {
    '': 'How requests use up a capacity; validRange and validValues exclude each other.',
    default: 'Amount for requests that do not ask for any.',
    validRange: 'Bounds for amounts.',
    validValues: 'Amounts that can be had, in rising order; requests are rounded up to one. At most 10.',
  },
  CapacityRequestPolicyRange: {
    '': 'Amounts between bounds are rounded up to a step.',
    max: 'Most a request can get. Default: the whole.',
    min: 'Least a request gets; smaller ones are rounded up.',
    step: 'Amounts go up from min in steps of this size; others are rounded up.',
  },
  CounterSet: {
    '': 'Counters that devices of a pool share, such as memory of a card that can be split.',
    counters: 'The counters, by name; at most 32.',
    name: 'Name of the set, a DNS label, unique within the pool.',
  },
  Counter: { '': 'An amount that devices share.', value: 'How much there is, or is taken.' },
  DeviceCounterConsumption: {
    '': 'Amounts by name of the counter; there must be as much left in the set.',
    counterSet: 'Name of the set.',
    counters: 'Amounts that are taken, by name; at most 32.',
  },
  DeviceTaint: {
    '': 'A key with an effect, and with a value if wanted.',
    effect: 'What it does to such claims: nothing, no new allocation (NoSchedule), or also eviction of Pods that use it.',
    key: 'Key of the taint, in the form of a label name.',
    timeAdded: 'When the taint was added.',
    value: 'Value of the taint, in the form of a label value; may be empty.',
  },
  NodeAllocatableResourceMapping: {
    '': 'How much of a resource of the node an allocation takes.',
    allocationMultiplier: 'Amount for each device, or for each unit of the capacity that capacityKey names. Default 1.',
    capacityKey: 'Name of the capacity whose allocated amount counts. Default: the number of devices counts.',
  },
});
