import { readdirSync, readFileSync } from 'node:fs';
import type { Metrics, Value } from '../base/metrics.ts';
import { featureGates } from './feature-gates.ts';
import { versionInfo } from './version.ts';

const pageBytes = 4096;

/** What Linux tells of this process in /proc (proc_pid_limits(5), proc_pid_statm(5)); what it does not tell is left out. */
function readProc(into: Readonly<Record<'files' | 'filesMax' | 'virtual' | 'virtualMax' | 'received' | 'sent', Value>>): void {
  try {
    into.files.set(readdirSync('/proc/self/fd').length);
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const limitOf = (name: string) => {
      const [, found = ''] = new RegExp(`^${name} +(\\S+)`, 'm').exec(limits) ?? [];
      return found === 'unlimited' ? 2 ** 64 : Number(found);
    };
    into.filesMax.set(limitOf('Max open files'));
    into.virtualMax.set(limitOf('Max address space'));
    into.virtual.set(Number(readFileSync('/proc/self/statm', 'utf8').split(' ', 1)[0]) * pageBytes);
    let [received, sent] = [0, 0];
    for (const line of readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2)) {
      const fields = line.split(':')[1]?.trim().split(/\s+/).map(Number) ?? [];
      received += fields[0] ?? 0;
      sent += fields[8] ?? 0;
    }
    into.received.set(received);
    into.sent.set(sent);
  } catch {
    // another system
  }
}

/** As Prometheus' clients tell of the process that they are in. */
export function collectProcess(metrics: Metrics): void {
  const counter = (name: string, help: string) => metrics.counter(name, help).of();
  const gauge = (name: string, help: string) => metrics.gauge(name, help).of();
  const cpu = counter('process_cpu_seconds_total', 'Processor time, in seconds');
  const resident = gauge('process_resident_memory_bytes', 'Resident memory');
  const heap = gauge('nodejs_heap_size_used_bytes', 'Memory of JavaScript objects');
  gauge('process_start_time_seconds', 'When the process started').set(performance.timeOrigin / 1000);
  const proc = {
    files: gauge('process_open_fds', 'Open files'),
    filesMax: gauge('process_max_fds', 'Files that may be open'),
    virtual: gauge('process_virtual_memory_bytes', 'Virtual memory'),
    virtualMax: gauge('process_virtual_memory_max_bytes', 'Virtual memory that there may be'),
    received: counter('process_network_receive_bytes_total', 'Bytes that came over the network'),
    sent: counter('process_network_transmit_bytes_total', 'Bytes that went over the network'),
  };
  metrics.collect(() => {
    const { user, system } = process.cpuUsage();
    cpu.set((user + system) / 1e6);
    const { rss, heapUsed } = process.memoryUsage();
    resident.set(rss);
    heap.set(heapUsed);
    readProc(proc);
  });
}

/** What this is: version, features, and metrics. */
export function describeBuild(metrics: Metrics): void {
  const { major, minor, gitVersion, gitCommit, gitTreeState, buildDate, goVersion, compiler, platform } = versionInfo;
  const about = { major, minor, git_version: gitVersion, git_commit: gitCommit, git_tree_state: gitTreeState, build_date: buildDate };
  const build = { ...about, go_version: goVersion, compiler, platform };
  metrics
    .gauge('kubernetes_build_info', '[BETA] What was built', Object.keys(build))
    .of(...Object.values(build))
    .set(1);
  const version = `${major}.${minor}`;
  const before = `${major}.${Number.parseInt(minor, 10) - 1}`;
  metrics
    .gauge('version_info', '[ALPHA] The version that the server behaves as', ['component', 'binary', 'emulation', 'min_compat'])
    .of('kube', version, version, before)
    .set(1);
  const features = metrics.gauge('kubernetes_feature_enabled', '[BETA] Whether a feature is on', ['name', 'stage']);
  const registered = metrics.counter('registered_metrics_total', '[BETA] Metrics by their stability', [
    'stability_level',
    'deprecated_version',
  ]);
  metrics.counter('disabled_metrics_total', '[BETA] Metrics that are turned off');
  metrics.counter('hidden_metrics_total', '[BETA] Metrics that are hidden');
  metrics.collect(() => {
    for (const [name, { stage, isOn }] of featureGates) features.of(name, stage).set(isOn ? 1 : 0);
    registered.clear();
    for (const { help } of metrics.families()) registered.of(/^\[(\w+)\]/.exec(help)?.[1] ?? '', '').add();
  });
}
