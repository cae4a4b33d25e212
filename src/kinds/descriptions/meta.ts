import type { Descriptions } from '../lib/descriptions.ts';

/** What all kinds share. Conformance tests look for the first words of apiVersion, metadata and creationTimestamp. */
export const meta: Descriptions = {
  'io.k8s.apimachinery.pkg.apis.meta.v1.TypeMeta': {
    apiVersion: 'APIVersion defines the form in which this object is written: its group and version.',
    kind: 'What kind of object this is, in CamelCase.',
    metadata: "Standard object's metadata: what every object of the cluster carries.",
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': {
    '': 'What every stored object carries: its name, its identity, its labels, who owns it.',
    annotations: 'Notes of tools and people, by key. They select nothing.',
    creationTimestamp: 'CreationTimestamp is a timestamp: when the object was created. Set by the server.',
    deletionGracePeriodSeconds: 'How long the object may take to end. Set when it is deleted.',
    deletionTimestamp: 'When the object will be gone. Set when it is deleted; it cannot be unset.',
    finalizers: 'What must be removed from here before a deleted object goes.',
    generateName: 'Beginning of a name that the server completes, when no name is given.',
    generation: 'Counts the changes of what is wanted. Set by the server.',
    labels: 'Keys and values by which objects are selected.',
    managedFields: 'Which manager has set which fields. Kept by the server.',
    name: 'Name of the object, unique within its kind and namespace. It cannot be changed.',
    namespace: 'Namespace of the object; empty for objects of the whole cluster. It cannot be changed.',
    ownerReferences: 'Objects that this one depends on; when none of them is left, it is deleted.',
    resourceVersion: 'Changes with every change of the object. Opaque; to be compared for equality only.',
    selfLink: 'Out of use: always empty.',
    uid: 'Unique in time and space. Set by the server.',
  },
  'io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta': {
    '': 'What every list carries.',
    continue: 'Token with which the next page is asked for; empty when this is the last.',
    remainingItemCount: 'How many items follow this page, when that is known.',
    resourceVersion: 'State of the cluster that the list shows.',
    selfLink: 'Out of use: always empty.',
    shardInfo: 'Which shard of the objects this is, when one was asked for.',
  },
};
