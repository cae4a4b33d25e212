import { formatTime } from '../api/gotime.ts';
import { conditionOf } from './lib/condition.ts';
import { kubeletConditions, podVerdicts, type Verdict } from './conditions.ts';
import { containerStatuses, type StartFailure } from './container-status.ts';
import type { ObservedPod } from './observed.ts';
import { phaseOf } from './phase.ts';
import { podLevelStatus, qosClass } from './resources.ts';
import type { ContainerStatusV1, Pod, PodCondition, PodStatus, ResourceRequirements } from './types.ts';
import { containersOf, ephemeralContainersOf, initContainersOf, isSidecar, isTerminalPhase, usesHostNetwork } from './types.ts';

export interface StatusInputs {
  /** The last status written, or what the API holds after a restart. */
  readonly old: PodStatus;
  readonly nowMs: number;
  readonly hostIps: readonly string[];
  readonly runtimeName: string;
  readonly failures: ReadonlyMap<string, StartFailure>;
  readonly messageOf: (containerId: string) => string;
  /** Nothing of the pod is started any more. */
  readonly terminal: boolean;
  /** The pod is being reset by RestartAllContainers. */
  readonly resetting?: boolean;
  /** Whether the startup probe passed, or there is none. */
  readonly started: (container: string, id: string) => boolean;
  /** Whether the readiness probe passes, or there is none. */
  readonly ready: (container: string, id: string) => boolean;
  /** Evicted, deadline exceeded: these words win. */
  readonly failed?: { readonly reason: string; readonly message: string; readonly condition?: Verdict } | undefined;
  /** Further conditions of the kubelet's: resizing, restarting as a whole. */
  readonly more?: readonly Verdict[];
  readonly resourcesOf?: (containerId: string) => ResourceRequirements | undefined;
}

function withProbes(statuses: readonly ContainerStatusV1[], pod: Pod, inputs: StatusInputs): ContainerStatusV1[] {
  return statuses.map((status) => {
    const id = status.containerID?.slice(inputs.runtimeName.length + 3) ?? '';
    const running = status.state?.running !== undefined;
    const started = running && inputs.started(status.name, id);
    const init = initContainersOf(pod).find((one) => one.name === status.name);
    if (init !== undefined && !isSidecar(init)) return { ...status, ready: status.state?.terminated?.exitCode === 0, started: running };
    return { ...status, started, ready: started && inputs.ready(status.name, id) };
  });
}

/** IPv4 first when the node's first address is, else IPv6 first; at most one of each. */
export function sortIps(ips: readonly string[], nodeIps: readonly string[]): readonly string[] {
  const v6First = nodeIps[0]?.includes(':') ?? false;
  const pick = (v6: boolean) => ips.find((ip) => ip.includes(':') === v6);
  return [pick(v6First), pick(!v6First)].filter((ip) => ip !== undefined);
}

/** The status that the API is to show for a pod. Pure. */
export function buildPodStatus(pod: Pod, observed: ObservedPod, inputs: StatusInputs): PodStatus {
  const shared = {
    failures: inputs.failures,
    messageOf: inputs.messageOf,
    runtimeName: inputs.runtimeName,
    resetting: inputs.resetting === true,
    ...(inputs.resourcesOf === undefined ? {} : { resourcesOf: inputs.resourcesOf }),
  };
  const { old } = inputs;
  const of = (containers: Parameters<typeof containerStatuses>[2], before: readonly ContainerStatusV1[] | undefined, isInit: boolean) =>
    withProbes(containerStatuses(pod, observed, containers, { ...shared, old: before ?? [], isInit }), pod, inputs);
  const containers = of(containersOf(pod), old.containerStatuses, false);
  const inits = of(initContainersOf(pod), old.initContainerStatuses, true);
  const ephemeral = of(ephemeralContainersOf(pod), old.ephemeralContainerStatuses, false).map(({ ready, started, ...status }) => ({
    ...status,
    ready: false,
  }));
  const initialized = observed.containers.some(
    (one) => one.state !== 'EXITED' && containersOf(pod).some((container) => container.name === one.name),
  );
  let phase: string = phaseOf(pod, [...containers, ...inits], inputs.terminal, initialized);
  if (!isTerminalPhase(phase) && isTerminalPhase(old.phase)) phase = old.phase!;
  if (isTerminalPhase(pod.status?.phase)) phase = pod.status!.phase!;
  let { reason, message } =
    phase === old.phase ? { reason: old.reason || pod.status?.reason, message: old.message || pod.status?.message } : {};
  if (inputs.failed !== undefined) {
    phase = 'Failed';
    reason = inputs.failed.reason;
    message = inputs.failed.message;
  }
  const foreign = (pod.status?.conditions ?? []).filter((one) => !kubeletConditions.includes(one.type));
  const disrupted = old.conditions?.find((one) => one.type === 'DisruptionTarget');
  const keptForeign = disrupted === undefined || foreign.some((one) => one.type === 'DisruptionTarget') ? foreign : [...foreign, disrupted];
  const generation = pod.metadata.generation ?? 0;
  const verdicts = [
    ...(inputs.failed?.condition === undefined ? [] : [inputs.failed.condition]),
    ...(inputs.terminal ? [] : (inputs.more ?? [])),
    ...podVerdicts(pod, observed, [...inits, ...containers], phase, old.conditions ?? []),
  ];
  const own = verdicts.map((verdict) => conditionOf(verdict, old.conditions, inputs.nowMs, generation));
  const conditions: PodCondition[] = [...keptForeign.filter((one) => !verdicts.some((verdict) => verdict.type === one.type)), ...own];
  return {
    ...addresses(pod, observed, inputs),
    ...(generation > 0 ? { observedGeneration: generation } : {}),
    phase,
    conditions,
    ...(reason ? { reason } : {}),
    ...(message ? { message } : {}),
    startTime: old.startTime ?? pod.status?.startTime ?? formatTime(inputs.nowMs),
    ...(inits.length > 0 ? { initContainerStatuses: inits } : {}),
    containerStatuses: containers,
    ...(ephemeral.length > 0 ? { ephemeralContainerStatuses: ephemeral } : {}),
    qosClass: qosClass(pod),
    ...podLevelStatus(pod, phase === 'Running'),
  };
}

function addresses(pod: Pod, observed: ObservedPod, inputs: StatusInputs): Pick<PodStatus, 'hostIP' | 'hostIPs' | 'podIP' | 'podIPs'> {
  const { hostIps, old } = inputs;
  let ips = sortIps(usesHostNetwork(pod) ? hostIps : observed.ips, hostIps);
  // A pod that has ended keeps the address it had, until it is gone.
  if (ips.length === 0 && !usesHostNetwork(pod)) ips = (old.podIPs ?? []).map((one) => one.ip ?? '');
  return {
    ...(hostIps.length > 0 ? { hostIP: hostIps[0], hostIPs: hostIps.slice(0, 2).map((ip) => ({ ip })) } : {}),
    ...(ips.length > 0 ? { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) } : {}),
  };
}
