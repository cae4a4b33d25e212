import type { Readable, Writable } from 'node:stream';

/**
 * The contract between the kubelet and whatever runs containers: CRI's calls (runtime/v1), in camel case, times in
 * milliseconds since the epoch (0: not yet). runtime-cri.ts speaks to containerd, runtime-fake.ts pretends.
 */
export interface PodSandboxMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly attempt: number;
}
export type NamespaceMode = 'POD' | 'CONTAINER' | 'NODE' | 'TARGET';
export interface NamespaceOptions {
  readonly network: NamespaceMode;
  readonly pid: NamespaceMode;
  readonly ipc: NamespaceMode;
  readonly targetId?: string;
}
export interface SeccompProfile {
  readonly type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  /** absolute path, for Localhost */
  readonly path?: string;
}
export interface PortMapping {
  readonly protocol: 'TCP' | 'UDP' | 'SCTP';
  readonly containerPort: number;
  readonly hostPort: number;
  readonly hostIp: string;
}
export interface PodSandboxConfig {
  readonly metadata: PodSandboxMetadata;
  /** '' with the node's network */
  readonly hostname: string;
  readonly logDirectory: string;
  readonly dns?: { readonly servers: readonly string[]; readonly searches: readonly string[]; readonly options: readonly string[] };
  readonly portMappings: readonly PortMapping[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly cgroupParent: string;
  readonly sysctls: Readonly<Record<string, string>>;
  readonly namespaces: NamespaceOptions;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  readonly readonlyRootfs: boolean;
  readonly privileged: boolean;
  readonly seccomp?: SeccompProfile;
  readonly resources?: LinuxResources;
  readonly overhead?: LinuxResources;
}
export type SandboxState = 'READY' | 'NOTREADY';
export interface PodSandbox {
  readonly id: string;
  readonly metadata: PodSandboxMetadata;
  readonly state: SandboxState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly runtimeHandler: string;
}
export interface PodSandboxStatus extends PodSandbox {
  /** '' with the node's network */
  readonly ip: string;
  readonly additionalIps: readonly string[];
}
export interface LinuxResources {
  readonly cpuPeriod?: number;
  readonly cpuQuota?: number;
  readonly cpuShares?: number;
  readonly memoryLimitBytes?: number;
  readonly oomScoreAdj?: number;
  readonly cpusetCpus?: string;
  readonly unified?: Readonly<Record<string, string>>;
}
export interface Mount {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly readonly: boolean;
  readonly propagation: 'PRIVATE' | 'HOST_TO_CONTAINER' | 'BIDIRECTIONAL';
  readonly recursiveReadOnly?: boolean;
}
export interface Device {
  readonly containerPath: string;
  readonly hostPath: string;
  readonly permissions: string;
}
export interface ContainerSecurity {
  readonly privileged: boolean;
  readonly addCapabilities: readonly string[];
  readonly dropCapabilities: readonly string[];
  readonly namespaces: NamespaceOptions;
  readonly runAsUser?: number;
  readonly runAsUsername?: string;
  readonly runAsGroup?: number;
  readonly supplementalGroups: readonly number[];
  readonly readonlyRootfs: boolean;
  readonly noNewPrivileges: boolean;
  readonly maskedPaths: readonly string[];
  readonly readonlyPaths: readonly string[];
  readonly seccomp?: SeccompProfile;
  readonly apparmor?: string;
}
export interface ContainerConfig {
  readonly name: string;
  readonly attempt: number;
  /** What PullImage or ImageStatus gave as the image's id or reference. */
  readonly image: string;
  /** As the user wrote it, for status. */
  readonly userImage: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly workingDir: string;
  readonly envs: readonly { readonly key: string; readonly value: string }[];
  readonly mounts: readonly Mount[];
  readonly devices: readonly Device[];
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Relative to the sandbox's log directory. */
  readonly logPath: string;
  readonly stdin: boolean;
  readonly stdinOnce: boolean;
  readonly tty: boolean;
  readonly resources: LinuxResources;
  readonly security: ContainerSecurity;
  readonly stopSignal?: string;
  /** Whether the pod goes on only when it has ended. No runtime asks but one that pretends. */
  readonly mustEnd: boolean;
}
export type ContainerState = 'CREATED' | 'RUNNING' | 'EXITED' | 'UNKNOWN';
export interface Container {
  readonly id: string;
  readonly sandboxId: string;
  readonly name: string;
  readonly attempt: number;
  readonly image: string;
  readonly imageRef: string;
  readonly state: ContainerState;
  readonly createdAtMs: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
export interface ContainerStatus extends Container {
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly exitCode: number;
  /** 'Completed', 'Error', 'OOMKilled', 'StartError', ... Trust it only when EXITED. */
  readonly reason: string;
  readonly message: string;
  readonly logPath: string;
  readonly mounts: readonly Mount[];
  /** What is in force; absent where the runtime does not tell. */
  readonly resources?: LinuxResources | undefined;
}
export interface Image {
  readonly id: string;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly sizeBytes: number;
  readonly uid?: number;
  readonly username: string;
  readonly pinned: boolean;
}
export interface RegistryAuth {
  readonly username?: string;
  readonly password?: string;
  readonly auth?: string;
  readonly serverAddress?: string;
  readonly identityToken?: string;
  readonly registryToken?: string;
}
export interface ContainerStats {
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly timestampMs: number;
  readonly cpuUsageNanos: number;
  readonly memoryWorkingSetBytes: number;
  readonly memoryUsageBytes: number;
  readonly memoryRssBytes: number;
  readonly memoryPageFaults: number;
  readonly memoryMajorPageFaults: number;
  readonly rootfsUsedBytes: number;
  readonly rootfsInodesUsed: number;
}
export interface RuntimeEvent {
  readonly type: 'created' | 'started' | 'exited' | 'oom' | 'deleted';
  readonly containerId: string;
}
/** Live streams of exec or attach. `done` settles when the process ends (exec) or the container does (attach). */
export interface StreamSession {
  readonly stdin?: Writable;
  readonly stdout?: Readable;
  /** Absent with a tty. */
  readonly stderr?: Readable;
  resize(size: { readonly width: number; readonly height: number }): void;
  readonly done: Promise<{ readonly exitCode: number; readonly error?: string }>;
  close(): void;
}
export interface StreamOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}
/** `code` is gRPC's canonical name: 'NotFound', 'DeadlineExceeded', 'Unavailable', 'Unknown', ... */
export class RuntimeError extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'RuntimeError';
    this.code = code;
  }
}

export interface Runtime {
  version(): Promise<{ readonly name: string; readonly version: string; readonly apiVersion: string }>;
  status(): Promise<{
    readonly runtimeReady: boolean;
    readonly networkReady: boolean;
    readonly message: string;
    readonly handlers: readonly string[];
  }>;
  /** May be called before every pod; runtimes that have no CIDR to learn ignore it. */
  setPodCidr(cidr: string): Promise<void>;

  runPodSandbox(config: PodSandboxConfig, runtimeHandler: string): Promise<string>;
  stopPodSandbox(id: string): Promise<void>;
  removePodSandbox(id: string): Promise<void>;
  listPodSandboxes(filter?: { readonly podUid?: string; readonly state?: SandboxState }): Promise<readonly PodSandbox[]>;
  podSandboxStatus(id: string): Promise<PodSandboxStatus>;

  createContainer(sandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string>;
  startContainer(id: string): Promise<void>;
  /** Sends the stop signal, then SIGKILL after `graceMs`. Resolves when it has ended. */
  stopContainer(id: string, graceMs: number): Promise<void>;
  removeContainer(id: string): Promise<void>;
  listContainers(filter?: { readonly podUid?: string; readonly sandboxId?: string }): Promise<readonly Container[]>;
  containerStatus(id: string): Promise<ContainerStatus>;
  updateContainerResources(id: string, resources: LinuxResources): Promise<void>;
  reopenContainerLog(id: string): Promise<void>;
  /** Runs to the end or `timeoutMs` (then RuntimeError 'DeadlineExceeded'); output is cut at 16 MiB. */
  execSync(
    id: string,
    command: readonly string[],
    timeoutMs: number,
  ): Promise<{ readonly stdout: Uint8Array; readonly stderr: Uint8Array; readonly exitCode: number }>;
  exec(id: string, command: readonly string[], options: StreamOptions): Promise<StreamSession>;
  attach(id: string, options: StreamOptions): Promise<StreamSession>;
  /** A connection to a port inside the pod's network. */
  portForward(sandboxId: string, port: number): Promise<{ readonly readable: Readable; readonly writable: Writable; close(): void }>;
  listContainerStats(): Promise<readonly ContainerStats[]>;
  podNetworkStats(sandboxId: string): Promise<{ readonly rxBytes: number; readonly txBytes: number } | undefined>;
  /** Container life as it happens; ends with the signal, throws when the runtime goes away. Callers also poll. */
  events(signal: AbortSignal): AsyncIterable<RuntimeEvent>;

  listImages(): Promise<readonly Image[]>;
  /** undefined when it is not present. Short names are normalised ('busybox:1.36'). */
  imageStatus(reference: string): Promise<Image | undefined>;
  /** Gives the image's reference to create containers with. */
  pullImage(reference: string, auth: RegistryAuth | undefined): Promise<string>;
  removeImage(reference: string): Promise<void>;
  imageFsInfo(): Promise<{ readonly mountpoint: string; readonly usedBytes: number; readonly inodesUsed: number }>;
}
