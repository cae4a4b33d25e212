import type { Draft } from '../../../api/kind.ts';
import type { Container, EphemeralContainer } from '../shapes/container.ts';
import type { PodSpec } from '../shapes/pod-spec.ts';
import type { Lifecycle, Probe } from '../shapes/probes.ts';
import type { Volume } from '../shapes/volumes.ts';
import { defaultClaimSpec } from './claim-strategy.ts';
import { containerTotals } from './pod-totals.ts';
import type { PodLike } from './pod-types.ts';
import { roundResources } from './round-resources.ts';
import { defaultVolumeSources } from './volume-defaults.ts';

/** Defaults of pods and pod templates (pkg/apis/core/v1/defaults.go and the +default markers of k8s.io/api core/v1). */
type ResourceList = Record<string, string>;
type AnyContainer = Draft<Container> | Draft<EphemeralContainer>;

/** ':latest', or neither tag nor digest: the newest is meant, so it is pulled each time. */
function pullPolicyOf(image: string | undefined): 'Always' | 'IfNotPresent' {
  const text = image ?? '';
  const digest = text.indexOf('@');
  const named = digest < 0 ? text : text.slice(0, digest);
  const colon = named.lastIndexOf(':');
  const tag = colon > named.lastIndexOf('/') ? named.slice(colon + 1) : '';
  if (tag === 'latest') return 'Always';
  return tag === '' && digest < 0 && /^[a-z0-9][a-z0-9_./:-]*$/.test(text) ? 'Always' : 'IfNotPresent';
}

function defaultHttpGet(action: { path?: string | undefined; scheme?: string | undefined } | undefined): void {
  if (action === undefined) return;
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}
function defaultProbe(probe: Draft<Probe> | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
}
function defaultLifecycle(lifecycle: Draft<Lifecycle> | undefined): void {
  if (lifecycle === undefined) return;
  defaultHttpGet(lifecycle.postStart?.httpGet);
  defaultHttpGet(lifecycle.preStop?.httpGet);
}

function defaultContainer(container: AnyContainer): void {
  container.imagePullPolicy ||= pullPolicyOf(container.image);
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef !== undefined) variable.valueFrom.fieldRef.apiVersion ||= 'v1';
    if (variable.valueFrom?.fileKeyRef !== undefined) variable.valueFrom.fileKeyRef.optional ??= false;
  }
  roundResources(container.resources?.limits);
  roundResources(container.resources?.requests);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) defaultProbe(probe);
  defaultLifecycle(container.lifecycle);
}

const sources = new Set(['name']);
const defaultMode = 0o644;

function defaultVolume(volume: Draft<Volume>): void {
  const used = Object.entries(volume).some(([key, value]) => !sources.has(key) && value !== undefined);
  if (!used) volume.emptyDir = {} as Draft<NonNullable<Volume['emptyDir']>>;
  if (volume.image !== undefined) volume.image.pullPolicy ||= pullPolicyOf(volume.image.reference);
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI, volume.projected]) {
    if (source !== undefined) source.defaultMode ??= defaultMode;
  }
  for (const file of volume.downwardAPI?.items ?? []) if (file.fieldRef !== undefined) file.fieldRef.apiVersion ||= 'v1';
  for (const projection of volume.projected?.sources ?? []) {
    if (projection.serviceAccountToken !== undefined) projection.serviceAccountToken.expirationSeconds ??= 3600;
    for (const file of projection.downwardAPI?.items ?? []) if (file.fieldRef !== undefined) file.fieldRef.apiVersion ||= 'v1';
  }
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim !== undefined) defaultClaimSpec(claim);
  defaultVolumeSources(volume);
}

/** All of them, of whatever sort. */
export const containersOf = (spec: Draft<PodSpec>): readonly AnyContainer[] => [
  ...(spec.initContainers ?? []),
  ...(spec.containers ?? []),
  ...(spec.ephemeralContainers ?? []),
];

/** What templates and pods have in common. */
export function defaultPodSpec(spec: Draft<PodSpec>): void {
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.restartPolicy ||= 'Always';
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= 30;
  spec.schedulerName ||= 'default-scheduler';
  spec.serviceAccountName ||= spec.serviceAccount;
  aliasServiceAccount(spec);
  roundResources(spec.overhead);
  roundResources(spec.resources?.limits);
  roundResources(spec.resources?.requests);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of containersOf(spec)) defaultContainer(container);
}

/** `serviceAccount` is the old name of `serviceAccountName` and always says the same. */
export function aliasServiceAccount(spec: Draft<PodSpec>): void {
  if (spec.serviceAccountName) spec.serviceAccount = spec.serviceAccountName;
  else {
    delete spec.serviceAccountName;
    delete spec.serviceAccount;
  }
}

const isPodLevel = (name: string) => name === 'cpu' || name === 'memory' || name.startsWith('hugepages-');

/** KEP-2837: requests and huge page limits of the pod as a whole, when it states some of them. */
function defaultPodLevelResources(spec: Draft<PodSpec>): void {
  const { resources } = spec;
  if (resources === undefined) return;
  const stated = (list: ResourceList | undefined) => Object.keys(list ?? {}).length > 0;
  if (stated(resources.limits) || stated(resources.requests)) {
    const limits = { ...resources.limits };
    for (const [name, amount] of Object.entries(containerTotals(spec, (container) => container.resources?.limits)))
      if (name.startsWith('hugepages-') && resources.requests?.[name] === undefined) limits[name] ??= amount;
    if (stated(limits)) resources.limits = limits;
  }
  if (!stated(resources.limits)) return;
  const requests = { ...resources.requests };
  for (const [name, amount] of Object.entries(containerTotals(spec, (container) => container.resources?.requests)))
    if (name === 'cpu' || name === 'memory') requests[name] ??= amount;
  for (const [name, amount] of Object.entries(resources.limits!)) if (isPodLevel(name)) requests[name] ??= amount;
  if (stated(requests)) resources.requests = requests;
}

/** `podIP` wins over `podIPs` when they differ, and is always the first of them. */
function alignPodIps(status: Draft<PodLike>['status']): void {
  if (status.podIP && status.podIPs?.[0]?.ip !== status.podIP) status.podIPs = [{ ip: status.podIP }];
  else if (!status.podIP && status.podIPs?.[0]?.ip) status.podIP = status.podIPs[0].ip;
}
function roundStatus({ containerStatuses, initContainerStatuses, ephemeralContainerStatuses, ...pod }: Draft<PodLike>['status']): void {
  for (const one of [pod, ...(containerStatuses ?? []), ...(initContainerStatuses ?? []), ...(ephemeralContainerStatuses ?? [])]) {
    roundResources(one.allocatedResources);
    roundResources(one.resources?.limits);
    roundResources(one.resources?.requests);
  }
}
/** What pods have beyond templates: requests follow limits, service links are on. */
export function defaultPod(pod: Draft<PodLike>): void {
  const { spec } = pod;
  defaultPodSpec(spec);
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    const limits = container.resources?.limits;
    if (limits === undefined) continue;
    container.resources.requests = { ...limits, ...container.resources.requests };
  }
  defaultPodLevelResources(spec);
  if (pod.status !== undefined) {
    alignPodIps(pod.status);
    roundStatus(pod.status);
  }
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) {
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])])
      for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
  }
}
