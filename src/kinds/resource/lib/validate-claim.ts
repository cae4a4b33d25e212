import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject, ObjectMeta } from '../../../api/meta.ts';
import { fieldError } from '../../../api/status.ts';
import { validateAnnotations, validateLabels } from '../../../api/validate-meta.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { dnsLabel, dnsSubdomain, type Errors } from '../../lib/validate.ts';
import {
  type DeviceClaim,
  type DeviceConstraint,
  type DeviceRequest,
  type ExactDeviceRequest,
  type ResourceClaimSpec,
  type ResourceClaimStatus,
  resourceClaimSpec,
} from '../shapes/resource-claim.ts';
import { validateClaimStatus } from './validate-claim-status.ts';
import { mostConfigurations, mostRequests, validateConfiguration, validateReferences } from './validate-configuration.ts';
import { mostSelectors, validateSelector } from './validate-selector.ts';
import { validateToleration } from './validate-taints.ts';
import { eachOf } from './validate-lists.ts';
import { fullyQualified, RequestNames } from './validate-names.ts';

const mostConstraints = 32;
const mostAlternatives = 8;

export interface ClaimLike extends ApiObject {
  readonly spec: ResourceClaimSpec;
  readonly status: ResourceClaimStatus;
}

function* validateMode({ allocationMode = '', count = 0 }: { allocationMode?: string; count?: number }, path: string): Errors {
  if (allocationMode === 'All') {
    if (count !== 0) yield fieldError.invalid(`${path}.count`, count, "must not be specified when allocationMode is 'All'");
  } else if (allocationMode === 'ExactCount') {
    if (count <= 0) yield fieldError.invalid(`${path}.count`, count, 'must be greater than zero');
  } else yield fieldError.notSupported(`${path}.allocationMode`, allocationMode, ['All', 'ExactCount']);
}
function* validateExact(request: Omit<ExactDeviceRequest, 'adminAccess'>, path: string): Errors {
  if (request.deviceClassName === '') yield fieldError.required(`${path}.deviceClassName`);
  else yield* dnsSubdomain(`${path}.deviceClassName`, request.deviceClassName);
  yield* eachOf(request.selectors, mostSelectors, `${path}.selectors`, (one, at) => validateSelector(one, at));
  yield* validateMode(request as { allocationMode?: string; count?: number }, path);
  for (const [index, toleration] of (request.tolerations ?? []).entries())
    yield* validateToleration(toleration, `${path}.tolerations[${index}]`);
}
function* validateRequest({ name, exactly, firstAvailable = [] }: DeviceRequest, path: string): Errors {
  yield* dnsLabel(`${path}.name`, name);
  const rule = 'exactly one of `exactly` or `firstAvailable` is required';
  if (exactly === undefined && firstAvailable.length === 0) yield fieldError.required(path, rule);
  else if (exactly !== undefined && firstAvailable.length > 0) yield fieldError.invalid(path, null, `${rule}, but multiple fields are set`);
  else if (exactly !== undefined) yield* validateExact(exactly, `${path}.exactly`);
  else
    yield* eachOf(
      firstAvailable,
      mostAlternatives,
      `${path}.firstAvailable`,
      function* (alternative, at) {
        yield* dnsLabel(`${at}.name`, alternative.name);
        yield* validateExact(alternative, at);
      },
      (alternative) => alternative.name,
    );
}

function* validateConstraint(constraint: DeviceConstraint, path: string, names: RequestNames): Errors {
  yield* validateReferences(constraint.requests, `${path}.requests`, names);
  const { matchAttribute, distinctAttribute } = constraint;
  if (matchAttribute !== undefined) yield* fullyQualified(`${path}.matchAttribute`, matchAttribute);
  else if (distinctAttribute !== undefined) yield* fullyQualified(`${path}.distinctAttribute`, distinctAttribute);
  else {
    const rule = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
    yield fieldError.required(path, rule);
  }
}

function* validateDevices(devices: DeviceClaim, path: string): Errors {
  const names = new RequestNames(devices.requests ?? []);
  yield* eachOf(devices.requests, mostRequests, `${path}.requests`, validateRequest, (request) => request.name);
  yield* eachOf(devices.constraints, mostConstraints, `${path}.constraints`, (one, at) => validateConstraint(one, at, names));
  yield* eachOf(devices.config, mostConfigurations, `${path}.config`, function* (one, at) {
    yield* validateReferences(one.requests, `${at}.requests`, names);
    yield* validateConfiguration(one, at);
  });
}

/** ValidateResourceClaim, -Update and -StatusUpdate. */
export function* validateClaim({ metadata, spec, status }: ClaimLike, { old, subresource }: ValidationContext<ClaimLike>): Errors {
  if (subresource === 'status' && old !== undefined)
    yield* validateClaimStatus(status, old.status, metadata.deletionTimestamp !== undefined, new RequestNames(spec.devices.requests ?? []));
  else if (old === undefined) yield* validateDevices(spec.devices, 'spec.devices');
  else if (!sameOrEmpty(spec, old.spec)) yield fieldError.invalid('spec', goShown(resourceClaimSpec, spec), 'field is immutable');
}

interface TemplateLike extends ApiObject {
  readonly spec: { readonly metadata: Partial<ObjectMeta>; readonly spec: ResourceClaimSpec };
}
/** ValidateResourceClaimTemplate and -Update. */
export function* validateTemplate({ spec }: TemplateLike, { old }: ValidationContext<TemplateLike>): Errors {
  yield* validateAnnotations(spec.metadata.annotations, 'spec.metadata.annotations');
  yield* validateLabels(spec.metadata.labels, 'spec.metadata.labels');
  for (const field of Object.keys(spec.metadata))
    if (field !== 'annotations' && field !== 'labels')
      yield fieldError.forbidden(`spec.metadata.${field === 'uid' ? 'uID' : field}`, 'cannot be set');
  yield* validateDevices(spec.spec.devices, 'spec.spec.devices');
  if (old !== undefined && !sameOrEmpty(spec, old.spec))
    yield fieldError.invalid('spec', { ...spec.metadata, Spec: goShown(resourceClaimSpec, spec.spec) }, 'field is immutable');
}
