import { sameJson } from '../../base/equal.ts';
import type { ControllerContext } from '../../client/controller.ts';
import { boundVolume } from '../../kinds/core/lib/volume-binding.ts';
import { PersistentVolume } from '../../kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { Latest } from './latest.ts';
import { perContext } from './per-context.ts';
import { boundClaim, claimStatus, unboundVolume } from './volume-bindings.ts';

/** Volumes and claims as the binder sees them. */
export const latest = perContext((context) => ({
  volumes: new Latest<PersistentVolume>(context.cache(PersistentVolume)),
  claims: new Latest<PersistentVolumeClaim>(context.cache(PersistentVolumeClaim)),
}));

export async function saveVolume(volume: PersistentVolume, old: PersistentVolume, context: ControllerContext): Promise<PersistentVolume> {
  return volume === old ? old : latest(context).volumes.wrote(await context.client.update(PersistentVolume, volume));
}
export async function saveClaim(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
  context: ControllerContext,
): Promise<PersistentVolumeClaim> {
  return claim === old ? old : latest(context).claims.wrote(await context.client.update(PersistentVolumeClaim, claim));
}

/** `event`: told when the phase changes, and not before it is saved. */
export async function setVolumePhase(
  volume: PersistentVolume,
  phase: string,
  context: ControllerContext,
  event?: { readonly reason: string; readonly message: string },
): Promise<PersistentVolume> {
  if (volume.status.phase === phase) return volume;
  const { message: _, ...rest } = volume.status;
  const status = { ...rest, phase, ...(event === undefined ? {} : { message: event.message }) };
  const saved = latest(context).volumes.wrote(await context.client.updateStatus(PersistentVolume, { ...volume, status }));
  if (event !== undefined) context.events.event(saved, 'Warning', event.reason, event.message);
  return saved;
}

export async function setClaimPhase(
  claim: PersistentVolumeClaim,
  phase: string,
  volume: PersistentVolume | undefined,
  context: ControllerContext,
): Promise<void> {
  const status = claimStatus(claim, phase, volume);
  if (sameJson(status, claim.status)) return;
  latest(context).claims.wrote(await context.client.updateStatus(PersistentVolumeClaim, { ...claim, status }));
}

/** Writes a binding on both sides, the volume first: whatever is cut short there is finished from the volume's reference. */
export async function bind(volume: PersistentVolume, claim: PersistentVolumeClaim, context: ControllerContext): Promise<void> {
  const reserved = await saveVolume(boundVolume(volume, claim), volume, context);
  const bound = await setVolumePhase(reserved, 'Bound', context);
  const named = await saveClaim(boundClaim(claim, bound), claim, context);
  await setClaimPhase(named, 'Bound', bound, context);
}

export async function unbind(volume: PersistentVolume, context: ControllerContext): Promise<void> {
  await setVolumePhase(await saveVolume(unboundVolume(volume), volume, context), 'Available', context);
}
