import type { ApiObject } from '../../../api/meta.ts';

interface Named {
  readonly name?: string;
}
interface ContainerLike {
  readonly env?: readonly { readonly valueFrom?: { readonly secretKeyRef?: Named; readonly configMapKeyRef?: Named } }[];
  readonly envFrom?: readonly { readonly secretRef?: Named; readonly configMapRef?: Named }[];
}
interface VolumeLike {
  readonly name?: string;
  readonly secret?: { readonly secretName?: string };
  readonly configMap?: Named;
  readonly persistentVolumeClaim?: { readonly claimName?: string };
  readonly ephemeral?: object;
  readonly projected?: { readonly sources?: readonly { readonly secret?: Named; readonly configMap?: Named }[] };
  readonly csi?: { readonly nodePublishSecretRef?: Named };
  readonly [other: string]: unknown;
}
/** As much of a pod as the Node authorizer looks at. */
export interface PodLike extends ApiObject {
  readonly spec?: {
    readonly nodeName?: string;
    readonly serviceAccountName?: string;
    readonly imagePullSecrets?: readonly Named[];
    readonly containers?: readonly ContainerLike[];
    readonly initContainers?: readonly ContainerLike[];
    readonly ephemeralContainers?: readonly ContainerLike[];
    readonly volumes?: readonly VolumeLike[];
    readonly resourceClaims?: readonly { readonly resourceClaimName?: string }[];
  };
  readonly status?: {
    readonly resourceClaimStatuses?: readonly { readonly resourceClaimName?: string }[];
    readonly extendedResourceClaimStatus?: { readonly resourceClaimName?: string };
  };
}

/** Volume types that name a secret as `secretRef`. */
const secretRefVolumes = ['cephfs', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'] as const;

function containerReferences(container: ContainerLike): readonly (readonly [string, string | undefined])[] {
  return [
    ...(container.env ?? []).flatMap(({ valueFrom }) => [
      ['secrets', valueFrom?.secretKeyRef?.name] as const,
      ['configmaps', valueFrom?.configMapKeyRef?.name] as const,
    ]),
    ...(container.envFrom ?? []).flatMap(({ secretRef, configMapRef }) => [
      ['secrets', secretRef?.name] as const,
      ['configmaps', configMapRef?.name] as const,
    ]),
  ];
}
function volumeReferences(volume: VolumeLike, podName: string): readonly (readonly [string, string | undefined])[] {
  return [
    ['secrets', volume.secret?.secretName],
    ['configmaps', volume.configMap?.name],
    [
      'persistentvolumeclaims',
      volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral === undefined ? undefined : `${podName}-${volume.name}`),
    ],
    ['secrets', volume.csi?.nodePublishSecretRef?.name],
    ...(volume.projected?.sources ?? []).flatMap((source) => [
      ['secrets', source.secret?.name] as const,
      ['configmaps', source.configMap?.name] as const,
    ]),
    ...secretRefVolumes.map((type) => ['secrets', (volume[type] as { secretRef?: Named } | undefined)?.secretRef?.name] as const),
    ['secrets', (volume.azureFile as { secretName?: string } | undefined)?.secretName],
  ];
}

/** What a pod refers to, and itself: 'secrets/<namespace>/<name>', each once. */
export function podReferences(pod: PodLike): readonly string[] {
  const { namespace = '', name } = pod.metadata;
  const { spec = {}, status = {} } = pod;
  const containers = [...(spec.containers ?? []), ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])];
  const found: (readonly [string, string | undefined])[] = [
    ['pods', name],
    ['serviceaccounts', spec.serviceAccountName],
    ...(spec.imagePullSecrets ?? []).map((secret) => ['secrets', secret.name] as const),
    ...containers.flatMap(containerReferences),
    ...(spec.volumes ?? []).flatMap((volume) => volumeReferences(volume, name)),
    ...[...(spec.resourceClaims ?? []), ...(status.resourceClaimStatuses ?? []), status.extendedResourceClaimStatus].map(
      (claim) => ['resourceclaims', claim?.resourceClaimName] as const,
    ),
  ];
  return [...new Set(found.flatMap(([resource, target]) => (target ? [`${resource}/${namespace}/${target}`] : [])))];
}
