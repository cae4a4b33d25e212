import type { Pod } from '../kinds/core/pod.ts';
import type { PersistentVolumeSpec } from '../kinds/core/shapes/persistent-volume.ts';

/** The pieces of a Pod under the names that the kubelet uses. */
export type { Pod };
export type { Node } from '../kinds/core/node.ts';
export type PodSpec = NonNullable<Pod['spec']>;
export type PodStatus = NonNullable<Pod['status']>;
export type PodCondition = NonNullable<PodStatus['conditions']>[number];
export type Container = NonNullable<PodSpec['containers']>[number];
export type EphemeralContainer = NonNullable<PodSpec['ephemeralContainers']>[number];
/** What containers, init containers and ephemeral containers have in common. */
export type AnyContainer = Container | EphemeralContainer;
export type ContainerStatusV1 = NonNullable<PodStatus['containerStatuses']>[number];
export type ContainerStateV1 = NonNullable<ContainerStatusV1['state']>;
export type Probe = NonNullable<Container['livenessProbe']>;
export type LifecycleHandler = NonNullable<NonNullable<Container['lifecycle']>['preStop']>;
export type EnvVar = NonNullable<Container['env']>[number];
export type VolumeMount = NonNullable<Container['volumeMounts']>[number];
export type Volume = NonNullable<PodSpec['volumes']>[number];
/** A volume of a pod; of a claim: what is behind it. */
export type BackedVolume = Volume & Pick<PersistentVolumeSpec, 'local'> & { readonly readOnly?: boolean };
export type ResourceList = Readonly<Record<string, string>>;
export type ResourceRequirements = NonNullable<Container['resources']>;
export type Toleration = NonNullable<PodSpec['tolerations']>[number];

export const initContainersOf = (pod: Pod): readonly Container[] => pod.spec?.initContainers ?? [];
export const containersOf = (pod: Pod): readonly Container[] => pod.spec?.containers ?? [];
export const ephemeralContainersOf = (pod: Pod): readonly EphemeralContainer[] => pod.spec?.ephemeralContainers ?? [];
export const allContainersOf = (pod: Pod): readonly AnyContainer[] => [
  ...initContainersOf(pod),
  ...containersOf(pod),
  ...ephemeralContainersOf(pod),
];
export const findContainer = (pod: Pod, name: string): AnyContainer | undefined => allContainersOf(pod).find((one) => one.name === name);
/** An init container with restartPolicy Always (KEP-753). */
export const isSidecar = (container: AnyContainer): boolean => (container as Container).restartPolicy === 'Always';
export const usesHostNetwork = (pod: Pod): boolean => pod.spec?.hostNetwork === true;
export const isDeleted = (pod: Pod): boolean => pod.metadata.deletionTimestamp !== undefined;
export const isTerminalPhase = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';

/** 'name_namespace(uid)', as upstream prints pods in messages. */
export const podText = (pod: Pod): string => `${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid})`;

/** Field path of a container for events: 'spec.containers{name}'. */
export function containerFieldPath(pod: Pod, name: string): string {
  if (initContainersOf(pod).some((one) => one.name === name)) return `spec.initContainers{${name}}`;
  if (ephemeralContainersOf(pod).some((one) => one.name === name)) return `spec.ephemeralContainers{${name}}`;
  return `spec.containers{${name}}`;
}
