import { goQuote } from '../../api/go-text.ts';
import { type Key, keyText } from '../../api/meta.ts';
import { isNotFound } from '../../api/status.ts';
import type { ControllerContext } from '../../client/controller.ts';
import { hasAnnotation, migratedToAnnotation, provisionedByAnnotation, sameMode } from '../../kinds/core/lib/volume-binding.ts';
import type { PersistentVolume } from '../../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { podsOfClaim } from './claim-pods.ts';
import { isPodTerminal } from './pods.ts';
import { withDriver } from './volume-bindings.ts';
import { latest, saveVolume, setVolumePhase, unbind } from './volume-writes.ts';

type ClaimRef = NonNullable<PersistentVolume['spec']['claimRef']>;

const claimKey = ({ name = '', namespace }: ClaimRef): Key => ({ name, namespace });

async function live(key: Key, context: ControllerContext): Promise<PersistentVolumeClaim | undefined> {
  try {
    return await context.client.get(PersistentVolumeClaim, key);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** The very claim that a volume is bound to. Asks the server before a volume is given up: the claim may not have reached the cache. */
async function claimOf(volume: PersistentVolume, ref: ClaimRef, context: ControllerContext): Promise<PersistentVolumeClaim | undefined> {
  const key = claimKey(ref);
  const cached = latest(context).claims.get(key);
  if (cached?.metadata.uid === ref.uid) return cached;
  const { phase } = volume.status;
  if (cached === undefined && (phase === 'Released' || phase === 'Failed')) return undefined;
  const claim = await live(key, context);
  return claim?.metadata.uid === ref.uid ? claim : undefined;
}

/** Volumes are emptied and deleted by the provisioners that made them; a claim's user learns when none is there for it. */
async function reclaim(volume: PersistentVolume, ref: ClaimRef, context: ControllerContext): Promise<void> {
  if (hasAnnotation(volume, migratedToAnnotation)) return;
  const failed = (reason: string, message: string) => setVolumePhase(volume, 'Failed', context, { reason, message });
  switch (volume.spec.persistentVolumeReclaimPolicy) {
    case 'Retain':
      return;
    case 'Recycle': {
      const users = podsOfClaim(claimKey(ref), context).filter((pod) => !isPodTerminal(pod));
      if (users.length > 0 && latest(context).claims.get(claimKey(ref)) === undefined) {
        const names = users.map(({ metadata }) => keyText(metadata)).sort();
        return context.events.event(volume, 'Normal', 'VolumeFailedRecycle', `Volume is used by pods: ${names.join(',')}`);
      }
      await failed('VolumeFailedRecycle', 'No recycler plugin found for the volume!');
      return;
    }
    case 'Delete': {
      const provisioner = volume.metadata.annotations?.[provisionedByAnnotation] ?? '';
      if (provisioner.startsWith('kubernetes.io/')) await failed('VolumeFailedDelete', `no volume plugin matched name: ${provisioner}`);
      else if (provisioner === '' && volume.spec.csi === undefined) {
        const { name } = volume.metadata;
        const why = 'no deletable volume plugin matched';
        await failed('VolumeFailedDelete', `error getting deleter volume plugin for volume ${goQuote(name)}: ${why}`);
      }
      return;
    }
    default:
      await failed('VolumeUnknownReclaimPolicy', 'Volume has unrecognized PersistentVolumeReclaimPolicy');
  }
}

async function release(volume: PersistentVolume, ref: ClaimRef, context: ControllerContext): Promise<void> {
  const isReleased = volume.status.phase === 'Released' || volume.status.phase === 'Failed';
  await reclaim(isReleased ? volume : await setVolumePhase(volume, 'Released', context), ref, context);
}

function sayMismatch(volume: PersistentVolume, claim: PersistentVolumeClaim, { events }: ControllerContext): void {
  const [ofVolume, ofClaim] = [goQuote(volume.metadata.name), goQuote(claim.metadata.name)];
  const reason = 'due to incompatible volumeMode.';
  const toVolume = `Cannot bind PersistentVolume to requested PersistentVolumeClaim ${ofClaim} ${reason}`;
  events.event(volume, 'Warning', 'VolumeMismatch', toVolume);
  events.event(claim, 'Warning', 'VolumeMismatch', `Cannot bind PersistentVolume ${ofVolume} to requested PersistentVolumeClaim ${reason}`);
}

/** Keeps a volume's phase true to its claim, and releases it when the claim is gone. */
export async function syncVolume(key: Key, context: ControllerContext): Promise<void> {
  const found = latest(context).volumes.get(key);
  if (found === undefined) return;
  const volume = await saveVolume(withDriver(found, provisionedByAnnotation), found, context);
  const ref = volume.spec.claimRef;
  if (ref === undefined || (ref.uid ?? '') === '') {
    await setVolumePhase(volume, 'Available', context);
    return;
  }
  const claim = await claimOf(volume, ref, context);
  if (claim === undefined) return release(volume, ref, context);
  const name = claim.spec.volumeName ?? '';
  if (name === volume.metadata.name) {
    await setVolumePhase(volume, 'Bound', context);
  } else if (name === '') {
    if (sameMode(volume, claim)) context.enqueue(claim.metadata);
    else sayMismatch(volume, claim, context);
  } else if (hasAnnotation(volume, provisionedByAnnotation) && volume.spec.persistentVolumeReclaimPolicy === 'Delete') {
    await release(volume, ref, context);
  } else {
    await unbind(volume, context);
  }
}
