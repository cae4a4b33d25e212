import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { canonicalQuantity } from '../api/quantity.ts';
import type { Clock } from '../base/clock.ts';
import type { Logger } from '../base/log.ts';
import type { Random } from '../base/random.ts';
import type { Part } from '../base/supervisor.ts';
import type { Client } from '../client/client.ts';
import type { EventRecorder } from '../client/events.ts';
import type { InformerFactory } from '../client/informer.ts';
import { Node as NodeKind } from '../kinds/core/node.ts';
import { Pod as PodKind } from '../kinds/core/pod.ts';
import { admitPod, refuseResize } from './admission.ts';
import { type Cgroups, noCgroups } from './cgroups.ts';
import { createFsCgroups } from './cgroups-fs.ts';
import type { KubeletContext } from './context.ts';
import { alwaysHealthy, type ProbeDialer } from './dialer.ts';
import { netDialer } from './dialer-net.ts';
import { noPressure, watchPressure } from './eviction.ts';
import { noFiles, type PodFiles } from './files.ts';
import { createDiskFiles } from './files-disk.ts';
import { collectGarbage } from './garbage.ts';
import { createImagePuller } from './images.ts';
import { BackoffTable } from '../base/backoff-table.ts';
import { rotateLogs } from './log-rotation.ts';
import type { Mounter } from './mounter.ts';
import { type NodeFacts, NodeReporter } from './node-status.ts';
import { createObjectReader } from './object-reader.ts';
import { PodWorkers } from './pod-workers.ts';
import { LifecycleEvents } from './pleg.ts';
import { ProbeManager } from './probes.ts';
import { createPullSecrets } from './pull-secrets-of-pod.ts';
import type { DnsConfig } from './resolv-conf.ts';
import type { Runtime } from './runtime.ts';
import { createKubeletServer } from './server.ts';
import { createStatusManager } from './status-manager.ts';
import type { Container, ResourceList } from './types.ts';

/** Where a real node keeps its things; simulated nodes have none. */
export interface DiskOptions {
  /** Volumes, hosts files, termination messages: '/var/lib/skiff/kubelet'. */
  readonly stateDir: string;
  /** '/var/log/pods' */
  readonly podLogDir: string;
  readonly mounts: Mounter;
  /** Prefix of all cgroups of this node's pods, '' or '/node1'. */
  readonly cgroupRoot: string;
}
export interface KubeletOptions {
  readonly nodeName: string;
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly events: EventRecorder;
  readonly nodeIps: readonly string[];
  readonly clusterDns: readonly string[];
  readonly clusterDomain: string;
  readonly facts: NodeFacts;
  /** Overrides and additions: extended resources, a smaller number of pods. */
  readonly capacity?: ResourceList;
  /** Taken off the capacity: { cpu: '100m', memory: '256Mi' }. */
  readonly reserved?: ResourceList;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly disk?: DiskOptions;
  readonly dialer?: ProbeDialer;
  readonly port?: number;
  /** The node's own resolver settings. */
  readonly nodeDns?: DnsConfig;
  readonly apparmor?: boolean;
  readonly version?: string;
  /** Images that garbage collection never takes. */
  readonly keepImages?: readonly string[];
}
export interface Kubelet extends Part {
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

const mebibyte = 2 ** 20;
/** In canonical form, as the API shows them: what is written then equals what is read, and need not be written again. */
const canonical = (list: ResourceList): ResourceList =>
  Object.fromEntries(Object.entries(list).map(([name, text]) => [name, canonicalQuantity(text)]));

function resourcesOf(options: KubeletOptions): { readonly capacity: ResourceList; readonly allocatable: ResourceList } {
  const { facts, reserved = {} } = options;
  const capacity: Record<string, string> = {
    cpu: String(facts.cpus),
    memory: `${Math.floor(facts.memoryBytes / 1024)}Ki`,
    pods: '110',
    'ephemeral-storage': '100Gi',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    ...options.capacity,
  };
  const allocatable = { ...capacity };
  if (options.capacity?.memory === undefined) allocatable.memory = `${Math.floor((facts.memoryBytes - 100 * mebibyte) / 1024)}Ki`;
  for (const [name, text] of Object.entries(reserved)) allocatable[name] = text;
  return { capacity: canonical(capacity), allocatable: canonical(allocatable) };
}

/** The agent of one node: runs the pods bound to it, tells the API how they are, and answers the API server's questions about them. */
export function createKubelet(options: KubeletOptions): Kubelet {
  const { nodeName, client, informers, runtime, clock, random, log, events, nodeIps, disk } = options;
  const { capacity, allocatable } = resourcesOf(options);
  const pods = informers.of(PodKind, { fieldSelector: `spec.nodeName=${nodeName}` });
  const nodes = informers.of(NodeKind, { fieldSelector: `metadata.name=${nodeName}` });
  const reader = createObjectReader({ client, informers, clock });
  const pressure =
    disk === undefined ? noPressure() : watchPressure({ clock, log, events, path: disk.stateDir, memoryBytes: options.facts.memoryBytes });
  const reporter = new NodeReporter(
    { client, clock, log, events, runtime },
    {
      nodeName,
      nodeIps,
      facts: options.facts,
      port: options.port ?? 10250,
      labels: options.labels ?? {},
      taints: options.taints ?? [],
      capacity,
      allocatable,
      pressures: () => pressure.state,
      kubeletVersion: options.version ?? 'v1.36.3',
    },
  );
  const cgroups: Cgroups = disk === undefined ? noCgroups : createFsCgroups();
  const dialer = options.dialer ?? (disk === undefined ? alwaysHealthy : netDialer);
  const dns = () => ({
    clusterDns: options.clusterDns,
    clusterDomain: options.clusterDomain,
    node: options.nodeDns ?? { servers: [], searches: [], options: [] },
  });
  const images = createImagePuller({ runtime, clock, events });
  const pullSecrets = createPullSecrets({ client, reader, events });
  const files: PodFiles =
    disk === undefined
      ? noFiles
      : createDiskFiles({
          ...disk,
          reader,
          clock,
          clusterDomain: options.clusterDomain,
          nodeIps,
          allocatable,
          pullImage: (pod, { name, image }) =>
            images.ensure(pod, { name, image: image?.reference, imagePullPolicy: image?.pullPolicy } as Container, () => pullSecrets(pod)),
          addressesOf: (uid) => workers.ipsOf(uid),
        });
  let workers!: PodWorkers;
  const { promise: ready, resolve: becomeReady } = Promise.withResolvers<void>();

  function start(signal: AbortSignal): { readonly context: KubeletContext; readonly pleg: LifecycleEvents } {
    const pleg = new LifecycleEvents({ runtime, clock, log }, (pod) => workers.runtimeChanged(pod));
    const context: KubeletContext = {
      nodeName,
      clock,
      random,
      log,
      events,
      runtime,
      runtimeName: 'containerd',
      files,
      cgroups,
      cgroupRoot: disk?.cgroupRoot ?? '',
      seccompRoot: `${disk?.stateDir ?? ''}/seccomp`,
      reader,
      statuses: createStatusManager({ client, clock, log, signal }),
      probes: new ProbeManager({ clock, random, events, runtime, dialer, changed: (uid) => workers.poke(uid) }),
      images,
      crashBackoff: new BackoffTable(),
      dialer,
      nodeMemoryBytes: options.facts.memoryBytes,
      nodeIps,
      dns,
      allocatable: () => allocatable,
      admit: (pod) =>
        pressure.refuses(pod) ??
        admitPod(pod, {
          node: nodes.cache.get({ name: nodeName }) ?? reporter.node,
          allocatable,
          others: workers.activePods(),
          apparmor: options.apparmor ?? false,
        }),
      networkError: () => reporter.networkError,
      fits: (pod) => refuseResize(pod, { allocatable, others: workers.activePods() }),
      pullSecrets,
    };
    workers = new PodWorkers(context, pods);
    return { context, pleg };
  }
  const server = createKubeletServer({
    nodeName,
    runtime,
    clock,
    log,
    podLogDir: disk?.podLogDir ?? '',
    pods: () => pods.cache.list(),
    facts: options.facts,
    observed: (uid) => workers?.observedOf(uid),
  });

  async function run(outer: AbortSignal): Promise<void> {
    const own = new AbortController();
    const signal = AbortSignal.any([outer, own.signal]);
    const { context, pleg } = start(signal);
    try {
      await reporter.register(signal);
      await Promise.race([Promise.all([pods.synced, nodes.synced]), aborted(signal)]);
      if (signal.aborted) return;
      await pleg.relist();
      const stopNodes = nodes.subscribe({ added: (node) => void reporter.seen(node), updated: (node) => void reporter.seen(node) });
      const stopPods = workers.follow();
      if (reporter.node !== undefined) events.event(reporter.node, 'Normal', 'Starting', 'Starting kubelet.');
      becomeReady();
      const pressureChanged = () => reporter.poke();
      const jobs = [reporter.run(signal), pleg.run(signal), collectGarbage(context, workers, pleg, options.keepImages ?? [], signal)];
      if (disk !== undefined) jobs.push(rotateLogs(context, signal), pressure.run(workers, runtime, pressureChanged, signal));
      try {
        await Promise.all(jobs);
      } finally {
        stopPods();
        stopNodes();
      }
    } finally {
      own.abort();
      context.probes.close();
      await workers.close();
    }
  }
  return { name: `kubelet ${nodeName}`, ready, run, handle: server.handle, upgrade: server.upgrade };
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
