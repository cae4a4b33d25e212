import type { Random } from '../../../src/base/random.ts';
import { type AnyKind, apiVersionOf, isStored, isSubresourceBody } from '../../../src/api/kind.ts';
import { loadKinds } from '../../../src/kinds/catalog.node.ts';
import { type Body, type Format, pick, type Step } from '../scenario.ts';
import { sampleOf } from './samples.ts';

const loaded = [...(await loadKinds())].sort((a, b) =>
  `${a.plural}.${a.group}/${a.version}` < `${b.plural}.${b.group}/${b.version}` ? -1 : 1,
);
/** Kinds whose objects are kept, and that clients write. */
export const storedKinds: readonly AnyKind[] = loaded.filter((kind) => isStored(kind) && kind.verbs.includes('create'));
/** Kinds that are only posted, at a path of their own. */
export const reviewKinds: readonly AnyKind[] = loaded.filter((kind) => !isStored(kind) && !isSubresourceBody(kind));
export const pickKind = (random: Random): AnyKind => pick(random, storedKinds);

const root = (kind: AnyKind) => (kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`);
export const collectionOf = (kind: AnyKind): string =>
  `${root(kind)}${kind.scope === 'Namespaced' ? '/namespaces/$NS' : ''}/${kind.plural}`;
export const everywhere = (kind: AnyKind): string => `${root(kind)}/${kind.plural}`;

/** A valid object of the kind, called as no other scenario calls one. */
export function validObject(kind: AnyKind, name = 'one'): any {
  const sample: any = structuredClone(sampleOf(kind));
  const { metadata, ...rest } = sample;
  return {
    apiVersion: apiVersionOf(kind),
    kind: kind.kind,
    metadata: { name: kind.scope === 'Namespaced' ? name : `$NS-${name}`, labels: { scenario: '$NS' }, ...metadata },
    ...rest,
  };
}
export const nameOf = (object: any): string => String(object?.metadata?.name ?? '');
export const itemOf = (kind: AnyKind, object: any): string =>
  `${collectionOf(kind)}/${encodeURIComponent(nameOf(object)).replaceAll('%24NS', '$NS').replaceAll('%24IP', '$IP')}`;

/** Written objects of these change what everybody sees: they are only ever tried, unless they are known to be harmless. */
const farReaching = new Set([
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicyBinding',
  'APIService',
  'FlowSchema',
  'PriorityLevelConfiguration',
  'PriorityClass',
  'CustomResourceDefinition',
  'ServiceCIDR',
]);
export const isFarReaching = (kind: AnyKind): boolean => farReaching.has(kind.kind);

export const json = (value: unknown, format?: Format): Body => (format === undefined ? { value } : { value, format });
export const get = (path: string, headers?: Readonly<Record<string, string>>): Step => ({
  method: 'GET',
  path,
  ...(headers && { headers }),
});
export const post = (path: string, value: unknown, more: Partial<Step> = {}): Step => ({
  method: 'POST',
  path,
  body: json(value),
  ...more,
});
export const put = (path: string, value: unknown, more: Partial<Step> = {}): Step => ({ method: 'PUT', path, body: json(value), ...more });
export const remove = (path: string, options?: unknown, more: Partial<Step> = {}): Step => ({
  method: 'DELETE',
  path,
  ...(options === undefined ? {} : { body: json(options) }),
  ...more,
});
export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;
export const patch = (type: keyof typeof patchTypes, path: string, value: unknown, more: Partial<Step> = {}): Step => ({
  method: 'PATCH',
  path,
  body: json(value),
  ...more,
  headers: { 'content-type': patchTypes[type], ...more.headers },
});
/** Adds parameters to a path that may have some. */
export const ask = (path: string, ...parameters: readonly string[]): string => {
  const given = parameters.filter((one) => one !== '');
  return given.length === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}${given.join('&')}`;
};
export const tableHeaders = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
export const partialHeaders = { accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io' };
export const partialListHeaders = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
export const protobufHeaders = { accept: 'application/vnd.kubernetes.protobuf' };
