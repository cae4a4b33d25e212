import { mkdirSync, readFileSync, readlinkSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/log.ts';
import { limitLog } from '../../base/log-limit.node.ts';
import type { Part } from '../../base/supervisor.ts';
import { importArchive } from '../images/import.ts';
import { pauseArchive, pauseImage } from '../images/pause.ts';
import { createCriRuntime } from '../runtime-cri.ts';
import { killCgroup, processesIn, removeCgroup } from './cgroups.ts';
import { type NetworkOptions, writeNetworkConfiguration } from './cni.ts';
import { containerdToml, socketOf } from './containerd-config.ts';
import { canLowerOomScore, cniPluginDir, findProgram, hasApparmor, isHybridCgroup, prepareKernel } from './machine.ts';
import { createNamespaceMounter } from './mounter.ts';
import { isAlive, type ProcessId, readPidFile, signalProcess, startDetached } from './process.ts';
import { removeNetwork } from './remove-network.ts';

export interface ContainerdOptions {
  /** Images and containers, kept over restarts: '/var/lib/skiff/containerd'. */
  readonly dataDir: string;
  /** Sockets, pid files and running tasks; short, since a socket's path has at most 107 bytes: '/run/skiff'. */
  readonly runDir: string;
  readonly bridge?: string;
  /** The cgroups under which the kubelet puts pods: removed by stopAll. */
  readonly cgroupRoots?: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Containerd extends Part {
  readonly socketPath: string;
  /** Where registries are configured: one folder per host with a hosts.toml. */
  readonly registryDir: string;
  readonly mounter: ReturnType<typeof createNamespaceMounter>;
  configureNetwork(options: Omit<NetworkOptions, 'leaseDir' | 'bridge' | 'portMappings'>): Promise<void>;
  /** Stops and removes every pod, containerd itself, and what they left on the machine. Images and data stay unless `purge`. */
  stopAll(options?: { readonly purge?: boolean }): Promise<void>;
}

const watchStepMs = 250;
const startLimitMs = 30_000;
const stopLimitMs = 5_000;
const longestSocketPath = 107;

/**
 * An own containerd for the node. It lives in a mount namespace of its own that a small process keeps open, so that what
 * the kubelet mounts there outlives containerd; both outlive this process and are adopted by the next one. The part
 * starts containerd and starts it again when it dies; pods live on meanwhile. Ending the part leaves all running.
 */
export function createContainerd(options: ContainerdOptions): Containerd {
  const { dataDir, runDir, clock, log, bridge = 'skiff0', cgroupRoots = ['/kubepods'] } = options;
  const socketPath = socketOf(runDir);
  if (socketPath.length + '.ttrpc'.length > longestSocketPath) throw new Error(`${runDir}: too long a path for a socket`);
  const paths = {
    keeper: join(runDir, 'keeper.pid'),
    daemon: join(runDir, 'containerd.pid'),
    log: join(dataDir, 'containerd.log'),
    config: join(dataDir, 'containerd.toml'),
    networkConfig: join(dataDir, 'cni', 'net.d'),
    registry: join(dataDir, 'certs.d'),
    cniCache: join(dataDir, 'cni', 'cache'),
    leases: join(dataDir, 'cni', 'leases'),
  };
  const { promise: ready, resolve: setReady } = Promise.withResolvers<void>();

  const namespaceHolder = (): ProcessId | undefined => readPidFile(paths.keeper) ?? readPidFile(paths.daemon);
  const holderPid = () => {
    const holder = namespaceHolder();
    if (holder === undefined) throw new Error('containerd does not run');
    return holder.pid;
  };

  const writeConfiguration = () => {
    for (const dir of [dataDir, runDir]) mkdirSync(dir, { recursive: true, mode: 0o711 });
    for (const dir of [paths.networkConfig, paths.registry, paths.cniCache]) mkdirSync(dir, { recursive: true });
    const crun = findProgram('crun');
    const runc = findProgram('runc');
    const toml = containerdToml({
      dataDir,
      runDir,
      networkConfigDir: paths.networkConfig,
      pluginDir: cniPluginDir() ?? '/opt/cni/bin',
      registryDir: paths.registry,
      pauseImage,
      crun,
      runc,
      defaultHandler: crun === undefined ? 'runc' : 'crun',
      restrictOomScore: !canLowerOomScore(),
      disableApparmor: !hasApparmor(),
    });
    writeFileSync(paths.config, toml);
  };

  /** A process that does nothing but hold the mount namespace. */
  const keepNamespace = (): ProcessId => {
    const found = namespaceHolder();
    if (found !== undefined) return found;
    const script = [
      'mount --make-rshared /',
      ...(isHybridCgroup() ? ['{ [ ! -e /sys/fs/cgroup/unified/cgroup.procs ] || umount /sys/fs/cgroup/unified; }'] : []),
      'mkdir -p /var/lib/cni',
      `mount --bind '${paths.cniCache.replaceAll("'", "'\\''")}' /var/lib/cni`,
      `: > '${join(runDir, 'keeper.ready').replaceAll("'", "'\\''")}'`,
      'exec sleep infinity',
    ].join(' && ');
    rmSync(join(runDir, 'keeper.ready'), { force: true });
    return startDetached('unshare', ['--mount', '--propagation', 'slave', 'sh', '-c', script], paths.log, paths.keeper);
  };

  const waitUntil = async (what: string, limitMs: number, test: () => boolean | Promise<boolean>, signal?: AbortSignal) => {
    const untilMs = clock.monotonic() + limitMs;
    while (!(await test())) {
      if (clock.monotonic() > untilMs) throw new Error(`${what} within ${limitMs / 1000} s; see ${paths.log}`);
      await clock.sleep(10, signal);
    }
  };

  const startDaemon = async (signal: AbortSignal): Promise<ProcessId> => {
    const running = readPidFile(paths.daemon);
    if (running !== undefined && (await answers(socketPath))) return running;
    if (running !== undefined) await end(running);
    writeConfiguration();
    const adopted = namespaceHolder() !== undefined;
    const keeper = keepNamespace();
    if (!adopted)
      await waitUntil(
        'the mount namespace was not ready',
        startLimitMs,
        () => exists(join(runDir, 'keeper.ready')) && isAlive(keeper),
        signal,
      );
    rmSync(socketPath, { force: true });
    const daemon = startDetached(
      'nsenter',
      ['--mount', '--target', String(keeper.pid), '--', findProgram('containerd') ?? 'containerd', '--config', paths.config],
      paths.log,
      paths.daemon,
    );
    await waitUntil(
      'containerd did not answer',
      startLimitMs,
      () => {
        if (!isAlive(daemon)) throw new Error(`containerd ended while it started: ${lastLines(paths.log)}`);
        return answers(socketPath);
      },
      signal,
    );
    return daemon;
  };

  const end = async (found: ProcessId) => {
    signalProcess(found.pid, 'SIGTERM');
    await waitUntil('the process did not end', stopLimitMs, () => !isAlive(found)).catch(() => signalProcess(found.pid, 'SIGKILL'));
  };

  /** Its socket answers before the CRI server behind it does. */
  const untilServing = async (signal: AbortSignal) => {
    const runtime = createCriRuntime({ socketPath, clock, log });
    const serves = () =>
      runtime.version().then(
        () => true,
        () => false,
      );
    try {
      await waitUntil('the CRI server of containerd was not ready', startLimitMs, serves, signal);
      if ((await runtime.imageStatus(pauseImage)) === undefined) await importArchive(socketPath, await pauseArchive());
    } finally {
      runtime.close();
    }
  };

  return {
    name: 'containerd',
    ready,
    socketPath,
    registryDir: paths.registry,
    mounter: createNamespaceMounter(holderPid, socketPath),
    async run(signal) {
      for (const problem of await prepareKernel()) log.warn(problem);
      void limitLog(paths.log, clock, signal);
      while (!signal.aborted) {
        try {
          const daemon = await startDaemon(signal);
          await untilServing(signal);
          setReady();
          log.info('containerd runs', { pid: daemon.pid, socket: socketPath });
          while (isAlive(daemon)) await clock.sleep(watchStepMs, signal);
          log.warn('containerd died; starting it again');
        } catch (error) {
          if (signal.aborted) return;
          throw error;
        }
      }
    },
    async configureNetwork(network) {
      await writeNetworkConfiguration(paths.networkConfig, {
        ...network,
        leaseDir: paths.leases,
        bridge,
        portMappings: findProgram('iptables') !== undefined,
      });
    },
    async stopAll({ purge = false } = {}) {
      const daemon = readPidFile(paths.daemon);
      if (daemon !== undefined && (await answers(socketPath))) await removePods(socketPath, clock, log);
      if (daemon !== undefined) await end(daemon);
      for (const cgroup of cgroupRoots) killCgroup(cgroup);
      const holder = namespaceHolder();
      const members = holder === undefined ? [] : namespaceMembers(holder.pid);
      for (const pid of new Set([...members, ...shimsOf(socketPath)])) signalProcess(pid, 'SIGKILL');
      await waitUntil('pods did not end', stopLimitMs, () => cgroupRoots.every((cgroup) => processesIn(cgroup).size === 0)).catch((error) =>
        log.warn('some processes of pods did not end', { error }),
      );
      await waitUntil('cgroups stayed', stopLimitMs, () => cgroupRoots.map(removeCgroup).every(Boolean)).catch((error) =>
        log.warn('some cgroups could not be removed', { error }),
      );
      await removeNetwork(bridge);
      rmSync(paths.leases, { recursive: true, force: true });
      rmSync(paths.cniCache, { recursive: true, force: true });
      rmSync(runDir, { recursive: true, force: true });
      if (purge) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

const exists = (path: string) => {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
};

function lastLines(path: string): string {
  return exists(path) ? readFileSync(path, 'utf8').trim().split('\n').slice(-3).join(' | ') : '';
}

/** Whether somebody listens on a unix socket. */
function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** Stops and removes every sandbox; what does not go within its time is left to the killing that follows. */
async function removePods(socketPath: string, clock: Clock, log: Logger): Promise<void> {
  const runtime = createCriRuntime({ socketPath, clock, log });
  try {
    const queue = [...(await runtime.listPodSandboxes())];
    const worker = async () => {
      for (let pod = queue.pop(); pod !== undefined; pod = queue.pop()) {
        const { id } = pod;
        for (const container of await runtime.listContainers({ sandboxId: id })) {
          if (container.state === 'RUNNING') await runtime.stopContainer(container.id, 0);
        }
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }
    };
    const results = await Promise.allSettled([worker(), worker(), worker(), worker()]);
    for (const result of results)
      if (result.status === 'rejected') log.warn('a pod could not be removed cleanly', { error: result.reason });
  } catch (error) {
    log.warn('pods could not be listed', { error });
  } finally {
    runtime.close();
  }
}

/** Every process in the same mount namespace: containerd, its shims, the keeper. Never one of this process's own namespace. */
function namespaceMembers(pid: number): readonly number[] {
  const namespaceOf = (process: number | string) => {
    try {
      return readlinkSync(`/proc/${process}/ns/mnt`);
    } catch {
      return undefined;
    }
  };
  const wanted = namespaceOf(pid);
  if (wanted === undefined || wanted === namespaceOf('self') || wanted === namespaceOf(1)) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && namespaceOf(name) === wanted)
    .map(Number);
}

/** Shims of this containerd, found by the address in their command line: they outlive it and the keeper of their namespace. */
function shimsOf(socketPath: string): readonly number[] {
  const isOurs = (pid: string) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return words[0]!.includes('containerd-shim') && words[words.indexOf('-address') + 1] === socketPath;
    } catch {
      return false;
    }
  };
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && isOurs(name))
    .map(Number);
}
