import type { ValidationContext } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import { isQualifiedName } from '../../../api/names.ts';
import { fieldError } from '../../../api/status.ts';
import { sameOrEmpty } from '../../lib/fields.ts';
import { byteLength, type Errors, immutable, invalidIf, named, qualifiedName } from '../../lib/validate.ts';
import type { TopologySelectorTerm } from '../../core/shapes/affinity.ts';

/** Classes of storage and of volume attributes (pkg/apis/storage/validation). */
interface StorageClassLike extends ApiObject {
  readonly provisioner: string;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  readonly reclaimPolicy?: string | undefined;
  readonly volumeBindingMode?: string | undefined;
  readonly allowedTopologies?: readonly TopologySelectorTerm[] | undefined;
}
interface AttributesClassLike extends ApiObject {
  readonly driverName: string;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}
const mostParameters = 512;
const mostParameterBytes = 256 * 1024;

function* validateProvisioner(path: string, name: string): Errors {
  if (name === '') yield fieldError.required(path);
  else yield* invalidIf(isQualifiedName(name.toLowerCase()), path, name.toLowerCase());
}
function* validateParameters(parameters: Readonly<Record<string, string>> | undefined): Errors {
  const entries = Object.entries(parameters ?? {});
  if (entries.length > mostParameters) return yield fieldError.tooLong('parameters', mostParameters);
  let bytes = 0;
  for (const [key, text] of entries) {
    if (key === '') yield fieldError.invalid('parameters', key, 'field can not be empty.');
    bytes += byteLength(key) + byteLength(text);
  }
  if (bytes > mostParameterBytes) yield fieldError.tooLong('parameters', mostParameterBytes);
}

/** Values by key, in an order that does not matter; of a key that stands twice the last ones. */
function flat({ matchLabelExpressions = [] }: TopologySelectorTerm): string {
  const byKey = new Map(matchLabelExpressions.map(({ key, values }) => [key, [...new Set(values)].sort()]));
  return JSON.stringify([...byKey].sort(([a], [b]) => (a < b ? -1 : 1)));
}
function* validateTerm({ matchLabelExpressions = [] }: TopologySelectorTerm, path: string): Errors {
  const keys = new Set<string>();
  for (const [index, { key, values }] of matchLabelExpressions.entries()) {
    const at = `${path}.matchLabelExpressions[${index}]`;
    if (values.length === 0) yield fieldError.required(`${at}.values`);
    const seen = new Set<string>();
    for (const [position, value] of values.entries()) {
      if (seen.has(value)) yield fieldError.duplicate(`${at}.values[${position}]`, value);
      seen.add(value);
    }
    yield* qualifiedName(`${at}.key`, key);
    if (keys.has(key)) yield fieldError.duplicate(`${at}.key`, key);
    keys.add(key);
  }
}
function* validateTopologies(terms: readonly TopologySelectorTerm[]): Errors {
  // Upstream compares with as many empty terms as there are terms, too: an empty one is a duplicate of each.
  const seen = terms.map(() => '[]');
  for (const [index, term] of terms.entries()) {
    const at = `allowedTopologies[${index}]`;
    yield* validateTerm(term, at);
    const text = flat(term);
    for (const other of seen) if (other === text) yield fieldError.duplicate(`${at}.matchLabelExpressions`, '');
    seen.push(text);
  }
}

/** ValidateStorageClass and -Update. */
export function* validateStorageClass(object: StorageClassLike, { old }: ValidationContext<StorageClassLike>): Errors {
  yield* validateProvisioner('provisioner', object.provisioner);
  yield* validateParameters(object.parameters);
  const { reclaimPolicy: policy = '', volumeBindingMode: mode } = object;
  if (policy !== '' && policy !== 'Delete' && policy !== 'Retain')
    yield fieldError.notSupported('reclaimPolicy', policy, ['Delete', 'Retain']);
  const modes = ['Immediate', 'WaitForFirstConsumer'];
  if (mode === undefined) yield fieldError.required('volumeBindingMode');
  else if (!modes.includes(mode)) yield fieldError.notSupported('volumeBindingMode', mode, modes);
  yield* validateTopologies(object.allowedTopologies ?? []);
  if (old === undefined) return;
  for (const field of ['parameters', 'provisioner'] as const) yield* immutable(field, object[field], old[field]);
  for (const field of ['reclaimPolicy', 'volumeBindingMode'] as const) yield* immutable(field, object[field], old[field], named);
}

/** ValidateVolumeAttributesClass and -Update. */
export function* validateAttributesClass(object: AttributesClassLike, { old, names = [] }: ValidationContext<AttributesClassLike>): Errors {
  if (old !== undefined) {
    if (object.driverName !== old.driverName) yield fieldError.forbidden('driverName', 'updates to driverName are forbidden.');
    if (!sameOrEmpty(object.parameters, old.parameters)) yield fieldError.forbidden('parameters', 'updates to parameters are forbidden.');
    yield* names;
  }
  yield* validateProvisioner('driverName', object.driverName);
  yield* validateParameters(object.parameters);
  if (Object.keys(object.parameters ?? {}).length === 0)
    yield fieldError.required('parameters', 'must contain at least one key/value pair');
}
