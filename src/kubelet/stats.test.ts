import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/clock.ts';
import { parseNodeUsage } from './host/node-usage.ts';
import { labelNames } from './labels.ts';
import { sampleContainer, sampleObserved, samplePod, sampleStatus } from './lib/samples.ts';
import { containerMetrics, kubeletMetrics, resourceMetrics } from './metrics.ts';
import { createStatsReader, statsSummary } from './stats.ts';
import type { ContainerStats, Runtime } from './runtime.ts';
import type { PodUsage } from './usage.ts';

const files = {
  stat: 'cpu  100 5 50 9000 30 2 3 0 0 0\ncpu0 1 1 1\nbtime 1700000000\n',
  meminfo: 'MemTotal:       1000 kB\nMemFree:         200 kB\nMemAvailable:    600 kB\nAnonPages:       150 kB\n',
  vmstat: 'pgfault 12\npgmajfault 3\n',
  netDev:
    'Inter-|   Receive |  Transmit\n face |bytes packets errs\n    lo: 9 9 9 0 0 0 0 0 9 9 9\n  eth0: 500 5 1 0 0 0 0 0 700 7 2 0\nveth12: 1 1 1 0 0 0 0 0 1 1 1\n',
  loadavg: '0.1 0.2 0.3 2/345 999\n',
  pidMax: '32768\n',
  threadsMax: '20000\n',
};

test('what the machine uses is read from /proc', () => {
  assert.deepEqual(parseNodeUsage(files), {
    cpuNanos: 160 * 10_000_000,
    memory: {
      availableBytes: 614_400,
      usageBytes: 819_200,
      workingSetBytes: 409_600,
      rssBytes: 153_600,
      pageFaults: 12,
      majorPageFaults: 3,
    },
    interfaces: [{ name: 'eth0', rxBytes: 500, rxErrors: 1, txBytes: 700, txErrors: 2 }],
    maxProcesses: 20_000,
    processes: 345,
    bootMs: 1_700_000_000_000,
  });
});

const labels = { [labelNames.podUid]: 'u1', [labelNames.podName]: 'web', [labelNames.podNamespace]: 'shop' };
const statsAt = (timestampMs: number, cpuUsageNanos: number): ContainerStats => ({
  id: 'app-0',
  name: 'app',
  labels,
  timestampMs,
  cpuUsageNanos,
  memoryWorkingSetBytes: 1000,
  memoryUsageBytes: 1500,
  memoryRssBytes: 800,
  memoryPageFaults: 7,
  memoryMajorPageFaults: 1,
  rootfsUsedBytes: 4096,
  rootfsInodesUsed: 3,
});

async function reading(nanos: readonly number[]) {
  const clock = new VirtualClock();
  let at = 0;
  const runtime = {
    listContainerStats: async () => [statsAt(clock.now(), nanos[at++]!)],
    podNetworkStats: async () => ({ rxBytes: 11, txBytes: 22 }),
    imageFsInfo: async () => ({ mountpoint: '/', usedBytes: 5000, inodesUsed: 50 }),
  } as unknown as Runtime;
  const usage: PodUsage = {
    memoryBytes: 1000,
    processes: 4,
    containers: new Map([['app', { stats: statsAt(0, 0), logs: { bytes: 100, inodes: 1 } }]]),
    volumes: new Map([['cache', { bytes: 8192, inodes: 2 }]]),
    disk: { bytes: 12_388, inodes: 6 },
  };
  const disk = { availableBytes: 300, capacityBytes: 1000, inodes: 100, inodesFree: 40 };
  const pod = samplePod({ containers: [sampleContainer('app', { resources: { limits: { memory: '64Mi', cpu: '250m' } } })] });
  const observed = sampleObserved([sampleStatus('app', 'RUNNING')]);
  const read = createStatsReader({
    nodeName: 'n1',
    runtime,
    clock,
    facts: { cpus: 2, memoryBytes: 1 << 20, osImage: '', kernelVersion: '', machineId: '', bootId: '', architecture: '' },
    pods: () => [pod],
    observed: () => observed,
    meter: {
      observe: async () => new Map(),
      usageOf: async () => new Map([['u1', usage]]),
      fileSystems: async () => ({ node: disk, images: disk }),
    },
    nodeUsage: async () => parseNodeUsage(files),
  });
  let snapshot = await read();
  for (let round = 1; round < nanos.length; round++) {
    await clock.advance(2000);
    snapshot = await read();
  }
  return snapshot;
}

test('the summary: node, pods, containers, volumes', async () => {
  const { node, pods } = statsSummary(await reading([1_000_000_000, 2_000_000_000])) as any;
  assert.equal(node.nodeName, 'n1');
  assert.deepEqual([node.memory.workingSetBytes, node.fs.usedBytes, node.runtime.imageFs.usedBytes], [409_600, 700, 5000]);
  assert.deepEqual([node.rlimit.maxpid, node.rlimit.curproc, node.network.name, node.network.rxBytes], [20_000, 345, 'eth0', 500]);
  const [pod] = pods;
  assert.deepEqual(pod.podRef, { name: 'web', namespace: 'shop', uid: 'u1' });
  assert.deepEqual([pod.cpu.usageNanoCores, pod.cpu.usageCoreNanoSeconds], [500_000_000, 2_000_000_000]);
  assert.deepEqual([pod.network.rxBytes, pod.process_stats.process_count, pod['ephemeral-storage'].usedBytes], [11, 4, 12_388]);
  assert.deepEqual(pod.volume[0], {
    time: '2026-01-01T00:00:02Z',
    availableBytes: 300,
    capacityBytes: 1000,
    inodesFree: 40,
    inodes: 100,
    usedBytes: 8192,
    inodesUsed: 2,
    name: 'cache',
  });
  const [container] = pod.containers;
  assert.deepEqual(
    [container.name, container.memory.workingSetBytes, container.rootfs.usedBytes, container.logs.usedBytes],
    ['app', 1000, 4096, 100],
  );
  assert.equal(container.startTime, '2026-01-01T00:00:00Z');
});

test('metrics in Prometheus’ format', async () => {
  const snapshot = await reading([3_000_000_000]);
  const resource = resourceMetrics(snapshot);
  assert.match(resource, /^# TYPE container_cpu_usage_seconds_total counter$/m);
  assert.match(resource, /^container_cpu_usage_seconds_total\{container="app",namespace="shop",pod="web"\} 3 \d+$/m);
  assert.match(resource, /^node_memory_working_set_bytes 409600 \d+$/m);
  assert.match(resource, /^pod_memory_working_set_bytes\{namespace="shop",pod="web"\} 1000 \d+$/m);
  assert.match(resource, /^resource_scrape_error 0$/m);
  const cadvisor = containerMetrics(snapshot);
  assert.match(
    cadvisor,
    /^container_memory_working_set_bytes\{container="app",id="\/kubepods\/podu1\/app-0",image="busybox:1\.36",name="app-0",namespace="shop",pod="web"\} 1000 \d+$/m,
  );
  assert.match(cadvisor, /^container_spec_memory_limit_bytes\{.*\} 67108864 \d+$/m);
  assert.match(cadvisor, /^container_spec_cpu_quota\{.*\} 25000 \d+$/m);
  assert.match(
    cadvisor,
    /^container_network_receive_bytes_total\{namespace="shop",pod="web",id="\/kubepods\/podu1",interface="eth0"\} 11$/m,
  );
  assert.match(cadvisor, /^machine_cpu_cores 2$/m);
  assert.match(kubeletMetrics(snapshot), /^kubelet_running_containers\{container_state="running"\} 1$/m);
  for (const line of `${resource}${cadvisor}`.trim().split('\n'))
    assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{[^}]*\})? -?[\d.e+]+( \d+)?)$/);
});
