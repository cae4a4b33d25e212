import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { aborted } from '../base/aborted.ts';
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
import { defaultConfiguration, type KubeletConfiguration, thresholdsOf } from './configuration.ts';
import { createPodClaims } from './claims.ts';
import type { KubeletContext } from './context.ts';
import { prepareDevices } from './devices.ts';
import { alwaysHealthy, type ProbeDialer } from './dialer.ts';
import { netDialer } from './dialer-net.ts';
import { EvictionManager } from './eviction/manager.ts';
import type { NodePressure } from './eviction/thresholds.ts';
import { noFiles, type PodFiles } from './files.ts';
import { createDiskFiles } from './files-disk.ts';
import { Garbage } from './garbage.ts';
import { createImagePuller } from './images.ts';
import { BackoffTable } from '../base/backoff-table.ts';
import { rotateLogs } from './log-rotation.ts';
import type { Mounter } from './mounter.ts';
import { nodeResources } from './node-resources.ts';
import { type NodeFacts, NodeReporter } from './node-status.ts';
import { createObjectReader } from './object-reader.ts';
import { podSource } from './pod-source.ts';
import { PodWorkers } from './pod-workers.ts';
import { LifecycleEvents } from './pleg.ts';
import { ProbeManager } from './probes.ts';
import { QosCgroups, qosLimits } from './qos-cgroups.ts';
import { createPullSecrets } from './pull-secrets-of-pod.ts';
import type { DnsConfig } from './resolv-conf.ts';
import type { Runtime } from './runtime.ts';
import { readNodeUsage } from './host/node-usage.ts';
import { createKubeletServer } from './server.ts';
import { createStatsReader } from './stats.ts';
import { StaticPods } from './static-pods/folder.ts';
import { isStatic } from './static-pods/manifest.ts';
import { MirrorPods, mirroredHash } from './static-pods/mirrors.ts';
import { createStatusManager } from './status-manager.ts';
import type { Container, Pod, ResourceList } from './types.ts';
import { createMeter, type Meter } from './usage.ts';

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
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly { readonly key: string; readonly value?: string; readonly effect: string }[];
  readonly disk?: DiskOptions;
  readonly dialer?: ProbeDialer;
  /** The node's own resolver settings. */
  readonly nodeDns?: DnsConfig;
  readonly apparmor?: boolean;
  readonly version?: string;
  /** Images that garbage collection never takes. */
  readonly keepImages?: readonly string[];
  readonly configuration?: KubeletConfiguration;
}
export interface Kubelet extends Part {
  /** It has told that its node is Ready. */
  readonly isReady: boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
}

/** The agent of one node: runs the pods bound to it, tells the API how they are, and answers the API server's questions about them. */
export function createKubelet(options: KubeletOptions): Kubelet {
  const { nodeName, client, informers, runtime, clock, random, log, events, nodeIps, disk, configuration = defaultConfiguration } = options;
  const { capacity, allocatable, room } = nodeResources(options.facts, configuration, options.capacity);
  const pods = informers.of(PodKind, { fieldSelector: `spec.nodeName=${nodeName}` });
  const nodes = informers.of(NodeKind, { fieldSelector: `metadata.name=${nodeName}` });
  const { staticPodPath: path, fileCheckFrequencyMs: checkMs } = configuration;
  const statics = new StaticPods({ path, checkMs, nodeName, clock, log });
  const source = podSource(pods, statics);
  const mirrors = new MirrorPods({ client, pods, statics, node: () => reporter.node, clock, log });
  const reader = createObjectReader({ client, informers, clock });
  const reporter = new NodeReporter(
    { client, clock, log, events, runtime },
    {
      nodeName,
      nodeIps,
      facts: options.facts,
      port: configuration.port,
      labels: options.labels ?? {},
      taints: options.taints ?? configuration.registerWithTaints,
      updateMs: configuration.nodeStatusUpdateFrequencyMs,
      reportMs: configuration.nodeStatusReportFrequencyMs,
      leaseSeconds: configuration.nodeLeaseDurationSeconds,
      capacity,
      allocatable,
      pressures: () => pressures(),
      kubeletVersion: options.version ?? 'v1.36.3',
    },
  );
  /** Known once the kubelet runs. */
  let eviction: EvictionManager | undefined;
  let probes: ProbeManager | undefined;
  const pressures = (): ReadonlySet<NodePressure> => eviction?.pressures ?? new Set();
  const cgroups: Cgroups = disk === undefined ? noCgroups : createFsCgroups();
  const meter = disk && createMeter({ ...disk, runtime, cgroups, clock });
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
    probes = new ProbeManager({ clock, random, events, runtime, dialer, changed: (uid) => workers.poke(uid) });
    const context: KubeletContext = {
      nodeName,
      configuration,
      clock,
      random,
      log,
      events,
      runtime,
      runtimeName: 'containerd',
      files,
      cgroups,
      qosCgroups: new QosCgroups(cgroups, () => qosLimits(disk?.cgroupRoot ?? '', workers.activePods(), room)),
      cgroupRoot: disk?.cgroupRoot ?? '',
      seccompRoot: `${disk?.stateDir ?? ''}/seccomp`,
      reader,
      statuses: createStatusManager({ client, clock, log, signal, shownBy: (pod) => (isStatic(pod) ? mirrors.of(pod) : pod) }),
      claims: createPodClaims(reader, () => nodes.cache.get({ name: nodeName }) ?? reporter.node),
      prepareDevices: disk === undefined ? () => Promise.resolve() : (pod) => prepareDevices(pod, reader),
      probes,
      images,
      crashBackoff: new BackoffTable(),
      dialer,
      nodeMemoryBytes: options.facts.memoryBytes,
      nodeIps,
      dns,
      allocatable: () => allocatable,
      admit: (pod) =>
        eviction?.refuses(pod) ??
        admitPod(pod, {
          node: nodes.cache.get({ name: nodeName }) ?? reporter.node,
          allocatable,
          others: workers.activePods(),
          apparmor: options.apparmor ?? false,
          unsafeSysctls: configuration.allowedUnsafeSysctls,
        }),
      networkError: () => reporter.networkError,
      fits: (pod) => refuseResize(pod, { allocatable, others: workers.activePods() }),
      pullSecrets,
    };
    workers = new PodWorkers(context, source);
    return { context, pleg };
  }
  const server = createKubeletServer({
    runtime,
    clock,
    log,
    podLogDir: disk?.podLogDir ?? '',
    configuration,
    pods: () => source.list(),
    probes: () => probes?.counts() ?? [],
    snapshot: createStatsReader({
      nodeName,
      runtime,
      clock,
      facts: options.facts,
      pods: () => source.list(),
      observed: (uid) => workers?.observedOf(uid),
      ...(disk === undefined ? {} : { meter, nodeUsage: readNodeUsage }),
    }),
  });

  const evictionManager = (on: Meter, garbage: Garbage) =>
    new EvictionManager({
      thresholds: thresholdsOf(configuration),
      transitionMs: configuration.evictionPressureTransitionPeriodMs,
      maxPodGraceSeconds: configuration.evictionMaxPodGracePeriod,
      meter: on,
      clock,
      log,
      events,
      pods: () => workers.runningPods(),
      fail: (pod, failure) => workers.fail(pod.metadata.uid, failure),
      reclaimDisk: () => garbage.reclaimDisk(),
      changed: () => reporter.poke(),
    });

  async function run(outer: AbortSignal): Promise<void> {
    const own = new AbortController();
    const signal = AbortSignal.any([outer, own.signal]);
    const { context, pleg } = start(signal);
    try {
      await reporter.register(signal);
      await Promise.race([Promise.all([pods.synced, nodes.synced]), aborted(signal)]);
      if (signal.aborted) return;
      await statics.read();
      await pleg.relist();
      const stopNodes = nodes.subscribe({ added: (node) => void reporter.seen(node), updated: (node) => void reporter.seen(node) });
      const stopPods = workers.follow();
      const mirrored = (pod: Pod) => void context.statuses.again(mirroredHash(pod) ?? '');
      const stopMirrors = pods.subscribe({ added: mirrored, updated: mirrored });
      if (reporter.node !== undefined) events.event(reporter.node, 'Normal', 'Starting', 'Starting kubelet.');
      becomeReady();
      const garbage = new Garbage(context, workers, pleg, options.keepImages ?? []);
      const jobs = [reporter, pleg, statics, mirrors, garbage].map((one) => one.run(signal));
      if (meter !== undefined) {
        eviction = evictionManager(meter, garbage);
        jobs.push(rotateLogs(context, signal), eviction.run(signal));
      }
      try {
        await Promise.all(jobs);
      } finally {
        stopPods();
        stopMirrors();
        stopNodes();
      }
    } finally {
      own.abort();
      context.probes.close();
      await workers.close();
    }
  }
  return {
    name: `kubelet ${nodeName}`,
    ready,
    run,
    get isReady() {
      return reporter.isReady;
    },
    handle: server.handle,
    upgrade: server.upgrade,
  };
}
