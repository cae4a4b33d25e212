import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { cpuMs, residentMib, type Running, start, stop, untilReady } from './running.ts';

const run = (program: string, ...args: string[]) => {
  const result = spawnSync(program, args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${program} ${args.join(' ')}: ${result.stderr}`);
};

/** Keys and certificates for the peer, by openssl. */
function certificates(dir: string): void {
  const at = (name: string) => join(dir, name);
  run(
    'openssl',
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.crt'),
    '-days',
    '2',
    '-subj',
    '/CN=ca',
  );
  run('openssl', 'genrsa', '-out', at('sa.key'), '2048');
  run('openssl', 'rsa', '-in', at('sa.key'), '-pubout', '-out', at('sa.pub'));
  for (const [name, subject, extension] of [
    ['server', '/CN=kube-apiserver', 'extendedKeyUsage=serverAuth\nsubjectAltName=IP:127.0.0.1,DNS:localhost'],
    ['admin', '/O=system:masters/CN=admin', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    run('openssl', 'req', '-newkey', 'rsa:2048', '-nodes', '-keyout', at(`${name}.key`), '-out', at(`${name}.csr`), '-subj', subject);
    run(
      'sh',
      '-c',
      `printf '${extension.replaceAll('\n', '\\n')}' > ${at('ext')} && openssl x509 -req -in ${at(`${name}.csr`)} -CA ${at('ca.crt')} -CAkey ${at('ca.key')} -CAcreateserial -out ${at(`${name}.crt`)} -days 2 -extfile ${at('ext')} 2> /dev/null`,
    );
  }
}

export interface UpstreamOptions {
  readonly port?: number;
  /** etcd's, and the one after it for its peers. */
  readonly etcdPort?: number;
  /** Further flags of kube-apiserver, or others than here; undefined takes one away. */
  readonly flags?: Readonly<Record<string, string | undefined>>;
  readonly etcdFlags?: readonly string[];
}

export interface Upstream extends Running {
  readonly pids: Readonly<Record<'kube-apiserver' | 'etcd', number>>;
}

/** kube-apiserver 1.36.3 on etcd 3.6, built by the conformance tools; undefined when they are not there. */
export async function startUpstream(dir: string, options: UpstreamOptions = {}): Promise<Upstream | undefined> {
  const { port = 27443, etcdPort = 23379, etcdFlags = [] } = options;
  const bin = process.env.UPSTREAM_BIN ?? join(homedir(), '.cache/skiff-upstream/bin');
  if (!existsSync(join(bin, 'kube-apiserver')) || !existsSync(join(bin, 'etcd'))) return undefined;
  mkdirSync(dir, { recursive: true });
  certificates(dir);
  const at = (name: string) => join(dir, name);
  const fromMs = performance.now();
  const etcd = start(
    join(bin, 'etcd'),
    [
      '--data-dir',
      at('etcd'),
      '--listen-client-urls',
      `http://127.0.0.1:${etcdPort}`,
      '--advertise-client-urls',
      `http://127.0.0.1:${etcdPort}`,
      '--listen-peer-urls',
      `http://127.0.0.1:${etcdPort + 1}`,
      '--log-level',
      'error',
      ...etcdFlags,
    ],
    at('etcd.log'),
  );
  const flags = {
    'etcd-servers': `http://127.0.0.1:${etcdPort}`,
    'secure-port': `${port}`,
    'bind-address': '127.0.0.1',
    'tls-cert-file': at('server.crt'),
    'tls-private-key-file': at('server.key'),
    'client-ca-file': at('ca.crt'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-account-key-file': at('sa.pub'),
    'service-account-signing-key-file': at('sa.key'),
    'authorization-mode': 'Node,RBAC',
    'max-requests-inflight': '4000',
    'max-mutating-requests-inflight': '2000',
    'disable-admission-plugins': 'ServiceAccount',
    ...options.flags,
  };
  const api = start(
    join(bin, 'kube-apiserver'),
    Object.entries(flags).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}=${value}`])),
    at('apiserver.log'),
  );
  const target = {
    url: `https://127.0.0.1:${port}`,
    ca: readFileSync(at('ca.crt')),
    cert: readFileSync(at('admin.crt')),
    key: readFileSync(at('admin.key')),
  };
  const end = async () => {
    await stop(api);
    await stop(etcd);
  };
  await untilReady(target).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    target,
    readyMs: performance.now() - fromMs,
    memoryMib: () => residentMib(api.pid!) + residentMib(etcd.pid!),
    cpuMs: () => cpuMs(api.pid!) + cpuMs(etcd.pid!),
    pids: { 'kube-apiserver': api.pid!, etcd: etcd.pid! },
    stop: end,
  };
}
