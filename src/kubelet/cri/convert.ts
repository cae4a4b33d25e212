import type {
  Container,
  ContainerConfig,
  ContainerState,
  ContainerStats,
  ContainerStatus,
  Image,
  LinuxResources,
  Mount,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
  SeccompProfile,
} from '../runtime.ts';
import type { Decoded, Draft } from '../../base/protobuf.ts';
import type { calls } from './messages.ts';

/** Between the kubelet's words and CRI's messages: pure translation. */
type Calls = typeof calls;
type Reply<N extends keyof Calls> = Decoded<Calls[N]['reply']>;
type Request<N extends keyof Calls> = Draft<Calls[N]['request']>;

const nanosPerMs = 1e6;
const asMs = (nanos: number) => (nanos <= 0 ? 0 : Math.floor(nanos / nanosPerMs));
const wrap = (value: number | undefined) => (value === undefined ? undefined : { value });

export function resourcesOf(from: LinuxResources) {
  return {
    cpuPeriod: from.cpuPeriod,
    cpuQuota: from.cpuQuota,
    cpuShares: from.cpuShares,
    memoryLimitInBytes: from.memoryLimitBytes,
    oomScoreAdj: from.oomScoreAdj,
    cpusetCpus: from.cpusetCpus,
    unified: from.unified,
  };
}

type ResourcesReply = NonNullable<NonNullable<ContainerStatusReply['resources']>['linux']>;
function resourcesFrom(from: ResourcesReply): LinuxResources {
  const { cpuPeriod, cpuQuota, cpuShares, memoryLimitInBytes: memoryLimitBytes, oomScoreAdj, cpusetCpus, unified } = from;
  return { cpuPeriod, cpuQuota, cpuShares, memoryLimitBytes, oomScoreAdj, cpusetCpus, unified };
}

const profileOf = (from: SeccompProfile | undefined) =>
  from === undefined ? undefined : { profileType: from.type, localhostRef: from.path };

function apparmorOf(from: string | undefined) {
  if (from === undefined || from === '') return undefined;
  if (from === 'runtime/default') return { profileType: 'RuntimeDefault' as const };
  if (from === 'unconfined') return { profileType: 'Unconfined' as const };
  return { profileType: 'Localhost' as const, localhostRef: from.replace(/^localhost\//, '') };
}

export function sandboxConfigOf(from: PodSandboxConfig): NonNullable<Request<'RunPodSandbox'>['config']> {
  return {
    metadata: from.metadata,
    hostname: from.hostname,
    logDirectory: from.logDirectory,
    dnsConfig: from.dns,
    portMappings: from.portMappings,
    labels: from.labels,
    annotations: from.annotations,
    linux: {
      cgroupParent: from.cgroupParent,
      sysctls: from.sysctls,
      resources: from.resources && resourcesOf(from.resources),
      overhead: from.overhead && resourcesOf(from.overhead),
      securityContext: {
        namespaceOptions: from.namespaces,
        runAsUser: wrap(from.runAsUser),
        runAsGroup: wrap(from.runAsGroup),
        supplementalGroups: from.supplementalGroups,
        readonlyRootfs: from.readonlyRootfs,
        privileged: from.privileged,
        seccomp: profileOf(from.seccomp),
      },
    },
  };
}

export function containerConfigOf(from: ContainerConfig): NonNullable<Request<'CreateContainer'>['config']> {
  const { security } = from;
  return {
    metadata: { name: from.name, attempt: from.attempt },
    image: { image: from.image, userSpecifiedImage: from.userImage },
    command: from.command,
    args: from.args,
    workingDir: from.workingDir,
    envs: from.envs,
    mounts: from.mounts.map((mount) => ({ ...mount, propagation: `PROPAGATION_${mount.propagation}` as const })),
    devices: from.devices,
    labels: from.labels,
    annotations: from.annotations,
    logPath: from.logPath,
    stdin: from.stdin,
    stdinOnce: from.stdinOnce,
    tty: from.tty,
    stopSignal: from.stopSignal,
    linux: {
      resources: resourcesOf(from.resources),
      securityContext: {
        capabilities: { addCapabilities: security.addCapabilities, dropCapabilities: security.dropCapabilities },
        privileged: security.privileged,
        namespaceOptions: security.namespaces,
        runAsUser: wrap(security.runAsUser),
        runAsUsername: security.runAsUsername,
        runAsGroup: wrap(security.runAsGroup),
        supplementalGroups: security.supplementalGroups,
        readonlyRootfs: security.readonlyRootfs,
        noNewPrivs: security.noNewPrivileges,
        maskedPaths: security.maskedPaths,
        readonlyPaths: security.readonlyPaths,
        seccomp: profileOf(security.seccomp),
        apparmor: apparmorOf(security.apparmor),
      },
    },
  };
}

type SandboxReply = Reply<'ListPodSandbox'>['items'][number];
type SandboxStatusReply = NonNullable<Reply<'PodSandboxStatus'>['status']>;

export function sandboxFrom(from: SandboxReply | SandboxStatusReply): PodSandbox {
  return {
    id: from.id,
    metadata: from.metadata ?? { name: '', namespace: '', uid: '', attempt: 0 },
    state: from.state === 'SANDBOX_READY' ? 'READY' : 'NOTREADY',
    createdAtMs: asMs(from.createdAt),
    labels: from.labels,
    annotations: from.annotations,
    runtimeHandler: from.runtimeHandler,
  };
}

export function sandboxStatusFrom(from: SandboxStatusReply): PodSandboxStatus {
  return {
    ...sandboxFrom(from),
    ip: from.network?.ip ?? '',
    additionalIps: (from.network?.additionalIps ?? []).map(({ ip }) => ip),
  };
}

type ContainerReply = Reply<'ListContainers'>['containers'][number];
type ContainerStatusReply = NonNullable<Reply<'ContainerStatus'>['status']>;
const stateFrom = (state: string) => state.replace('CONTAINER_', '') as ContainerState;

export function containerFrom(from: ContainerReply): Container {
  return {
    id: from.id,
    sandboxId: from.podSandboxId,
    name: from.metadata?.name ?? '',
    attempt: from.metadata?.attempt ?? 0,
    image: from.image?.image ?? '',
    imageRef: from.imageRef,
    state: stateFrom(from.state),
    createdAtMs: asMs(from.createdAt),
    labels: from.labels,
    annotations: from.annotations,
  };
}

/** CRI's status does not name the sandbox; the list does. */
export function containerStatusFrom(from: ContainerStatusReply, sandboxId: string): ContainerStatus {
  return {
    ...containerFrom({ ...from, podSandboxId: sandboxId }),
    startedAtMs: asMs(from.startedAt),
    finishedAtMs: asMs(from.finishedAt),
    exitCode: from.exitCode,
    reason: from.reason,
    message: from.message,
    logPath: from.logPath,
    mounts: from.mounts.map(
      (mount): Mount => ({ ...mount, propagation: mount.propagation.replace('PROPAGATION_', '') as Mount['propagation'] }),
    ),
    resources: from.resources?.linux && resourcesFrom(from.resources.linux),
  };
}

export function imageFrom(from: NonNullable<Reply<'ImageStatus'>['image']>): Image {
  return {
    id: from.id,
    repoTags: from.repoTags,
    repoDigests: from.repoDigests,
    sizeBytes: from.size,
    ...(from.uid !== undefined && { uid: from.uid.value }),
    username: from.username,
    pinned: from.pinned,
  };
}

export function statsFrom(from: Reply<'ListContainerStats'>['stats'][number]): ContainerStats {
  return {
    id: from.attributes?.id ?? '',
    name: from.attributes?.metadata?.name ?? '',
    labels: from.attributes?.labels ?? {},
    timestampMs: asMs(from.cpu?.timestamp ?? from.memory?.timestamp ?? 0),
    cpuUsageNanos: from.cpu?.usageCoreNanoSeconds?.value ?? 0,
    memoryWorkingSetBytes: from.memory?.workingSetBytes?.value ?? 0,
    memoryUsageBytes: from.memory?.usageBytes?.value ?? 0,
    memoryRssBytes: from.memory?.rssBytes?.value ?? 0,
    memoryPageFaults: from.memory?.pageFaults?.value ?? 0,
    memoryMajorPageFaults: from.memory?.majorPageFaults?.value ?? 0,
    rootfsUsedBytes: from.writableLayer?.usedBytes?.value ?? 0,
    rootfsInodesUsed: from.writableLayer?.inodesUsed?.value ?? 0,
  };
}
