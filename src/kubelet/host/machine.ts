import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism, networkInterfaces, release, totalmem } from 'node:os';
import { delimiter, join } from 'node:path';
import { runProgram } from '../../base/program.node.ts';

export interface MachineFacts {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** PRETTY_NAME of os-release(5) */
  readonly osImage: string;
  readonly kernelVersion: string;
  readonly machineId: string;
  readonly bootId: string;
  readonly architecture: string;
  /** The address this machine is known by; undefined without any network. */
  readonly primaryIp: string | undefined;
  /** Of the interface that holds the default route. */
  readonly mtu: number | undefined;
}

const read = (path: string) => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
};

/** What the node reports about the machine it runs on. Cheap, and safe to ask again. */
export async function machineFacts(): Promise<MachineFacts> {
  const route = await defaultRoute();
  return {
    cpus: availableParallelism(),
    memoryBytes: Number(/^MemTotal:\s+(\d+) kB/m.exec(read('/proc/meminfo'))?.[1] ?? totalmem() / 1024) * 1024,
    osImage: osName(read('/etc/os-release')),
    kernelVersion: release(),
    machineId: read('/etc/machine-id') || read('/var/lib/dbus/machine-id'),
    bootId: read('/proc/sys/kernel/random/boot_id'),
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    primaryIp: route?.source ?? firstGlobalAddress(),
    mtu: route?.mtu,
  };
}

export function osName(osRelease: string): string {
  const value = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1];
  return value('PRETTY_NAME') ?? value('NAME') ?? 'Linux';
}

/** The source address the kernel would use towards the world: what `ip route get` says; nothing is sent. */
async function defaultRoute(): Promise<{ readonly source: string; readonly mtu: number | undefined } | undefined> {
  for (const target of ['192.0.2.255', '2001:db8::1']) {
    const answer = await runProgram('ip', ['-o', 'route', 'get', target]).catch(() => '');
    const source = / src (\S+)/.exec(answer)?.[1];
    const device = / dev (\S+)/.exec(answer)?.[1];
    if (source === undefined || device === undefined || device === 'lo' || source.startsWith('fe80:')) continue;
    const mtu = Number(read(`/sys/class/net/${device}/mtu`));
    return { source, mtu: mtu > 0 ? mtu : undefined };
  }
  return undefined;
}

function firstGlobalAddress(): string | undefined {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:') && !address.startsWith('169.254.'));
  return (usable.find(({ family }) => family === 'IPv4') ?? usable[0])?.address;
}

const programDirs = () => [
  ...(process.env.PATH ?? '').split(delimiter).filter((dir) => dir !== ''),
  '/usr/sbin',
  '/sbin',
  '/usr/local/sbin',
];

/** The path of a program, looked for where root's are too. */
export function findProgram(name: string): string | undefined {
  return programDirs()
    .map((dir) => join(dir, name))
    .find((path) => existsSync(path));
}

/** Where the CNI plugins are. */
export function cniPluginDir(): string | undefined {
  return ['/opt/cni/bin', '/usr/lib/cni'].find((dir) =>
    ['bridge', 'host-local', 'loopback'].every((plugin) => existsSync(join(dir, plugin))),
  );
}

/** The Debian packages a node needs and this machine lacks. */
export function missingPackages(): readonly string[] {
  const missing: string[] = [];
  if (findProgram('containerd') === undefined || findProgram('containerd-shim-runc-v2') === undefined) missing.push('containerd');
  if (findProgram('crun') === undefined && findProgram('runc') === undefined) missing.push('crun');
  if (cniPluginDir() === undefined) missing.push('containernetworking-plugins');
  if (findProgram('nft') === undefined) missing.push('nftables');
  if (findProgram('iptables') === undefined) missing.push('iptables');
  if (findProgram('ip') === undefined) missing.push('iproute2');
  if (findProgram('conntrack') === undefined) missing.push('conntrack');
  if (findProgram('nsenter') === undefined) missing.push('util-linux');
  if (findProgram('mount') === undefined) missing.push('mount');
  // The base of images that `skiff image pack` makes.
  if (findProgram('busybox') === undefined) missing.push('busybox-static');
  return missing;
}

/** capabilities(7): lowering oom_score_adj needs it, and containers on some machines do without. */
const capSysResource = 24n;
export function canLowerOomScore(status = read('/proc/self/status')): boolean {
  const effective = /^CapEff:\s+([0-9a-f]+)$/m.exec(status)?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> capSysResource) & 1n) === 1n;
}

export const hasApparmor = (): boolean => read('/sys/module/apparmor/parameters/enabled') === 'Y';

/** cgroup v1 with a v2 tree beside it, which crun refuses. */
export const isHybridCgroup = (mounts = read('/proc/self/mounts')): boolean =>
  /^\S+ \/sys\/fs\/cgroup\/unified cgroup2 /m.test(mounts) && !/^\S+ \/sys\/fs\/cgroup cgroup2 /m.test(mounts);

export const wantedSysctls: Readonly<Record<string, string>> = {
  'net/ipv4/ip_forward': '1',
  'net/ipv6/conf/all/forwarding': '1',
  'net/bridge/bridge-nf-call-iptables': '1',
  'net/bridge/bridge-nf-call-ip6tables': '1',
};

/** Makes the kernel route pods' packets and show bridged ones to the service rules. Says what could not be set. */
export async function prepareKernel(): Promise<readonly string[]> {
  if (!existsSync('/proc/sys/net/bridge')) await runProgram('modprobe', ['br_netfilter']).catch(() => undefined);
  const problems: string[] = [];
  for (const [name, wanted] of Object.entries(wantedSysctls)) {
    const path = `/proc/sys/${name}`;
    try {
      if ((await readFile(path, 'utf8')).trim() !== wanted) await writeFile(path, wanted);
    } catch (error) {
      if (!name.startsWith('net/ipv6/'))
        problems.push(`${name.replaceAll('/', '.')} could not be set to ${wanted}: ${(error as Error).message}`);
    }
  }
  return problems;
}
