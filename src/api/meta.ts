import { any, bool, int32, int64, list, map, object, of, opt, ptr, shape, string, time, type ShapeOf } from './schema.ts';

/** k8s.io/apimachinery meta/v1: what every object carries. */
export const ownerReference = shape(
  'io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference',
  {
    apiVersion: string(5),
    kind: string(1),
    name: string(3),
    uid: string(4, { goName: 'types.UID' }),
    controller: ptr(bool(6)),
    blockOwnerDeletion: ptr(bool(7)),
  },
  { mapType: 'atomic' },
);
export interface OwnerReference extends ShapeOf<typeof ownerReference> {}

export const managedFieldsEntry = shape('io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry', {
  manager: opt(string(1)),
  operation: opt(string(2)),
  apiVersion: opt(string(3)),
  time: ptr(time(4)),
  fieldsType: opt(string(6)),
  fieldsV1: ptr(any(7, 'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1')),
  subresource: opt(string(8)),
});
export interface ManagedFieldsEntry extends ShapeOf<typeof managedFieldsEntry> {}

export const objectMeta = shape('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta', {
  name: opt(string(1)),
  generateName: opt(string(2)),
  namespace: opt(string(3)),
  selfLink: opt(string(4)),
  uid: opt(string(5, { goName: 'types.UID' })),
  resourceVersion: opt(string(6)),
  generation: opt(int64(7)),
  creationTimestamp: opt(time(8)),
  deletionTimestamp: ptr(time(9)),
  deletionGracePeriodSeconds: ptr(int64(10)),
  labels: opt(map(11, string(0))),
  annotations: opt(map(12, string(0))),
  ownerReferences: opt(list(13, of(ownerReference), { listType: 'map', listKeys: ['uid'], patchStrategy: 'merge', mergeKey: 'uid' })),
  finalizers: opt(list(14, string(0), { listType: 'set', patchStrategy: 'merge' })),
  managedFields: opt(list(17, of(managedFieldsEntry), { listType: 'atomic' })),
});

/** Metadata of an object that the API has stored. */
export interface ObjectMeta extends ShapeOf<typeof objectMeta> {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly creationTimestamp: string;
}

export const shardInfo = shape('io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo', { selector: string(1) });
export const listMeta = shape('io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta', {
  selfLink: opt(string(1)),
  resourceVersion: opt(string(2)),
  continue: opt(string(3)),
  remainingItemCount: ptr(int64(4)),
  shardInfo: ptr(object(5, shardInfo)),
});
export interface ListMeta extends ShapeOf<typeof listMeta> {}

/** Any stored object. Immutable: it is shared by reference between the server, every informer and every controller. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** A label by a key that somebody chose: what every JavaScript object has (`constructor`) is none. */
export function labelOf(object: { readonly metadata: Pick<ObjectMeta, 'labels'> }, key: string): string | undefined {
  const { labels } = object.metadata;
  return labels !== undefined && Object.hasOwn(labels, key) ? labels[key] : undefined;
}
/** Names one object within its kind; no namespace for cluster-scoped kinds. */
export interface Key {
  readonly namespace?: string | undefined;
  readonly name: string;
}
/** 'namespace/name', or 'name'. */
export const keyText = (key: Key): string => (key.namespace ? `${key.namespace}/${key.name}` : key.name);
export function parseKey(text: string): Key {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

export const cause = shape('io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause', {
  reason: opt(string(1)),
  message: opt(string(2)),
  field: opt(string(3)),
});
export interface Cause extends ShapeOf<typeof cause> {}
export const statusDetails = shape('io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails', {
  name: opt(string(1)),
  group: opt(string(2)),
  kind: opt(string(3)),
  uid: opt(string(6, { goName: 'types.UID' })),
  causes: opt(list(4, of(cause), { listType: 'atomic' })),
  retryAfterSeconds: opt(int32(5)),
});
export interface StatusDetails extends ShapeOf<typeof statusDetails> {}
export const status = shape('io.k8s.apimachinery.pkg.apis.meta.v1.Status', {
  metadata: object(1, listMeta),
  status: opt(string(2)),
  message: opt(string(3)),
  reason: opt(string(4)),
  details: ptr(object(5, statusDetails)),
  code: opt(int32(6)),
});
export interface Status extends ShapeOf<typeof status> {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
}

export const condition = shape('io.k8s.apimachinery.pkg.apis.meta.v1.Condition', {
  type: string(1),
  status: string(2),
  observedGeneration: opt(int64(3)),
  lastTransitionTime: time(4),
  reason: string(5),
  message: string(6),
});
export interface Condition extends ShapeOf<typeof condition> {}

export const labelSelectorRequirement = shape('io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement', {
  key: string(1),
  operator: string(2),
  values: opt(list(3, string(0), { listType: 'atomic' })),
});
export interface LabelSelectorRequirement extends ShapeOf<typeof labelSelectorRequirement> {}
export const labelSelector = shape(
  'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
  { matchLabels: opt(map(1, string(0))), matchExpressions: opt(list(2, of(labelSelectorRequirement), { listType: 'atomic' })) },
  { mapType: 'atomic' },
);
export interface LabelSelector extends ShapeOf<typeof labelSelector> {}

/** The controller among the owners, if there is one. */
export const controllerOf = (object: ApiObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true);
