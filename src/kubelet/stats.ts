import { formatTime } from '../api/gotime.ts';
import type { Clock } from '../base/clock.ts';
import { labelNames } from './labels.ts';
import type { NodeFacts } from './node-status.ts';
import type { ContainerStats, Runtime } from './runtime.ts';

interface Deps {
  readonly nodeName: string;
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly facts: NodeFacts;
}
interface Rate {
  readonly nanos: number;
  readonly atMs: number;
  readonly nanoCores: number;
}
const rates = new WeakMap<Runtime, Map<string, Rate>>();

/** Thousand-millionths of a core since the last reading of the same container. */
function nanoCores(runtime: Runtime, stats: ContainerStats): number {
  const known = rates.get(runtime) ?? new Map<string, Rate>();
  rates.set(runtime, known);
  const before = known.get(stats.id);
  const elapsedMs = before === undefined ? 0 : stats.timestampMs - before.atMs;
  const rate =
    before === undefined || elapsedMs < 1000
      ? (before?.nanoCores ?? 0)
      : Math.max(Math.round(((stats.cpuUsageNanos - before.nanos) / elapsedMs) * 1000), 0);
  if (before === undefined || elapsedMs >= 1000)
    known.set(stats.id, { nanos: stats.cpuUsageNanos, atMs: stats.timestampMs, nanoCores: rate });
  return rate;
}
const sum = (list: readonly number[]) => list.reduce((total, one) => total + one, 0);

/** The Summary of k8s.io/kubelet stats/v1alpha1: node, pods and containers. */
export async function statsSummary(deps: Deps): Promise<object> {
  const { runtime, clock, nodeName, facts } = deps;
  const stats = await runtime.listContainerStats();
  const live = new Set(stats.map((one) => one.id));
  for (const id of rates.get(runtime)?.keys() ?? []) if (!live.has(id)) rates.get(runtime)!.delete(id);
  const time = formatTime(clock.now());
  const cpu = (list: readonly ContainerStats[]) => ({
    time,
    usageNanoCores: sum(list.map((one) => nanoCores(runtime, one))),
    usageCoreNanoSeconds: sum(list.map((one) => one.cpuUsageNanos)),
  });
  const memory = (list: readonly ContainerStats[]) => ({
    time,
    usageBytes: sum(list.map((one) => one.memoryUsageBytes)),
    workingSetBytes: sum(list.map((one) => one.memoryWorkingSetBytes)),
    rssBytes: sum(list.map((one) => one.memoryRssBytes)),
    pageFaults: sum(list.map((one) => one.memoryPageFaults)),
    majorPageFaults: sum(list.map((one) => one.memoryMajorPageFaults)),
  });
  const byPod = Map.groupBy(stats, (one) => one.labels[labelNames.podUid] ?? '');
  const pods = [...byPod].map(([uid, list]) => ({
    podRef: { name: list[0]!.labels[labelNames.podName] ?? '', namespace: list[0]!.labels[labelNames.podNamespace] ?? '', uid },
    startTime: time,
    containers: list.map((one) => ({
      name: one.name,
      startTime: time,
      cpu: cpu([one]),
      memory: memory([one]),
      rootfs: { time, usedBytes: one.rootfsUsedBytes, inodesUsed: one.rootfsInodesUsed },
      logs: { time },
    })),
    cpu: cpu(list),
    memory: memory(list),
  }));
  const node = {
    nodeName,
    startTime: time,
    cpu: cpu(stats),
    memory: { ...memory(stats), availableBytes: Math.max(facts.memoryBytes - sum(stats.map((one) => one.memoryWorkingSetBytes)), 0) },
  };
  return { node, pods };
}

/** /metrics/resource in Prometheus' text format, as metrics-server reads it. */
export async function resourceMetrics(deps: Deps): Promise<string> {
  const stats = await deps.runtime.listContainerStats();
  const label = (one: ContainerStats) =>
    `container="${one.name}",namespace="${one.labels[labelNames.podNamespace] ?? ''}",pod="${one.labels[labelNames.podName] ?? ''}"`;
  const byPod = Map.groupBy(
    stats,
    (one) => `namespace="${one.labels[labelNames.podNamespace] ?? ''}",pod="${one.labels[labelNames.podName] ?? ''}"`,
  );
  const family = (name: string, type: string, help: string, lines: readonly string[]) => [
    `# HELP ${name} [STABLE] ${help}`,
    `# TYPE ${name} ${type}`,
    ...lines,
  ];
  const seconds = (nanos: number) => nanos / 1e9;
  const now = deps.clock.now();
  return `${[
    ...family(
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the container in core-seconds',
      stats.map((one) => `container_cpu_usage_seconds_total{${label(one)}} ${seconds(one.cpuUsageNanos)} ${one.timestampMs}`),
    ),
    ...family(
      'container_memory_working_set_bytes',
      'gauge',
      'Current working set of the container in bytes',
      stats.map((one) => `container_memory_working_set_bytes{${label(one)}} ${one.memoryWorkingSetBytes} ${one.timestampMs}`),
    ),
    ...family('node_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the node in core-seconds', [
      `node_cpu_usage_seconds_total ${seconds(sum(stats.map((one) => one.cpuUsageNanos)))} ${now}`,
    ]),
    ...family('node_memory_working_set_bytes', 'gauge', 'Current working set of the node in bytes', [
      `node_memory_working_set_bytes ${sum(stats.map((one) => one.memoryWorkingSetBytes))} ${now}`,
    ]),
    ...family(
      'pod_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed by the pod in core-seconds',
      [...byPod].map(([name, list]) => `pod_cpu_usage_seconds_total{${name}} ${seconds(sum(list.map((one) => one.cpuUsageNanos)))} ${now}`),
    ),
    ...family(
      'pod_memory_working_set_bytes',
      'gauge',
      'Current working set of the pod in bytes',
      [...byPod].map(([name, list]) => `pod_memory_working_set_bytes{${name}} ${sum(list.map((one) => one.memoryWorkingSetBytes))} ${now}`),
    ),
    ...family('resource_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise', [
      'resource_scrape_error 0',
    ]),
  ].join('\n')}\n`;
}
