import { readFile } from 'node:fs/promises';

export interface NetworkUsage {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
}
/** What the whole machine uses, from /proc. */
export interface NodeUsage {
  readonly cpuNanos: number;
  readonly memory: {
    readonly availableBytes: number;
    readonly usageBytes: number;
    readonly workingSetBytes: number;
    readonly rssBytes: number;
    readonly pageFaults: number;
    readonly majorPageFaults: number;
  };
  readonly interfaces: readonly NetworkUsage[];
  readonly maxProcesses: number;
  readonly processes: number;
  readonly bootMs: number;
}

const tickNanos = 10_000_000;
/** Interfaces of pods come and go; they are told of with their pods. */
const isOfPods = (name: string) => name === 'lo' || name.startsWith('veth');

/** proc_stat(5), proc_meminfo(5), proc_vmstat, proc_net_dev: pure, from the files' text. */
export function parseNodeUsage(files: {
  readonly stat: string;
  readonly meminfo: string;
  readonly vmstat: string;
  readonly netDev: string;
  readonly loadavg: string;
  readonly pidMax: string;
  readonly threadsMax: string;
}): NodeUsage {
  // user nice system idle iowait irq softirq steal: all but waiting.
  const ticks = (/^cpu +(.*)$/m.exec(files.stat)?.[1] ?? '').split(' ').map(Number);
  const busy = [0, 1, 2, 5, 6, 7].reduce((total, index) => total + (ticks[index] ?? 0), 0);
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(files.meminfo)?.[1] ?? 0) * 1024;
  const count = (name: string) => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(files.vmstat)?.[1] ?? 0);
  const interfaces = files.netDev
    .split('\n')
    .map((line) => /^\s*([^:\s]+):\s*(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, name, rest]) => ({ name: name!, numbers: rest!.trim().split(/\s+/).map(Number) }))
    .filter(({ name }) => !isOfPods(name))
    .map(({ name, numbers }) => ({
      name,
      rxBytes: numbers[0] ?? 0,
      rxErrors: numbers[2] ?? 0,
      txBytes: numbers[8] ?? 0,
      txErrors: numbers[10] ?? 0,
    }));
  return {
    cpuNanos: busy * tickNanos,
    memory: {
      availableBytes: kilobytes('MemAvailable'),
      usageBytes: kilobytes('MemTotal') - kilobytes('MemFree'),
      workingSetBytes: kilobytes('MemTotal') - kilobytes('MemAvailable'),
      rssBytes: kilobytes('AnonPages'),
      pageFaults: count('pgfault'),
      majorPageFaults: count('pgmajfault'),
    },
    interfaces,
    maxProcesses: Math.min(Number(files.pidMax), Number(files.threadsMax)),
    processes: Number(/\d+\/(\d+)/.exec(files.loadavg)?.[1] ?? 0),
    bootMs: Number(/^btime (\d+)/m.exec(files.stat)?.[1] ?? 0) * 1000,
  };
}

export async function readNodeUsage(): Promise<NodeUsage> {
  const read = (path: string) => readFile(`/proc/${path}`, 'utf8').catch(() => '');
  const [stat, meminfo, vmstat, netDev, loadavg, pidMax, threadsMax] = await Promise.all(
    ['stat', 'meminfo', 'vmstat', 'net/dev', 'loadavg', 'sys/kernel/pid_max', 'sys/kernel/threads-max'].map(read),
  );
  return parseNodeUsage({
    stat: stat!,
    meminfo: meminfo!,
    vmstat: vmstat!,
    netDev: netDev!,
    loadavg: loadavg!,
    pidMax: pidMax!,
    threadsMax: threadsMax!,
  });
}
