import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import { validateNodeSelector } from '../../core/lib/validate-scheduling.ts';
import { driverName } from '../../core/lib/validate-volume-sources.ts';
import { nodeSelectorTerm } from '../../core/shapes/affinity.ts';
import { goShown } from '../../lib/go-shown.ts';
import { dnsLabel, dnsSubdomain, type Errors, immutable, named } from '../../lib/validate.ts';
import type { CounterSet, ResourcePool, ResourceSliceSpec } from '../shapes/resource-slice.ts';
import { anyCounter, mostCounters, validateDevice } from './validate-device.ts';
import { eachEntry, eachOf } from './validate-lists.ts';
import { poolName } from './validate-names.ts';

const mostDevices = 128;
const mostAdvancedDevices = 64;
const mostCounterSets = 8;

export interface SliceLike extends ApiObject {
  readonly spec: ResourceSliceSpec;
}

function* validatePool({ name, resourceSliceCount, generation }: ResourcePool): Errors {
  yield* poolName('spec.pool.name', name);
  if (resourceSliceCount <= 0) yield fieldError.invalid('spec.pool.resourceSliceCount', resourceSliceCount, 'must be greater than zero');
  if (generation < 0) yield fieldError.invalid('spec.pool.generation', generation, 'must be greater than or equal to zero');
}
/** Which nodes reach the devices: said in exactly one way. */
function* validateNodes({ nodeName, nodeSelector, allNodes, perDeviceNodeSelection }: ResourceSliceSpec): Errors {
  const set: string[] = [];
  if (nodeName === '') yield fieldError.invalid('spec.nodeName', nodeName, 'must be either unset or set to a non-empty string');
  else if (nodeName !== undefined) {
    set.push('`nodeName`');
    yield* dnsSubdomain('spec.nodeName', nodeName);
  }
  if (nodeSelector !== undefined) {
    set.push('`nodeSelector`');
    yield* validateNodeSelector(nodeSelector, 'spec.nodeSelector');
    const terms = nodeSelector.nodeSelectorTerms;
    if (terms.length !== 1) {
      const shown = terms.map((term) => goShown(nodeSelectorTerm, term));
      yield fieldError.invalid('spec.nodeSelector.nodeSelectorTerms', shown, 'must have exactly one node selector term');
    }
  }
  for (const [field, value] of Object.entries({ allNodes, perDeviceNodeSelection })) {
    if (value === true) set.push(`\`${field}\``);
    else if (value === false) yield fieldError.invalid(`spec.${field}`, value, 'must be either unset or set to true');
  }
  const rule = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (set.length === 0) yield fieldError.required('spec', rule);
  else if (set.length > 1) yield fieldError.invalid('spec', `{${set.join(', ')}}`, `${rule}, but multiple fields are set`);
}
function* validateCounters({ name, counters }: CounterSet, path: string): Errors {
  if (name === '') yield fieldError.required(`${path}.name`);
  else yield* dnsLabel(`${path}.name`, name);
  if (Object.keys(counters ?? {}).length === 0) yield fieldError.required(`${path}.counters`);
  yield* eachEntry(counters, mostCounters, `${path}.counters`, dnsLabel, anyCounter, 63);
}
const isAdvanced = ({ devices = [] }: ResourceSliceSpec): boolean =>
  devices.some(
    (device) =>
      (device.taints ?? []).length > 0 ||
      (device.consumesCounters ?? []).length > 0 ||
      Object.values(device.attributes ?? {}).some((one) => (one.bools ?? one.ints ?? one.strings ?? one.versions) !== undefined),
  );

/** ValidateResourceSlice and -Update. */
export function* validateSlice({ spec }: SliceLike, { old }: ValidationContext<SliceLike>): Errors {
  yield* driverName('spec.driver', spec.driver);
  yield* validatePool(spec.pool);
  if (old !== undefined) {
    yield* immutable('spec.pool.name', spec.pool.name, old.spec.pool.name);
    yield* immutable('spec.driver', spec.driver, old.spec.driver);
    yield* immutable('spec.nodeName', spec.nodeName, old.spec.nodeName, named);
  }
  yield* validateNodes(spec);
  const { devices, sharedCounters } = spec;
  if (sharedCounters !== undefined && devices !== undefined)
    yield fieldError.invalid('spec', '', 'only one of `sharedCounters` or `devices` is allowed');
  const before = new Map((old?.spec.devices ?? []).map((device) => [device.name, device]));
  yield* eachOf(
    devices,
    isAdvanced(spec) ? mostAdvancedDevices : mostDevices,
    'spec.devices',
    (device, at) => validateDevice(device, before.get(device.name), at, spec.perDeviceNodeSelection === true),
    (device) => device.name,
  );
  yield* eachOf(sharedCounters, mostCounterSets, 'spec.sharedCounters', validateCounters, (set) => set.name);
}
