import { readTrimmed } from '../base/files.node.ts';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { systemClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { runProgram } from '../base/program.node.ts';
import type { Backend, MachineState } from '../cli/backend.ts';
import { nameserversOf } from '../dns/forward.ts';
import { defaultConfiguration } from '../kubelet/configuration.ts';
import { socketOf } from '../kubelet/host/containerd-config.ts';
import { isHybridCgroup, missingPackages, wantedSysctls } from '../kubelet/host/machine.ts';
import { ownerOf } from '../kubelet/host/owner.ts';
import { createCriRuntime } from '../kubelet/runtime-cri.ts';
import { fileSystemOf } from '../kubelet/usage.ts';
import { openLmdbStore } from '../store/lmdb.ts';
import { StoreCorrupted } from '../store/store.ts';
import { runDir } from './local-node.ts';
import { network } from './network.ts';

/** Gathers what `skiff doctor` judges. Nothing here decides what is wrong, and nothing is changed. */
const answerMs = 3_000;
const neededFileSystems = ['overlay', 'proc', 'tmpfs'];
const controllers = ['cpu', 'memory', 'pids'];

const run = (file: string, ...args: readonly string[]) => runProgram(file, args, { timeoutMs: answerMs }).catch(() => '');

async function missingKernel(): Promise<readonly string[]> {
  const fileSystems = readTrimmed('/proc/filesystems');
  const missing = neededFileSystems
    .filter((name) => !new RegExp(`\\b${name}$`, 'm').test(fileSystems))
    .map((name) => `the file system ${name}`);
  if (!existsSync('/proc/sys/net/bridge')) missing.push('br_netfilter');
  const tables = await runProgram('nft', ['list', 'tables'], { timeoutMs: answerMs }).then(
    () => '',
    (error: Error) => error.message,
  );
  if (/not supported|Protocol not/i.test(tables)) missing.push('nf_tables');
  return missing;
}

function missingControllers(): readonly string[] {
  const unified = readTrimmed('/sys/fs/cgroup/cgroup.controllers');
  const present =
    unified === ''
      ? readTrimmed('/proc/cgroups')
          .split('\n')
          .filter((line) => line.endsWith('\t1'))
          .map((line) => line.split('\t')[0]!)
      : unified.split(' ');
  return controllers.filter((name) => !present.includes(name));
}

/** Routes of other devices that the cluster's networks would cover, or that cover them; a default route does not count. */
export function overlapsOf(
  routes: readonly { readonly dst?: string; readonly dev?: string }[],
  networks: readonly string[],
  bridge: string,
): MachineState['overlaps'] {
  const range = (cidr: string): readonly [number, number] | undefined => {
    const [, a, b, c, d, bits = '32'] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(cidr) ?? [];
    if (a === undefined) return undefined;
    const address = ((Number(a) * 256 + Number(b)) * 256 + Number(c)) * 256 + Number(d);
    const size = 2 ** (32 - Number(bits));
    const first = address - (address % size);
    return [first, first + size - 1];
  };
  return networks.flatMap((of) => {
    const ours = range(of)!;
    return routes
      .filter(({ dev }) => dev !== bridge && !dev?.startsWith('veth'))
      .filter(({ dst }) => {
        const theirs = dst === undefined || dst === 'default' ? undefined : range(dst);
        return theirs !== undefined && theirs[0] <= ours[1] && ours[0] <= theirs[1];
      })
      .map(({ dst, dev }) => ({ network: of, route: `${dst} by ${dev}` }));
  });
}

async function overlaps(): Promise<MachineState['overlaps']> {
  const text = await run('ip', '-json', '-4', 'route');
  return text === '' ? [] : overlapsOf(JSON.parse(text), [network.podCidr, network.serviceCidr], network.bridge);
}

async function containerdState(): Promise<MachineState['containerd']> {
  const socketPath = socketOf(runDir);
  if (!existsSync(socketPath)) return 'stopped';
  const runtime = createCriRuntime({ socketPath, clock: systemClock, log: silentLogger });
  const late = systemClock.sleep(answerMs).then(() => 'hangs' as const);
  const answered = runtime.version().then(
    () => 'runs' as const,
    (error: { code?: string }) => (error.code === 'DeadlineExceeded' ? ('hangs' as const) : ('stopped' as const)),
  );
  return await Promise.race([answered, late]).finally(() => runtime.close());
}

function certificatesIn(dir: string): MachineState['certificates'] {
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.crt')) : [];
  return names.flatMap((name) => {
    try {
      const certificate = new X509Certificate(readFileSync(join(dir, name)));
      return [{ name: name.slice(0, -4), notBeforeMs: certificate.validFromDate.getTime(), notAfterMs: certificate.validToDate.getTime() }];
    } catch {
      return [];
    }
  });
}

/** Opens the store, which checks all of it, and closes it again. */
async function storeState(dir: string): Promise<MachineState['store']> {
  if (!existsSync(dir)) return { state: 'unknown', message: '' };
  try {
    await (await openLmdbStore(dir, { clock: systemClock, log: silentLogger })).close();
    return { state: 'good', message: '' };
  } catch (error) {
    if (!(error instanceof StoreCorrupted)) return { state: 'unknown', message: (error as Error).message };
    return { state: 'damaged', message: /cannot be trusted: (.*?)\. Nothing was changed/.exec(error.message)?.[1] ?? error.message };
  }
}

type TakenPort = MachineState['takenPorts'][number];
async function takenPort(number: number, of: TakenPort['of'], host: string): Promise<readonly TakenPort[]> {
  const free = await new Promise<boolean>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(number, host, () => server.close(() => resolve(true)));
  });
  if (free) return [];
  const holder = /users:\(\("([^"]+)",pid=(\d+)/.exec(await run('ss', '-Hltnp', `sport = :${number}`));
  return [{ number, of, by: holder === null ? '' : `${holder[1]} (process ${holder[2]})` }];
}

async function disks(stateDir: string, local: boolean): Promise<MachineState['disks']> {
  const found = [];
  const places = [
    [existsSync(stateDir) ? stateDir : '/', 'objects, keys, images'] as const,
    ...(local && existsSync('/var/log/pods') ? [['/var/log/pods', 'logs of containers'] as const] : []),
  ];
  for (const [path, what] of places) found.push({ path, what, ...(await fileSystemOf(path)) });
  return found;
}

export const inspectMachine: Backend['inspectMachine'] = async ({ stateDir, local, apiPort, bindAddress, serverRuns }) => {
  const meminfo = readTrimmed('/proc/meminfo');
  const kilobytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(meminfo)?.[1] ?? 0) * 1024;
  const owner = local ? ownerOf(runDir) : undefined;
  const storeDir = join(stateDir, 'store');
  return {
    nowMs: systemClock.now(),
    stateDir,
    storeDir,
    local,
    serverRuns,
    isRoot: process.getuid?.() === 0,
    missingPackages: local ? missingPackages() : [],
    missingKernel: local ? await missingKernel() : [],
    missingControllers: local ? missingControllers() : [],
    hybridCgroups: isHybridCgroup(),
    sysctls: local
      ? Object.entries(wantedSysctls)
          .filter(([name]) => !name.startsWith('net/ipv6'))
          .map(([name, wanted]) => ({ name: name.replaceAll('/', '.'), value: readTrimmed(`/proc/sys/${name}`), wanted }))
      : [],
    forwardDrops: local && /^-P FORWARD DROP/m.test(await run('iptables', '-S', 'FORWARD')),
    overlaps: local ? await overlaps() : [],
    nameservers: nameserversOf(readTrimmed('/etc/resolv.conf'), network.dnsIp),
    inotifyInstances: Number(readTrimmed('/proc/sys/fs/inotify/max_user_instances')) || Number.POSITIVE_INFINITY,
    owner: owner === stateDir ? undefined : owner,
    containerd: local ? await containerdState() : 'stopped',
    containerdLog: join(stateDir, 'containerd/containerd.log'),
    disks: await disks(stateDir, local),
    memory: { availableBytes: kilobytes('MemAvailable'), totalBytes: kilobytes('MemTotal') },
    certificates: certificatesIn(join(stateDir, 'pki')),
    store: serverRuns ? { state: 'unknown', message: '' } : await storeState(storeDir),
    takenPorts: serverRuns
      ? []
      : [
          ...(await takenPort(apiPort, 'API', bindAddress)),
          ...(local ? await takenPort(defaultConfiguration.port, 'kubelet', bindAddress) : []),
        ],
  };
};
