import { type ApiObject, controllerOf } from '../../../api/meta.ts';

interface PodClaim {
  readonly name: string;
  readonly resourceClaimName?: string | undefined;
  readonly resourceClaimTemplateName?: string | undefined;
}
interface PodWithClaims extends ApiObject {
  readonly spec: { readonly resourceClaims?: readonly PodClaim[] | undefined; readonly nodeName?: string | undefined };
  readonly status: {
    readonly phase?: string | undefined;
    readonly resourceClaimStatuses?: readonly { readonly name: string; readonly resourceClaimName?: string | undefined }[] | undefined;
    readonly extendedResourceClaimStatus?: { readonly resourceClaimName: string } | undefined;
  };
}
interface Claim extends ApiObject {
  readonly status: { readonly reservedFor?: readonly { readonly uid: string }[] | undefined };
}

/** On a claim: for which of its pod's claims it was made from a template. */
export const podClaimAnnotation = 'resource.kubernetes.io/pod-claim-name';
/** On a claim that is allocated: kept until it is not. */
export const allocatedFinalizer = 'resource.kubernetes.io/delete-protection';

/** Name of the claim behind a pod's claim: undefined while it has not been made, null when none is needed. */
export function resourceClaimName({ status }: PodWithClaims, { name, resourceClaimName: direct }: PodClaim): string | undefined | null {
  if (direct !== undefined) return direct;
  const made = status.resourceClaimStatuses?.find((one) => one.name === name);
  return made === undefined ? undefined : (made.resourceClaimName ?? null);
}

/** Names of the claims of a pod that are known. */
export function resourceClaimNames(pod: PodWithClaims): readonly string[] {
  const names = (pod.spec.resourceClaims ?? []).map((claim) => resourceClaimName(pod, claim));
  return [...names, pod.status.extendedResourceClaimStatus?.resourceClaimName].filter((name) => typeof name === 'string');
}

/** Why a claim that was made from a template is not the pod's. */
export function whyNotMadeFor(pod: ApiObject, claim: ApiObject): string | undefined {
  if (controllerOf(claim)?.uid === pod.metadata.uid) return undefined;
  const [ofClaim, ofPod] = [claim, pod].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return `ResourceClaim ${ofClaim} was not created for Pod ${ofPod} (Pod is not owner)`;
}

export const isReservedFor = ({ metadata }: ApiObject, { status }: Claim): boolean =>
  status.reservedFor?.some(({ uid }) => uid === metadata.uid) === true;

/** The pod will never run, or never again. */
export const isPodDone = ({ metadata, spec, status }: PodWithClaims): boolean =>
  status.phase === 'Succeeded' || status.phase === 'Failed' || (metadata.deletionTimestamp !== undefined && (spec.nodeName ?? '') === '');
