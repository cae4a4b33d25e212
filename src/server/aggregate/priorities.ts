/** Priorities of built-in groups and of their versions (pkg/controlplane/apiserver and cmd/kube-apiserver/app, aggregator.go). */
export const priorities: Readonly<Record<string, readonly [group: number, versions: Readonly<Record<string, number>>]>> = {
  '': [18_000, { v1: 1 }],
  apps: [17_800, { v1: 15 }],
  'events.k8s.io': [17_750, { v1: 15, v1beta1: 5 }],
  'authentication.k8s.io': [17_700, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  'authorization.k8s.io': [17_600, { v1: 15 }],
  autoscaling: [17_500, { v1: 15, v2: 30 }],
  batch: [17_400, { v1: 15, v1beta1: 9 }],
  'certificates.k8s.io': [17_300, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  'networking.k8s.io': [17_200, { v1: 15, v1beta1: 9 }],
  policy: [17_100, { v1: 15, v1beta1: 9 }],
  'rbac.authorization.k8s.io': [17_000, { v1: 15 }],
  'storage.k8s.io': [16_800, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  'apiextensions.k8s.io': [16_700, { v1: 15 }],
  'admissionregistration.k8s.io': [16_700, { v1: 15, v1beta1: 12, v1alpha1: 9 }],
  'scheduling.k8s.io': [16_600, { v1: 15, v1alpha2: 2 }],
  'coordination.k8s.io': [16_500, { v1: 15, v1beta1: 13, v1alpha2: 12 }],
  'node.k8s.io': [16_300, { v1: 15, v1beta1: 9, v1alpha1: 1 }],
  'discovery.k8s.io': [16_200, { v1: 15, v1beta1: 12 }],
  'resource.k8s.io': [16_200, { v1: 21, v1beta2: 15, v1beta1: 9, v1alpha3: 1 }],
  'flowcontrol.apiserver.k8s.io': [16_100, { v1: 21, v1beta3: 18, v1beta2: 15, v1beta1: 12 }],
  'internal.apiserver.k8s.io': [16_000, { v1alpha1: 9 }],
  'storagemigration.k8s.io': [15_800, { v1beta1: 9 }],
};

/** What definitions of custom resources get: the lowest of all, and versions by their names. */
export const customPriority = { groupPriority: 1_000, versionPriority: 100 } as const;

/** The group that tells of the others comes first. */
const registrationGroup = 'apiregistration.k8s.io';
const first = { groupPriority: 20_001, versionPriority: 1 } as const;

export interface Priority {
  readonly groupPriority: number;
  readonly versionPriority: number;
}

/** The place of what this server serves itself, when no APIService says otherwise. */
export function localPriority(group: string, version: string): Priority {
  if (group === registrationGroup) return first;
  const [ofGroup, versions] = priorities[group] ?? [];
  return ofGroup === undefined ? customPriority : { groupPriority: ofGroup, versionPriority: versions?.[version] ?? 0 };
}
