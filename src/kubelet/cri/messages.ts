import { bool, bytes, choice, int, list, message, string, stringMap, uint } from '../../base/protobuf.ts';

/** The messages of CRI's runtime/v1 (k8s.io/cri-api) that the kubelet sends and reads, by their published field numbers. */
const namespaceModes = ['POD', 'CONTAINER', 'NODE', 'TARGET'] as const;
export const sandboxStates = ['SANDBOX_READY', 'SANDBOX_NOTREADY'] as const;
const containerStates = ['CONTAINER_CREATED', 'CONTAINER_RUNNING', 'CONTAINER_EXITED', 'CONTAINER_UNKNOWN'] as const;
const propagations = ['PROPAGATION_PRIVATE', 'PROPAGATION_HOST_TO_CONTAINER', 'PROPAGATION_BIDIRECTIONAL'] as const;
const profileTypes = ['RuntimeDefault', 'Unconfined', 'Localhost'] as const;

const intValue = { value: int(1) };
const uintValue = { value: uint(1) };
const securityProfile = { profileType: choice(1, profileTypes), localhostRef: string(2) };
const namespaceOption = {
  network: choice(1, namespaceModes),
  pid: choice(2, namespaceModes),
  ipc: choice(3, namespaceModes),
  targetId: string(4),
};
const linuxResources = {
  cpuPeriod: int(1),
  cpuQuota: int(2),
  cpuShares: int(3),
  memoryLimitInBytes: int(4),
  oomScoreAdj: int(5),
  cpusetCpus: string(6),
  unified: stringMap(9),
};
const sandboxMetadata = { name: string(1), uid: string(2), namespace: string(3), attempt: uint(4) };
const containerMetadata = { name: string(1), attempt: uint(2) };
const sandboxConfig = {
  metadata: message(1, sandboxMetadata),
  hostname: string(2),
  logDirectory: string(3),
  dnsConfig: message(4, { servers: list(string(1)), searches: list(string(2)), options: list(string(3)) }),
  portMappings: list(
    message(5, { protocol: choice(1, ['TCP', 'UDP', 'SCTP']), containerPort: int(2), hostPort: int(3), hostIp: string(4) }),
  ),
  labels: stringMap(6),
  annotations: stringMap(7),
  linux: message(8, {
    cgroupParent: string(1),
    securityContext: message(2, {
      namespaceOptions: message(1, namespaceOption),
      runAsUser: message(3, intValue),
      readonlyRootfs: bool(4),
      supplementalGroups: list(int(5)),
      privileged: bool(6),
      runAsGroup: message(8, intValue),
      seccomp: message(9, securityProfile),
    }),
    sysctls: stringMap(3),
    overhead: message(4, linuxResources),
    resources: message(5, linuxResources),
  }),
};
const imageSpec = { image: string(1), annotations: stringMap(2), userSpecifiedImage: string(18) };
const mount = {
  containerPath: string(1),
  hostPath: string(2),
  readonly: bool(3),
  propagation: choice(5, propagations),
  recursiveReadOnly: bool(8),
};
/** Signal's names by number; the names after SIGRTMAX end the list. */
const signals = (
  'RUNTIME_DEFAULT SIGABRT SIGALRM SIGBUS SIGCHLD SIGCLD SIGCONT SIGFPE SIGHUP SIGILL SIGINT SIGIO SIGIOT SIGKILL SIGPIPE SIGPOLL SIGPROF ' +
  'SIGPWR SIGQUIT SIGSEGV SIGSTKFLT SIGSTOP SIGSYS SIGTERM SIGTRAP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGUSR1 SIGUSR2 SIGVTALRM SIGWINCH ' +
  'SIGXCPU SIGXFSZ SIGRTMIN ' +
  Array.from({ length: 15 }, (_, index) => `SIGRTMINPLUS${index + 1}`).join(' ') +
  ' ' +
  Array.from({ length: 14 }, (_, index) => `SIGRTMAXMINUS${14 - index}`).join(' ') +
  ' SIGRTMAX'
).split(' ');
const containerConfig = {
  metadata: message(1, containerMetadata),
  image: message(2, imageSpec),
  command: list(string(3)),
  args: list(string(4)),
  workingDir: string(5),
  envs: list(message(6, { key: string(1), value: string(2) })),
  mounts: list(message(7, mount)),
  devices: list(message(8, { containerPath: string(1), hostPath: string(2), permissions: string(3) })),
  labels: stringMap(9),
  annotations: stringMap(10),
  logPath: string(11),
  stdin: bool(12),
  stdinOnce: bool(13),
  tty: bool(14),
  linux: message(15, {
    resources: message(1, linuxResources),
    securityContext: message(2, {
      capabilities: message(1, { addCapabilities: list(string(1)), dropCapabilities: list(string(2)) }),
      privileged: bool(2),
      namespaceOptions: message(3, namespaceOption),
      runAsUser: message(5, intValue),
      runAsUsername: string(6),
      readonlyRootfs: bool(7),
      supplementalGroups: list(int(8)),
      noNewPrivs: bool(11),
      runAsGroup: message(12, intValue),
      maskedPaths: list(string(13)),
      readonlyPaths: list(string(14)),
      seccomp: message(15, securityProfile),
      apparmor: message(16, securityProfile),
    }),
  }),
  stopSignal: choice(18, signals),
};
const sandbox = {
  id: string(1),
  metadata: message(2, sandboxMetadata),
  state: choice(3, sandboxStates),
  createdAt: int(4),
  labels: stringMap(5),
  annotations: stringMap(6),
  runtimeHandler: string(7),
};
const sandboxStatus = {
  id: string(1),
  metadata: message(2, sandboxMetadata),
  state: choice(3, sandboxStates),
  createdAt: int(4),
  network: message(5, { ip: string(1), additionalIps: list(message(2, { ip: string(1) })) }),
  labels: stringMap(7),
  annotations: stringMap(8),
  runtimeHandler: string(9),
};
const container = {
  id: string(1),
  podSandboxId: string(2),
  metadata: message(3, containerMetadata),
  image: message(4, imageSpec),
  imageRef: string(5),
  state: choice(6, containerStates),
  createdAt: int(7),
  labels: stringMap(8),
  annotations: stringMap(9),
};
const containerStatus = {
  id: string(1),
  metadata: message(2, containerMetadata),
  state: choice(3, containerStates),
  createdAt: int(4),
  startedAt: int(5),
  finishedAt: int(6),
  exitCode: int(7),
  image: message(8, imageSpec),
  imageRef: string(9),
  reason: string(10),
  message: string(11),
  labels: stringMap(12),
  annotations: stringMap(13),
  mounts: list(message(14, mount)),
  logPath: string(15),
  resources: message(16, { linux: message(1, linuxResources) }),
};
const image = {
  id: string(1),
  repoTags: list(string(2)),
  repoDigests: list(string(3)),
  size: uint(4),
  uid: message(5, intValue),
  username: string(6),
  pinned: bool(8),
};
const filesystemUsage = {
  timestamp: int(1),
  fsId: message(2, { mountpoint: string(1) }),
  usedBytes: message(3, uintValue),
  inodesUsed: message(4, uintValue),
};
const containerStats = {
  attributes: message(1, { id: string(1), metadata: message(2, containerMetadata), labels: stringMap(3) }),
  cpu: message(2, { timestamp: int(1), usageCoreNanoSeconds: message(2, uintValue) }),
  memory: message(3, {
    timestamp: int(1),
    workingSetBytes: message(2, uintValue),
    usageBytes: message(4, uintValue),
    rssBytes: message(5, uintValue),
    pageFaults: message(6, uintValue),
    majorPageFaults: message(7, uintValue),
  }),
  writableLayer: message(4, filesystemUsage),
};
const networkInterface = { name: string(1), rxBytes: message(2, uintValue), txBytes: message(4, uintValue) };
const sandboxStats = {
  linux: message(2, {
    network: message(3, {
      timestamp: int(1),
      defaultInterface: message(2, networkInterface),
      interfaces: list(message(3, networkInterface)),
    }),
  }),
};
const auth = {
  username: string(1),
  password: string(2),
  auth: string(3),
  serverAddress: string(4),
  identityToken: string(5),
  registryToken: string(6),
};

/** Every call: its service and the messages it takes and gives. */
const runtime = '/runtime.v1.RuntimeService/';
const images = '/runtime.v1.ImageService/';
const nothing = {};
const containerId = { containerId: string(1) };
const sandboxId = { podSandboxId: string(1) };
const execStreams = { tty: bool(3), stdin: bool(4), stdout: bool(5), stderr: bool(6) };
const ofImage = { image: message(1, imageSpec) };
export const calls = {
  Version: {
    service: runtime,
    request: { version: string(1) },
    reply: { version: string(1), runtimeName: string(2), runtimeVersion: string(3), runtimeApiVersion: string(4) },
  },
  Status: {
    service: runtime,
    request: { verbose: bool(1) },
    reply: {
      status: message(1, { conditions: list(message(1, { type: string(1), status: bool(2), reason: string(3), message: string(4) })) }),
      info: stringMap(2),
      runtimeHandlers: list(message(3, { name: string(1) })),
    },
  },
  RunPodSandbox: { service: runtime, request: { config: message(1, sandboxConfig), runtimeHandler: string(2) }, reply: sandboxId },
  StopPodSandbox: { service: runtime, request: sandboxId, reply: nothing },
  RemovePodSandbox: { service: runtime, request: sandboxId, reply: nothing },
  PodSandboxStatus: { service: runtime, request: sandboxId, reply: { status: message(1, sandboxStatus) } },
  ListPodSandbox: {
    service: runtime,
    request: { filter: message(1, { id: string(1), state: message(2, { state: choice(1, sandboxStates) }), labelSelector: stringMap(3) }) },
    reply: { items: list(message(1, sandbox)) },
  },
  CreateContainer: {
    service: runtime,
    request: { podSandboxId: string(1), config: message(2, containerConfig), sandboxConfig: message(3, sandboxConfig) },
    reply: containerId,
  },
  StartContainer: { service: runtime, request: containerId, reply: nothing },
  StopContainer: { service: runtime, request: { containerId: string(1), timeout: int(2) }, reply: nothing },
  RemoveContainer: { service: runtime, request: containerId, reply: nothing },
  ListContainers: {
    service: runtime,
    request: { filter: message(1, { id: string(1), podSandboxId: string(3), labelSelector: stringMap(4) }) },
    reply: { containers: list(message(1, container)) },
  },
  ContainerStatus: { service: runtime, request: containerId, reply: { status: message(1, containerStatus) } },
  UpdateContainerResources: { service: runtime, request: { containerId: string(1), linux: message(2, linuxResources) }, reply: nothing },
  ReopenContainerLog: { service: runtime, request: containerId, reply: nothing },
  ExecSync: {
    service: runtime,
    request: { containerId: string(1), cmd: list(string(2)), timeout: int(3) },
    reply: { stdout: bytes(1), stderr: bytes(2), exitCode: int(3) },
  },
  Exec: { service: runtime, request: { containerId: string(1), cmd: list(string(2)), ...execStreams }, reply: { url: string(1) } },
  Attach: {
    service: runtime,
    request: { containerId: string(1), stdin: bool(2), tty: bool(3), stdout: bool(4), stderr: bool(5) },
    reply: { url: string(1) },
  },
  PortForward: { service: runtime, request: { podSandboxId: string(1), port: list(int(2)) }, reply: { url: string(1) } },
  ListContainerStats: { service: runtime, request: nothing, reply: { stats: list(message(1, containerStats)) } },
  PodSandboxStats: { service: runtime, request: sandboxId, reply: { stats: message(1, sandboxStats) } },
  ListImages: { service: images, request: nothing, reply: { images: list(message(1, image)) } },
  ImageStatus: { service: images, request: ofImage, reply: { image: message(1, image) } },
  PullImage: { service: images, request: { ...ofImage, auth: message(2, auth) }, reply: { imageRef: string(1) } },
  RemoveImage: { service: images, request: ofImage, reply: nothing },
  ImageFsInfo: { service: images, request: nothing, reply: { imageFilesystems: list(message(1, filesystemUsage)) } },
} as const;

const eventTypes = ['CONTAINER_CREATED_EVENT', 'CONTAINER_STARTED_EVENT', 'CONTAINER_STOPPED_EVENT', 'CONTAINER_DELETED_EVENT'] as const;
/** The server's streams: containerd's own events, and CRI's, which containerd 1.6 does not have. */
export const streams = {
  taskEvents: {
    path: '/containerd.services.events.v1.Events/Subscribe',
    request: { filters: list(string(1)) },
    reply: { namespace: string(2), topic: string(3), event: message(4, { typeUrl: string(1), value: bytes(2) }) },
  },
  containerEvents: {
    path: '/runtime.v1.RuntimeService/GetContainerEvents',
    request: nothing,
    reply: { containerId: string(1), containerEventType: choice(2, eventTypes) },
  },
} as const;
/** containerd.events: all begin with the container's id; of TaskExit the second field is the process, the same id for the first one. */
export const anyEvent = { containerId: string(1) };
export const taskExit = { containerId: string(1), id: string(2) };
