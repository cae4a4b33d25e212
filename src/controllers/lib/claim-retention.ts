import { apiVersionOf, type AnyKind } from '../../api/kind.ts';
import type { ApiObject, OwnerReference } from '../../api/meta.ts';
import { StatefulSet } from '../../kinds/apps/stateful-set.ts';
import type { PersistentVolumeClaim } from '../../kinds/core/persistent-volume-claim.ts';
import { Pod } from '../../kinds/core/pod.ts';
import { controllerReference } from './owned.ts';
import { isInRange, ordinalOf } from './stateful-set-pods.ts';

/** Who a claim belongs to, so that it is deleted with it (KEP-1847): to the set, or once its pod is scaled away to the pod. */
interface Owned {
  readonly claim: PersistentVolumeClaim;
  readonly set: StatefulSet;
  /** Without a uid it is yet to be made. */
  readonly pod: { readonly metadata: { readonly name: string; readonly uid?: string } };
}

const names = (reference: OwnerReference, kind: AnyKind, name: string) =>
  reference.apiVersion === apiVersionOf(kind) && reference.kind === kind.kind && reference.name === name;
const referencesOf = (claim: PersistentVolumeClaim) => claim.metadata.ownerReferences ?? [];
const isOwnedBy = (claim: PersistentVolumeClaim, uid: string | undefined) => referencesOf(claim).some((reference) => reference.uid === uid);
const policyOf = ({ spec }: StatefulSet) => ({
  withSet: spec.persistentVolumeClaimRetentionPolicy?.whenDeleted === 'Delete',
  withPod: spec.persistentVolumeClaimRetentionPolicy?.whenScaled === 'Delete',
});
/** `owner` had a namesake before, which the claim still belongs to. */
function isStale(claim: PersistentVolumeClaim, kind: AnyKind, name: string, uid: string | undefined): boolean {
  const found = referencesOf(claim).find((reference) => names(reference, kind, name));
  return found !== undefined && found.uid !== uid;
}
/** A pod must not take over a claim that is about to go with a former pod of its name. */
export const isStaleFor = ({ claim, set, pod }: Owned): boolean =>
  policyOf(set).withPod && isStale(claim, Pod, pod.metadata.name, pod.metadata.uid);

/** Something else controls the claim, so no policy holds for it. */
export function hasOtherController({ claim, set, pod }: Owned): boolean {
  const { withSet, withPod } = policyOf(set);
  if (!withSet && !withPod) return false;
  return referencesOf(claim).some((reference) => {
    if (names(reference, StatefulSet, set.metadata.name)) return reference.uid !== set.metadata.uid;
    if (names(reference, Pod, pod.metadata.name)) return reference.uid !== pod.metadata.uid;
    return reference.controller === true;
  });
}

/** Who is to own the claim: the set, the pod, or nobody of both. */
function wantedOwner({ set, pod }: Owned): 'set' | 'pod' | undefined {
  const { withSet, withPod } = policyOf(set);
  if (withPod && !isInRange(set, ordinalOf(pod))) return 'pod';
  return withSet ? 'set' : undefined;
}

/** Whether the claim's owners are what the policy asks for. Claims in an unknown state count as right, for they must not be touched. */
export function ownersAreRight(owned: Owned): boolean {
  const { claim, set, pod } = owned;
  const [bySet, byPod] = [isOwnedBy(claim, set.metadata.uid), isOwnedBy(claim, pod.metadata.uid)];
  if (isStale(claim, StatefulSet, set.metadata.name, set.metadata.uid) || isStale(claim, Pod, pod.metadata.name, pod.metadata.uid))
    return true;
  if (hasOtherController(owned)) return !bySet && !byPod;
  const isOurs = ({ uid }: OwnerReference) => uid === set.metadata.uid || uid === pod.metadata.uid;
  if (referencesOf(claim).some((reference) => isOurs(reference) && reference.controller !== true)) return false;
  const wanted = wantedOwner(owned);
  return bySet === (wanted === 'set') && byPod === (wanted === 'pod');
}

/** The owners that the policy asks for, beside those of others. */
export function rightOwners(owned: Owned): readonly OwnerReference[] {
  const { claim, set, pod } = owned;
  const others = referencesOf(claim).filter(
    (reference) => !names(reference, StatefulSet, set.metadata.name) && !names(reference, Pod, pod.metadata.name),
  );
  const wanted = hasOtherController(owned) ? undefined : wantedOwner(owned);
  if (wanted === undefined) return others;
  const reference = wanted === 'set' ? controllerReference(StatefulSet, set) : controllerReference(Pod, pod as ApiObject);
  return others.some(({ uid }) => uid === reference.uid) ? others : [...others, reference];
}
