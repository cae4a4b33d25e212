import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { hastenImports } from '../../src/base/imports.node.ts';

hastenImports();

const [
  { systemClock },
  { createLogger },
  { systemRandom },
  { pretendedFolders },
  { machineDialer, NodeLinks },
  { serverParts, sharedInformers, startApi },
  { supervise },
  { ensureCertificates },
  { openLmdbStore },
] = await Promise.all([
  import('../../src/base/clock.ts'),
  import('../../src/base/log.ts'),
  import('../../src/base/random.ts'),
  import('../../src/cluster/node-folders.ts'),
  import('../../src/cluster/node-links.ts'),
  import('../../src/cluster/control-plane.ts'),
  import('../../src/base/supervisor.ts'),
  import('../../src/server/certs/certificates.ts'),
  import('../../src/store/lmdb.ts'),
]);

/** API and store without controllers, scheduler and nodes: `node api-only.ts STATE-FOLDER`. Says where it listens in the file `address`. */
const dir = process.argv[2]!;
const log = createLogger((line) => void process.stdout.write(line), systemClock.now, 'info');
const stop = new AbortController();
const [store, certificates] = await Promise.all([
  openLmdbStore(join(dir, 'store'), { clock: systemClock, log }),
  ensureCertificates(join(dir, 'pki'), { clock: systemClock, ips: ['127.0.0.1', '10.96.0.1'] }),
]);
const control = {
  store,
  clock: systemClock,
  random: systemRandom,
  log,
  clientCa: certificates.clusterCa.certificatePem,
  serviceAccountKeyPem: certificates.serviceAccountKeyPem,
  nodeConnections: new NodeLinks(),
  dialer: machineDialer,
  address: { clusterIp: '10.96.0.1', address: '172.16.255.254', port: 6443 },
  podCidr: '10.244.0.0/16',
  nodeFolders: pretendedFolders,
  signal: stop.signal,
};
const api = await startApi(control, async () => []);
const { server } = api;
for (const part of await serverParts(api, control, sharedInformers(api, control))) void supervise(part, systemClock, log, stop.signal);
const tls = { cert: certificates.serving.certificatePem, key: certificates.serving.privateKeyPem };
const listener = await server.listen({ host: '127.0.0.1', port: 0, tls });
writeFileSync(join(dir, 'address'), `https://127.0.0.1:${listener.port}\n`);
const nanosecondsPerMs = 1e6;
const turns = monitorEventLoopDelay({ resolution: 1 });
let longestPauseMs = 0;
const collections = new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) longestPauseMs = Math.max(longestPauseMs, duration);
});
// How long the event loop was held at most since the last time, and for how long by the garbage collector: into the file `turns`.
// Measured from the first time on.
process.on('SIGUSR2', () => {
  turns.enable();
  collections.observe({ entryTypes: ['gc'] });
  writeFileSync(join(dir, 'turns'), `${turns.max / nanosecondsPerMs} ${longestPauseMs}\n`);
  turns.reset();
  longestPauseMs = 0;
});
process.once('SIGTERM', () => {
  stop.abort(new Error('the API is stopping'));
  void server
    .close()
    .then(() => store.close())
    .then(() => process.exit(0));
});
