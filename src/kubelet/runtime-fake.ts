import { PassThrough } from 'node:stream';
import { Channel } from '../base/channel.ts';
import type { Clock, Timer } from '../base/clock.ts';
import type { Random } from '../base/random.ts';
import { labelNames } from './labels.ts';
import type { ContainerConfig, ContainerStatus, Image, PodSandboxConfig, PodSandboxStatus, Runtime, RuntimeEvent } from './runtime.ts';
import { RuntimeError } from './runtime.ts';

export interface FakeRuntimeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly podCidr?: string;
  /** Virtual time of each step. */
  readonly sandboxMs?: number;
  readonly startMs?: number;
  readonly pullMs?: number;
  /** Images for which pulls fail. */
  readonly missingImages?: readonly string[];
}
/** Annotations of a pod by which its containers can be made to end; with `.NAME` after it, for one container only. */
export const fakeAnnotations = {
  /** Seconds after the start. */
  exitAfter: 'skiff.dev/fake-exit-after',
  exitCode: 'skiff.dev/fake-exit-code',
} as const;

/** A runtime whose containers can be made to end. */
export interface FakeRuntime extends Runtime {
  /** Ends a running container, as when its process dies. Default reason: what the exit code says. */
  endContainer(id: string, exitCode: number, reason?: 'OOMKilled'): void;
  /** What there is at this moment. */
  containersNow(): readonly ContainerStatus[];
}

interface FakeContainer {
  status: ContainerStatus;
  readonly config: ContainerConfig;
  timer: Timer | undefined;
}
const maxListeners = 1000;

/** Gives the addresses of a CIDR one after the other, skipping those in use. */
class Addresses {
  readonly #used = new Set<string>();
  #base = 0;
  #size = 0;
  #next = 0;
  use(cidr: string): void {
    const [ip = '', bits = '24'] = cidr.split(',')[0]!.split('/');
    this.#base = ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
    this.#size = 2 ** (32 - Number(bits));
    this.#next = 2;
  }
  take(): string {
    for (let tries = 0; tries < this.#size; tries++) {
      const number = this.#base + this.#next;
      this.#next = this.#next + 1 >= this.#size - 1 ? 2 : this.#next + 1;
      const ip = [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');
      if (this.#used.has(ip)) continue;
      this.#used.add(ip);
      return ip;
    }
    throw new RuntimeError('Unknown', 'no IP addresses available in range set');
  }
  free(ip: string): void {
    this.#used.delete(ip);
  }
}

/** Containers that exist only in memory: they start after a little virtual time and run until stopped, or as annotations say. */
export function createFakeRuntime(options: FakeRuntimeOptions): FakeRuntime {
  const { clock, random } = options;
  const addresses = new Addresses();
  addresses.use(options.podCidr ?? '10.244.0.0/24');
  const sandboxes = new Map<string, { status: PodSandboxStatus; config: PodSandboxConfig }>();
  const containers = new Map<string, FakeContainer>();
  const images = new Map<string, Image>();
  const listeners = new Set<Channel<RuntimeEvent>>();
  const newId = () => `${random.uuid()}${random.uuid()}`.replaceAll('-', '');
  const emit = (type: RuntimeEvent['type'], containerId: string) => {
    for (const listener of listeners) listener.push({ type, containerId });
  };
  const container = (id: string): FakeContainer => {
    const found = containers.get(id);
    if (found === undefined) throw new RuntimeError('NotFound', `an error occurred when try to find container "${id}": not found`);
    return found;
  };
  const sandbox = (id: string) => {
    const found = sandboxes.get(id);
    if (found === undefined) throw new RuntimeError('NotFound', `an error occurred when try to find sandbox: not found`);
    return found;
  };
  const end = (one: FakeContainer, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error') => {
    if (one.status.state !== 'RUNNING') return;
    one.timer?.cancel();
    one.status = { ...one.status, state: 'EXITED', finishedAtMs: clock.now(), exitCode, reason };
    emit('exited', one.status.id);
  };
  // With a numeric user that is not root, as nothing else suits both pods with runAsNonRoot and those without.
  const imageOf = (reference: string): Image => ({
    id: `sha256:${reference}`,
    repoTags: [reference],
    repoDigests: [],
    sizeBytes: 1_000_000,
    uid: 65_532,
    username: '',
    pinned: false,
  });
  const stream = async () => {
    const stdout = new PassThrough();
    stdout.end();
    return { stdout, resize: () => undefined, done: Promise.resolve({ exitCode: 0 }), close: () => undefined };
  };

  return {
    version: async () => ({ name: 'containerd', version: '0.0.0-simulated', apiVersion: 'v1' }),
    status: async () => ({ runtimeReady: true, networkReady: true, message: '', handlers: [''] }),
    setPodCidr: async (cidr) => addresses.use(cidr),
    async runPodSandbox(config, runtimeHandler) {
      await clock.sleep(options.sandboxMs ?? 50);
      const id = newId();
      const { metadata, labels, annotations } = config;
      const ip = config.namespaces.network === 'NODE' ? '' : addresses.take();
      const status: PodSandboxStatus = {
        id,
        metadata,
        state: 'READY',
        createdAtMs: clock.now(),
        labels,
        annotations,
        runtimeHandler,
        ip,
        additionalIps: [],
      };
      sandboxes.set(id, { status, config });
      return id;
    },
    async stopPodSandbox(id) {
      const found = sandboxes.get(id);
      if (found === undefined || found.status.state === 'NOTREADY') return;
      for (const one of containers.values()) if (one.status.sandboxId === id) end(one, 137);
      addresses.free(found.status.ip);
      found.status = { ...found.status, state: 'NOTREADY' };
    },
    async removePodSandbox(id) {
      const found = sandboxes.get(id);
      if (found === undefined) return;
      addresses.free(found.status.ip);
      sandboxes.delete(id);
      for (const [key, one] of containers) if (one.status.sandboxId === id) containers.delete(key);
    },
    listPodSandboxes: async (filter) =>
      [...sandboxes.values()]
        .map((one) => one.status)
        .filter(
          (one) =>
            (filter?.podUid === undefined || one.metadata.uid === filter.podUid) &&
            (filter?.state === undefined || one.state === filter.state),
        ),
    podSandboxStatus: async (id) => sandbox(id).status,
    async createContainer(sandboxId, config) {
      sandbox(sandboxId);
      const id = newId();
      const { name, attempt, userImage, labels, annotations, mounts } = config;
      containers.set(id, {
        config,
        timer: undefined,
        status: {
          id,
          sandboxId,
          name,
          attempt,
          image: userImage,
          imageRef: config.image,
          state: 'CREATED',
          createdAtMs: clock.now(),
          labels,
          annotations,
          startedAtMs: 0,
          finishedAtMs: 0,
          exitCode: 0,
          reason: '',
          message: '',
          logPath: config.logPath,
          mounts,
          resources: config.resources,
        },
      });
      emit('created', id);
      return id;
    },
    async startContainer(id) {
      await clock.sleep(options.startMs ?? 20);
      const one = container(id);
      one.status = { ...one.status, state: 'RUNNING', startedAtMs: clock.now() };
      emit('started', id);
      const { annotations } = sandbox(one.status.sandboxId).config;
      const own = annotations[`${fakeAnnotations.exitAfter}.${one.config.name}`] ?? annotations[fakeAnnotations.exitAfter];
      const exitAfter = own ?? (one.config.mustEnd ? '0' : undefined);
      if (exitAfter === undefined) return;
      const code = Number(annotations[`${fakeAnnotations.exitCode}.${one.config.name}`] ?? annotations[fakeAnnotations.exitCode] ?? 0);
      one.timer = clock.setTimer(Number(exitAfter) * 1000, () => end(one, code));
    },
    async stopContainer(id) {
      end(container(id), 143);
    },
    containersNow: () => [...containers.values()].map(({ status }) => status),
    endContainer: (id, exitCode, reason) => end(container(id), exitCode, reason),
    async removeContainer(id) {
      const one = containers.get(id);
      if (one === undefined) return;
      end(one, 137);
      containers.delete(id);
      emit('deleted', id);
    },
    listContainers: async (filter) =>
      [...containers.values()]
        .map((one) => one.status)
        .filter(
          (one) =>
            (filter?.podUid === undefined || one.labels[labelNames.podUid] === filter.podUid) &&
            (filter?.sandboxId === undefined || one.sandboxId === filter.sandboxId),
        ),
    containerStatus: async (id) => container(id).status,
    async updateContainerResources(id, resources) {
      const one = container(id);
      one.status = { ...one.status, resources };
    },
    reopenContainerLog: async () => undefined,
    async execSync(id) {
      container(id);
      return { stdout: new Uint8Array(), stderr: new Uint8Array(), exitCode: 0 };
    },
    exec: stream,
    attach: stream,
    async portForward() {
      const pipe = new PassThrough();
      return { readable: pipe, writable: pipe, close: () => pipe.destroy() };
    },
    listContainerStats: async () =>
      [...containers.values()]
        .filter((one) => one.status.state === 'RUNNING')
        .map((one) => ({
          id: one.status.id,
          name: one.status.name,
          labels: one.status.labels,
          timestampMs: clock.now(),
          cpuUsageNanos: Math.max(clock.now() - one.status.startedAtMs, 0) * 1000,
          memoryWorkingSetBytes: 1 << 20,
          memoryUsageBytes: 1 << 20,
          memoryRssBytes: 1 << 20,
          memoryPageFaults: 0,
          memoryMajorPageFaults: 0,
          rootfsUsedBytes: 4096,
          rootfsInodesUsed: 1,
        })),
    podNetworkStats: async () => ({ rxBytes: 0, txBytes: 0 }),
    async *events(signal) {
      const channel = new Channel<RuntimeEvent>(maxListeners);
      listeners.add(channel);
      const close = () => channel.close();
      signal.addEventListener('abort', close, { once: true });
      try {
        if (!signal.aborted) yield* channel;
      } finally {
        listeners.delete(channel);
        signal.removeEventListener('abort', close);
      }
    },
    listImages: async () => [...images.values()],
    imageStatus: async (reference) => images.get(reference) ?? [...images.values()].find((one) => one.id === reference),
    async pullImage(reference) {
      await clock.sleep(options.pullMs ?? 100);
      if (options.missingImages?.includes(reference))
        throw new RuntimeError('NotFound', `failed to pull and unpack image "${reference}": not found`);
      images.set(reference, imageOf(reference));
      return imageOf(reference).id;
    },
    removeImage: async (reference) => void images.delete(reference),
    imageFsInfo: async () => ({ mountpoint: '', usedBytes: images.size * 1_000_000, inodesUsed: images.size }),
  };
}
