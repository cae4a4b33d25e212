import { goQuote } from '../api/go-text.ts';
import { claimNameOf, whyNotClaimOf } from '../kinds/core/lib/pod-claims.ts';
import { isReachableFrom } from '../kinds/core/lib/volume-binding.ts';
import type { PersistentVolume } from '../kinds/core/persistent-volume.ts';
import type { PersistentVolumeClaim } from '../kinds/core/persistent-volume-claim.ts';
import type { ObjectReader } from './context.ts';
import { allContainersOf, type BackedVolume, type Node, type Pod, type Volume } from './types.ts';

/** What is behind the claims of pods. */
export interface PodClaims {
  /** The pod's volumes, those of claims with their storage. Throws Error with what to tell the user while a claim is not ready. */
  volumesOf(pod: Pod): Promise<readonly BackedVolume[]>;
  forget(podUid: string): void;
}

const protection = 'kubernetes.io/pvc-protection';

function checkClaim(claim: PersistentVolumeClaim | undefined, name: string): string {
  if (claim === undefined) throw new Error(`failed to fetch PVC from API server: persistentvolumeclaims ${goQuote(name)} not found`);
  // One that is protected stays until this pod is gone: it may be a kubelet that starts again and whose pods run.
  if (claim.metadata.deletionTimestamp !== undefined && !claim.metadata.finalizers?.includes(protection)) {
    throw new Error('PVC is being deleted');
  }
  if (claim.status.phase !== 'Bound') throw new Error('PVC is not bound');
  if (!claim.spec.volumeName) throw new Error('PVC has empty pvc.Spec.VolumeName');
  return claim.spec.volumeName;
}

function checkVolume(volume: PersistentVolume | undefined, name: string, uid: string): PersistentVolume {
  if (volume === undefined) throw new Error(`failed to fetch PV ${name} from API server: persistentvolumes ${goQuote(name)} not found`);
  const { claimRef } = volume.spec;
  if (claimRef === undefined) {
    throw new Error(`found PV object ${name} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`);
  }
  if (claimRef.uid !== uid) {
    throw new Error(`found PV object ${name} but its pv.Spec.ClaimRef.UID ${claimRef.uid ?? ''} does not point to claim.UID ${uid}`);
  }
  return volume;
}

function checkMode(pod: Pod, { name }: Volume, { spec }: PersistentVolume): void {
  const { volumeMode = 'Filesystem' } = spec;
  const containers = allContainersOf(pod);
  const isMounted = containers.some(({ volumeMounts = [] }) => volumeMounts.some((mount) => mount.name === name));
  const isDevice = containers.some(({ volumeDevices = [] }) => volumeDevices.some((device) => device.name === name));
  const wrong = (where: string) => new Error(`volume ${name} has volumeMode ${volumeMode}, but is specified in ${where}`);
  if (isMounted && volumeMode !== 'Filesystem') throw wrong('volumeMounts');
  if (isDevice && volumeMode !== 'Block') throw wrong('volumeDevices');
}

/** `node`: this node as the API knows it. */
export function createPodClaims(reader: ObjectReader, node: () => Node | undefined): PodClaims {
  /** By pod: a claim never changes its volume, nor a volume its storage. */
  const known = new Map<string, readonly BackedVolume[]>();

  async function find(pod: Pod, volume: Volume, claimName: string): Promise<PersistentVolume> {
    const namespace = pod.metadata.namespace ?? '';
    const claim = await reader.claim(namespace, claimName);
    try {
      const volumeName = checkClaim(claim, claimName);
      const foreign = volume.ephemeral === undefined ? undefined : whyNotClaimOf(pod, claim!);
      if (foreign !== undefined) throw new Error(foreign);
      const found = checkVolume(await reader.persistentVolume(volumeName), volumeName, claim!.metadata.uid);
      checkMode(pod, volume, found);
      return found;
    } catch (error) {
      const name = `[${volume.name}]`;
      const why = `error processing PVC ${namespace}/${claimName}: ${(error as Error).message}`;
      throw new Error(
        `Unable to attach or mount volumes: unmounted volumes=${name}, unattached volumes=[], failed to process volumes=${name}: ${why}`,
      );
    }
  }

  async function back(pod: Pod, volume: Volume): Promise<BackedVolume> {
    const claimName = claimNameOf(pod, volume);
    if (claimName === undefined) return volume;
    const found = await find(pod, volume, claimName);
    const here = node();
    if (here !== undefined && !isReachableFrom(found, here)) {
      throw new Error(`MountVolume.NodeAffinity check failed for volume ${goQuote(found.metadata.name)} : no matching NodeSelectorTerms`);
    }
    const { hostPath, local } = found.spec;
    const readOnly = volume.persistentVolumeClaim?.readOnly === true;
    return { name: volume.name, readOnly, ...(hostPath === undefined ? {} : { hostPath }), ...(local === undefined ? {} : { local }) };
  }

  return {
    async volumesOf(pod) {
      const { uid } = pod.metadata;
      const present = known.get(uid);
      if (present !== undefined) return present;
      const volumes: BackedVolume[] = [];
      for (const volume of pod.spec?.volumes ?? []) volumes.push(await back(pod, volume));
      known.set(uid, volumes);
      return volumes;
    },
    forget: (uid) => void known.delete(uid),
  };
}
