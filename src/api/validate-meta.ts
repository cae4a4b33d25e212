import type { AnyKind } from './kind.ts';
import type { LabelSelector, ObjectMeta, OwnerReference } from './meta.ts';
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLabelValue,
  isPathSegmentName,
  isQualifiedName,
  type Messages,
} from './names.ts';
import { fieldError, type FieldError } from './status.ts';

/** What all kinds have in common (k8s.io/apimachinery pkg/api/validation). */
type Meta = Partial<ObjectMeta>;

const checks: Readonly<Record<AnyKind['names'], (name: string) => Messages>> = {
  'dns-subdomain': isDns1123Subdomain,
  'dns-label': isDns1123Label,
  'dns-1035-label': isDns1035Label,
  'path-segment': isPathSegmentName,
};
const mostAnnotationBytes = 256 * 1024;
const encoder = new TextEncoder();

export function* validateLabels(labels: Readonly<Record<string, string>> | undefined, path: string): Generator<FieldError> {
  for (const [key, value] of Object.entries(labels ?? {})) {
    for (const message of isQualifiedName(key)) yield fieldError.invalid(path, key, message);
    for (const message of isLabelValue(value)) yield fieldError.invalid(path, value, message);
  }
}
export function* validateAnnotations(annotations: Readonly<Record<string, string>> | undefined, path: string): Generator<FieldError> {
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations ?? {})) {
    for (const message of isQualifiedName(key.toLowerCase())) yield fieldError.invalid(path, key, message);
    bytes += key.length + (value.length > 1024 ? encoder.encode(value).length : value.length);
  }
  if (bytes > mostAnnotationBytes) yield fieldError.tooLong(path, mostAnnotationBytes);
}

function* validateOwners(owners: readonly OwnerReference[], path: string): Generator<FieldError> {
  let controller = '';
  for (const [index, owner] of owners.entries()) {
    const at = `${path}[${index}]`;
    if (owner.apiVersion === '') yield fieldError.invalid(`${at}.apiVersion`, owner.apiVersion, 'version must not be empty');
    if (owner.kind === '') yield fieldError.invalid(`${at}.kind`, owner.kind, 'must not be empty');
    if (owner.name === '') yield fieldError.invalid(`${at}.name`, owner.name, 'must not be empty');
    if (owner.uid === '') yield fieldError.invalid(`${at}.uid`, owner.uid, 'must not be empty');
    if (owner.controller === true) {
      if (controller !== '')
        yield fieldError.invalid(
          path,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${owner.kind}/${owner.name}`,
        );
      controller = `${owner.kind}/${owner.name}`;
    }
  }
}
function* validateFinalizers(finalizers: readonly string[], path: string): Generator<FieldError> {
  for (const finalizer of finalizers) {
    for (const message of isQualifiedName(finalizer)) yield fieldError.invalid(path, finalizer, message);
    if (finalizer !== 'foregroundDeletion' && finalizer !== 'orphan' && !finalizer.includes('/'))
      yield fieldError.invalid(path, finalizer, 'name is neither a standard finalizer name nor is it fully qualified');
  }
  if (finalizers.includes('foregroundDeletion') && finalizers.includes('orphan'))
    yield fieldError.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
}

/** Names, labels and the rest of metadata; with `old`, also what an update may not change. */
export function* validateObjectMeta(kind: AnyKind, meta: Meta, context: { readonly old?: Meta | undefined } = {}): Generator<FieldError> {
  const path = 'metadata';
  const isName = checks[kind.names];
  if ((meta.generateName ?? '') !== '') {
    // What follows the prefix makes the name valid: a dash at the end is fine.
    for (const message of isName(meta.generateName!.replace(/-$/, 'a')))
      yield fieldError.invalid(`${path}.generateName`, meta.generateName, message);
  }
  if ((meta.name ?? '') === '') yield fieldError.required(`${path}.name`, 'name or generateName is required');
  else for (const message of isName(meta.name!)) yield fieldError.invalid(`${path}.name`, meta.name, message);
  if (kind.scope === 'Namespaced') {
    if ((meta.namespace ?? '') === '') yield fieldError.required(`${path}.namespace`);
    else for (const message of isDns1123Label(meta.namespace!)) yield fieldError.invalid(`${path}.namespace`, meta.namespace, message);
  } else if ((meta.namespace ?? '') !== '') yield fieldError.forbidden(`${path}.namespace`, 'not allowed on this type');
  if ((meta.generation ?? 0) < 0) yield fieldError.invalid(`${path}.generation`, meta.generation, 'must be greater than or equal to 0');
  yield* validateLabels(meta.labels, `${path}.labels`);
  yield* validateAnnotations(meta.annotations, `${path}.annotations`);
  yield* validateOwners(meta.ownerReferences ?? [], `${path}.ownerReferences`);
  yield* validateFinalizers(meta.finalizers ?? [], `${path}.finalizers`);
  for (const [index, entry] of (meta.managedFields ?? []).entries()) {
    const at = `${path}.managedFields[${index}]`;
    if (entry.operation !== 'Apply' && entry.operation !== 'Update')
      yield fieldError.invalid(`${at}.operation`, entry.operation ?? '', 'must be `Apply` or `Update`');
    if ((entry.fieldsType ?? '') !== '' && entry.fieldsType !== 'FieldsV1')
      yield fieldError.invalid(`${at}.fieldsType`, entry.fieldsType, 'must be `FieldsV1`');
  }
  if (context.old !== undefined) yield* validateMetaUpdate(meta, context.old, path);
}

function* validateMetaUpdate(meta: Meta, old: Meta, path: string): Generator<FieldError> {
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp'] as const) {
    if (meta[field] !== old[field]) yield fieldError.invalid(`${path}.${field}`, meta[field] ?? '', 'field is immutable');
  }
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (meta[field] !== old[field]) yield fieldError.invalid(`${path}.${field}`, meta[field] ?? null, 'field is immutable');
  }
  if (old.deletionTimestamp !== undefined) {
    const added = (meta.finalizers ?? []).filter((finalizer) => old.finalizers?.includes(finalizer) !== true);
    if (added.length > 0)
      yield fieldError.forbidden(
        `${path}.finalizers`,
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(', ')}}`,
      );
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0))
    yield fieldError.invalid(`${path}.generation`, meta.generation ?? 0, 'must not be decremented');
}

const setOperators = ['In', 'NotIn'];
const existenceOperators = ['Exists', 'DoesNotExist'];

/** metav1.LabelSelector wherever it stands. */
export function* validateLabelSelector(selector: LabelSelector | null | undefined, path: string): Generator<FieldError> {
  if (selector === null || selector === undefined) return;
  yield* validateLabels(selector.matchLabels, `${path}.matchLabels`);
  for (const [index, { key, operator, values }] of (selector.matchExpressions ?? []).entries()) {
    const at = `${path}.matchExpressions[${index}]`;
    if (setOperators.includes(operator)) {
      if ((values ?? []).length === 0) yield fieldError.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
    } else if (existenceOperators.includes(operator)) {
      if ((values ?? []).length > 0)
        yield fieldError.forbidden(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
    } else yield fieldError.invalid(`${at}.operator`, operator, 'not a valid selector operator');
    for (const message of isQualifiedName(key)) yield fieldError.invalid(`${at}.key`, key, message);
    for (const [position, value] of (values ?? []).entries()) {
      for (const message of isLabelValue(value)) yield fieldError.invalid(`${at}.values[${position}]`, value, message);
    }
  }
}
