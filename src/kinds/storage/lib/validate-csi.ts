import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject, LabelSelector } from '../../../api/meta.ts';
import { quantitySign } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { driverName } from '../../core/lib/validate-volume-sources.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { dnsSubdomain, type Errors, immutable, nonNegative, oneOf, qualifiedName } from '../../lib/validate.ts';
import type { CSIDriverSpec, TokenRequest } from '../shapes/csi-driver.ts';
import { type CSINodeDriver, type CSINodeSpec, csiNodeDriver } from '../shapes/csi-node.ts';

/** What CSI drivers say of themselves, their nodes and their capacity (pkg/apis/storage/validation). */
export interface DriverLike extends ApiObject {
  readonly spec: CSIDriverSpec;
}
interface NodeLike extends ApiObject {
  readonly spec: CSINodeSpec;
}
export interface CapacityLike extends ApiObject {
  readonly nodeTopology?: LabelSelector | undefined;
  readonly storageClassName: string;
  readonly capacity?: string | undefined;
}

function* validateTokenRequests(requests: readonly TokenRequest[]): Errors {
  const seen = new Set<string>();
  for (const [index, { audience, expirationSeconds: seconds }] of requests.entries()) {
    const at = `spec.tokenRequests[${index}]`;
    if (seen.has(audience)) {
      yield fieldError.duplicate(`${at}.audience`, audience);
      continue;
    }
    seen.add(audience);
    if (seconds === undefined) continue;
    const path = `${at}.expirationSeconds`;
    if (seconds < 600) yield fieldError.invalid(path, seconds, 'may not specify a duration less than 10 minutes');
    if (seconds > 2 ** 32) yield fieldError.invalid(path, seconds, 'may not specify a duration larger than 2^32 seconds');
  }
}

/** ValidateCSIDriver and -Update; the paths are upstream's. */
export function* validateDriver({ spec }: DriverLike, { old }: ValidationContext<DriverLike>): Errors {
  if (spec.attachRequired === undefined) yield fieldError.required('spec.attachedRequired');
  if (spec.podInfoOnMount === undefined) yield fieldError.required('spec.podInfoOnMount');
  if (spec.storageCapacity === undefined) yield fieldError.required('spec.storageCapacity');
  yield* oneOf('spec.fsGroupPolicy', spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType']);
  yield* validateTokenRequests(spec.tokenRequests ?? []);
  const modes = ['Persistent', 'Ephemeral'];
  for (const mode of spec.volumeLifecycleModes ?? [])
    if (!modes.includes(mode)) yield fieldError.notSupported('spec.volumeLifecycleModes', mode, modes, 'as given');
  if (spec.seLinuxMount === undefined) yield fieldError.required('spec.seLinuxMount');
  const { nodeAllocatableUpdatePeriodSeconds: seconds, serviceAccountTokenInSecrets: inSecrets } = spec;
  if (seconds !== undefined && seconds < 10)
    yield fieldError.invalid('spec.nodeAllocatableUpdatePeriodSeconds', seconds, 'must be greater than or equal to 10 seconds');
  if (inSecrets !== undefined && (spec.tokenRequests ?? []).length === 0) {
    const rule = 'serviceAccountTokenInSecrets is set but no tokenRequests are specified';
    yield fieldError.invalid('spec.serviceAccountTokenInSecrets', inSecrets, rule);
  }
  if (old === undefined) return;
  yield* immutable('spec.attachedRequired', spec.attachRequired, old.spec.attachRequired);
  yield* immutable('spec.volumeLifecycleModes', spec.volumeLifecycleModes, old.spec.volumeLifecycleModes);
}

function* validateNodeDriver({ name, nodeID, topologyKeys, allocatable }: CSINodeDriver, seen: Set<string>, path: string): Errors {
  yield* driverName(`${path}.name`, name);
  if (nodeID === '') yield fieldError.required(`${path}.nodeID`);
  if (nodeID.length > 256) yield fieldError.invalid(`${path}.nodeID`, nodeID, 'must be 256 characters or less');
  yield* nonNegative(`${path}.allocatable.count`, allocatable?.count);
  if (seen.has(name)) yield fieldError.duplicate(`${path}.name`, name);
  seen.add(name);
  const keys = new Set<string>();
  for (const key of topologyKeys) {
    if (key === '') yield fieldError.required(path);
    if (keys.has(key)) yield fieldError.duplicate(path, key);
    keys.add(key);
    yield* qualifiedName(path, key);
  }
}
/** ValidateCSINode and -Update: of a driver that is there, only its limit may change. */
export function* validateCsiNode({ spec }: NodeLike, { old }: ValidationContext<NodeLike>): Errors {
  const seen = new Set<string>();
  for (const [index, driver] of spec.drivers.entries()) yield* validateNodeDriver(driver, seen, `spec.drivers[${index}]`);
  for (const before of old?.spec.drivers ?? []) {
    for (const driver of spec.drivers) {
      if (driver.name !== before.name) continue;
      const fixed = ({ allocatable: _, ...rest }: CSINodeDriver) => rest;
      if (!sameOrEmpty(fixed(driver), fixed(before)))
        yield fieldError.invalid('spec.drivers', goShown(csiNodeDriver, fixed(driver)), 'field is immutable');
    }
  }
}

/** ValidateCSIStorageCapacity and -Update. */
export function* validateCapacity(object: CapacityLike, { old }: ValidationContext<CapacityLike>): Errors {
  const anyValue = old !== undefined && !validateLabelSelector(old.nodeTopology, '').next().done;
  yield* validateLabelSelector(object.nodeTopology, 'nodeTopology', { anyValue });
  yield* dnsSubdomain('storageClassName', object.storageClassName);
  if (object.capacity !== undefined && quantitySign(object.capacity) < 0)
    yield fieldError.invalid('capacity', object.capacity, 'must be greater than or equal to 0');
  if (old === undefined) return;
  yield* immutable('nodeTopology', object.nodeTopology, old.nodeTopology);
  yield* immutable('storageClassName', object.storageClassName, old.storageClassName);
}
