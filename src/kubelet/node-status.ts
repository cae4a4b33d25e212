import { formatTime, formatMicroTime } from '../api/gotime.ts';
import { isDeepStrictEqual } from 'node:util';
import { isAlreadyExists, isNotFound } from '../api/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/events.ts';
import { Lease } from '../kinds/coordination/lease.ts';
import { isNodeReady } from '../kinds/core/lib/node-conditions.ts';
import { Node as NodeKind } from '../kinds/core/node.ts';
import type { NodePressure } from './eviction/thresholds.ts';
import { ensureCsiNode } from './csi-node.ts';
import type { Runtime } from './runtime.ts';
import type { Node, ResourceList } from './types.ts';

export interface NodeFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly architecture: string;
}
export interface NodeOptions {
  readonly nodeName: string;
  readonly nodeIps: readonly string[];
  readonly facts: NodeFacts;
  readonly port: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly capacity: ResourceList;
  readonly allocatable: ResourceList;
  /** Conditions of pressure that hold now. */
  readonly pressures: () => ReadonlySet<NodePressure>;
  readonly kubeletVersion: string;
  /** How often the status is looked at, and how often it is written although nothing changed. */
  readonly updateMs: number;
  readonly reportMs: number;
  readonly leaseSeconds: number;
}
export interface NodeDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly runtime: Runtime;
}
type NodeStatus = NonNullable<Node['status']>;
type Condition = NonNullable<NodeStatus['conditions']>[number];

/** The lease is renewed four times in its life. */
const renewFraction = 0.25;
const retryMs = 1_000;
const shownImages = 50;
const longestImageNames = 5;
/** What pods may ask for that an older kubelet would not know (KEP-5328). */
const declaredFeatures = [
  'ExtendWebSocketsToKubelet',
  'InPlacePodLevelResourcesVerticalScaling',
  'InPlacePodVerticalScalingInitContainers',
  'RestartAllContainersOnContainerExits',
];

const pressureWords = {
  MemoryPressure: [
    'KubeletHasInsufficientMemory',
    'kubelet has insufficient memory available',
    'KubeletHasSufficientMemory',
    'kubelet has sufficient memory available',
  ],
  DiskPressure: ['KubeletHasDiskPressure', 'kubelet has disk pressure', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
  PIDPressure: [
    'KubeletHasInsufficientPID',
    'kubelet has insufficient PID available',
    'KubeletHasSufficientPID',
    'kubelet has sufficient PID available',
  ],
} as const;

const written = (part: unknown): unknown => {
  const value = JSON.parse(JSON.stringify(part ?? null));
  return Array.isArray(value) && value.length === 0 ? null : value;
};
/**
 * Whether what a part of the status reports is stored: an empty list is stored as none, and beside members of its own an object may hold
 * those of others, such as extended resources.
 */
export function saysTheSame(part: unknown, stored: unknown): boolean {
  const [own, found] = [written(part), written(stored)];
  if (typeof own !== 'object' || own === null || Array.isArray(own)) return isDeepStrictEqual(own, found);
  return Object.entries(own).every(([name, value]) =>
    isDeepStrictEqual(value, (found as Readonly<Record<string, unknown>> | null)?.[name]),
  );
}

/** Registers the node, keeps its status and Lease fresh. */
export class NodeReporter {
  readonly #deps: NodeDeps;
  readonly #options: NodeOptions;
  #node: Node | undefined;
  #reportedMs = Number.NEGATIVE_INFINITY;
  #networkError = 'container runtime status check may not have completed yet';
  /** Why the node is not Ready; '' when it is. */
  #error = '';
  #isReady = false;
  readonly #poked: { wake: (() => void) | undefined } = { wake: undefined };

  constructor(deps: NodeDeps, options: NodeOptions) {
    this.#deps = deps;
    this.#options = options;
  }
  get node(): Node | undefined {
    return this.#node;
  }
  /** This kubelet has told that the node is Ready. What the node's object says may be from before it started. */
  get isReady(): boolean {
    return this.#isReady;
  }
  /** '' when pods can have a network. */
  get networkError(): string {
    return this.#networkError;
  }
  /** Something that conditions speak of has changed. */
  poke(): void {
    this.#poked.wake?.();
  }
  async register(signal: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#deps;
    for (; !signal.aborted; await clock.sleep(retryMs, signal).catch(() => undefined)) {
      try {
        const status = await this.#status(undefined);
        this.#node = await client.create(NodeKind, this.#initial(status) as never).catch(async (error) => {
          if (!isAlreadyExists(error)) throw error;
          return await this.#adopt();
        });
        await ensureCsiNode(client, this.#node);
        if (this.#node.spec?.podCIDR) await this.#deps.runtime.setPodCidr(this.#node.spec.podCIDR);
        return;
      } catch (error) {
        log.warn('node could not be registered', { error });
      }
    }
  }
  async #adopt(): Promise<Node> {
    const { client } = this.#deps;
    const found = await client.get(NodeKind, { name: this.#options.nodeName });
    const labels = this.#labels();
    if (Object.entries(labels).every(([key, text]) => found.metadata.labels?.[key] === text)) return found;
    return await client.patch(NodeKind, { name: found.metadata.name }, 'merge', { metadata: { labels } });
  }
  #labels(): Record<string, string> {
    const { nodeName, labels, facts } = this.#options;
    const own = { 'kubernetes.io/hostname': nodeName, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': facts.architecture };
    return { 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': facts.architecture, ...own, ...labels };
  }
  #initial(status: NodeStatus) {
    const { nodeName, taints } = this.#options;
    const annotations = { 'volumes.kubernetes.io/controller-managed-attach-detach': 'true' };
    return { metadata: { name: nodeName, labels: this.#labels(), annotations }, spec: taints.length === 0 ? {} : { taints }, status };
  }
  /** Follows pod CIDR changes made by others. */
  async seen(node: Node): Promise<void> {
    const before = this.#node?.spec?.podCIDR;
    this.#node = node;
    if (node.spec?.podCIDR && node.spec.podCIDR !== before) {
      await this.#deps.runtime.setPodCidr(node.spec.podCIDR);
      this.poke();
    }
  }
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#runStatus(signal), this.#runLease(signal)]);
  }
  async #runStatus(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    while (!signal.aborted) {
      await this.#reportIfChanged().catch((error) => {
        if (isNotFound(error)) return this.register(signal);
        log.warn('node status could not be written', { error });
      });
      const nap = new AbortController();
      this.#poked.wake = () => nap.abort();
      const ready = this.#networkError === '' && this.#error === '';
      await clock.sleep(ready ? this.#options.updateMs : retryMs, AbortSignal.any([signal, nap.signal])).catch(() => undefined);
    }
  }
  async #reportIfChanged(): Promise<void> {
    const { client, clock, events } = this.#deps;
    const node = this.#node;
    if (node === undefined) return;
    const status = await this.#status(node);
    const old = node.status ?? ({} as NodeStatus);
    const changed = (Object.keys(status) as (keyof NodeStatus)[]).some(
      (key) => key !== 'conditions' && !saysTheSame(status[key], old[key]),
    );
    const turned = (status.conditions ?? []).filter((one) => {
      const before = old.conditions?.find((other) => other.type === one.type);
      return before?.status !== one.status || before?.reason !== one.reason || before?.message !== one.message;
    });
    if (!changed && turned.length === 0 && clock.monotonic() - this.#reportedMs < this.#options.reportMs) return;
    const addresses = [...(status.addresses ?? []), { $patch: 'replace' }];
    const written = await client.patch(
      NodeKind,
      { name: node.metadata.name },
      'strategic',
      { status: { ...status, addresses } },
      { subresource: 'status' },
    );
    this.#reportedMs = clock.monotonic();
    this.#node = written;
    this.#isReady = isNodeReady(written);
    for (const one of turned) {
      const says = one.type === 'Ready' ? (one.status === 'True' ? 'NodeReady' : 'NodeNotReady') : one.reason?.replace('Kubelet', 'Node');
      if (says) events.event(written, 'Normal', says, `Node ${node.metadata.name} status is now: ${says}`);
    }
  }
  async #runLease(signal: AbortSignal): Promise<void> {
    const { client, clock, log } = this.#deps;
    const { nodeName, leaseSeconds } = this.#options;
    const key = { namespace: 'kube-node-lease', name: nodeName };
    while (!signal.aborted) {
      let delayMs = leaseSeconds * 1000 * renewFraction;
      const renewTime = formatMicroTime(clock.now());
      try {
        const owner = this.#node && [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: this.#node.metadata.uid }];
        const spec = { holderIdentity: nodeName, leaseDurationSeconds: leaseSeconds, renewTime };
        await client.patch(Lease, key, 'merge', { spec }).catch(async (error) => {
          if (!isNotFound(error)) throw error;
          await client.create(Lease, { metadata: { ...key, ownerReferences: owner ?? [] }, spec } as never);
        });
      } catch (error) {
        log.warn('node lease could not be renewed', { error });
        delayMs = retryMs;
      }
      await clock.sleep(delayMs, signal).catch(() => undefined);
    }
  }
  async #status(old: Node | undefined): Promise<NodeStatus> {
    const { runtime, clock } = this.#deps;
    const { nodeName, nodeIps, facts, capacity, allocatable, port, kubeletVersion } = this.#options;
    let version = 'containerd://unknown';
    let images: NodeStatus['images'] = [];
    let handlers: readonly string[] = [''];
    let error = '';
    try {
      const [about, state, listed] = await Promise.all([runtime.version(), runtime.status(), runtime.listImages()]);
      version = `${about.name}://${about.version}`;
      handlers = state.handlers;
      this.#networkError = state.networkReady
        ? ''
        : `container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:${state.message}`;
      error = state.runtimeReady ? this.#networkError : `container runtime not ready: RuntimeReady=false reason: message:${state.message}`;
      images = [...listed]
        .sort((a, b) => b.sizeBytes - a.sizeBytes || (a.id < b.id ? -1 : 1))
        .slice(0, shownImages)
        .map((image) => ({ names: [...image.repoDigests, ...image.repoTags].slice(0, longestImageNames), sizeBytes: image.sizeBytes }));
    } catch (failure) {
      error = `container runtime is down: ${(failure as Error).message}`;
    }
    this.#error = error;
    const now = formatTime(clock.now());
    return {
      addresses: [...nodeIps.map((address) => ({ type: 'InternalIP', address })), { type: 'Hostname', address: nodeName }],
      capacity,
      allocatable,
      conditions: this.#conditions(old, error, now),
      declaredFeatures,
      daemonEndpoints: { kubeletEndpoint: { Port: port } },
      images,
      nodeInfo: {
        machineID: facts.machineId,
        systemUUID: facts.machineId,
        bootID: facts.bootId,
        kernelVersion: facts.kernelVersion,
        osImage: facts.osImage,
        containerRuntimeVersion: version,
        kubeletVersion,
        kubeProxyVersion: '',
        operatingSystem: 'linux',
        architecture: facts.architecture,
      },
      runtimeHandlers: handlers.map((name) => ({ name, features: { recursiveReadOnlyMounts: false, userNamespaces: false } })),
    } as unknown as NodeStatus;
  }
  #conditions(old: Node | undefined, error: string, now: string): Condition[] {
    const pressures = this.#options.pressures();
    const make = (type: string, status: string, reason: string, message: string): Condition => {
      const before = old?.status?.conditions?.find((one) => one.type === type);
      return {
        type,
        status,
        lastHeartbeatTime: now,
        lastTransitionTime: before?.status === status ? before.lastTransitionTime : now,
        reason,
        message,
      } as Condition;
    };
    const conditions = (Object.keys(pressureWords) as (keyof typeof pressureWords)[]).map((type) => {
      const [badReason, bad, goodReason, good] = pressureWords[type];
      return pressures.has(type) ? make(type, 'True', badReason, bad) : make(type, 'False', goodReason, good);
    });
    const ready =
      error === ''
        ? make('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
        : make('Ready', 'False', 'KubeletNotReady', error);
    return [...conditions, ready];
  }
}
