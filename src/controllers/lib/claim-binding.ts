import { goQuote } from '../../api/go-text.ts';
import { type Key, keyText } from '../../api/meta.ts';
import type { ControllerContext, Result } from '../../client/controller.ts';
import { storageClassAnnotation, storageClassOf } from '../../kinds/core/lib/claim-strategy.ts';
import {
  annotated,
  betaProvisionerAnnotation,
  bindCompletedAnnotation,
  boundByControllerAnnotation,
  findVolumeOfFewestModes,
  hasAnnotation,
  isBoundTo,
  provisionerAnnotation,
  selectedNodeAnnotation,
  whyNotBindable,
} from '../../kinds/core/lib/volume-binding.ts';
import { PersistentVolume } from '../../kinds/core/persistent-volume.ts';
import type { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { newestDefault } from '../../kinds/storage/lib/default-class.ts';
import { StorageClass } from '../../kinds/storage/storage-class.ts';
import { podsOfClaim } from './claim-pods.ts';
import { isPodTerminal } from './pods.ts';
import { driverOf, withDriver } from './volume-bindings.ts';
import { bind, latest, saveClaim, setClaimPhase } from './volume-writes.ts';

type Claim = PersistentVolumeClaim;

/** How often a claim without a volume is looked at again, and its user told why it waits. */
const retry = { afterMs: 15_000 };
const index = 'persistent-volume-binder/volumes';
const ofClass = (name: string) => `class/${name}`;
const ofClaim = (claim: Key) => `claim/${keyText(claim)}`;

/** Volumes that are set aside for a claim. */
export function volumesOfClaim(claim: Key, context: ControllerContext): readonly PersistentVolume[] {
  const informer = context.informers.of(PersistentVolume);
  informer.index(index, ({ metadata, spec }) =>
    spec.claimRef?.name === undefined
      ? [ofClass(storageClassOf({ metadata, spec }))]
      : [ofClaim({ name: spec.claimRef.name, namespace: spec.claimRef.namespace })],
  );
  return informer.cache.byIndex(index, ofClaim(claim));
}

function candidates(claim: Claim, onlyPrebound: boolean, context: ControllerContext): readonly PersistentVolume[] {
  const prebound = volumesOfClaim(claim.metadata, context);
  const free = onlyPrebound ? [] : context.cache(PersistentVolume).byIndex(index, ofClass(storageClassOf(claim)));
  return latest(context).volumes.newest([...prebound, ...free]);
}

function sayWaiting(claim: Claim, context: ControllerContext): void {
  const pods = podsOfClaim(claim.metadata, context)
    .filter((pod) => !isPodTerminal(pod) && (pod.spec.nodeName ?? '') === '')
    .map(({ metadata }) => metadata.name);
  if (pods.length === 0) {
    context.events.event(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  } else {
    const message = `waiting for pod${pods.length === 1 ? '' : 's'} ${pods.join(',')} to be scheduled`;
    context.events.event(claim, 'Normal', 'WaitForPodScheduled', message);
  }
}

/** Hands the claim to the provisioner of its class. */
async function provision(claim: Claim, context: ControllerContext): Promise<void> {
  const failed = (message: string) => context.events.event(claim, 'Warning', 'ProvisioningFailed', message);
  const name = storageClassOf(claim);
  const found = context.cache(StorageClass).get({ name });
  if (found === undefined) return failed(`storageclass.storage.k8s.io ${goQuote(name)} not found`);
  const provisioner = driverOf(found.provisioner);
  if (provisioner.startsWith('kubernetes.io/')) return failed(`no volume plugin matched name: ${provisioner}`);
  // Named under both, as long as there are provisioners that know only the first
  const named = annotated(claim, { [betaProvisionerAnnotation]: provisioner, [provisionerAnnotation]: provisioner });
  const saved = await saveClaim(named, claim, context);
  const message =
    `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. ` +
    'If volume creation is delayed, please verify that the provisioner is running and correctly registered.';
  context.events.event(saved, 'Normal', 'ExternalProvisioning', message);
}

/** A claim that came before there was a default class gets it now. */
function withDefaultClass(claim: Claim, context: ControllerContext): Claim {
  if (claim.spec.storageClassName !== undefined || hasAnnotation(claim, storageClassAnnotation)) return claim;
  const chosen = newestDefault(context.cache(StorageClass).list());
  return chosen === undefined ? claim : { ...claim, spec: { ...claim.spec, storageClassName: chosen.metadata.name } };
}

async function bindAny(claim: Claim, context: ControllerContext): Promise<Result> {
  const className = storageClassOf(claim);
  const waits = context.cache(StorageClass).get({ name: className })?.volumeBindingMode === 'WaitForFirstConsumer';
  const volume = findVolumeOfFewestModes(claim, candidates(claim, waits, context), { onlyPrebound: waits });
  if (volume !== undefined) {
    await bind(volume, claim, context);
    return undefined;
  }
  const classed = withDefaultClass(claim, context);
  if (classed !== claim) {
    await saveClaim(classed, claim, context);
    return undefined;
  }
  if (waits && !hasAnnotation(claim, selectedNodeAnnotation)) sayWaiting(claim, context);
  else if (className !== '') {
    await provision(claim, context);
    return retry;
  } else {
    const message = 'no persistent volumes available for this claim and no storage class is set';
    context.events.event(claim, 'Normal', 'FailedBinding', message);
  }
  await setClaimPhase(claim, 'Pending', undefined, context);
  return retry;
}

async function bindNamed(claim: Claim, name: string, context: ControllerContext): Promise<Result> {
  const volume = latest(context).volumes.get({ name });
  const refused = (reason: string, message: string) => context.events.event(claim, 'Warning', reason, message);
  if (volume !== undefined) {
    const mismatch = volume.spec.claimRef === undefined ? whyNotBindable(volume, claim) : undefined;
    if (mismatch === undefined && (volume.spec.claimRef === undefined || isBoundTo(volume, claim))) {
      await bind(volume, claim, context);
      return undefined;
    }
    if (mismatch !== undefined) refused('VolumeMismatch', `Cannot bind to requested volume ${goQuote(name)}: ${mismatch}`);
    else refused('FailedBinding', `volume ${goQuote(name)} already bound to a different claim.`);
    // Its mark of completion was taken away by hand: left as it is, for a human to see
    if (mismatch === undefined && hasAnnotation(claim, boundByControllerAnnotation)) return retry;
  }
  await setClaimPhase(claim, 'Pending', undefined, context);
  return retry;
}

async function lose(claim: Claim, reason: string, message: string, context: ControllerContext): Promise<void> {
  if (claim.status.phase === 'Lost') return;
  await setClaimPhase(claim, 'Lost', undefined, context);
  context.events.event(claim, 'Warning', reason, message);
}

async function checkBound(claim: Claim, context: ControllerContext): Promise<void> {
  const name = claim.spec.volumeName ?? '';
  if (name === '') {
    return lose(claim, 'ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!', context);
  }
  const volume = latest(context).volumes.get({ name });
  if (volume === undefined) {
    return lose(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!', context);
  }
  if (volume.spec.claimRef === undefined || volume.spec.claimRef.uid === claim.metadata.uid) return bind(volume, claim, context);
  await lose(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly', context);
}

/** Gives a claim its volume, or finds out who else has to act; then keeps watch over the pair. */
export async function syncClaim(key: Key, context: ControllerContext): Promise<Result> {
  const found = latest(context).claims.get(key);
  if (found === undefined) return undefined;
  const claim = await saveClaim(withDriver(found, provisionerAnnotation, betaProvisionerAnnotation), found, context);
  if (hasAnnotation(claim, bindCompletedAnnotation)) {
    await checkBound(claim, context);
    return undefined;
  }
  const name = claim.spec.volumeName ?? '';
  return name === '' ? bindAny(claim, context) : bindNamed(claim, name, context);
}
