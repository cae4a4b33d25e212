import { isInterfaceAddress } from '../../../api/ip.ts';
import { fieldError } from '../../../api/status.ts';
import { validateNodeSelector } from '../../core/lib/validate-scheduling.ts';
import { driverName } from '../../core/lib/validate-volume-sources.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { validateConditions } from '../../lib/validate-conditions.ts';
import { byteLength, dnsLabel, type Errors, invalidIf } from '../../lib/validate.ts';
import {
  type AllocatedDeviceStatus,
  type AllocationResult,
  allocationResult,
  type DeviceRequestAllocationResult,
  type NetworkDeviceData,
  type ResourceClaimStatus,
} from '../shapes/resource-claim.ts';
import { deviceKey, sharedDeviceId } from './device-ids.ts';
import { configurationSource, mostConfigurations, rawObject, validateConfiguration, validateReferences } from './validate-configuration.ts';
import { eachOf } from './validate-lists.ts';
import { poolName, type RequestNames, requestReference, uid } from './validate-names.ts';
import { validateBinding } from './validate-taints.ts';

const mostConsumers = 256;
const mostResults = 32;
const mostConditions = 8;
const mostDataBytes = 10 * 1024;
const mostIps = 16;
const longestInterface = 256;
const longestHardwareAddress = 128;

function* validateNetwork({ interfaceName = '', hardwareAddress = '', ips }: NetworkDeviceData, path: string): Errors {
  if (byteLength(interfaceName) > longestInterface) yield fieldError.tooLong(`${path}.interfaceName`, longestInterface);
  if (byteLength(hardwareAddress) > longestHardwareAddress) yield fieldError.tooLong(`${path}.hardwareAddress`, longestHardwareAddress);
  yield* eachOf(
    ips,
    mostIps,
    `${path}.ips`,
    (address, at) => invalidIf(isInterfaceAddress(address), at, address),
    (address) => address,
  );
}
function* validateDevice(status: AllocatedDeviceStatus, path: string, allocated: ReadonlySet<string>): Errors {
  yield* driverName(`${path}.driver`, status.driver);
  yield* poolName(`${path}.pool`, status.pool);
  yield* dnsLabel(`${path}.device`, status.device);
  if (status.shareID !== undefined) yield* uid(`${path}.shareID`, status.shareID);
  if (!allocated.has(deviceKey(status))) yield fieldError.invalid(path, sharedDeviceId(status), 'must be an allocated device in the claim');
  const { conditions = [], data, networkData } = status;
  if (conditions.length > mostConditions) yield fieldError.tooMany(`${path}.conditions`, conditions.length, mostConditions);
  yield* validateConditions(conditions, `${path}.conditions`);
  if (data !== undefined) yield* rawObject(`${path}.data`, data, mostDataBytes);
  if (networkData !== undefined) yield* validateNetwork(networkData, `${path}.networkData`);
}

function* validateResult(result: DeviceRequestAllocationResult, path: string, names: RequestNames): Errors {
  yield* requestReference(`${path}.request`, result.request, names);
  yield* driverName(`${path}.driver`, result.driver);
  yield* poolName(`${path}.pool`, result.pool);
  yield* dnsLabel(`${path}.device`, result.device);
  yield* validateBinding(result, path);
  if (result.shareID !== undefined) yield* uid(`${path}.shareID`, result.shareID);
}
function* validateAllocation({ devices, nodeSelector }: AllocationResult, path: string, names: RequestNames): Errors {
  yield* eachOf(devices.results, mostResults, `${path}.devices.results`, (one, at) => validateResult(one, at, names));
  yield* eachOf(devices.config, 2 * mostConfigurations, `${path}.devices.config`, function* (one, at) {
    yield* configurationSource(`${at}.source`, one.source);
    yield* validateReferences(one.requests, `${at}.requests`, names);
    yield* validateConfiguration(one, at);
  });
  if (nodeSelector !== undefined) yield* validateNodeSelector(nodeSelector, `${path}.nodeSelector`);
}

function* validateReservations(status: ResourceClaimStatus, old: ResourceClaimStatus, deleted: boolean): Errors {
  const consumers = status.reservedFor ?? [];
  if (consumers.length === 0) return;
  if (status.allocation === undefined)
    return yield fieldError.forbidden('status.reservedFor', 'may not be specified when `allocated` is not set');
  const known = (one: object) => old.reservedFor?.some((other) => sameOrEmpty(one, other));
  const rule = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  if (deleted && !consumers.every(known)) yield fieldError.forbidden('status.reservedFor', rule);
}

/** What a status update may do: an allocation is made or unmade, never changed. */
export function* validateClaimStatus(status: ResourceClaimStatus, old: ResourceClaimStatus, deleted: boolean, names: RequestNames): Errors {
  yield* eachOf(
    status.reservedFor,
    mostConsumers,
    'status.reservedFor',
    function* (consumer, at) {
      for (const field of ['resource', 'name', 'uid'] as const) if (consumer[field] === '') yield fieldError.required(`${at}.${field}`);
    },
    (consumer) => consumer.uid,
  );
  const allocated = new Set((status.allocation?.devices.results ?? []).map(deviceKey));
  yield* eachOf(status.devices, Infinity, 'status.devices', (one, at) => validateDevice(one, at, allocated), sharedDeviceId);
  yield* validateReservations(status, old, deleted);
  const { allocation } = status;
  if (allocation === undefined) return;
  if (old.allocation === undefined) yield* validateAllocation(allocation, 'status.allocation', names);
  else if (!sameOrEmpty(allocation, old.allocation))
    yield fieldError.invalid('status.allocation', goShown(allocationResult, allocation), 'field is immutable');
}
