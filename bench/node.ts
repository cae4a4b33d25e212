import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseYaml } from '../src/base/yaml.ts';
import { toolPath } from '../src/cli/lib/tools.ts';
import { TestCluster } from '../test/helpers/cluster.ts';
import { nodeProcesses, pidIn } from '../test/helpers/machine.ts';
import { json, LoadClient, type Target } from './load.ts';
import { cpuMs, residentMib } from './peers/running.ts';

/** A cluster of one node that runs on this machine beside Skiff's, and the image that its node has. */
export interface PeerNode {
  readonly kubeconfig: string;
  readonly image: string;
  /** Archive of the image, for Skiff. */
  readonly archive: string;
}
/** The processes of an upstream node, by their names. */
const peerPrograms = new Set(
  ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'coredns', 'containerd'].map((name) =>
    name.slice(0, 15),
  ),
);
const port = 16552;
const idleMs = 60_000;
const settleMs = 20_000;
const rounds = 9;
const restMs = 3000;
const ownImage = 'my-api:v1';

const deployment = (name: string, image: string) => ({
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
        containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent', command: ['sh', '-c', 'sleep 100000'] }],
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

function targetOf(kubeconfig: string): Target {
  const [config]: any[] = parseYaml(readFileSync(kubeconfig, 'utf8'));
  const { cluster } = config.clusters[0];
  const { user } = config.users[0];
  const bytes = (of: Record<string, string>, key: string) =>
    of[`${key}-data`] === undefined ? readFileSync(of[key]!) : Buffer.from(of[`${key}-data`]!, 'base64');
  return {
    url: cluster.server,
    ca: bytes(cluster, 'certificate-authority'),
    cert: bytes(user, 'client-certificate'),
    key: bytes(user, 'client-key'),
  };
}

/** One of the clusters that are asked in turns. */
interface Asked extends AsyncDisposable {
  kubectl(args: readonly string[], input?: string): void;
  readonly client: LoadClient;
  readonly image: string;
  readonly timesMs: number[];
}
function asked(kubeconfig: string, image: string): Asked {
  const client = new LoadClient(targetOf(kubeconfig), 1);
  const kubectl = (args: readonly string[], input = '') => {
    const { status, stderr } = spawnSync(toolPath('kubectl'), [`--kubeconfig=${kubeconfig}`, ...args], { input, encoding: 'utf8' });
    if (status !== 0) throw new Error(`kubectl ${args.join(' ')}: ${stderr}`);
  };
  return { client, image, kubectl, timesMs: [], [Symbol.asyncDispose]: () => client[Symbol.asyncDispose]() };
}

/** From the start of `kubectl apply` to the moment at which the API says that three pods are ready. */
async function measureReady({ client, image, kubectl, timesMs }: Asked, name: string): Promise<void> {
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
  kubectl(['apply', '-f', '-'], JSON.stringify(deployment(name, image)));
  await promise;
  timesMs.push(performance.now() - startMs);
  watch.close();
  kubectl(['delete', 'deployment', name, '--cascade=foreground']);
  await wait(restMs);
}

/** Processes of a peer: those of upstream's names that run in the folder of its kubeconfig. */
function peerProcesses({ kubeconfig }: PeerNode): number[] {
  const home = dirname(resolve(kubeconfig));
  const pids = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return pids.filter((pid) => {
    try {
      return readlinkSync(`/proc/${pid}/cwd`).startsWith(home) && peerPrograms.has(readFileSync(`/proc/${pid}/comm`, 'utf8').trim());
    } catch {
      return false;
    }
  });
}

export async function measureNode(peer?: PeerNode): Promise<void> {
  await using cluster = new TestCluster(port);
  const startMs = performance.now();
  const up = cluster.up();
  if (up.status !== 0) throw new Error(`skiff up: ${up.stdout}${up.stderr}`);
  const upMs = performance.now() - startMs;
  const had = peer === undefined ? ['pack', 'examples/my-api/v1', '-t', ownImage] : ['load', peer.archive];
  const image = cluster.skiff('image', ...had);
  if (image.status !== 0) throw new Error(`skiff image ${had.join(' ')}: ${image.stdout}${image.stderr}`);
  await wait(settleMs);
  const skiff = pidIn(join(cluster.env.SKIFF_HOME!, 'skiff.pid'));
  const ours = [skiff, ...nodeProcesses().filter((pid) => !isPartOfPods(pid))];
  const theirs = peer === undefined ? [] : peerProcesses(peer);
  const residents = ours.map((pid) => `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} ${residentMib(pid).toFixed(0)}`);
  const both = [ours, theirs];
  const resident = both.map((pids) => sum(pids.map(residentMib)));
  const proportional = both.map((pids) => sum(pids.map(proportionalMib)));
  const before = both.map((pids) => sum(pids.map(cpuMs)));
  await wait(idleMs);
  const idle = both.map((pids, index) => ((sum(pids.map(cpuMs)) - before[index]!) / idleMs) * 100);
  await using ourSide = asked(join(cluster.env.SKIFF_HOME!, 'admin.kubeconfig'), peer?.image ?? ownImage);
  await using theirSide = peer && asked(peer.kubeconfig, peer.image);
  for (let round = 0; round < rounds; round++) {
    await measureReady(ourSide, `bench-${round}`);
    if (theirSide !== undefined) await measureReady(theirSide, `bench-${round}`);
  }
  const row = (what: string, [our, their]: readonly (number | undefined)[], atMost?: number, digits = 0) => {
    const ratio = peer === undefined || !their ? undefined : our! / their;
    const bar = atMost === undefined ? '' : `≤ ${atMost}x${ratio === undefined ? '' : ratio <= atMost ? ': holds' : ': **missed**'}`;
    return `| ${what} | ${our!.toFixed(digits)} | ${ratio === undefined ? '-' : their!.toFixed(digits)} | ${ratio?.toFixed(2) ?? '-'} | ${bar} |\n`;
  };
  const times = (side: Asked | undefined) => side?.timesMs.map((ms) => ms.toFixed(0)).join(', ') ?? 'not measured';
  process.stdout.write(
    '\n### node: all of Skiff with its node\n\n' +
      '|  | Skiff | peer | ratio | bar |\n| --- | --: | --: | --: | --- |\n' +
      row('`skiff up` to Ready (ms)', [upMs]) +
      row('resident memory (MiB)', resident, 0.5) +
      row('proportional memory (MiB)', proportional) +
      row('CPU at rest over 60 s (%)', idle, 0.5, 2) +
      row('Deployment of three to Ready, median (ms)', [median(ourSide.timesMs), theirSide && median(theirSide.timesMs)], 1) +
      `\nOf it: ${residents.join(', ')} MiB. Times to Ready: ${times(ourSide)} ms; of the peer: ${times(theirSide)}.\n`,
  );
}
