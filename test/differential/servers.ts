import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Target } from '../../bench/load.ts';
import { cpuMs, stop } from '../../bench/peers/running.ts';
import { launch } from '../../bench/peers/skiff.ts';
import { startUpstream } from '../../bench/peers/upstream.ts';
import { defaultIssuer } from '../../src/server/authn/tokens.ts';
import { network } from '../../src/cluster/network.ts';

/** Upstream's API server and Skiff's, side by side, both empty. */
export interface Servers extends AsyncDisposable {
  readonly upstream: Target;
  readonly skiff: Target;
  /** CPU time that each of their processes, and this one, has used so far. */
  cpuMs(): Readonly<Record<string, number>>;
}

const missing = `kube-apiserver 1.36.3 and etcd are not built. They are looked for in SUITE_DIR/bin, by default ~/.cache/skiff-upstream/bin:
build them from Kubernetes' and etcd's Go modules (CGO_ENABLED=0 go build -trimpath ./cmd/kube-apiserver; go build ./server of etcd 3.6).`;

/** Two ports in a row that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const running = new Set<() => Promise<void>>();
/** Ends what was started and not ended yet. */
export const endServers = async (): Promise<void> => void (await Promise.all([...running].map((end) => end())));

/** A file system in memory with room for an epoch's stores, where there is one: nothing here outlives the run. */
const folder = () => (existsSync('/dev/shm') && availableBytes('/dev/shm') > roomBytes ? '/dev/shm' : tmpdir());
const roomBytes = 4 * 1024 ** 3;
const availableBytes = (path: string) => {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize;
};

/** Throws Error when upstream's programs are not there. The folders are of this run only. */
export async function startServers(): Promise<Servers> {
  const dir = mkdtempSync(join(folder(), 'skiff-differential-'));
  if (process.env.SUITE_DIR !== undefined) process.env.UPSTREAM_BIN ??= join(process.env.SUITE_DIR, 'bin');
  process.env.GOMEMLIMIT ??= '2GiB';
  process.env.GOMAXPROCS ??= '2';
  // Memory is cheaper here than time: garbage is collected seldom.
  process.env.GOGC ??= '400';
  process.env.SKIFF_BENCH_NODE_FLAGS ??= '--max-semi-space-size=64';
  const [port, etcdPort] = await Promise.all([freePort(), freePort()]);
  const starting = await Promise.allSettled([
    startUpstream(join(dir, 'upstream'), {
      port,
      etcdPort,
      etcdFlags: ['--unsafe-no-fsync', '--backend-batch-interval=1s', '--quota-backend-bytes=6442450944'],
      flags: {
        'service-cluster-ip-range': network.serviceCidr,
        'disable-admission-plugins': undefined,
        'kubelet-timeout': '1s',
        'allow-privileged': 'true',
        'service-account-issuer': defaultIssuer,
        v: '0',
      },
    }),
    launch(join(dir, 'skiff')),
  ]);
  mkdirSync(dir, { recursive: true });
  const [upstream, skiff] = starting.map((one) => (one.status === 'fulfilled' ? one.value : undefined)) as [
    Awaited<ReturnType<typeof startUpstream>>,
    Awaited<ReturnType<typeof launch>> | undefined,
  ];
  const end = async () => {
    running.delete(end);
    await Promise.all([upstream?.stop(), skiff && stop(skiff.child)]);
    rmSync(dir, { recursive: true, force: true });
  };
  if (upstream === undefined || skiff === undefined) {
    await end();
    const failed = starting.find((one) => one.status === 'rejected');
    throw failed?.reason ?? new Error(missing);
  }
  running.add(end);
  const pids = { ...upstream.pids, skiff: skiff.child.pid!, test: process.pid };
  const used = () => Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuMs(pid)]));
  return { upstream: upstream.target, skiff: skiff.target, cpuMs: used, [Symbol.asyncDispose]: end };
}
