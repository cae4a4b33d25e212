import type { Input } from '../../api/kind.ts';
import { StatefulSet } from '../../kinds/apps/stateful-set.ts';
import type { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import type { Pod } from '../../kinds/core/pod.ts';
import { podOf } from './pod-control.ts';
import { revisionHashLabel } from './revisions.ts';

/**
 * Names, volumes and claims of a StatefulSet's pods.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#pod-identity
 */
export const podNameLabel = 'statefulset.kubernetes.io/pod-name';
export const podIndexLabel = 'apps.kubernetes.io/pod-index';

const largestOrdinal = 2147483647;

/** The set that a pod's name names, and its number; undefined for other names. A number too large is -1. */
function parsedName(name: string): { readonly parent: string; readonly ordinal: number } | undefined {
  const match = /^(.*)-([0-9]+)$/s.exec(name);
  if (match === null) return undefined;
  const ordinal = Number(match[2]);
  return { parent: match[1]!, ordinal: ordinal > largestOrdinal ? -1 : ordinal };
}
/** -1 when the name has no number. */
export const ordinalOf = ({ metadata }: { readonly metadata: { readonly name: string } }): number =>
  parsedName(metadata.name)?.ordinal ?? -1;
export const isMemberOf = (set: StatefulSet, { metadata }: Pod): boolean => parsedName(metadata.name)?.parent === set.metadata.name;

export const firstOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;
export const replicasOf = ({ spec }: StatefulSet): number => spec.replicas ?? 1;
export const isInRange = (set: StatefulSet, ordinal: number): boolean =>
  ordinal >= firstOrdinal(set) && ordinal < firstOrdinal(set) + replicasOf(set);

export const podNameOf = ({ metadata }: StatefulSet, ordinal: number): string => `${metadata.name}-${ordinal}`;
export const claimNameOf = ({ metadata }: StatefulSet, template: string, ordinal: number): string =>
  `${template}-${metadata.name}-${ordinal}`;
export const isClaimOf = (set: StatefulSet, template: string, name: string): boolean => {
  const prefix = `${template}-${set.metadata.name}-`;
  return name.startsWith(prefix) && /^[0-9]+$/.test(name.slice(prefix.length));
};

type Volumes = NonNullable<Pod['spec']['volumes']>;
const templatesOf = ({ spec }: StatefulSet) =>
  (spec.volumeClaimTemplates ?? []).map((template) => ({ name: template.metadata.name ?? '', template }));

/** The claims' volumes stand in place of those of the same name. */
export function volumesOf(set: StatefulSet, ordinal: number, volumes: Volumes): Volumes {
  const templates = templatesOf(set);
  const own = templates.map(({ name }) => ({ name, persistentVolumeClaim: { claimName: claimNameOf(set, name, ordinal) } }));
  return [...own, ...volumes.filter(({ name }) => !templates.some((template) => template.name === name))] as unknown as Volumes;
}

/** The claims that a pod needs. */
export function claimsOf(set: StatefulSet, ordinal: number): readonly (Input<PersistentVolumeClaim> & { metadata: { name: string } })[] {
  return templatesOf(set).map(({ name, template: { metadata, spec } }) => {
    const labels = { ...metadata.labels, ...set.spec.selector?.matchLabels };
    return { metadata: { ...metadata, name: claimNameOf(set, name, ordinal), namespace: set.metadata.namespace, labels }, spec };
  }) as never;
}

export const identityLabels = (set: StatefulSet, ordinal: number) => ({
  [podNameLabel]: podNameOf(set, ordinal),
  [podIndexLabel]: String(ordinal),
});
/** A new pod; `set` has the template of the revision. */
export function memberPod(
  set: StatefulSet,
  ordinal: number,
  revision: string,
): Input<Pod> & { readonly metadata: { readonly name: string } } {
  const name = podNameOf(set, ordinal);
  const { template, serviceName } = set.spec;
  const labels = { ...template.metadata.labels, ...identityLabels(set, ordinal), [revisionHashLabel]: revision };
  const volumes = volumesOf(set, ordinal, template.spec.volumes ?? []);
  const { subdomain: _, ...rest } = template.spec;
  const spec = { ...rest, hostname: name, ...(serviceName === '' ? {} : { subdomain: serviceName }), volumes };
  return podOf(StatefulSet, set, template, { name, labels, spec }) as never;
}

export const hasIdentity = (set: StatefulSet, pod: Pod): boolean =>
  pod.metadata.name === podNameOf(set, ordinalOf(pod)) && pod.metadata.labels?.[podNameLabel] === pod.metadata.name;
export const hasStorage = (set: StatefulSet, pod: Pod): boolean =>
  templatesOf(set).every(({ name }) => {
    const volume = pod.spec.volumes?.find((each) => each.name === name);
    return volume?.persistentVolumeClaim?.claimName === claimNameOf(set, name, ordinalOf(pod));
  });
