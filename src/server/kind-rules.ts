import type { AnyKind } from '../api/kind.ts';
import type { ApiObject } from '../api/meta.ts';

const resource = (kind: AnyKind) => (kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`);

/** Kinds whose PUT must carry a resourceVersion (AllowUnconditionalUpdate is false in their upstream strategies). */
const conditional = new Set([
  'clustertrustbundles.certificates.k8s.io',
  'runtimeclasses.node.k8s.io',
  'poddisruptionbudgets.policy',
  'csidrivers.storage.k8s.io',
  'csistoragecapacities.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'leases.coordination.k8s.io',
  'leasecandidates.coordination.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
  'mutatingadmissionpolicies.admissionregistration.k8s.io',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'apiservices.apiregistration.k8s.io',
]);
/** Kinds whose updates are checked as updates only: upstream's rules of the others look at the whole new object as well, its generateName too. */
const checkedAsUpdate = new Set([
  'cronjobs.batch',
  'csidrivers.storage.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'daemonsets.apps',
  'deployments.apps',
  'events',
  'events.events.k8s.io',
  'horizontalpodautoscalers.autoscaling',
  'leases.coordination.k8s.io',
  'networkpolicies.networking.k8s.io',
  'poddisruptionbudgets.policy',
  'podtemplates',
  'priorityclasses.scheduling.k8s.io',
  'replicasets.apps',
  'replicationcontrollers',
  'resourcequotas',
  'resourceslices.resource.k8s.io',
  'servicecidrs.networking.k8s.io',
  'services',
  'statefulsets.apps',
]);
/** Kinds whose DELETE answers with the object instead of a Status (ReturnDeletedObject in upstream's registries). */
const returned = new Set([
  'resourceclaimtemplates.resource.k8s.io',
  'resourceslices.resource.k8s.io',
  'resourceclaims.resource.k8s.io',
  'deviceclasses.resource.k8s.io',
  'csidrivers.storage.k8s.io',
  'storageclasses.storage.k8s.io',
  'volumeattachments.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'volumeattributesclasses.storage.k8s.io',
  'resourcequotas',
  'persistentvolumes',
  'serviceaccounts',
  'persistentvolumeclaims',
  'namespaces',
  'pods',
  'services',
  'podtemplates',
]);

export const needsResourceVersion = (kind: AnyKind): boolean => kind.custom !== undefined || conditional.has(resource(kind));
export const looksAtNamesAgain = (kind: AnyKind): boolean => kind.custom === undefined && !checkedAsUpdate.has(resource(kind));
export const returnsDeleted = (kind: AnyKind): boolean => returned.has(resource(kind));
export const isEventKind = (kind: AnyKind): boolean => kind.kind === 'Event' && (kind.group === '' || kind.group === 'events.k8s.io');
/** Events are not garbage collected: propagation means nothing to them. */
export const isCollected = (kind: AnyKind): boolean => !isEventKind(kind);
export const isNamespaceKind = (kind: AnyKind): boolean => kind.group === '' && kind.kind === 'Namespace';

/** Seconds a delete waits for somebody else to finish the object (a pod's kubelet); undefined: the kind knows no such thing. */
export function graceSeconds(kind: AnyKind, object: ApiObject, asked: number | undefined): number | undefined {
  if (kind.group !== '' || kind.kind !== 'Pod') return undefined;
  const pod = object as ApiObject & {
    readonly spec?: { readonly nodeName?: string; readonly terminationGracePeriodSeconds?: number };
    readonly status?: { readonly phase?: string };
  };
  if (!pod.spec?.nodeName || pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') return 0;
  const seconds = asked ?? pod.spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}
