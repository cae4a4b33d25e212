import { fieldsText, shareFields } from '../../api/apply/field-set.ts';
import { type ApiObject, type Key, objectMeta } from '../../api/meta.ts';
import { internalError } from '../../api/status.ts';
import type { Entry } from '../../store/store.ts';

interface StoredKind {
  readonly group: string;
  readonly plural: string;
}

/** '/core/pods/' or '/apps/deployments/'. */
export const prefixOf = (kind: StoredKind): string => `/${kind.group === '' ? 'core' : kind.group}/${kind.plural}/`;
/** The other way round. */
export function resourceOfPrefix(prefix: string): { readonly group: string; readonly plural: string } {
  const [, folder = '', plural = ''] = prefix.split('/');
  return { group: folder === 'core' ? '' : folder, plural };
}
export const storeKeyOf = (kind: StoredKind, key: Key): string =>
  key.namespace ? `${prefixOf(kind)}${key.namespace}/${key.name}` : prefixOf(kind) + key.name;

const metadataFields = Object.keys(objectMeta.fields);

/** The object with that resourceVersion; kind, apiVersion and metadata first, metadata's fields in the order upstream writes them. */
export function withResourceVersion<T extends ApiObject>(object: T, resourceVersion: string | undefined): T {
  const metadata: Record<string, unknown> = {};
  const given = object.metadata as unknown as Record<string, unknown>;
  for (const field of metadataFields) {
    const value = field === 'resourceVersion' ? resourceVersion : given[field];
    if (value !== undefined) metadata[field] = value;
  }
  const result: Record<string, unknown> = { kind: object.kind, apiVersion: object.apiVersion, metadata };
  for (const field in object)
    if (field !== 'kind' && field !== 'apiVersion' && field !== 'metadata')
      result[field] = (object as unknown as Record<string, unknown>)[field];
  return result as unknown as T;
}

type Managers = NonNullable<ApiObject['metadata']['managedFields']>;
const encoder = new TextEncoder();
/** What is stored: JSON without resourceVersion, which is the revision of the entry. In memory of its own, since it stays for long. */
export function encodeStored(object: ApiObject): Uint8Array {
  const ordered = withResourceVersion(object, undefined) as { readonly metadata: { managedFields?: Managers } };
  const managers = ordered.metadata.managedFields;
  if (managers === undefined) return encoder.encode(JSON.stringify(ordered));
  // They are half of the text, and the text of their fields is mostly known, being that of other objects.
  ordered.metadata.managedFields = [];
  const text = JSON.stringify(ordered);
  // Before the metadata ends there can be no other member of this name that is a list.
  const at = text.indexOf(noManagers);
  const entries = managers.map(managerText).join(',');
  return encoder.encode(`${text.slice(0, at)}"managedFields":[${entries}]${text.slice(at + noManagers.length)}`);
}
const noManagers = '"managedFields":[]';
function managerText({ fieldsV1, subresource, ...entry }: Managers[number]): string {
  const end = subresource === undefined ? '' : `,"subresource":${JSON.stringify(subresource)}`;
  if (typeof fieldsV1 !== 'object' || fieldsV1 === null) return JSON.stringify({ ...entry, fieldsV1, subresource });
  return `${JSON.stringify(entry).slice(0, -1)},"fieldsV1":${fieldsText(fieldsV1)}${end}}`;
}

const encrypted = 'it is stored encrypted, and this server has no key for it (--encryption-provider-config)';
const objects = new WeakMap<Entry, ApiObject>();
const values = new WeakMap<ApiObject, Uint8Array>();
/** The bytes that an object is stored as; undefined for one that is not stored as it is. */
export const storedBytes = (object: object): Uint8Array | undefined => values.get(object as ApiObject);

/** The object of an entry, decoded once however often it is asked for. */
export function objectOf(entry: Entry): ApiObject {
  let object = objects.get(entry);
  if (object === undefined) {
    object = decodeEntry(entry);
    objects.set(entry, object);
  }
  return object;
}
/** Fields of managers are held once for all objects that have the same. */
function sharing(managers: Managers): Managers {
  return managers.map((entry) => {
    const fieldsV1 = shareFields(entry.fieldsV1);
    return fieldsV1 === entry.fieldsV1 ? entry : ({ ...entry, fieldsV1 } as typeof entry);
  });
}
/** The stored object as it is kept in memory and shown. */
function shown(stored: ApiObject, revision: number): ApiObject {
  const object = withResourceVersion(stored, String(revision));
  const { metadata } = object as { metadata: { managedFields?: Managers } };
  if (metadata.managedFields !== undefined) metadata.managedFields = sharing(metadata.managedFields);
  return object;
}

/** The object of an entry of the past, which nobody will ask for again. */
export function decodeEntry(entry: Entry): ApiObject {
  const { buffer, byteOffset, byteLength } = entry.value;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString('utf8');
  let object: ApiObject;
  try {
    object = JSON.parse(text) as ApiObject;
  } catch (error) {
    throw internalError(`unable to decode ${entry.key}: ${text.startsWith('k8s:enc:') ? encrypted : (error as Error).message}`);
  }
  const decoded = freeze(shown(object, entry.modRevision));
  values.set(decoded, entry.value);
  return decoded;
}
/** Lets go of the object of an entry that is superseded. */
export const forgetObject = (entry: Entry): boolean => objects.delete(entry);
/** Spares decoding what this process has just written. */
export function rememberObject(entry: Entry, stored: ApiObject): void {
  const object = shown(stored, entry.modRevision);
  objects.set(entry, freeze(object));
  values.set(object, entry.value);
}

let freezing = false;
/** Deep-freezes every stored object from now on, so that a write to a shared object fails at once. For tests and development. */
export function freezeStoredObjects(): void {
  freezing = true;
}
function freeze<T>(value: T): T {
  if (freezing && typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value;
}
