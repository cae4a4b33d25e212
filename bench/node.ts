import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseYaml } from '../src/base/yaml.ts';
import { TestCluster } from '../test/helpers/cluster.ts';
import { nodeProcesses, pidIn } from '../test/helpers/machine.ts';
import { json, LoadClient, type Target } from './load.ts';
import { cpuMs, residentMib } from './peers/running.ts';

/**
 * All of Skiff with its node on this machine, as root: its memory, what it costs at rest, and a Deployment of three from `kubectl apply`
 * to all Ready. Beside it stands upstream's single node (kube-apiserver, etcd, controller manager, scheduler, kubelet, kube-proxy, CoreDNS,
 * containerd with runc), measured on the reference machine when it was quiet.
 */
const upstream = { residentMib: 733, proportionalMib: 588, idlePercent: 5.4, readyMs: 930 };
const port = 16552;
const idleMs = 60_000;
const settleMs = 20_000;
const rounds = 5;
const image = 'my-api:v1';

const deployment = (name: string) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'default' },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'main', image, imagePullPolicy: 'Never', command: ['sh', '-c', 'sleep 100000'] }],
      },
    },
  },
});

const proportionalMib = (pid: number) =>
  Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) / 1024;
const isPartOfPods = (pid: number) => readFileSync(`/proc/${pid}/cgroup`, 'utf8').includes('/kubepods');
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1]!;
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function targetOf(cluster: TestCluster): Target {
  const [config]: any[] = parseYaml(readFileSync(join(cluster.env.SKIFF_HOME!, 'admin.kubeconfig'), 'utf8'));
  const bytes = (base64: string) => Buffer.from(base64, 'base64');
  const { user } = config.users[0];
  return {
    url: `https://127.0.0.1:${cluster.port}`,
    ca: bytes(config.clusters[0].cluster['certificate-authority-data']),
    cert: bytes(user['client-certificate-data']),
    key: bytes(user['client-key-data']),
  };
}

/** From the start of `kubectl apply` to the moment at which the API says that three pods are ready. */
async function readyMs(cluster: TestCluster, client: LoadClient, name: string): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let text = '';
  const watch = client.watch(
    `/apis/apps/v1/namespaces/default/deployments?watch=1&fieldSelector=metadata.name%3D${name}`,
    json,
    (chunk) => {
      text += chunk.toString();
      if (text.includes('"readyReplicas":3')) resolve();
    },
  );
  const startMs = performance.now();
  cluster.feed(JSON.stringify(deployment(name)), 'apply', '-f', '-');
  await promise;
  const tookMs = performance.now() - startMs;
  watch.close();
  cluster.kubectl('delete', 'deployment', name, '--cascade=foreground');
  return tookMs;
}

export async function measureNode(): Promise<void> {
  await using cluster = new TestCluster(port);
  const startMs = performance.now();
  const up = cluster.up();
  if (up.status !== 0) throw new Error(`skiff up: ${up.stdout}${up.stderr}`);
  const upMs = performance.now() - startMs;
  const packed = cluster.skiff('image', 'pack', 'examples/my-api/v1', '-t', image);
  if (packed.status !== 0) throw new Error(`skiff image pack: ${packed.stdout}${packed.stderr}`);
  await wait(settleMs);
  const skiff = pidIn(join(cluster.env.SKIFF_HOME!, 'skiff.pid'));
  const pids = [skiff, ...nodeProcesses().filter((pid) => !isPartOfPods(pid))];
  const residents = pids.map((pid) => `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} ${residentMib(pid).toFixed(0)}`);
  const resident = sum(pids.map(residentMib));
  const proportional = sum(pids.map(proportionalMib));
  const before = sum(pids.map(cpuMs));
  await wait(idleMs);
  const idle = ((sum(pids.map(cpuMs)) - before) / idleMs) * 100;
  await using client = new LoadClient(targetOf(cluster), 1);
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) times.push(await readyMs(cluster, client, `bench-${round}`));
  const row = (what: string, ours: number, theirs: number | undefined, bar: string, digits = 0) =>
    `| ${what} | ${ours.toFixed(digits)} | ${theirs ?? '-'} | ${theirs === undefined ? '-' : `${(ours / theirs).toFixed(2)}x`} | ${bar} |\n`;
  const held = (holds: boolean) => (holds ? 'holds' : '**missed**');
  process.stdout.write(
    '\n### node: all of Skiff with its node\n\n' +
      '|  | Skiff | upstream | ratio | bar |\n| --- | --: | --: | --: | --: |\n' +
      row('`skiff up` to Ready (ms)', upMs, undefined, '') +
      row('resident memory (MiB)', resident, upstream.residentMib, `≤ 0.5x: ${held(resident <= upstream.residentMib / 2)}`) +
      row('proportional memory (MiB)', proportional, upstream.proportionalMib, '') +
      row('CPU at rest over 60 s (%)', idle, upstream.idlePercent, `≤ 0.5x: ${held(idle <= upstream.idlePercent / 2)}`, 2) +
      row(
        'Deployment of three to Ready, median (ms)',
        median(times),
        upstream.readyMs,
        `≤ 1x: ${held(median(times) <= upstream.readyMs)}`,
      ) +
      `\nOf it: ${residents.join(', ')} MiB. Times to Ready: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms.\n`,
  );
}
