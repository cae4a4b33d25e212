import { formatTime } from '../api/gotime.ts';
import type { Clock } from '../base/clock.ts';
import type { NodeUsage } from './host/node-usage.ts';
import { labelNames } from './labels.ts';
import type { NodeFacts } from './node-status.ts';
import type { ObservedPod } from './observed.ts';
import type { ContainerStats, Runtime } from './runtime.ts';
import type { Pod } from './types.ts';
import type { DiskUsage, FileSystem, Meter, PodUsage } from './usage.ts';

/** What a node's statistics are made of, read at one moment. Parts that a simulated node does not have are undefined. */
export interface Snapshot {
  readonly nodeName: string;
  readonly nowMs: number;
  readonly facts: NodeFacts;
  readonly pods: readonly Pod[];
  readonly stats: readonly ContainerStats[];
  readonly observed: (uid: string) => ObservedPod | undefined;
  readonly networks: ReadonlyMap<string, { readonly rxBytes: number; readonly txBytes: number }>;
  readonly usages: ReadonlyMap<string, PodUsage>;
  readonly node: NodeUsage | undefined;
  readonly fileSystems: { readonly node: FileSystem; readonly images: FileSystem } | undefined;
  readonly imagesUsed: DiskUsage;
  /** Thousand-millionths of a core since the last reading. */
  readonly rateOf: (id: string) => number;
}
export interface StatsDeps {
  readonly nodeName: string;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly facts: NodeFacts;
  readonly pods: () => readonly Pod[];
  readonly observed: (uid: string) => ObservedPod | undefined;
  readonly meter?: Meter | undefined;
  readonly nodeUsage?: (() => Promise<NodeUsage>) | undefined;
}

interface Rate {
  readonly nanos: number;
  readonly atMs: number;
  readonly nanoCores: number;
}
const leastRateMs = 1000;
/** Name under which the node's own processor time is remembered. */
const nodeId = '';

/** Reads statistics; remembers the last reading of each container, for rates. */
export function createStatsReader(deps: StatsDeps): () => Promise<Snapshot> {
  const { runtime, clock, meter } = deps;
  const rates = new Map<string, Rate>();
  const note = (id: string, nanos: number, atMs: number) => {
    const before = rates.get(id);
    const elapsedMs = before === undefined ? 0 : atMs - before.atMs;
    if (before !== undefined && elapsedMs < leastRateMs) return;
    const nanoCores = before === undefined ? 0 : Math.max(Math.round(((nanos - before.nanos) / elapsedMs) * 1000), 0);
    rates.set(id, { nanos, atMs, nanoCores });
  };
  return async () => {
    const pods = deps.pods();
    const [stats, usages, node, fileSystems, images] = await Promise.all([
      runtime.listContainerStats(),
      meter?.usageOf(pods),
      deps.nodeUsage?.(),
      meter?.fileSystems(),
      meter === undefined ? undefined : runtime.imageFsInfo(),
    ]);
    for (const one of stats) note(one.id, one.cpuUsageNanos, one.timestampMs);
    if (node !== undefined) note(nodeId, node.cpuNanos, clock.monotonic());
    const live = new Set([nodeId, ...stats.map((one) => one.id)]);
    for (const id of rates.keys()) if (!live.has(id)) rates.delete(id);
    const networks = new Map<string, { readonly rxBytes: number; readonly txBytes: number }>();
    for (const { metadata, spec } of pods) {
      const sandbox = spec.hostNetwork ? undefined : deps.observed(metadata.uid)?.sandboxes.find((one) => one.state === 'READY');
      const network = sandbox && (await runtime.podNetworkStats(sandbox.id).catch(() => undefined));
      if (network !== undefined) networks.set(metadata.uid, network);
    }
    return {
      nodeName: deps.nodeName,
      nowMs: clock.now(),
      facts: deps.facts,
      pods,
      stats,
      observed: deps.observed,
      networks,
      usages: usages ?? new Map(),
      node,
      fileSystems,
      imagesUsed: { bytes: images?.usedBytes ?? 0, inodes: images?.inodesUsed ?? 0 },
      rateOf: (id) => rates.get(id)?.nanoCores ?? 0,
    };
  };
}

const total = (list: readonly number[]) => list.reduce((all, one) => all + one, 0);
const fileSystem = (time: string, on: FileSystem | undefined, used: DiskUsage) => ({
  time,
  ...(on && { availableBytes: on.availableBytes, capacityBytes: on.capacityBytes, inodesFree: on.inodesFree, inodes: on.inodes }),
  usedBytes: used.bytes,
  inodesUsed: used.inodes,
});

/** The Summary of k8s.io/kubelet stats/v1alpha1: node, pods and containers. Pure. */
export function statsSummary(snapshot: Snapshot): object {
  const { nodeName, nowMs, facts, stats, node, fileSystems, imagesUsed, rateOf } = snapshot;
  const time = formatTime(nowMs);
  const startTime = formatTime(node?.bootMs ?? nowMs);
  const own = node?.memory ?? {
    availableBytes: Math.max(facts.memoryBytes - total(stats.map((one) => one.memoryWorkingSetBytes)), 0),
    ...memoryOf(stats),
  };
  const usedOf = (on: FileSystem) => ({ bytes: on.capacityBytes - on.availableBytes, inodes: on.inodes - on.inodesFree });
  const cpu = node === undefined ? cpuOf(stats, rateOf) : { usageNanoCores: rateOf(nodeId), usageCoreNanoSeconds: node.cpuNanos };
  return {
    node: {
      nodeName,
      startTime,
      cpu: { time, ...cpu },
      memory: { time, ...own },
      ...(node && { network: { time, ...node.interfaces[0], interfaces: node.interfaces } }),
      ...(fileSystems && {
        fs: fileSystem(time, fileSystems.node, usedOf(fileSystems.node)),
        runtime: {
          imageFs: fileSystem(time, fileSystems.images, imagesUsed),
          containerFs: fileSystem(time, fileSystems.images, containerLayers(stats)),
        },
      }),
      ...(node && { rlimit: { time, maxpid: node.maxProcesses, curproc: node.processes } }),
    },
    pods: snapshot.pods.map((pod) => podSummary(pod, snapshot, time)),
  };
}
const containerLayers = (stats: readonly ContainerStats[]): DiskUsage => ({
  bytes: total(stats.map((one) => one.rootfsUsedBytes)),
  inodes: total(stats.map((one) => one.rootfsInodesUsed)),
});
const memoryOf = (list: readonly ContainerStats[]) => ({
  usageBytes: total(list.map((one) => one.memoryUsageBytes)),
  workingSetBytes: total(list.map((one) => one.memoryWorkingSetBytes)),
  rssBytes: total(list.map((one) => one.memoryRssBytes)),
  pageFaults: total(list.map((one) => one.memoryPageFaults)),
  majorPageFaults: total(list.map((one) => one.memoryMajorPageFaults)),
});
const cpuOf = (list: readonly ContainerStats[], rateOf: Snapshot['rateOf']) => ({
  usageNanoCores: total(list.map((one) => rateOf(one.id))),
  usageCoreNanoSeconds: total(list.map((one) => one.cpuUsageNanos)),
});

function podSummary(pod: Pod, snapshot: Snapshot, time: string): object {
  const { stats, rateOf, fileSystems, observed, networks, usages } = snapshot;
  const { uid, name, namespace = '' } = pod.metadata;
  const own = stats.filter((one) => one.labels[labelNames.podUid] === uid);
  const usage = usages.get(uid);
  const seen = observed(uid);
  const network = networks.get(uid);
  const startOf = (id: string) => formatTime(seen?.containers.find((one) => one.id === id)?.startedAtMs || snapshot.nowMs);
  const memory = memoryOf(own);
  return {
    podRef: { name, namespace, uid },
    startTime: pod.status?.startTime || time,
    containers: own.map((one) => ({
      name: one.name,
      startTime: startOf(one.id),
      cpu: { time, ...cpuOf([one], rateOf) },
      memory: { time, ...memoryOf([one]) },
      rootfs: fileSystem(time, fileSystems?.images, { bytes: one.rootfsUsedBytes, inodes: one.rootfsInodesUsed }),
      logs: fileSystem(time, fileSystems?.node, usage?.containers.get(one.name)?.logs ?? { bytes: 0, inodes: 0 }),
    })),
    cpu: { time, ...cpuOf(own, rateOf) },
    memory: { time, ...memory },
    ...(network && { network: { time, name: 'eth0', ...network, interfaces: [{ name: 'eth0', ...network }] } }),
    ...(usage && {
      volume: [...usage.volumes].map(([volume, used]) => ({ ...fileSystem(time, fileSystems?.node, used), name: volume })),
      'ephemeral-storage': fileSystem(time, fileSystems?.node, usage.disk),
      process_stats: { process_count: usage.processes },
    }),
  };
}
