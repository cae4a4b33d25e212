import type { ObjectMeta } from '../../../api/meta.ts';
import { isDns1123Label, isIp, isQualifiedName, isUnderscoredSubdomain } from '../../../api/names.ts';
import { addQuantities, compareQuantities } from '../../../api/quantity.ts';
import { fieldError } from '../../../api/status.ts';
import { validateAnnotations, validateLabels } from '../../../api/validate-meta.ts';
import { goShown } from '../../lib/go-shown.ts';
import { dnsLabel, dnsSubdomain, type Errors, invalidIf, oneOf, required, within } from '../../lib/validate.ts';
import { type PodSpec, podResourceClaim } from '../shapes/pod-spec.ts';
import type { PodTemplateSpec } from '../shapes/pod-template.ts';
import { podResourceName } from './resource-names.ts';
import { type ContainerContext, validateContainers, validateEphemeralContainers, validateInitContainers } from './validate-container.ts';
import { validatePodAnnotations } from './validate-pod-annotations.ts';
import { validateResources } from './validate-resources.ts';
import { validateAffinity, validateSpread, validateTolerations } from './validate-scheduling.ts';
import { validatePodSecurityContext } from './validate-security-context.ts';
import { validateVolumes } from './validate-volumes.ts';
import { validateHostProcesses } from './validate-windows-options.ts';

const longestDeadline = 2147483647;

export interface PodContext {
  /** Of a pod; absent for templates. */
  readonly pod?: Pick<ObjectMeta, 'name' | 'annotations'> | undefined;
  /** What stood there before, on update. */
  readonly old?: PodSpec | undefined;
}

function* validateDns({ dnsConfig, dnsPolicy }: PodSpec, path: string): Errors {
  const { nameservers = [], searches = [], options = [] } = dnsConfig ?? {};
  if (dnsPolicy === 'None') {
    if (dnsConfig === undefined) return yield fieldError.required(path, 'must provide `dnsConfig` when `dnsPolicy` is None');
    if (nameservers.length === 0)
      return yield fieldError.required(`${path}.nameservers`, 'must provide at least one DNS nameserver when `dnsPolicy` is None');
  }
  if (nameservers.length > 3) yield fieldError.invalid(`${path}.nameservers`, nameservers, 'must not have more than 3 nameservers');
  for (const [index, server] of nameservers.entries()) yield* invalidIf(isIp(server), `${path}.nameservers[${index}]`, server);
  if (searches.length > 32) yield fieldError.invalid(`${path}.searches`, searches, 'must not have more than 32 search paths');
  if (searches.join(' ').length > 2048)
    yield fieldError.invalid(`${path}.searches`, searches, 'must not have more than 2048 characters (including spaces) in the search list');
  for (const [index, search] of searches.entries()) {
    const name = search.replace(/\.$/, '');
    if (search !== '.') yield* invalidIf(isUnderscoredSubdomain(name), `${path}.searches[${index}]`, name);
  }
  for (const [index, option] of options.entries())
    if (!option.name) yield fieldError.required(`${path}.options[${index}]`, 'must not be empty');
}

function* validateGates({ readinessGates, schedulingGates }: PodSpec, path: string): Errors {
  for (const [index, { conditionType }] of (readinessGates ?? []).entries())
    yield* invalidIf(isQualifiedName(conditionType), `${path}.readinessGates[${index}].conditionType`, conditionType);
  const seen = new Set<string>();
  for (const [index, { name }] of (schedulingGates ?? []).entries()) {
    const at = `${path}.schedulingGates[${index}]`;
    yield* invalidIf(isQualifiedName(name), at, name);
    if (seen.has(name)) yield fieldError.duplicate(at, name);
    seen.add(name);
  }
}

function* validateClaims({ resourceClaims }: PodSpec, context: PodContext, path: string): Errors {
  const seen = new Set<string>();
  for (const [index, claim] of (resourceClaims ?? []).entries()) {
    const at = `${path}[${index}]`;
    if (context.pod?.annotations?.['kubernetes.io/config.mirror'] !== undefined)
      yield fieldError.forbidden('[]', 'static pods do not support resource claims');
    if (claim.name === '') yield fieldError.required(`${at}.name`);
    else if (seen.has(claim.name)) yield fieldError.duplicate(`${at}.name`, claim.name);
    else yield* dnsLabel(`${at}.name`, claim.name);
    seen.add(claim.name);
    const { resourceClaimName: name, resourceClaimTemplateName: template } = claim;
    if (name !== undefined && template !== undefined)
      yield fieldError.invalid(
        at,
        goShown(podResourceClaim, claim),
        'at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified',
      );
    if (name === undefined && template === undefined)
      yield fieldError.invalid(
        at,
        goShown(podResourceClaim, claim),
        'must specify one of: `resourceClaimName`, `resourceClaimTemplateName`',
      );
    if (name !== undefined) yield* dnsSubdomain(`${at}.resourceClaimName`, name);
    if (template !== undefined) yield* dnsSubdomain(`${at}.resourceClaimTemplateName`, template);
  }
}

/** KEP-2837: what containers ask for fits into what the pod states. */
function* validatePodResources(spec: PodSpec, claimNames: ReadonlySet<string>, path: string): Errors {
  const { resources } = spec;
  if (resources === undefined) return;
  if (spec.os?.name === 'windows') return yield fieldError.forbidden(path, 'may not be set for a windows pod');
  if (resources.claims !== undefined) yield fieldError.forbidden(`${path}.claims`, 'claims may not be set for Resources at pod-level');
  yield* validateResources(resources, claimNames, path, podResourceName);
  const running = [...spec.containers, ...(spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always')];
  for (const [name, stated] of Object.entries(resources.requests ?? {})) {
    const parts = running.map((one) => one.resources.requests?.[name]).filter((one) => one !== undefined);
    const sum = parts.length === 0 ? '0' : parts.reduce(addQuantities);
    if (compareQuantities(sum, stated) > 0)
      yield fieldError.invalid(
        `${path}.requests[${name}]`,
        stated,
        `must be greater than or equal to aggregate container requests of ${sum}`,
      );
  }
  for (const [index, container] of spec.containers.entries()) {
    for (const [name, limit] of Object.entries(container.resources.limits ?? {})) {
      const stated = resources.limits?.[name];
      if (stated !== undefined && compareQuantities(limit, stated) > 0)
        yield fieldError.invalid(
          `${path}.containers[${index}][${name}].limits`,
          limit,
          `must be less than or equal to pod limits of ${stated}`,
        );
    }
  }
}

function* validateHostPorts(spec: PodSpec, inPod: boolean, path: string): Errors {
  if (spec.hostNetwork !== true) return;
  const rule = 'must match `containerPort` when `hostNetwork` is true';
  for (const [index, container] of spec.containers.entries())
    for (const [position, { hostPort = 0, containerPort }] of (container.ports ?? []).entries())
      if ((inPod || hostPort !== 0) && hostPort !== containerPort)
        yield fieldError.invalid(`${path}.containers[${index}].ports[${position}].hostPort`, hostPort, rule);
}
function* validateHost(spec: PodSpec, path: string): Errors {
  if (spec.hostUsers === false) {
    if (spec.hostNetwork === true) yield fieldError.forbidden(`${path}.hostNetwork`, 'when `hostUsers` is false');
    if (spec.hostPID === true) yield fieldError.forbidden(`${path}.HostPID`, 'when `hostUsers` is false');
    if (spec.hostIPC === true) yield fieldError.forbidden(`${path}.HostIPC`, 'when `hostUsers` is false');
    for (const { container, at } of allContainers(spec, path))
      if ((container.volumeDevices ?? []).length > 0) yield fieldError.forbidden(`${at}.volumeDevices`, 'when `hostUsers` is false');
  }
  const name = spec.hostnameOverride;
  if (name === undefined) return;
  const at = `${path}.hostnameOverride`;
  if (spec.setHostnameAsFQDN === true) yield fieldError.forbidden(at, 'may not be specified when setHostnameAsFQDN is true');
  if (spec.hostNetwork === true) yield fieldError.forbidden(at, 'may not be specified when hostNetwork is true');
  if (name.length > 64) yield fieldError.tooLong(at, 64);
  yield* dnsSubdomain(at, name);
}

export const allContainers = (spec: PodSpec, path: string) =>
  (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(
    (field) => spec[field]?.map((container, index) => ({ container, at: `${path}.${field}[${index}]` })) ?? [],
  );

function* validateNames(spec: PodSpec, path: string): Errors {
  if (spec.serviceAccountName) yield* dnsSubdomain(`${path}.serviceAccountName`, spec.serviceAccountName);
  if (spec.nodeName) yield* dnsSubdomain(`${path}.nodeName`, spec.nodeName);
  if (spec.activeDeadlineSeconds !== undefined)
    yield* within(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, longestDeadline);
  if (spec.hostname) yield* invalidIf(isDns1123Label(spec.hostname), `${path}.hostname`, spec.hostname);
  if (spec.subdomain) yield* invalidIf(isDns1123Label(spec.subdomain), `${path}.subdomain`, spec.subdomain);
  yield* validateTolerations(spec.tolerations, `${path}.tolerations`);
  for (const [index, { ip, hostnames }] of (spec.hostAliases ?? []).entries()) {
    yield* invalidIf(isIp(ip), `${path}.hostAliases[${index}].ip`, ip);
    for (const [position, name] of (hostnames ?? []).entries())
      yield* dnsSubdomain(`${path}.hostAliases[${index}].hostnames[${position}]`, name);
  }
  if (spec.priorityClassName) yield* dnsSubdomain(`${path}.priorityClassName`, spec.priorityClassName);
  if (spec.runtimeClassName !== undefined) yield* dnsSubdomain(`${path}.runtimeClassName`, spec.runtimeClassName);
  if (spec.preemptionPolicy !== undefined)
    yield* required(`${path}.preemptionPolicy`, spec.preemptionPolicy, ['PreemptLowerPriority', 'Never'], 'as given');
}

const linuxOnly = ['appArmorProfile', 'seLinuxOptions', 'seccompProfile', 'runAsUser', 'runAsGroup'] as const;
const linuxOnlyPod = [
  'fsGroup',
  'fsGroupChangePolicy',
  'sysctls',
  'supplementalGroups',
  'supplementalGroupsPolicy',
  'seLinuxChangePolicy',
] as const;
const linuxOnlyContainer = ['capabilities', 'readOnlyRootFilesystem', 'privileged', 'allowPrivilegeEscalation', 'procMount'] as const;

function* validateOs(spec: PodSpec, path: string): Errors {
  const os = spec.os?.name;
  if (os === undefined) return;
  if (os === '') return yield fieldError.required(`${path}.os.name`);
  if (os !== 'linux' && os !== 'windows') return yield fieldError.notSupported(`${path}.os`, os, ['linux', 'windows']);
  if (os === 'linux') {
    const text = 'windows options cannot be set for a linux pod';
    if (spec.securityContext?.windowsOptions !== undefined) yield fieldError.forbidden(`${path}.securityContext.windowsOptions`, text);
    for (const { container, at } of allContainers(spec, path))
      if (container.securityContext?.windowsOptions !== undefined) yield fieldError.forbidden(`${at}.securityContext.windowsOptions`, text);
    return;
  }
  const text = 'cannot be set for a windows pod';
  for (const field of [...linuxOnly, ...linuxOnlyPod])
    if (spec.securityContext?.[field] !== undefined) yield fieldError.forbidden(`${path}.securityContext.${field}`, text);
  if (spec.hostUsers !== undefined) yield fieldError.forbidden(`${path}.hostUsers`, text);
  if (spec.shareProcessNamespace !== undefined) yield fieldError.forbidden(`${path}.shareProcessNamespace`, text);
  for (const field of ['hostPID', 'hostIPC'] as const) if (spec[field] === true) yield fieldError.forbidden(`${path}.${field}`, text);
  for (const { container, at } of allContainers(spec, path))
    for (const field of [...linuxOnly, ...linuxOnlyContainer])
      if (container.securityContext?.[field] !== undefined) yield fieldError.forbidden(`${at}.securityContext.${field}`, text);
}

function* validateFileKeys(spec: PodSpec, path: string): Errors {
  for (const { container, at } of allContainers(spec, path)) {
    if (!container.env?.some(({ valueFrom }) => valueFrom?.fileKeyRef !== undefined)) continue;
    for (const [index, { valueFrom }] of container.env.entries()) {
      const name = valueFrom?.fileKeyRef?.volumeName;
      if (name === undefined) continue;
      const volume = spec.volumes?.find((one) => one.name === name);
      const where = `${at}.env[${index}].valueFrom.fileKeyRef.volumeName`;
      if (volume === undefined) yield fieldError.notFound(where, name);
      else if (volume.emptyDir === undefined) yield fieldError.invalid(where, name, 'referenced volume must be of type emptyDir');
    }
  }
}

/** pkg/apis/core/validation ValidatePodSpec: of pods and of templates. */
export function* validatePodSpec(spec: PodSpec, path: string, context: PodContext = {}): Errors {
  const inPod = context.pod !== undefined;
  if (spec.terminationGracePeriodSeconds === undefined) yield fieldError.required(`${path}.terminationGracePeriodSeconds`);
  const volumes = validateVolumes(spec.volumes ?? [], `${path}.volumes`, { podName: context.pod?.name, inPod });
  yield* volumes.errors;
  const claimNames = new Set((spec.resourceClaims ?? []).map((claim) => claim.name).filter((name) => name !== ''));
  const containers: ContainerContext = { spec, volumes: volumes.byName, claimNames };
  if (spec.resourceClaims !== undefined) yield* validateClaims(spec, context, `${path}.resourceClaims`);
  yield* validateContainers(containers, `${path}.containers`);
  if (spec.initContainers !== undefined) yield* validateInitContainers(containers, `${path}.initContainers`);
  if (spec.ephemeralContainers !== undefined) yield* validateEphemeralContainers(containers, `${path}.ephemeralContainers`);
  if (spec.resources !== undefined) yield* validatePodResources(spec, claimNames, `${path}.resources`);
  yield* validateHostPorts(spec, inPod, path);
  yield* required(`${path}.restartPolicy`, spec.restartPolicy, ['Always', 'OnFailure', 'Never'], 'as given');
  yield* required(`${path}.dnsPolicy`, spec.dnsPolicy, ['ClusterFirstWithHostNet', 'ClusterFirst', 'Default', 'None'], 'as given');
  if (spec.nodeSelector !== undefined) yield* validateLabels(spec.nodeSelector, `${path}.nodeSelector`);
  yield* validatePodSecurityContext(spec, `${path}.securityContext`, context.old);
  if (spec.affinity !== undefined) yield* validateAffinity(spec.affinity, `${path}.affinity`);
  if (spec.dnsConfig !== undefined || spec.dnsPolicy === 'None') yield* validateDns(spec, `${path}.dnsConfig`);
  yield* validateGates(spec, path);
  if (spec.topologySpreadConstraints !== undefined)
    yield* validateSpread(spec.topologySpreadConstraints, `${path}.topologySpreadConstraints`);
  yield* validateHostProcesses(spec, allContainers(spec, path), path);
  yield* validateHost(spec, path);
  yield* validateNames(spec, path);
  if (spec.overhead !== undefined) yield* validateResources({ limits: spec.overhead }, new Set(), `${path}.overhead`);
  if (spec.os !== undefined) yield* validateOs(spec, path);
  if (spec.schedulingGroup !== undefined) yield* validateSchedulingGroup(spec.schedulingGroup, `${path}.schedulingGroup.podGroupName`);
  yield* validateFileKeys(spec, path);
}
function* validateSchedulingGroup(scheduling: PodSpec['schedulingGroup'], path: string): Errors {
  if (scheduling === undefined) return;
  const { podGroupName } = scheduling;
  if (podGroupName === undefined) yield fieldError.invalid(path, null, 'must specify one of: `podGroupName`');
  else yield* dnsSubdomain(path, podGroupName);
}

export function* validateTemplateMetadata({ metadata, spec }: PodTemplateSpec, path: string): Errors {
  yield* validateLabels(metadata.labels, `${path}.labels`);
  yield* validateAnnotations(metadata.annotations, `${path}.annotations`);
  yield* validatePodAnnotations(metadata.annotations, spec, `${path}.annotations`);
}
/** ValidatePodTemplateSpec. `old`: what stood there before, on update. */
export function* validatePodTemplate(template: PodTemplateSpec, path: string, old?: PodTemplateSpec): Errors {
  yield* validateTemplateMetadata(template, path);
  yield* validatePodSpec(template.spec, `${path}.spec`, { old: old?.spec });
  if ((template.spec.ephemeralContainers ?? []).length > 0)
    yield fieldError.forbidden(`${path}.spec.ephemeralContainers`, 'ephemeral containers not allowed in pod template');
}
/** Pods of what keeps pods running, ReplicaSets, Deployments and their like (named in the message), do not end by themselves. */
export function* validateRunning({ spec }: PodTemplateSpec, path: string, owner: string): Errors {
  yield* oneOf(`${path}.spec.restartPolicy`, spec.restartPolicy, ['Always']);
  if (spec.activeDeadlineSeconds !== undefined)
    yield fieldError.forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${owner} is not Supported`);
}
export function* validateRunningTemplate(template: PodTemplateSpec, path: string, owner: string, old?: PodTemplateSpec): Errors {
  yield* validatePodTemplate(template, path, old);
  yield* validateRunning(template, path, owner);
}
