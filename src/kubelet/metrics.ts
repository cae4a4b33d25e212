import { labelNames } from './labels.ts';
import { amount } from '../kinds/core/lib/pod-requests.ts';
import type { ProbeCount } from './probes.ts';
import type { Snapshot } from './stats.ts';
import type { ContainerStats } from './runtime.ts';

/** Prometheus' text format, of what the kubelet knows of its node: https://kubernetes.io/docs/reference/instrumentation/node-metrics/ */
type Labels = Readonly<Record<string, string>>;
interface Sample {
  readonly labels: Labels;
  readonly value: number;
  readonly atMs?: number;
}

const escape = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
const labelText = (labels: Labels) => {
  const parts = Object.entries(labels).map(([name, text]) => `${name}="${escape(text)}"`);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
};
function family(name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value, atMs }) => `${name}${labelText(labels)} ${value}${atMs === undefined ? '' : ` ${atMs}`}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}
const total = (list: readonly number[]) => list.reduce((all, one) => all + one, 0);
const secondsOf = (nanos: number) => nanos / 1e9;
const podOf = (one: ContainerStats): Labels => ({
  namespace: one.labels[labelNames.podNamespace] ?? '',
  pod: one.labels[labelNames.podName] ?? '',
});

/** /metrics/resource, as metrics-server reads it. Pure. */
export function resourceMetrics({ stats, node, nowMs, observed }: Snapshot): string {
  const ofContainer = (value: (one: ContainerStats) => number): Sample[] =>
    stats.map((one) => ({ labels: { container: one.name, ...podOf(one) }, value: value(one), atMs: one.timestampMs }));
  const byPod = [...Map.groupBy(stats, (one) => one.labels[labelNames.podUid] ?? '').values()];
  const ofPod = (value: (list: readonly ContainerStats[]) => number): Sample[] =>
    byPod.map((list) => ({ labels: podOf(list[0]!), value: value(list), atMs: nowMs }));
  const ofNode = (value: number): Sample[] => [{ labels: {}, value, atMs: nowMs }];
  const startOf = (one: ContainerStats) =>
    observed(one.labels[labelNames.podUid] ?? '')?.containers.find(({ id }) => id === one.id)?.startedAtMs ?? nowMs;
  const cpu = (list: readonly ContainerStats[]) => secondsOf(total(list.map((one) => one.cpuUsageNanos)));
  const memory = (list: readonly ContainerStats[]) => total(list.map((one) => one.memoryWorkingSetBytes));
  return [
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      '[STABLE] Cumulative cpu time consumed by the container in core-seconds',
      ofContainer((one) => cpu([one])),
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      '[STABLE] Current working set of the container in bytes',
      ofContainer((one) => memory([one])),
    ),
    family(
      'container_start_time_seconds',
      'gauge',
      '[STABLE] Start time of the container since unix epoch in seconds',
      ofContainer((one) => startOf(one) / 1000),
    ),
    family(
      'node_cpu_usage_seconds_total',
      'counter',
      '[STABLE] Cumulative cpu time consumed by the node in core-seconds',
      ofNode(node === undefined ? cpu(stats) : secondsOf(node.cpuNanos)),
    ),
    family(
      'node_memory_working_set_bytes',
      'gauge',
      '[STABLE] Current working set of the node in bytes',
      ofNode(node?.memory.workingSetBytes ?? memory(stats)),
    ),
    family('pod_cpu_usage_seconds_total', 'counter', '[STABLE] Cumulative cpu time consumed by the pod in core-seconds', ofPod(cpu)),
    family('pod_memory_working_set_bytes', 'gauge', '[STABLE] Current working set of the pod in bytes', ofPod(memory)),
    family('resource_scrape_error', 'gauge', '[STABLE] 1 if there was an error while getting container metrics, 0 otherwise', [
      { labels: {}, value: 0 },
    ]),
  ].join('');
}

/** /metrics/cadvisor: the series that dashboards read, under cAdvisor's names. Pure. */
export function containerMetrics(snapshot: Snapshot): string {
  const { stats, pods, networks, usages, facts, fileSystems, observed } = snapshot;
  const podByUid = new Map(pods.map((pod) => [pod.metadata.uid, pod]));
  const uidOf = (one: ContainerStats) => one.labels[labelNames.podUid] ?? '';
  const statusOf = (one: ContainerStats) => observed(uidOf(one))?.containers.find(({ id }) => id === one.id);
  const labelsOf = (one: ContainerStats): Labels => ({
    container: one.name,
    id: `/kubepods/pod${uidOf(one)}/${one.id}`,
    image: statusOf(one)?.image ?? '',
    name: one.id,
    ...podOf(one),
  });
  const each = (value: (one: ContainerStats) => number | undefined, more: Labels = {}): Sample[] =>
    stats.flatMap((one) => {
      const found = value(one);
      return found === undefined ? [] : [{ labels: { ...labelsOf(one), ...more }, value: found, atMs: one.timestampMs }];
    });
  const ofPods = (value: (uid: string) => number | undefined, more: Labels): Sample[] =>
    pods.flatMap(({ metadata: { uid, name, namespace = '' } }) => {
      const found = value(uid);
      return found === undefined ? [] : [{ labels: { namespace, pod: name, id: `/kubepods/pod${uid}`, ...more }, value: found }];
    });
  const limitOf = (one: ContainerStats, resource: string) => {
    const pod = podByUid.get(uidOf(one));
    return amount(pod?.spec.containers.find(({ name }) => name === one.name)?.resources?.limits, resource);
  };
  return [
    family(
      'container_cpu_usage_seconds_total',
      'counter',
      'Cumulative cpu time consumed in seconds.',
      each((one) => secondsOf(one.cpuUsageNanos), { cpu: 'total' }),
    ),
    family(
      'container_memory_working_set_bytes',
      'gauge',
      'Current working set in bytes.',
      each((one) => one.memoryWorkingSetBytes),
    ),
    family(
      'container_memory_usage_bytes',
      'gauge',
      'Current memory usage in bytes.',
      each((one) => one.memoryUsageBytes),
    ),
    family(
      'container_memory_rss',
      'gauge',
      'Size of RSS in bytes.',
      each((one) => one.memoryRssBytes),
    ),
    family('container_memory_failures_total', 'counter', 'Cumulative count of memory allocation failures.', [
      ...each((one) => one.memoryPageFaults, { failure_type: 'pgfault', scope: 'container' }),
      ...each((one) => one.memoryMajorPageFaults, { failure_type: 'pgmajfault', scope: 'container' }),
    ]),
    family(
      'container_fs_usage_bytes',
      'gauge',
      'Number of bytes that are consumed by the container on this filesystem.',
      each((one) => one.rootfsUsedBytes),
    ),
    family(
      'container_fs_limit_bytes',
      'gauge',
      'Number of bytes that can be consumed by the container on this filesystem.',
      each(() => fileSystems?.images.capacityBytes),
    ),
    family(
      'container_spec_memory_limit_bytes',
      'gauge',
      'Memory limit for the container.',
      each((one) => limitOf(one, 'memory') ?? 0),
    ),
    family(
      'container_spec_cpu_quota',
      'gauge',
      'CPU quota of the container.',
      each((one) => {
        const milli = limitOf(one, 'cpu');
        return milli === undefined ? undefined : milli * 100;
      }),
    ),
    family(
      'container_spec_cpu_period',
      'gauge',
      'CPU period of the container.',
      each(() => 100_000),
    ),
    family(
      'container_start_time_seconds',
      'gauge',
      'Start time of the container since unix epoch in seconds.',
      each((one) => (statusOf(one)?.startedAtMs ?? 0) / 1000),
    ),
    family(
      'container_last_seen',
      'gauge',
      'Last time a container was seen by the exporter',
      each((one) => Math.floor(one.timestampMs / 1000)),
    ),
    family(
      'container_processes',
      'gauge',
      'Number of processes running inside the container.',
      ofPods((uid) => usages.get(uid)?.processes, {}),
    ),
    family(
      'container_network_receive_bytes_total',
      'counter',
      'Cumulative count of bytes received',
      ofPods((uid) => networks.get(uid)?.rxBytes, { interface: 'eth0' }),
    ),
    family(
      'container_network_transmit_bytes_total',
      'counter',
      'Cumulative count of bytes transmitted',
      ofPods((uid) => networks.get(uid)?.txBytes, { interface: 'eth0' }),
    ),
    family('machine_cpu_cores', 'gauge', 'Number of logical CPU cores.', [{ labels: {}, value: facts.cpus }]),
    family('machine_memory_bytes', 'gauge', 'Amount of memory installed on the machine.', [{ labels: {}, value: facts.memoryBytes }]),
  ].join('');
}

/** /metrics: the kubelet about itself. Pure. */
export function kubeletMetrics({ nodeName, pods, observed }: Pick<Snapshot, 'nodeName' | 'pods' | 'observed'>): string {
  const states = new Map<string, number>();
  let sandboxes = 0;
  for (const pod of pods) {
    const seen = observed(pod.metadata.uid);
    if (seen?.sandboxes.some((one) => one.state === 'READY')) sandboxes++;
    for (const one of seen?.containers ?? []) states.set(one.state.toLowerCase(), (states.get(one.state.toLowerCase()) ?? 0) + 1);
  }
  return [
    family('kubelet_node_name', 'gauge', "[ALPHA] The node's name. The count is always 1.", [{ labels: { node: nodeName }, value: 1 }]),
    family('kubelet_running_pods', 'gauge', '[BETA] Number of pods that have a running pod sandbox', [{ labels: {}, value: sandboxes }]),
    family(
      'kubelet_running_containers',
      'gauge',
      '[BETA] Number of containers currently running',
      [...states].map(([state, value]) => ({ labels: { container_state: state }, value })),
    ),
    family('kubelet_desired_pods', 'gauge', '[ALPHA] The number of pods the kubelet is being instructed to run.', [
      { labels: {}, value: pods.length },
    ]),
  ].join('');
}

/** /metrics/probes. Pure. */
export function probeMetrics(counts: Iterable<ProbeCount>): string {
  const samples = [...counts].flatMap(({ type, pod: { metadata }, container, results }) =>
    Object.entries(results)
      .filter(([, value]) => value > 0)
      .map(([result, value]) => ({
        labels: { container, namespace: metadata.namespace ?? '', pod: metadata.name, pod_uid: metadata.uid, probe_type: type, result },
        value,
      })),
  );
  return family(
    'prober_probe_total',
    'counter',
    '[BETA] Cumulative number of a liveness, readiness or startup probe for a container by result.',
    samples,
  );
}
