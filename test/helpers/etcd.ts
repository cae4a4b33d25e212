import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

const program = join(process.env.UPSTREAM_BIN ?? join(homedir(), '.cache/skiff-upstream/bin'), 'etcd');
/** Why tests against etcd can't run on this machine; undefined when they can. */
export const noEtcd: string | undefined = existsSync(program) ? undefined : `etcd is not at ${program}: npm run conformance builds it`;

export interface Etcd extends AsyncDisposable {
  readonly url: string;
  /** Ends it at once, as a power cut does. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** An etcd of one member with a folder of its own. */
export async function startEtcd(flags: readonly string[] = []): Promise<Etcd> {
  const dir = mkdtempSync(join(tmpdir(), 'skiff-etcd-'));
  const [client, peer] = await Promise.all([freePort(), freePort()]);
  const url = `http://127.0.0.1:${client}`;
  const peerUrl = `http://127.0.0.1:${peer}`;
  let child: ChildProcess | undefined;
  const start = async () => {
    const args = [
      ...['--data-dir', dir, '--listen-client-urls', url, '--advertise-client-urls', url, '--log-level', 'error'],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl, '--initial-cluster', `default=${peerUrl}`],
      // A test may lose what the machine would lose.
      '--unsafe-no-fsync',
      ...flags,
    ];
    child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, GOMEMLIMIT: '300MiB' } });
    for (;;) {
      const answer = await fetch(`${url}/health`).catch(() => undefined);
      if (answer?.ok) return;
      if (child.exitCode !== null) throw new Error(`etcd ended with ${child.exitCode}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const kill = async () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child!.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url,
    start,
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
