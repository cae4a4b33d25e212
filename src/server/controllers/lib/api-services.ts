import type { AnyKind } from '../../../api/kind.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import { APIService } from '../../../kinds/apiregistration/api-service.ts';
import type { APIServiceSpec } from '../../../kinds/apiregistration/shapes/api-service.ts';
import { sameOrEmpty } from '../../../kinds/lib/fields.ts';

/** Says how an APIService is looked after: "onstart" when the server starts, "true" all the time. */
export const automanaged = 'kube-aggregator.kubernetes.io/automanaged';

/** Priorities of built-in groups and of their versions (pkg/controlplane/apiserver and cmd/kube-apiserver/app, aggregator.go). */
const priorities: Readonly<Record<string, readonly [group: number, versions: Readonly<Record<string, number>>]>> = {
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

type Spec = Pick<APIServiceSpec, 'group' | 'version' | 'groupPriorityMinimum' | 'versionPriority'>;

/** What the built-in kinds call for, by name. This group has no APIService of its own, as it is what serves them. */
function wanted(kinds: readonly AnyKind[]): ReadonlyMap<string, Spec> {
  const specs = new Map<string, Spec>();
  for (const { group, version, custom } of kinds) {
    const [groupPriority, versions] = priorities[group] ?? [];
    const versionPriority = versions?.[version];
    if (custom !== undefined || groupPriority === undefined || versionPriority === undefined) continue;
    specs.set(`${version}.${group}`, { ...(group === '' ? {} : { group }), version, groupPriorityMinimum: groupPriority, versionPriority });
  }
  return specs;
}

/** Makes and corrects the APIServices of what this server serves by itself, and removes those of what it no longer does. */
export async function registerApiServices(client: Client, kinds: readonly AnyKind[]): Promise<void> {
  const specs = wanted(kinds);
  const present = new Map((await client.list(APIService)).items.map((service) => [service.metadata.name, service]));
  const tolerate = (error: unknown) => {
    if (!isAlreadyExists(error) && !isConflict(error) && !isNotFound(error)) throw error;
  };
  const register = async (name: string, spec: Spec) => {
    const service = present.get(name);
    if (service === undefined)
      return await client.create(APIService, { metadata: { name, labels: { [automanaged]: 'onstart' } }, spec }).catch(tolerate);
    if (service.metadata.labels?.[automanaged] === undefined || sameOrEmpty(service.spec, spec)) return;
    await client.update(APIService, { ...service, spec }).catch(tolerate);
  };
  const spurious = [...present.values()].filter(
    ({ metadata }) => metadata.labels?.[automanaged] === 'onstart' && !specs.has(metadata.name),
  );
  await Promise.all([
    ...[...specs].map(([name, spec]) => register(name, spec)),
    ...spurious.map(({ metadata }) => client.delete(APIService, metadata, { preconditions: { uid: metadata.uid } }).catch(tolerate)),
  ]);
}
