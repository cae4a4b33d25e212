import { addQuantities, compareQuantities, quantitySign, value as wholeUnits } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { isNativeResource } from '../../core/lib/resource-names.ts';
import { validateNodeSelector } from '../../core/lib/validate-scheduling.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { byteLength, dnsLabel, dnsSubdomain, type Errors } from '../../lib/validate.ts';
import type {
  CapacityRequestPolicy,
  CapacityRequestPolicyRange,
  Device,
  DeviceAttribute,
  DeviceCapacity,
} from '../shapes/resource-slice.ts';
import { eachEntry, eachOf } from './validate-lists.ts';
import { qualified } from './validate-names.ts';
import { validateBinding, validateTaint } from './validate-taints.ts';

const mostAttributesAndCapacities = 32;
const mostAttributeValues = 48;
const longestValue = 64;
const mostTaints = 16;
const mostConsumptions = 2;
export const mostCounters = 32;
const mostOptions = 10;

const identifier = '(0|[1-9]\\d*)';
const prerelease = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const build = '[0-9a-zA-Z-]+';
const version = new RegExp(
  `^${identifier}\\.${identifier}\\.${identifier}(-${prerelease}(\\.${prerelease})*)?(\\+${build}(\\.${build})*)?$`,
);
function* validateVersion(text: string, path: string): Errors {
  if (!version.test(text)) yield fieldError.invalid(path, text, 'must be a string compatible with semver.org spec 2.0.0');
  if (byteLength(text) > longestValue) yield fieldError.tooLong(path, longestValue);
}
function* validateText(text: string, path: string): Errors {
  if (byteLength(text) > longestValue) yield fieldError.tooLong(path, longestValue);
}
/** Fields of an attribute, and what upstream's internal type calls them. */
const attributeFields = {
  int: 'IntValue',
  bool: 'BoolValue',
  string: 'StringValue',
  version: 'VersionValue',
  ints: 'IntValues',
  bools: 'BoolValues',
  strings: 'StringValues',
  versions: 'VersionValues',
} as const;
function* validateAttribute(attribute: DeviceAttribute, path: string): Errors {
  if (attribute.string !== undefined) yield* validateText(attribute.string, `${path}.string`);
  if (attribute.version !== undefined) yield* validateVersion(attribute.version, `${path}.version`);
  for (const field of ['bools', 'ints', 'strings', 'versions'] as const)
    if (attribute[field]?.length === 0) yield fieldError.invalid(`${path}.${field}`, attribute[field], 'must not be empty if specified');
  for (const [index, text] of (attribute.strings ?? []).entries()) yield* validateText(text, `${path}.strings[${index}]`);
  for (const [index, text] of (attribute.versions ?? []).entries()) yield* validateVersion(text, `${path}.versions[${index}]`);
  const fields = Object.keys(attributeFields) as (keyof typeof attributeFields)[];
  const count = fields.filter((field) => attribute[field] !== undefined).length;
  if (count === 1) return;
  const shown = Object.fromEntries(fields.map((field) => [attributeFields[field], attribute[field] ?? null]));
  yield fieldError.invalid(path, count === 0 ? '' : shown, 'exactly one value must be specified');
}
const valuesOf = ({ bools = [], ints = [], strings = [], versions = [] }: DeviceAttribute): number =>
  bools.length + ints.length + strings.length + versions.length || 1;

function* validateOptions(usual: string, capacity: string, options: readonly string[], path: string): Errors {
  for (const [index, option] of options.slice(1).entries())
    if (compareQuantities(options[index]!, option) > 0)
      yield fieldError.invalid(`${path}[${index + 1}]`, option, 'values must be sorted in ascending order');
  yield* eachOf(
    options,
    mostOptions,
    path,
    function* (option, at) {
      if (compareQuantities(option, capacity) > 0)
        yield fieldError.invalid(at, option, `option is larger than capacity value: ${capacity}`);
    },
    (option) => String(wholeUnits(option)),
  );
  if (options.length > mostOptions || !options.some((option) => compareQuantities(option, usual) === 0))
    yield fieldError.invalid(path, usual, 'default value is not valid according to the requestPolicy');
}
function* validateStep(amount: string, min: string, step: string, path: string): Errors {
  if ((wholeUnits(amount) - wholeUnits(min)) % wholeUnits(step) !== 0)
    yield fieldError.invalid(path, amount, `value is not a multiple of a given step (${step}) from (${min})`);
}
function* validateRange(usual: string, capacity: string, { min, max, step }: CapacityRequestPolicyRange, path: string): Errors {
  if (min === undefined) return yield fieldError.required(`${path}.min`, 'required when validRange is defined');
  const above = (a: string, b: string) => compareQuantities(a, b) > 0;
  if (above(min, capacity)) yield fieldError.invalid(`${path}.min`, min, `min is larger than capacity value: ${capacity}`);
  if (above(min, usual)) yield fieldError.invalid(`${path}.min`, usual, `default is less than min: ${min}`);
  if (max !== undefined) {
    if (above(min, max)) yield fieldError.invalid(`${path}.max`, min, `min is larger than max: ${max}`);
    if (above(max, capacity)) yield fieldError.invalid(`${path}.max`, max, `max is larger than capacity value: ${capacity}`);
    if (above(usual, max)) yield fieldError.invalid(`${path}.max`, usual, `default is more than max: ${max}`);
  }
  if (step === undefined) return;
  const added = addQuantities(min, step);
  if (above(added, capacity))
    yield fieldError.invalid(`${path}.step`, step, `one step ${added} is larger than capacity value: ${capacity}`);
  yield* validateStep(usual, min, step, `${path}.step`);
  if (max !== undefined) yield* validateStep(max, min, step, `${path}.step`);
}
function* validatePolicy(capacity: string, { default: usual, validValues = [], validRange }: CapacityRequestPolicy, path: string): Errors {
  if (validValues.length > 0 && validRange !== undefined) {
    const rule = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time';
    yield fieldError.forbidden(path, rule);
  } else if (validValues.length > 0) {
    if (usual === undefined) yield fieldError.required(`${path}.default`, 'required when validValues is defined');
    else yield* validateOptions(usual, capacity, validValues, `${path}.validValues`);
  } else if (validRange !== undefined) {
    if (usual === undefined) yield fieldError.required(`${path}.default`, 'required when validRange is defined');
    else yield* validateRange(usual, capacity, validRange, `${path}.validRange`);
  }
}
const validateCapacity = (isShared: boolean) =>
  function* ({ value, requestPolicy }: DeviceCapacity, path: string): Errors {
    if (requestPolicy === undefined) return;
    if (isShared) yield* validatePolicy(value, requestPolicy, `${path}.requestPolicy`);
    else yield fieldError.forbidden(`${path}.requestPolicy`, 'allowMultipleAllocations must be true');
  };

/** Which nodes reach one device, where a slice leaves that to its devices. */
function* validateNodes({ nodeName, nodeSelector, allNodes }: Device, path: string, perDevice: boolean): Errors {
  if (!perDevice) {
    const rule =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    if ((nodeName ?? nodeSelector ?? allNodes) !== undefined) yield fieldError.invalid(path, null, rule);
    return;
  }
  const set: string[] = [];
  if (nodeName !== undefined && nodeName !== '') {
    set.push('`nodeName`');
    yield* dnsSubdomain(`${path}.nodeName`, nodeName);
  } else if (nodeName === '') yield fieldError.invalid(`${path}.nodeName`, nodeName, 'must not be empty');
  if (nodeSelector !== undefined) {
    set.push('`nodeSelector`');
    yield* validateNodeSelector(nodeSelector, `${path}.nodeSelector`);
  }
  if (allNodes === true) set.push('`allNodes`');
  else if (allNodes === false) yield fieldError.invalid(`${path}.allNodes`, allNodes, 'must be either unset or set to true');
  const rule =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (set.length === 0) yield fieldError.required(path, rule);
  else if (set.length > 1) yield fieldError.invalid(path, `{${set.join(', ')}}`, rule);
}

function* validateMappings({ nodeAllocatableResourceMappings: mappings, capacity }: Device, path: string): Errors {
  for (const [name, { allocationMultiplier, capacityKey }] of Object.entries(mappings ?? {})) {
    const at = `${path}[${name}]`;
    if (!isNativeResource(name)) yield fieldError.invalid(at, name, 'must be a node allocatable resource name');
    if (allocationMultiplier === undefined && capacityKey === undefined)
      yield fieldError.invalid(at, '', 'at least one of allocationMultiplier or capacityKey must be set');
    if (allocationMultiplier !== undefined && quantitySign(allocationMultiplier) <= 0)
      yield fieldError.invalid(`${at}.allocationMultiplier`, allocationMultiplier, 'must be positive');
    if (capacityKey === '') yield fieldError.invalid(`${at}.capacityKey`, '', 'capacityKey must not be an empty string');
    else if (capacityKey !== undefined && capacity?.[capacityKey] === undefined)
      yield fieldError.notFound(`${at}.capacityKey`, capacityKey);
  }
}

/** Any amount is a counter's. */
export function* anyCounter(): Errors {}

/** One device of a slice; `old` is the one of that name before. */
export function* validateDevice(device: Device, old: Device | undefined, path: string, perDevice: boolean): Errors {
  yield* dnsLabel(`${path}.name`, device.name);
  const attributes = Object.values(device.attributes ?? {});
  const count = attributes.length + Object.keys(device.capacity ?? {}).length;
  const rule = `the total number of attributes and capacities must not exceed ${mostAttributesAndCapacities}`;
  if (count > mostAttributesAndCapacities) yield fieldError.invalid(path, count, rule);
  const values = attributes.reduce((sum, attribute) => sum + valuesOf(attribute), 0);
  if (values > mostAttributeValues)
    yield fieldError.invalid(path, values, `the total number of attribute values must not exceed ${mostAttributeValues}`);
  yield* eachEntry(device.attributes, Infinity, `${path}.attributes`, qualified, validateAttribute);
  yield* eachEntry(device.capacity, Infinity, `${path}.capacity`, qualified, validateCapacity(device.allowMultipleAllocations === true));
  if (old === undefined || !sameOrEmpty(device.taints, old.taints))
    yield* eachOf(device.taints, mostTaints, `${path}.taints`, validateTaint);
  yield* eachOf(
    device.consumesCounters,
    mostConsumptions,
    `${path}.consumesCounters`,
    function* ({ counterSet, counters }, at) {
      if (counterSet === '') yield fieldError.required(`${at}.counterSet`);
      else yield* dnsLabel(`${at}.counterSet`, counterSet);
      if (Object.keys(counters ?? {}).length === 0) yield fieldError.required(`${at}.counters`);
      yield* eachEntry(counters, mostCounters, `${at}.counters`, dnsLabel, anyCounter, 63);
    },
    (one) => one.counterSet,
  );
  yield* validateNodes(device, path, perDevice);
  yield* validateBinding(device, path);
  yield* validateMappings(device, `${path}.nodeAllocatableResourceMappings`);
}
