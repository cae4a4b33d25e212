import { listMeta, objectMeta, status } from './meta.ts';
import { any, bool, embedded, int64, list, object, of, opt, ptr, required, shape, string, type Shape, type ShapeOf } from './schema.ts';

/** Objects of meta.k8s.io/v1 and apidiscovery.k8s.io/v2 that are no kinds of their own: options, lists of metadata, discovery, watch events. */
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1';

export const preconditions = shape(`${meta}.Preconditions`, {
  uid: ptr(string(1, { goName: 'types.UID' })),
  resourceVersion: ptr(string(2)),
});
export interface Preconditions extends ShapeOf<typeof preconditions> {}

export const deleteOptions = shape(`${meta}.DeleteOptions`, {
  gracePeriodSeconds: ptr(int64(1)),
  preconditions: ptr(object(2, preconditions)),
  orphanDependents: ptr(bool(3)),
  propagationPolicy: ptr(string(4)),
  dryRun: opt(list(5, string(0), { listType: 'atomic' })),
  ignoreStoreReadErrorWithClusterBreakingPotential: ptr(bool(6)),
});
export interface DeleteOptions extends ShapeOf<typeof deleteOptions> {}

export const watchEvent = shape(`${meta}.WatchEvent`, { type: string(1), object: required(any(2)) });

const partialObjectMetadata = shape(`${meta}.PartialObjectMetadata`, { metadata: object(1, objectMeta) });
const partialObjectMetadataList = shape(`${meta}.PartialObjectMetadataList`, {
  metadata: object(1, listMeta),
  items: list(2, of(partialObjectMetadata)),
});
/** In v1beta1 the tags stand the other way round. */
const oldPartialObjectMetadataList = shape('io.k8s.apimachinery.pkg.apis.meta.v1beta1.PartialObjectMetadataList', {
  metadata: object(2, listMeta),
  items: list(1, of(partialObjectMetadata)),
});

const serverAddressByClientCIDR = shape(`${meta}.ServerAddressByClientCIDR`, { clientCIDR: string(1), serverAddress: string(2) });
const serverAddresses = list(0, of(serverAddressByClientCIDR), { listType: 'atomic' });
export const apiVersions = shape(`${meta}.APIVersions`, {
  versions: list(1, string(0), { listType: 'atomic' }),
  serverAddressByClientCIDRs: { ...serverAddresses, tag: 2 },
});

const groupVersionForDiscovery = shape(`${meta}.GroupVersionForDiscovery`, { groupVersion: string(1), version: string(2) });
export const apiGroup = shape(`${meta}.APIGroup`, {
  name: string(1),
  versions: list(2, of(groupVersionForDiscovery), { listType: 'atomic' }),
  preferredVersion: object(3, groupVersionForDiscovery),
  serverAddressByClientCIDRs: opt({ ...serverAddresses, tag: 4 }),
});
export const apiGroupList = shape(`${meta}.APIGroupList`, { groups: list(1, of(apiGroup), { listType: 'atomic' }) });

const apiResource = shape(`${meta}.APIResource`, {
  name: string(1),
  singularName: string(6),
  namespaced: bool(2),
  group: opt(string(8)),
  version: opt(string(9)),
  kind: string(3),
  ...embedded(4, { verbs: list(1, string(0)) }),
  shortNames: opt(list(5, string(0), { listType: 'atomic' })),
  categories: opt(list(7, string(0), { listType: 'atomic' })),
  storageVersionHash: opt(string(10)),
});
export const apiResourceList = shape(`${meta}.APIResourceList`, {
  groupVersion: string(1),
  resources: list(2, of(apiResource), { listType: 'atomic' }),
});

const discovery = 'io.k8s.api.apidiscovery.v2';
const groupVersionKind = shape(`${meta}.GroupVersionKind`, { group: string(1), version: string(2), kind: string(3) });
const apiSubresourceDiscovery = shape(`${discovery}.APISubresourceDiscovery`, {
  subresource: string(1),
  responseKind: ptr(object(2, groupVersionKind)),
  acceptedTypes: opt(list(3, of(groupVersionKind))),
  verbs: list(4, string(0)),
});
const apiResourceDiscovery = shape(`${discovery}.APIResourceDiscovery`, {
  resource: string(1),
  responseKind: ptr(object(2, groupVersionKind)),
  scope: string(3),
  singularResource: string(4),
  verbs: list(5, string(0)),
  shortNames: opt(list(6, string(0))),
  categories: opt(list(7, string(0))),
  subresources: opt(list(8, of(apiSubresourceDiscovery))),
});
const apiVersionDiscovery = shape(`${discovery}.APIVersionDiscovery`, {
  version: string(1),
  resources: opt(list(2, of(apiResourceDiscovery))),
  freshness: opt(string(3)),
});
const apiGroupDiscovery = shape(`${discovery}.APIGroupDiscovery`, {
  metadata: object(1, objectMeta),
  versions: opt(list(2, of(apiVersionDiscovery))),
});
export const apiGroupDiscoveryList = shape(`${discovery}.APIGroupDiscoveryList`, {
  metadata: object(1, listMeta),
  items: list(2, of(apiGroupDiscovery)),
});

export const versionInfo = shape('io.k8s.apimachinery.pkg.version.Info', {
  major: string(1),
  minor: string(2),
  emulationMajor: opt(string(3)),
  emulationMinor: opt(string(4)),
  minCompatibilityMajor: opt(string(5)),
  minCompatibilityMinor: opt(string(6)),
  gitVersion: string(7),
  gitCommit: string(8),
  gitTreeState: string(9),
  buildDate: string(10),
  goVersion: string(11),
  compiler: string(12),
  platform: string(13),
});

/** By the kind that an object says it is of. */
const byKind: ReadonlyMap<string, Shape> = new Map<string, Shape>([
  ['Status', status],
  ['DeleteOptions', deleteOptions],
  ['PartialObjectMetadata', partialObjectMetadata],
  ['PartialObjectMetadataList', partialObjectMetadataList],
  ['APIVersions', apiVersions],
  ['APIGroup', apiGroup],
  ['APIGroupList', apiGroupList],
  ['APIResourceList', apiResourceList],
  ['APIGroupDiscoveryList', apiGroupDiscoveryList],
]);
/** The message of an object of these groups, if that is what it is: 'v1', 'meta.k8s.io/v1', 'apidiscovery.k8s.io/v2', or '' for discovery of old. */
export function metaShape({ apiVersion, kind }: { readonly apiVersion?: string; readonly kind: string }): Shape | undefined {
  if (apiVersion === 'meta.k8s.io/v1beta1' && kind === 'PartialObjectMetadataList') return oldPartialObjectMetadataList;
  return apiVersion === undefined || /^(|v1|meta\.k8s\.io\/v1(beta1)?|apidiscovery\.k8s\.io\/v2)$/.test(apiVersion)
    ? byKind.get(kind)
    : undefined;
}
