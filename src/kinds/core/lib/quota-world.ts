import { type ApiObject, controllerOf } from '../../../api/meta.ts';
import type { DeviceClassSpec } from '../../resource/shapes/device-class.ts';
import type { PodLike } from './pod-types.ts';
import type { QuotaWorld } from './quota-evaluators.ts';
import { deviceClassPrefix, podUsage } from './quota-pods.ts';

interface ClassLike extends ApiObject {
  readonly spec: DeviceClassSpec;
}
const madeForPod = 'resource.kubernetes.io/extended-resource-claim';

/** Whether `a` came before `b`, by time and then by name. */
function isEarlier({ metadata: a }: ApiObject, { metadata: b }: ApiObject): boolean {
  return a.creationTimestamp === b.creationTimestamp ? a.name < b.name : a.creationTimestamp < b.creationTimestamp;
}

/** What quotas depend on, from the objects of a namespace and the device classes. */
export function quotaWorld(state: {
  readonly nowMs: number;
  readonly classes: readonly ClassLike[];
  readonly pods: readonly PodLike[];
  readonly claims: readonly ApiObject[];
}): QuotaWorld {
  const { nowMs, classes, pods, claims } = state;
  const resources = new Map(classes.map(({ metadata, spec }) => [metadata.name, spec.extendedResourceName]));
  const known = new Set([
    ...[...resources.values()].filter((name) => name !== undefined),
    ...[...resources.keys()].map((name) => `${deviceClassPrefix}${name}`),
  ]);
  const ownerOf = (claim: ApiObject) => {
    const owner = claim.metadata.annotations?.[madeForPod] === 'true' ? controllerOf(claim) : undefined;
    return owner?.kind === 'Pod' && owner.apiVersion === 'v1' ? owner : undefined;
  };
  return {
    nowMs,
    resourceOf: (className) => resources.get(className),
    has: (resource) => known.has(resource),
    podUsageOf(claim) {
      const owner = ownerOf(claim);
      const pod = pods.find(({ metadata }) => metadata.uid === owner?.uid && metadata.name === owner.name);
      if (owner === undefined || pod === undefined) return undefined;
      const named = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
      if (named !== undefined) return named === claim.metadata.name ? podUsage(pod, nowMs) : undefined;
      // A pod that names no claim yet has one; what else says it is the pod's is charged in full.
      const others = claims.filter((one) => ownerOf(one)?.uid === owner.uid && one.metadata.name !== claim.metadata.name);
      return others.some((other) => isEarlier(other, claim)) ? undefined : podUsage(pod, nowMs);
    },
  };
}
