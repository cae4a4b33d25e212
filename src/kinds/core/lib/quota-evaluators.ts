import type { AnyKind } from '../../../api/kind.ts';
import type { ApiObject } from '../../../api/meta.ts';
import type { ResourceClaimSpec } from '../../resource/shapes/resource-claim.ts';
import type { ServiceLike } from './service-strategy.ts';
import type { ClaimLike } from './claim-strategy.ts';
import type { PodLike } from './pod-types.ts';
import {
  changesStorageUsage,
  type DeviceClasses,
  deviceUsage,
  isDeviceResource,
  isStorageResource,
  storageMatchesScope,
  storageUsage,
} from './quota-claims.ts';
import { isPodResource, isTerminating, podConstraints, podMatchesScope, podUsage, type ScopeRequirement } from './quota-pods.ts';
import type { ResourceList } from './resource-lists.ts';

/** What evaluators need to know beside the object. */
export interface QuotaWorld extends DeviceClasses {
  readonly nowMs: number;
  /** What the pod of a claim that stands for its extended resources is charged with. */
  podUsageOf(claim: ApiObject): ResourceList | undefined;
}
export interface QuotaRequest {
  readonly operation: string;
  readonly subresource: string;
  readonly object: any;
  readonly old: any;
}
/** What objects of one kind use of quotas (pkg/quota/v1). */
export interface QuotaEvaluator {
  /** Whether a request may change what is used. */
  handles(request: QuotaRequest): boolean;
  /** Whether a resource that quotas name is used by objects of the kind. */
  uses(resource: string, world: QuotaWorld): boolean;
  matchesScope(scope: ScopeRequirement, object: any): boolean;
  /** What an object lacks when a quota names these resources, in upstream's words. */
  constraints?(resources: readonly string[], object: any): string | undefined;
  usage(object: any, world: QuotaWorld): ResourceList;
}

const pods: QuotaEvaluator = {
  handles({ operation, subresource, object, old }) {
    if (subresource === 'resize') return operation === 'UPDATE';
    if (subresource !== '') return false;
    return operation === 'CREATE' || (operation === 'UPDATE' && isTerminating(object) !== isTerminating(old));
  },
  uses: isPodResource,
  matchesScope: podMatchesScope,
  constraints: podConstraints,
  usage: (pod: PodLike, { nowMs }) => podUsage(pod, nowMs),
};

const isWrite = ({ operation, subresource }: QuotaRequest) => subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
const serviceResources = ['count/services', 'services', 'services.nodeports', 'services.loadbalancers'];
const services: QuotaEvaluator = {
  handles: isWrite,
  uses: (resource) => serviceResources.includes(resource),
  matchesScope: () => false,
  usage({ spec }: ServiceLike) {
    const ports = spec.ports ?? [];
    const balanced = spec.type === 'LoadBalancer';
    const stated = balanced && spec.allocateLoadBalancerNodePorts === false;
    const nodePorts = stated ? ports.filter((port) => port.nodePort).length : balanced || spec.type === 'NodePort' ? ports.length : 0;
    return {
      'count/services': '1',
      services: '1',
      'services.loadbalancers': balanced ? '1' : '0',
      'services.nodeports': String(nodePorts),
    };
  },
};

const storage: QuotaEvaluator = {
  handles: (request) => isWrite(request) || (request.subresource === 'status' && changesStorageUsage(request.object, request.old)),
  uses: isStorageResource,
  matchesScope: storageMatchesScope,
  usage: (claim: ClaimLike) => storageUsage(claim),
};

const deviceClaims: QuotaEvaluator = {
  handles: isWrite,
  uses: isDeviceResource,
  matchesScope: () => false,
  usage: (claim: ApiObject & { readonly spec: ResourceClaimSpec }, world) => deviceUsage(claim.spec, world, world.podUsageOf(claim)),
};

const aliases = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);
function counts(name: string): QuotaEvaluator {
  const names = aliases.has(name) ? [`count/${name}`, name] : [`count/${name}`];
  return {
    handles: ({ operation, subresource }) => subresource === '' && operation === 'CREATE',
    uses: (resource) => names.includes(resource),
    matchesScope: () => false,
    usage: () => Object.fromEntries(names.map((one) => [one, '1'])),
  };
}

const special = new Map<string, QuotaEvaluator>([
  ['pods', pods],
  ['services', services],
  ['persistentvolumeclaims', storage],
  ['resourceclaims.resource.k8s.io', deviceClaims],
]);
const ignored = new Set(['events', 'events.events.k8s.io']);
const memo = new Map<string, QuotaEvaluator>();
const memoMax = 2000;

/** 'deployments.apps' */
export const resourceOf = ({ group, plural }: Pick<AnyKind, 'group' | 'plural'>): string => (group === '' ? plural : `${plural}.${group}`);

/** Undefined for kinds that no quota counts: events, and what is not stored. */
export function evaluatorOf(kind: AnyKind): QuotaEvaluator | undefined {
  const name = resourceOf(kind);
  if (kind.scope !== 'Namespaced' || ignored.has(name) || !kind.verbs.includes('list') || !kind.verbs.includes('create')) return undefined;
  const known = special.get(name) ?? memo.get(name);
  if (known !== undefined) return known;
  if (memo.size >= memoMax) memo.clear();
  const made = counts(name);
  memo.set(name, made);
  return made;
}
