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

type Add = (resource: string, name: string | undefined) => void;

function addContainer({ env = [], envFrom = [] }: ContainerLike, add: Add): void {
  for (const { valueFrom } of env) {
    if (valueFrom === undefined) continue;
    add('secrets', valueFrom.secretKeyRef?.name);
    add('configmaps', valueFrom.configMapKeyRef?.name);
  }
  for (const { secretRef, configMapRef } of envFrom) {
    add('secrets', secretRef?.name);
    add('configmaps', configMapRef?.name);
  }
}
function addVolume(volume: VolumeLike, podName: string, add: Add): void {
  add('secrets', volume.secret?.secretName);
  add('configmaps', volume.configMap?.name);
  add('persistentvolumeclaims', volume.persistentVolumeClaim?.claimName ?? (volume.ephemeral && `${podName}-${volume.name}`));
  add('secrets', volume.csi?.nodePublishSecretRef?.name);
  for (const { secret, configMap } of volume.projected?.sources ?? []) {
    add('secrets', secret?.name);
    add('configmaps', configMap?.name);
  }
  for (const type of secretRefVolumes) add('secrets', (volume[type] as { secretRef?: Named } | undefined)?.secretRef?.name);
  add('secrets', (volume.azureFile as { secretName?: string } | undefined)?.secretName);
}

/** What a pod refers to, and itself: 'secrets/<namespace>/<name>', each once. */
export function podReferences(pod: PodLike): readonly string[] {
  const { namespace = '', name } = pod.metadata;
  const { spec = {}, status = {} } = pod;
  const found = new Set<string>();
  const add: Add = (resource, target) => {
    if (target) found.add(`${resource}/${namespace}/${target}`);
  };
  add('pods', name);
  add('serviceaccounts', spec.serviceAccountName);
  for (const secret of spec.imagePullSecrets ?? []) add('secrets', secret.name);
  for (const containers of [spec.containers, spec.initContainers, spec.ephemeralContainers])
    for (const container of containers ?? []) addContainer(container, add);
  for (const volume of spec.volumes ?? []) addVolume(volume, name, add);
  for (const claims of [spec.resourceClaims, status.resourceClaimStatuses])
    for (const claim of claims ?? []) add('resourceclaims', claim.resourceClaimName);
  add('resourceclaims', status.extendedResourceClaimStatus?.resourceClaimName);
  return [...found];
}
