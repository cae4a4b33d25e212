import type { AnyKind } from './kind.ts';
import type { LabelSelector, LabelSelectorRequirement, ObjectMeta, OwnerReference } from './meta.ts';
import { isCanonicalIp } from './ip.ts';
import {
  isDns1035Label,
  isDns1123Label,
  isDns1123Subdomain,
  isLongName,
  isLabelValue,
  isPathSegmentName,
  isPathSegmentPrefix,
  isQualifiedName,
  type Messages,
} from './names.ts';
import { fieldError, type FieldError, NamedText } from './status.ts';

/** What all kinds have in common (k8s.io/apimachinery pkg/api/validation). */
type Meta = Partial<ObjectMeta>;
/** What of a kind matters to its metadata. */
export type MetaRules = Pick<AnyKind, 'names' | 'scope' | 'plainFinalizers'>;

const encoder = new TextEncoder();
/** Upstream has no limit but that of a request; here a name must fit into a key of the store with all that stands before it. */
const longestSegmentBytes = 900;
const isStorableSegment = (name: string): Messages => {
  const messages = isPathSegmentName(name);
  return encoder.encode(name).length > longestSegmentBytes ? [...messages, `must be no more than ${longestSegmentBytes} bytes`] : messages;
};
const checks: Readonly<Record<AnyKind['names'], (name: string) => Messages>> = {
  'dns-subdomain': isDns1123Subdomain,
  'long-name': isLongName,
  'dns-label': isDns1123Label,
  'dns-1035-label': isDns1035Label,
  'path-segment': isStorableSegment,
  'ip-address': isCanonicalIp,
};
const mostAnnotationBytes = 256 * 1024;

type Texts = Readonly<Record<string, string>>;
export function validateLabels(labels: Texts | undefined, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  for (const key in labels) {
    for (const message of isQualifiedName(key)) errors.push(fieldError.invalid(path, key, message));
    for (const message of isLabelValue(labels[key]!)) errors.push(fieldError.invalid(path, labels[key], message));
  }
  return errors;
}
export function validateAnnotations(annotations: Texts | undefined, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const key in annotations) {
    for (const message of isQualifiedName(key.toLowerCase())) errors.push(fieldError.invalid(path, key, message));
    const value = annotations[key]!;
    bytes += key.length + (value.length > 1024 ? encoder.encode(value).length : value.length);
  }
  if (bytes > mostAnnotationBytes) errors.push(fieldError.tooLong(path, mostAnnotationBytes));
  return errors;
}

/** Group and version; no version for what is none. */
const versionOf = (apiVersion: string): string => {
  const parts = apiVersion.split('/');
  return parts.length > 2 ? '' : parts.at(-1)!;
};
function* validateOwners(owners: readonly OwnerReference[], path: string): Generator<FieldError> {
  let controller = '';
  for (const owner of owners) {
    const { apiVersion, kind, name, uid } = owner;
    if (versionOf(apiVersion) === '') yield fieldError.invalid(`${path}.apiVersion`, apiVersion, 'version must not be empty');
    if (kind === '') yield fieldError.invalid(`${path}.kind`, kind, 'must not be empty');
    if (name === '') yield fieldError.invalid(`${path}.name`, name, 'must not be empty');
    if (uid === '') yield fieldError.invalid(`${path}.uid`, uid, 'must not be empty');
    if (apiVersion === 'v1' && kind === 'Event') {
      yield fieldError.invalid(path, owner, '/v1, Kind=Event is disallowed from being an owner');
    }
    if (owner.controller === true) {
      if (controller !== '') {
        const both = `${controller} and ${kind}/${name}`;
        yield fieldError.invalid(
          path,
          owners,
          `Only one reference can have Controller set to true. Found "true" in references for ${both}`,
        );
      } else controller = `${kind}/${name}`;
    }
  }
}
const standardFinalizers = ['kubernetes', 'orphan', 'foregroundDeletion'];
function* validateFinalizers(finalizers: readonly string[], path: string): Generator<FieldError> {
  for (const finalizer of finalizers) {
    for (const message of isQualifiedName(finalizer)) yield fieldError.invalid(path, finalizer, message);
  }
  if (finalizers.includes('foregroundDeletion') && finalizers.includes('orphan')) {
    yield fieldError.invalid(path, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set');
  }
}
/** Only of the built-in kinds. */
function* validateFinalizerNames(kind: MetaRules, finalizers: readonly string[], path: string): Generator<FieldError> {
  if (kind.plainFinalizers) return;
  for (const [index, finalizer] of finalizers.entries()) {
    if (finalizer.includes('/') || standardFinalizers.includes(finalizer)) continue;
    const why = 'name is neither a standard finalizer name nor is it fully qualified';
    yield fieldError.invalid(`${path}[${index}]`, finalizer, why);
  }
}
const longestManager = 128;
const longestSubresource = 256;
function* validateManagedFields(entries: NonNullable<Meta['managedFields']>, path: string): Generator<FieldError> {
  for (const [index, entry] of entries.entries()) {
    const at = `${path}[${index}]`;
    const { operation = '', fieldsType = '', manager = '', subresource = '' } = entry;
    if (operation !== 'Apply' && operation !== 'Update') {
      yield fieldError.invalid(`${at}.operation`, operation, 'must be `Apply` or `Update`');
    }
    if (fieldsType !== '' && fieldsType !== 'FieldsV1') {
      yield fieldError.invalid(`${at}.fieldsType`, fieldsType, 'must be `FieldsV1`');
    }
    yield* validateFieldManager(manager, `${at}.manager`);
    if (subresource.length > longestSubresource) yield fieldError.tooLong(`${at}.subresource`, longestSubresource);
  }
}
const plainManager = /^[\x20-\x7e]{0,128}$/;
/** The name of who writes: of options of a request, too. */
export function* validateFieldManager(manager: string, path: string): Generator<FieldError> {
  if (plainManager.test(manager)) return;
  const bytes = encoder.encode(manager);
  if (bytes.length > longestManager) yield fieldError.tooLong(path, longestManager);
  let position = 0;
  for (const character of manager) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(character)) {
      const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
      yield fieldError.invalid(path, manager, `invalid character U+${code} (at position ${position})`);
    }
    position += encoder.encode(character).length;
  }
}

/** Names, labels and the rest of metadata. With `old`, what an update may not change instead of the name. */
export function* validateObjectMeta(
  kind: MetaRules,
  meta: Meta,
  context: { readonly old?: Meta | undefined; readonly path?: string } = {},
): Generator<FieldError> {
  const { path = 'metadata', old } = context;
  if (old === undefined) yield* validateIdentity(kind, meta, path);
  else
    for (const message of isPathSegmentPrefix(meta.generateName ?? ''))
      yield fieldError.invalid(`${path}.generateName`, meta.generateName, message);
  yield* validateLabels(meta.labels, `${path}.labels`);
  yield* validateAnnotations(meta.annotations, `${path}.annotations`);
  if (meta.ownerReferences !== undefined) yield* validateOwners(meta.ownerReferences, `${path}.ownerReferences`);
  if (meta.finalizers !== undefined) yield* validateFinalizers(meta.finalizers, `${path}.finalizers`);
  if (meta.managedFields !== undefined) yield* validateManagedFields(meta.managedFields, `${path}.managedFields`);
  if (old !== undefined) yield* validateMetaUpdate(meta, old, path);
  if (meta.finalizers !== undefined) yield* validateFinalizerNames(kind, meta.finalizers, `${path}.finalizers`);
}

/** That a name made from it can be one. */
export function* validateGenerateName({ names }: MetaRules, { generateName = '' }: Meta, path = 'metadata'): Generator<FieldError> {
  if (generateName === '' || names === 'long-name') return;
  // What is put behind the prefix may follow a dash; upstream looks at the prefix with its last two characters replaced.
  const masked = /.-$/s.test(generateName) ? `${generateName.slice(0, -2)}a` : generateName;
  // What is too long for a name is cut before something is put behind it.
  const messages = names === 'path-segment' ? isPathSegmentPrefix(generateName) : checks[names](masked);
  for (const message of messages) yield fieldError.invalid(`${path}.generateName`, generateName, message);
}
function* validateIdentity(kind: MetaRules, meta: Meta, path: string): Generator<FieldError> {
  const isName = checks[kind.names];
  const { name = '', namespace = '', generation = 0 } = meta;
  yield* validateGenerateName(kind, meta, path);
  if (name === '') yield fieldError.required(`${path}.name`, 'name or generateName is required');
  else for (const message of isName(name)) yield fieldError.invalid(`${path}.name`, name, message);
  if (kind.scope === 'Namespaced') {
    if (namespace === '') yield fieldError.required(`${path}.namespace`);
    else for (const message of isDns1123Label(namespace)) yield fieldError.invalid(`${path}.namespace`, namespace, message);
  } else if (namespace !== '') yield fieldError.forbidden(`${path}.namespace`, 'not allowed on this type');
  if (generation < 0) yield fieldError.invalid(`${path}.generation`, generation, 'must be greater than or equal to 0');
}

function* validateMetaUpdate(meta: Meta, old: Meta, path: string): Generator<FieldError> {
  if (old.deletionTimestamp !== undefined) {
    const added = (meta.finalizers ?? []).filter((finalizer) => old.finalizers?.includes(finalizer) !== true);
    if (added.length > 0) {
      const listed = [...new Set(added)].sort().map((one) => JSON.stringify(one));
      yield fieldError.forbidden(
        `${path}.finalizers`,
        `no new finalizers can be added if the object is being deleted, found new finalizers []string{${listed.join(', ')}}`,
      );
    }
  }
  if ((meta.generation ?? 0) < (old.generation ?? 0)) {
    yield fieldError.invalid(`${path}.generation`, meta.generation ?? 0, 'must not be decremented');
  }
  for (const field of ['name', 'namespace'] as const) {
    if (meta[field] !== old[field]) yield fieldError.invalid(`${path}.${field}`, meta[field] ?? '', 'field is immutable');
  }
  if (meta.uid !== old.uid) yield fieldError.invalid(`${path}.uid`, new NamedText(meta.uid ?? ''), 'field is immutable');
  for (const field of ['creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (meta[field] !== old[field]) yield fieldError.invalid(`${path}.${field}`, meta[field] ?? null, 'field is immutable');
  }
}

const setOperators = ['In', 'NotIn'];
const existenceOperators = ['Exists', 'DoesNotExist'];

/** metav1.LabelSelector wherever it stands. Where an old object holds a value that no label can have, a new one may keep it (`anyValue`). */
export function* validateLabelSelector(
  selector: LabelSelector | null | undefined,
  path: string,
  { anyValue = false }: { readonly anyValue?: boolean } = {},
): Generator<FieldError> {
  if (selector === null || selector === undefined) return;
  yield* validateLabels(selector.matchLabels, `${path}.matchLabels`);
  for (const [index, requirement] of (selector.matchExpressions ?? []).entries())
    yield* validateLabelRequirement(requirement, `${path}.matchExpressions[${index}]`, { anyValue });
}

/** One requirement of a selector. `anyOperator`: one that nobody knows may stand there. */
export function* validateLabelRequirement(
  { key, operator, values = [] }: LabelSelectorRequirement,
  path: string,
  { anyValue = false, anyOperator = false }: { readonly anyValue?: boolean; readonly anyOperator?: boolean } = {},
): Generator<FieldError> {
  yield* validateOperator(operator, values, path, anyOperator);
  for (const message of isQualifiedName(key)) yield fieldError.invalid(`${path}.key`, key, message);
  if (anyValue) return;
  for (const [position, value] of values.entries())
    for (const message of isLabelValue(value)) yield fieldError.invalid(`${path}.values[${position}]`, value, message);
}
/** Sets have values, existence has none. */
export function* validateOperator(operator: string, values: readonly string[], path: string, anyOperator: boolean): Generator<FieldError> {
  if (setOperators.includes(operator)) {
    if (values.length === 0) yield fieldError.required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'");
  } else if (existenceOperators.includes(operator)) {
    if (values.length > 0)
      yield fieldError.forbidden(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
  } else if (!anyOperator) yield fieldError.invalid(`${path}.operator`, operator, 'not a valid selector operator');
}
