import { ipFamily, isDns1123Label, isDns1123Subdomain, isIp, isQualifiedName } from '../../../api/names.ts';
import type { Shape } from '../../../api/schema.ts';
import { fieldError, NamedText } from '../../../api/status.ts';
import { goShown } from '../../lib/go-shown.ts';
import { byteLength, type Errors, immutable, invalidIf, named, within } from '../../lib/validate.ts';
import type { Container } from '../shapes/container.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';
import { type ContainerStatus, hostIP, podIP, type ResourceHealth } from '../shapes/pod-status.ts';
import type { PodLike } from './pod-types.ts';
import { validatePodAnnotationUpdate } from './validate-pod-annotations.ts';

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);
const negative = 'must be a non-negative integer';

/** Whether a container that ended may run again (KEP-5307 for the rules by exit code). */
function mayRestart(container: Container, spec: PodSpec, exitCode: number): boolean {
  for (const rule of container.restartPolicyRules ?? []) {
    const listed = rule.exitCodes?.values?.includes(exitCode) === true;
    const applies = rule.exitCodes?.operator === 'NotIn' ? !listed : listed;
    if (applies && rule.action === 'Restart') return true;
  }
  const policy = container.restartPolicy ?? spec.restartPolicy;
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

type Statuses = readonly ContainerStatus[] | undefined;
/** `containers` undefined: none of them starts again. */
function* validateTransitions(
  now: Statuses,
  old: Statuses,
  spec: PodSpec,
  containers: readonly Container[] | undefined,
  path: string,
): Errors {
  for (const [index, before] of (old ?? []).entries()) {
    const ended = before.state.terminated;
    const after = now?.find((status) => status.name === before.name);
    if (ended === undefined || after === undefined || after.state.terminated !== undefined) continue;
    const container = containers?.find((one) => one.name === before.name);
    if (container === undefined || !mayRestart(container, spec, ended.exitCode))
      yield fieldError.forbidden(`${path}[${index}].state`, 'may not be transitioned to non-terminated state');
  }
}

const restartsAll = (spec: PodSpec) =>
  [...spec.containers, ...(spec.initContainers ?? [])].some((one) =>
    one.restartPolicyRules?.some((rule) => rule.action === 'RestartAllContainers'),
  );

function* validateIps(
  ips: readonly { readonly ip: string }[],
  old: readonly { readonly ip: string }[],
  path: string,
  shape: Shape,
): Errors {
  for (const [index, { ip }] of ips.entries()) if (!old.some((one) => one.ip === ip)) yield* invalidIf(isIp(ip), `${path}[${index}]`, ip);
  if (ips.length < 2) return;
  const wrong = ips.findIndex(({ ip }) => ipFamily(ip) === undefined);
  if (wrong >= 0) yield fieldError.internal(path, `failed to check for dual stack with error:invalid IP[${wrong}]: ${ips[wrong]!.ip}`);
  const families = new Set(ips.map(({ ip }) => ipFamily(ip)));
  if (wrong >= 0 || families.size !== 2 || ips.length > 2)
    yield fieldError.invalid(
      path,
      ips.map((one) => goShown(shape, one)),
      'may specify no more than one IP for each IP family',
    );
}

function* validateClaimStatuses({ spec, status }: PodLike): Errors {
  const claims = new Set((spec.resourceClaims ?? []).map((claim) => claim.name));
  const seen = new Set<string>();
  for (const [index, { name, resourceClaimName }] of (status.resourceClaimStatuses ?? []).entries()) {
    const at = `status.resourceClaimStatuses[${index}]`;
    if (!claims.has(name)) yield fieldError.invalid(`${at}.name`, name, 'must match the name of an entry in `spec.resourceClaims`');
    if (seen.has(name)) yield fieldError.duplicate(`${at}.name`, name);
    seen.add(name);
    if (resourceClaimName !== undefined)
      yield* invalidIf(isDns1123Subdomain(resourceClaimName), `${at}.resourceClaimName`, resourceClaimName);
  }
}
const places = ['spec.initContainers', 'spec.containers'];
type ExtendedClaim = NonNullable<PodLike['status']['extendedResourceClaimStatus']>;
function* validateExtendedClaim({ requestMappings = [], resourceClaimName }: ExtendedClaim, spec: PodSpec): Errors {
  const path = 'status.extendedResourceClaimStatus';
  if (requestMappings.length === 0) yield fieldError.required(`${path}.requestMappings`, 'at least one request mapping is required');
  const containers = new Map([...(spec.initContainers ?? []), ...spec.containers].map((container) => [container.name, container]));
  const seen = new Set<string>();
  for (const [index, { containerName, resourceName, requestName }] of requestMappings.entries()) {
    const at = `${path}.requestMappings[${index}]`;
    const container = containers.get(containerName);
    if (container === undefined) {
      const rule = `must match the name of an entry in ${places.map((place) => `${place}.name`).join(' or ')}`;
      yield fieldError.invalid(`${at}.containerName`, containerName, rule);
    } else if (!Object.hasOwn(container.resources?.requests ?? {}, resourceName)) {
      const rule = `must match the extended resource name of an entry in ${places.map((place) => `${place}.resources.requests`).join(' or ')}`;
      yield fieldError.invalid(`${at}.resourceName`, resourceName, rule);
    }
    yield* invalidIf(isDns1123Label(requestName), `${path}.requestName`, requestName);
    const values = { containerName, resourceName, requestName };
    const key = Object.values(values).join(' ');
    if (seen.has(key)) for (const [name, value] of Object.entries(values)) yield fieldError.duplicate(`${at}.${name}`, value);
    seen.add(key);
  }
  if (resourceClaimName === '') yield fieldError.required(`${path}.resourceClaimName`);
  else yield* invalidIf(isDns1123Subdomain(resourceClaimName), `${path}.resourceClaimName`, resourceClaimName);
}

const longestId = 2147483647;
function* validateUsers(statuses: Statuses, path: string, os: string): Errors {
  for (const [index, { user }] of (statuses ?? []).entries()) {
    const at = `${path}[${index}].user.linux`;
    if (user?.linux === undefined) continue;
    if (os === 'windows') yield fieldError.forbidden(at, 'cannot be set for a windows pod');
    if (os !== 'linux') continue;
    const { uid, gid, supplementalGroups = [] } = user.linux;
    yield* within(`${at}.uid`, uid, 0, longestId);
    yield* within(`${at}.gid`, gid, 0, longestId);
    for (const [position, group] of supplementalGroups.entries())
      yield* within(`${at}.supplementalGroups[${position}]`, group, 0, longestId);
  }
}

const healths = ['Healthy', 'Unhealthy', 'Unknown'];
const longestMessage = 1024;
function* validateHealth(resources: readonly ResourceHealth[], path: string): Errors {
  const seen = new Set<string>();
  for (const [index, { resourceID, health = '', message }] of resources.entries()) {
    const at = `${path}[${index}]`;
    if (!healths.includes(health)) yield fieldError.notSupported(`${at}.health`, health, healths);
    if (message === '') yield fieldError.required(`${at}.message`, 'must be non-empty if specified');
    else if (message !== undefined && byteLength(message) > longestMessage) yield fieldError.tooLong(`${at}.message`, longestMessage);
    if (seen.has(resourceID)) yield fieldError.duplicate(`${at}.resourceID`, new NamedText(resourceID));
    seen.add(resourceID);
  }
}
const claimPrefix = 'claim:';
/** What a container has of what was allocated: of resources and claims that it asked for. */
function* validateAllocated(statuses: Statuses, containers: readonly Container[] | undefined, path: string): Errors {
  for (const [index, { name, allocatedResourcesStatus = [] }] of (statuses ?? []).entries()) {
    const container = containers?.find((one) => one.name === name);
    for (const [position, allocated] of allocatedResourcesStatus.entries()) {
      const at = `${path}[${index}].allocatedResourcesStatus[${position}]`;
      const isClaim = allocated.name.startsWith(claimPrefix);
      const { claims = [], requests = {} } = container?.resources ?? {};
      const isAsked = isClaim
        ? claims.some((claim) => `${claimPrefix}${claim.name}${claim.request ? `/${claim.request}` : ''}` === allocated.name)
        : Object.hasOwn(requests, allocated.name);
      if (container !== undefined && !isAsked)
        yield fieldError.invalid(
          `${at}.name`,
          new NamedText(allocated.name),
          isClaim
            ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
            : "must match one of the container's resource requests",
        );
      yield* validateHealth(allocated.resources ?? [], `${at}.resources`);
    }
  }
}
function* validateContainerStatuses({ status, spec }: PodLike): Errors {
  const fields = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;
  for (const field of fields) yield* validateUsers(status[field], `status.${field}`, spec.os?.name ?? 'linux');
  yield* validateAllocated(status.containerStatuses, spec.containers, 'status.containerStatuses');
  yield* validateAllocated(status.initContainerStatuses, spec.initContainers, 'status.initContainerStatuses');
  for (const [index, { allocatedResourcesStatus = [] }] of (status.ephemeralContainerStatuses ?? []).entries())
    if (allocatedResourcesStatus.length > 0) {
      const at = `status.ephemeralContainerStatuses[${index}].allocatedResourcesStatus`;
      yield fieldError.forbidden(at, 'must not be specified in container status');
    }
}

/** ValidatePodStatusUpdate. */
export function* validatePodStatus(pod: PodLike, old: PodLike): Errors {
  const { status } = pod;
  yield* validatePodAnnotationUpdate(pod.metadata.annotations, old.metadata.annotations, 'metadata.annotations');
  for (const [index, { type, observedGeneration = 0 }] of (status.conditions ?? []).entries()) {
    const at = `status.conditions[${index}]`;
    if (observedGeneration < 0) yield fieldError.invalid(`${at}.observedGeneration`, observedGeneration, negative);
    if (!systemConditions.has(type)) yield* invalidIf(isQualifiedName(type), `${at}.Type`, type);
  }
  if ((pod.spec.nodeName ?? '') !== (old.spec.nodeName ?? '')) yield fieldError.forbidden('status.nodeName', 'may not be changed directly');
  const nominated = status.nominatedNodeName;
  if (nominated && nominated !== old.status.nominatedNodeName) {
    yield* invalidIf(isDns1123Subdomain(nominated), 'status.nominatedNodeName', nominated);
    if (old.spec.nodeName)
      yield fieldError.forbidden('status.nominatedNodeName', 'may not be set on pods that are already bound to a node');
  }
  if ((status.observedGeneration ?? 0) < 0) yield fieldError.invalid('status.observedGeneration', status.observedGeneration, negative);
  yield* immutable('status.qosClass', status.qosClass, old.status.qosClass, named);
  const { spec } = old;
  if (!restartsAll(spec)) {
    const containers = 'status.containerStatuses';
    yield* validateTransitions(status.containerStatuses, old.status.containerStatuses, spec, spec.containers, containers);
    const inits = spec.initContainers ?? [];
    yield* validateTransitions(status.initContainerStatuses, old.status.initContainerStatuses, spec, inits, 'status.initContainerStatuses');
  }
  const ephemeral = 'status.ephemeralContainerStatuses';
  yield* validateTransitions(status.ephemeralContainerStatuses, old.status.ephemeralContainerStatuses, spec, undefined, ephemeral);
  yield* validateClaimStatuses(pod);
  if (status.extendedResourceClaimStatus !== undefined) yield* validateExtendedClaim(status.extendedResourceClaimStatus, pod.spec);
  yield* validateIps(status.podIPs ?? [], old.status.podIPs ?? [], 'status.podIPs', podIP);
  const hostIps = status.hostIPs ?? [];
  if (hostIps[0] !== undefined && hostIps[0].ip !== status.hostIP)
    yield fieldError.invalid('status.hostIPs[0].ip', hostIps[0].ip, 'must be equal to `hostIP`');
  yield* validateIps(hostIps, old.status.hostIPs ?? [], 'status.hostIPs', hostIP);
  yield* validateContainerStatuses(pod);
}
