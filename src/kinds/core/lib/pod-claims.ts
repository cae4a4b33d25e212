import { controllerOf, type ApiObject } from '../../../api/meta.ts';

interface VolumeOfPod {
  readonly name: string;
  readonly persistentVolumeClaim?: { readonly claimName: string } | undefined;
  readonly ephemeral?: object | undefined;
}
interface PodWithVolumes extends ApiObject {
  readonly spec: { readonly volumes?: readonly VolumeOfPod[] | undefined };
}

/** Name of the claim behind a volume of a pod: the one it names, or the one made for an ephemeral volume; undefined for other volumes. */
export function claimNameOf(pod: ApiObject, volume: VolumeOfPod): string | undefined {
  if (volume.persistentVolumeClaim !== undefined) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral === undefined ? undefined : `${pod.metadata.name}-${volume.name}`;
}

/** Names of all claims of a pod. */
export const claimNamesOf = (pod: PodWithVolumes): readonly string[] =>
  (pod.spec.volumes ?? []).flatMap((volume) => claimNameOf(pod, volume) ?? []);

/** Why a claim cannot serve an ephemeral volume of a pod: another one's claim has the name. KEP-1698. */
export function whyNotClaimOf(pod: ApiObject, claim: ApiObject): string | undefined {
  const { namespace, name } = claim.metadata;
  if (namespace === pod.metadata.namespace && controllerOf(claim)?.uid === pod.metadata.uid) return undefined;
  return `PVC ${namespace}/${name} was not created for pod ${pod.metadata.namespace}/${pod.metadata.name} (pod is not owner)`;
}
