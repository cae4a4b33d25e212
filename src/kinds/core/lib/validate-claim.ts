import type { ValidationContext } from '../../../api/kind.ts';
import { isDns1123Label, isDns1123Subdomain, isQualifiedName } from '../../../api/names.ts';
import { compareQuantities, parseQuantity, quantitySign, value as wholeUnits } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { validateLabelSelector } from '../../../api/validate-meta.ts';
import { describeDifference } from '../../lib/difference.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { goShown } from '../../lib/go-shown.ts';
import { dnsSubdomain, type Errors, immutable, invalidIf, oneOf, named } from '../../lib/validate.ts';
import { type PersistentVolumeClaimSpec, persistentVolumeClaimSpec } from '../shapes/persistent-volume-claim.ts';
import type { TypedLocalObjectReference, TypedObjectReference } from '../shapes/references.ts';
import { validateAccessModes } from './access-modes.ts';
import { type ClaimLike, copyDataSource, storageClassAnnotation } from './claim-strategy.ts';
import { isNativeResource } from './resource-names.ts';

/** What an update may keep though a new claim could not have it. */
interface Leniency {
  readonly anySelectorValue?: boolean;
  readonly anyApiGroup?: boolean;
}

function* validateDataSource({ name, kind, apiGroup }: TypedLocalObjectReference, path: string, anyApiGroup: boolean): Errors {
  if (name === '') yield fieldError.required(`${path}.name`);
  if (kind === '') yield fieldError.required(`${path}.kind`);
  if (!apiGroup && kind !== 'PersistentVolumeClaim')
    yield fieldError.invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup");
  if (apiGroup && !anyApiGroup) yield* invalidIf(isDns1123Subdomain(apiGroup), `${path}.apiGroup`, apiGroup);
}
const sameSource = (a: TypedLocalObjectReference, b: TypedObjectReference) =>
  a.apiGroup === b.apiGroup && a.kind === b.kind && a.name === b.name;

function* validateDataSources({ dataSource, dataSourceRef }: PersistentVolumeClaimSpec, path: string, anyApiGroup: boolean): Errors {
  if (dataSource !== undefined) yield* validateDataSource(dataSource, `${path}.dataSource`, anyApiGroup);
  if (dataSourceRef === undefined) return;
  yield* validateDataSource(dataSourceRef, `${path}.dataSourceRef`, anyApiGroup);
  const { namespace } = dataSourceRef;
  if (namespace) yield* invalidIf(isDns1123Label(namespace), `${path}.dataSourceRef.namespace`, namespace);
  if (dataSource === undefined) return;
  // Upstream shows the path as the value, which has no JSON form but {}.
  if (namespace) yield fieldError.invalid(path, {}, 'may not be specified when dataSourceRef.namespace is specified');
  else if (!sameSource(dataSource, dataSourceRef)) yield fieldError.invalid(path, {}, 'must match dataSourceRef');
}

/** ValidatePersistentVolumeClaimSpec, also of templates. */
export function* validateClaimSpec(
  spec: PersistentVolumeClaimSpec,
  path: string,
  { anySelectorValue = false, anyApiGroup = false }: Leniency = {},
): Errors {
  if ((spec.accessModes ?? []).length === 0) yield fieldError.required(`${path}.accessModes`, 'at least 1 access mode is required');
  yield* validateLabelSelector(spec.selector, `${path}.selector`, { anyValue: anySelectorValue });
  yield* validateAccessModes(spec.accessModes, `${path}.accessModes`);
  const storage = spec.resources.requests?.storage;
  if (storage === undefined) yield fieldError.required(`${path}.resources[storage]`);
  else if (quantitySign(storage) <= 0) yield fieldError.invalid(`${path}.resources[storage]`, storage, 'must be greater than zero');
  const { storageClassName, volumeAttributesClassName } = spec;
  if (storageClassName) yield* dnsSubdomain(`${path}.storageClassName`, storageClassName);
  yield* oneOf(`${path}.volumeMode`, spec.volumeMode, ['Block', 'Filesystem']);
  yield* validateDataSources(spec, path, anyApiGroup);
  if (volumeAttributesClassName) yield* dnsSubdomain(`${path}.volumeAttributesClassName`, volumeAttributesClassName);
}

/** A class may be given in place of the old annotation, or where there was none. */
function mayTakeClass(claim: ClaimLike, old: ClaimLike): boolean {
  const before = old.metadata.annotations?.[storageClassAnnotation];
  const { storageClassName } = claim.spec;
  return storageClassName !== undefined && old.spec.storageClassName === undefined && (before === undefined || storageClassName === before);
}
function isClassFromAnnotation(claim: ClaimLike, old: ClaimLike): boolean {
  const before = old.metadata.annotations?.[storageClassAnnotation];
  const now = claim.metadata.annotations?.[storageClassAnnotation];
  return before !== undefined && mayTakeClass(claim, old) && (now === undefined || now === before);
}

/** The specs with what may change taken out of the comparison. */
function comparedSpecs(claim: ClaimLike, old: ClaimLike): readonly [now: object, before: object] {
  const now: Record<string, unknown> = { ...claim.spec };
  const before: Record<string, unknown> = structuredClone(old.spec) as never;
  copyDataSource(before as never);
  if (!old.spec.volumeName) before.volumeName = now.volumeName;
  if (mayTakeClass(claim, old)) now.storageClassName = old.spec.storageClassName;
  if (claim.status.phase === 'Bound') {
    if (claim.spec.resources.requests !== undefined) {
      const requests = { ...claim.spec.resources.requests, storage: old.spec.resources.requests?.storage ?? '0' };
      now.resources = { ...claim.spec.resources, requests };
    }
    now.volumeAttributesClassName = old.spec.volumeAttributesClassName;
  }
  return [now, before];
}

function* validateUpdate(claim: ClaimLike, old: ClaimLike): Errors {
  const annotation = (one: ClaimLike) => one.metadata.annotations?.[storageClassAnnotation] ?? '';
  if (!isClassFromAnnotation(claim, old) && annotation(claim) !== annotation(old))
    yield fieldError.invalid(`metadata.annotations.${storageClassAnnotation}`, annotation(claim), 'field is immutable');
  const [now, before] = comparedSpecs(claim, old);
  if (!sameOrEmpty(canonical(now), canonical(before))) {
    const rule = 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
    const [was, is] = [before, now].map((spec) => goShown(persistentVolumeClaimSpec, spec));
    yield fieldError.forbidden('spec', `${rule}\n${describeDifference(was, is)}`);
  }
  const size = (one: ClaimLike) => one.spec.resources.requests?.storage ?? '0';
  if (compareQuantities(size(claim), size(old)) < 0 && compareQuantities(size(claim), old.status.capacity?.storage ?? '0') <= 0)
    yield fieldError.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity');
  yield* immutable('volumeMode', claim.spec.volumeMode, old.spec.volumeMode, named);
  const wanted = claim.spec.volumeAttributesClassName;
  if (wanted === old.spec.volumeAttributesClassName || old.status.currentVolumeAttributesClassName === undefined || wanted) return;
  const to = wanted === undefined ? 'nil' : 'empty string';
  const rule = `update to ${to} is forbidden when status.currentVolumeAttributesClassName is not nil`;
  yield fieldError.forbidden('spec.volumeAttributesClassName', rule);
}
/** Amounts are the same however they are written. */
function canonical(spec: Record<string, any>): object {
  const amounts = (list: Readonly<Record<string, string>> | undefined) =>
    Object.fromEntries(Object.entries(list ?? {}).map(([name, text]) => [name, String(parseQuantity(text).nanos)]));
  return { ...spec, resources: { requests: amounts(spec.resources?.requests), limits: amounts(spec.resources?.limits) } };
}

const resizeStatuses = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
];
function* validateResourceKey(name: string, path: string): Errors {
  const wrong = isQualifiedName(name);
  yield* invalidIf(wrong, path, name);
  if (wrong.length === 0 && isNativeResource(name) && name !== 'storage') yield fieldError.notSupported(path, name, ['storage']);
}
export function* basicAmount(path: string, amount: string): Errors {
  const whole = wholeUnits(amount);
  if (whole < 0) yield fieldError.invalid(path, whole, 'must be a valid resource quantity');
}
function* validateStatus({ spec, status }: ClaimLike): Errors {
  if ((spec.accessModes ?? []).length === 0) yield fieldError.required('Spec.accessModes');
  for (const [name, amount] of Object.entries(status.capacity ?? {})) yield* basicAmount(`status.capacity[${name}]`, amount);
  const at = 'status.allocatedResourceStatuses';
  for (const [name, state] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    yield* validateResourceKey(name, at);
    if (!resizeStatuses.includes(state)) yield fieldError.notSupported(at, name, resizeStatuses);
  }
  for (const [name, amount] of Object.entries(status.allocatedResources ?? {})) {
    const wrong = [...validateResourceKey(name, 'status.allocatedResources')];
    yield* wrong;
    if (wrong.length === 0) yield* basicAmount(`status.allocatedResources[${name}]`, amount);
  }
}

/** ValidatePersistentVolumeClaim, -Update and -StatusUpdate. */
export function* validateClaim(claim: ClaimLike, { old, subresource }: ValidationContext<ClaimLike>): Errors {
  if (subresource === 'status') return yield* validateStatus(claim);
  if (old === undefined) return yield* validateClaimSpec(claim.spec, 'spec');
  const anySelectorValue = !validateLabelSelector(old.spec.selector, '').next().done;
  const anyApiGroup = old.spec.dataSource?.apiGroup !== undefined || old.spec.dataSourceRef?.apiGroup !== undefined;
  yield* validateClaimSpec(claim.spec, 'spec', { anySelectorValue, anyApiGroup });
  yield* validateUpdate(claim, old);
}
