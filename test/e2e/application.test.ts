import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parseYaml } from '../../src/base/yaml.ts';
import { TestCluster } from '../helpers/cluster.ts';

/** Needs root and Debian's node packages: the seed application on real containers, driven by the real kubectl, in the order of a user's day. */
const isPossible = process.getuid?.() === 0;
const options = { skip: !isPossible && 'needs root' };
const cluster = new TestCluster(6443);
const inApp = (...args: string[]) => cluster.kubectl('-n', 'my-app', ...args);
const pods = (selector: string): any[] => cluster.json('-n', 'my-app', 'get', 'pods', '-l', selector).items;
const api = 'app=api-server';
const fromClient = (url: string) => inApp('exec', 'client', '-c', 'client', '--', 'wget', '-qO-', url);

/** First message of pods/log over WebSocket, by a client certificate. */
async function logOverWebSocket(name: string): Promise<string> {
  const { default: WebSocket } = await import('ws');
  const config: any = parseYaml(readFileSync(cluster.skiff('kubeconfig', '--path').stdout.trim(), 'utf8'))[0];
  const pem = (text: string) => Buffer.from(text, 'base64').toString();
  const { user } = config.users[0];
  const socket = new WebSocket(`wss://127.0.0.1:${cluster.port}/api/v1/namespaces/my-app/pods/${name}/log`, ['binary.k8s.io'], {
    ca: pem(config.clusters[0].cluster['certificate-authority-data']),
    cert: pem(user['client-certificate-data']),
    key: pem(user['client-key-data']),
  });
  const [message] = await once(socket, 'message');
  socket.terminate();
  return String(message);
}

before(async () => {
  if (!isPossible) return;
  const up = cluster.up();
  assert.equal(up.status, 0, up.stderr);
});
after(async () => {
  if (isPossible) await cluster[Symbol.asyncDispose]();
});

test('the node is Ready, and a second up changes nothing', options, async () => {
  assert.match(cluster.kubectl('get', 'nodes', '-o', 'wide'), / Ready .*containerd:\/\//);
  const again = cluster.up();
  assert.equal(again.status, 0);
  assert.match(again.stderr, /already running/);
});

test('images are packed from folders', options, async () => {
  for (const version of ['v1', 'v2']) {
    const packed = cluster.skiff('image', 'pack', `examples/my-api/${version}`, '-t', `my-api:${version}`);
    assert.equal(packed.status, 0, packed.stderr);
  }
  assert.match(cluster.skiff('image', 'ls').stdout, /my-api:v1/);
});

test('the application becomes ready', options, async () => {
  cluster.kubectl('create', 'namespace', 'my-app');
  cluster.kubectl('config', 'set-context', '--current', '--namespace=my-app');
  cluster.kubectl('apply', '-f', 'examples/my-api/');
  inApp('rollout', 'status', 'deploy/api-server', '--timeout=90s');
  inApp('wait', '--for=condition=Ready', 'pod/client', '--timeout=90s');
  assert.equal(pods(api).length, 3);
});

test('Services and DNS lead to it', options, async () => {
  for (const url of ['http://api-service', 'http://api-service.my-app.svc.cluster.local']) assert.match(fromClient(url), /v1/);
  const addresses = pods(api).map((pod) => pod.status.podIP);
  const headless = cluster.json('-n', 'my-app', 'get', 'services').items.find((service: any) => service.spec.clusterIP === 'None')
    .metadata.name;
  // busybox asks for every search suffix too, and fails because of those.
  const answer = cluster.try(
    '-n',
    'my-app',
    'exec',
    'client',
    '-c',
    'client',
    '--',
    'nslookup',
    `${headless}.my-app.svc.cluster.local`,
  ).stdout;
  for (const address of addresses) assert.ok(answer.includes(address), answer);
  assert.match(fromClient('http://api-service/env'), /DATABASE_HOST/);
});

test('tables, describe, logs, exec, cp, port-forward and attach work', options, async () => {
  assert.match(inApp('get', 'all,cm,secret,endpointslices,events', '-o', 'wide'), /deployment\.apps\/api-server\s+3\/3/);
  const name = pods(api)[0].metadata.name;
  assert.match(inApp('describe', 'pod', name), /Container started/);
  assert.match(cluster.kubectl('describe', 'node'), /Allocated resources/);
  assert.match(inApp('describe', 'deploy', 'api-server'), /NewReplicaSet/);
  assert.match(inApp('describe', 'svc', 'api-service'), /Endpoints:\s+10\.244/);
  assert.ok(inApp('logs', name, '--tail=5', '--timestamps').length > 0);
  assert.match(await logOverWebSocket(name), /listening|GET|api/i);
  assert.equal(cluster.feed('hello', '-n', 'my-app', 'exec', '-i', name, '--', 'cat'), 'hello');
  assert.equal(cluster.try('-n', 'my-app', 'exec', name, '--', 'sh', '-c', 'exit 7').status, 7);
  inApp('cp', 'README.md', `client:/tmp/readme`, '-c', 'client');
  assert.match(inApp('exec', 'client', '-c', 'client', '--', 'cat', '/tmp/readme'), /Skiff/);
  const forward = cluster.start('-n', 'my-app', 'port-forward', 'svc/api-service', '18080:80');
  try {
    await cluster.until('port-forward answers', async () => (await (await fetch('http://127.0.0.1:18080/')).text()).includes('v1'), 20_000);
  } finally {
    forward.kill();
  }
});

test('a crashed container is restarted', options, async () => {
  const { name } = pods(api)[0].metadata;
  inApp('exec', name, '--', 'kill', '1');
  await cluster.until(
    'restart is counted',
    () => cluster.json('-n', 'my-app', 'get', 'pod', name).status.containerStatuses[0].restartCount >= 1,
  );
  inApp('wait', '--for=condition=Ready', `pod/${name}`, '--timeout=60s');
  assert.ok(inApp('logs', name, '--previous').length >= 0);
});

test('a deleted pod is replaced, endpoints follow, and the Service never sends to a dead one', options, async () => {
  const { name } = pods(api)[0].metadata;
  const endTraffic = startTraffic();
  inApp('delete', 'pod', name, '--wait=false');
  await cluster.until('three others are ready', () => {
    const ready = pods(api).filter(
      (pod) =>
        pod.metadata.deletionTimestamp === undefined &&
        pod.status.conditions.some((one: any) => one.type === 'Ready' && one.status === 'True'),
    );
    return ready.length === 3 && ready.every((pod) => pod.metadata.name !== name);
  });
  inApp('wait', '--for=delete', `pod/${name}`, '--timeout=90s');
  assert.match(await endTraffic(), /ok=[1-9]\d* bad=0\b/);
  const addresses = cluster
    .json('-n', 'my-app', 'get', 'endpointslices', '-l', 'kubernetes.io/service-name=api-service')
    .items.flatMap((slice: any) => (slice.endpoints ?? []).flatMap((endpoint: any) => endpoint.addresses));
  assert.deepEqual(
    addresses.sort(),
    pods(api)
      .map((pod) => pod.status.podIP)
      .sort(),
  );
});

/** Asks the Service again and again from the client until told to stop; says how many requests it answered, and lost. */
function startTraffic(): () => Promise<string> {
  const script =
    'ok=0; bad=0; while [ ! -e /tmp/stop ]; do if timeout 5 wget -qO- http://api-service >/dev/null 2>&1; then ok=$((ok+1)); else bad=$((bad+1)); fi; done; rm /tmp/stop; echo "ok=$ok bad=$bad"';
  const load = cluster.start('-n', 'my-app', 'exec', 'client', '-c', 'client', '--', 'sh', '-c', script);
  const closed = once(load, 'close');
  let output = '';
  load.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return async () => {
    inApp('exec', 'client', '-c', 'client', '--', 'touch', '/tmp/stop');
    await closed;
    return output;
  };
}

test('a rollout under traffic loses no request', options, async () => {
  inApp('scale', 'deploy/api-server', '--replicas=5');
  inApp('rollout', 'status', 'deploy/api-server', '--timeout=90s');
  const endTraffic = startTraffic();
  const container = pods(api)[0].spec.containers[0].name;
  inApp('set', 'image', 'deploy/api-server', `${container}=my-api:v2`);
  inApp('rollout', 'status', 'deploy/api-server', '--timeout=120s');
  assert.match(await endTraffic(), /ok=[1-9]\d* bad=0\b/);
  assert.match(fromClient('http://api-service'), /v2/);
});

test('a bad image keeps the old replicas, and undo heals', options, async () => {
  const container = pods(api)[0].spec.containers[0].name;
  inApp('set', 'image', 'deploy/api-server', `${container}=my-api:nope`);
  await cluster.until('the pull fails', () =>
    pods(api).some((pod) => /ErrImagePull|ImagePullBackOff/.test(pod.status.containerStatuses?.[0]?.state?.waiting?.reason ?? '')),
  );
  assert.match(fromClient('http://api-service'), /v2/);
  inApp('rollout', 'undo', 'deploy/api-server');
  inApp('rollout', 'status', 'deploy/api-server', '--timeout=90s');
  assert.match(inApp('rollout', 'history', 'deploy/api-server'), /REVISION/);
});

test('a container over its memory limit is killed', options, async () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'hog' },
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: 'hog', image: 'my-api:v1', command: ['sh', '-c', 'tail /dev/zero'], resources: { limits: { memory: '32Mi' } } }],
    },
  };
  cluster.feed(JSON.stringify(pod), '-n', 'my-app', 'create', '-f', '-');
  const terminated = await cluster.until(
    'it ends',
    () => cluster.json('-n', 'my-app', 'get', 'pod', 'hog').status.containerStatuses?.[0]?.state?.terminated,
  );
  assert.equal(terminated.reason, 'OOMKilled');
  assert.equal(terminated.exitCode, 137);
});

test('every way to change an object', options, async () => {
  inApp('patch', 'cm', 'api-config', '--type=merge', '-p', '{"data":{"LOG_LEVEL":"debug"}}');
  inApp('patch', 'cm', 'api-config', '--type=json', '-p', '[{"op":"add","path":"/data/EXTRA","value":"1"}]');
  inApp('patch', 'deploy', 'api-server', '-p', '{"metadata":{"annotations":{"a":"b"}}}');
  inApp('label', 'deploy', 'api-server', 'team=a');
  inApp('annotate', 'deploy', 'api-server', 'note=x');
  inApp('apply', '--server-side', '--force-conflicts', '-f', 'examples/my-api/');
  inApp('apply', '--dry-run=server', '-f', 'examples/my-api/');
  assert.ok([0, 1].includes(cluster.try('-n', 'my-app', 'diff', '-f', 'examples/my-api/').status ?? -1));
  cluster.feed(inApp('get', 'cm', 'api-config', '-o', 'yaml'), '-n', 'my-app', 'replace', '-f', '-');
  inApp('create', 'deployment', 'parent', '--image=my-api:v1', '--replicas=0');
  await cluster.until('its replica set', () => cluster.json('-n', 'my-app', 'get', 'rs', '-l', 'app=parent').items.length === 1);
  inApp('delete', 'deployment', 'parent', '--cascade=orphan');
  const orphan = cluster.json('-n', 'my-app', 'get', 'rs', '-l', 'app=parent').items[0];
  assert.equal(orphan.metadata.ownerReferences, undefined);
  inApp('delete', 'rs', orphan.metadata.name);
  inApp('create', 'cm', 'short-lived');
  inApp('delete', 'cm', 'short-lived', '--cascade=foreground');
});

test('questions about the cluster', options, async () => {
  assert.equal(cluster.kubectl('auth', 'can-i', 'create', 'pods').trim(), 'yes');
  assert.match(cluster.kubectl('auth', 'whoami'), /system:masters/);
  assert.match(cluster.kubectl('api-resources'), /deployments\s+deploy\s+apps\/v1/);
  assert.match(cluster.kubectl('api-versions'), /rbac\.authorization\.k8s\.io\/v1/);
  assert.match(cluster.kubectl('explain', 'deployment.spec'), /replicas/);
  assert.match(cluster.kubectl('cluster-info'), /control plane/);
  assert.match(cluster.kubectl('version'), /Server Version: v1\.36/);
});

test('drain evicts, cordon and taints are honoured', options, async () => {
  const node = cluster.json('get', 'nodes').items[0].metadata.name;
  cluster.kubectl('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=90s');
  const pending = await cluster.until('the replacements wait', () =>
    pods(api).find((pod) => pod.status.phase === 'Pending' && pod.status.conditions?.some((one: any) => one.reason === 'Unschedulable')),
  );
  assert.match(
    pending.status.conditions.find((one: any) => one.type === 'PodScheduled').message,
    /0\/1 nodes are available: 1 node\(s\) were unschedulable/,
  );
  cluster.kubectl('uncordon', node);
  inApp('rollout', 'status', 'deploy/api-server', '--timeout=90s');
  cluster.kubectl('taint', 'node', node, 'a=b:NoSchedule');
  inApp('run', 'kept-away', '--image=my-api:v1', '--command', '--', 'sleep', '1000');
  const kept = await cluster.until('it waits for the taint to go', () => {
    const pod = cluster.json('-n', 'my-app', 'get', 'pod', 'kept-away');
    return pod.status.conditions?.find((one: any) => one.type === 'PodScheduled' && one.status === 'False');
  });
  assert.match(kept.message, /1 node\(s\) had untolerated taint/);
  cluster.kubectl('taint', 'node', node, 'a-');
  inApp('wait', '--for=condition=Ready', 'pod/kept-away', '--timeout=60s');
  inApp('delete', 'pod', 'kept-away', '--grace-period=0', '--force');
});

test('a killed server loses nothing, and adopts the containers that run', options, async () => {
  // Pods on their way out would go meanwhile.
  const settled = await cluster.until('no pod is ending', () => {
    const present = pods(api);
    return present.every((pod) => pod.metadata.deletionTimestamp === undefined && pod.status.phase === 'Running') && present;
  });
  const before = settled.map((pod) => [pod.metadata.name, pod.status.containerStatuses[0].containerID]);
  const acknowledged: string[] = [];
  let refused = 0;
  const load = new AbortController();
  const write = async (writer: number) => {
    for (let index = 0; !load.signal.aborted; index++) {
      const name = `kept-${writer}-${index}`;
      const { code } = await cluster.run(['-n', 'my-app', 'create', 'cm', name, '--from-literal=a=b']);
      if (code === 0) acknowledged.push(name);
      else refused++;
    }
  };
  const writers = Promise.all([0, 1, 2, 3].map(write));
  const pid = Number(/process (\d+)/.exec(cluster.skiff('status').stdout)?.[1]);
  await cluster.until('writes are under way', () => acknowledged.length >= 20);
  process.kill(pid, 'SIGKILL');
  await cluster.until('the server is gone', () => refused > 0);
  load.abort();
  await writers;
  const up = cluster.up();
  assert.equal(up.status, 0, up.stderr);
  const kept = new Set(cluster.json('-n', 'my-app', 'get', 'cm').items.map((one: any) => one.metadata.name));
  assert.deepEqual(
    acknowledged.filter((name) => !kept.has(name)),
    [],
  );
  await new Promise((resolve) => setTimeout(resolve, 3000));
  assert.deepEqual(
    pods(api).map((pod) => [pod.metadata.name, pod.status.containerStatuses[0].containerID]),
    before,
  );
});

test('down leaves nothing behind', options, async () => {
  const down = cluster.skiff('down');
  assert.equal(down.status, 0, down.stderr);
  const { spawnSync } = await import('node:child_process');
  const leftovers = spawnSync(
    'sh',
    [
      '-c',
      'ip link show skiff0 2>/dev/null; nft list tables | grep skiff; ps -eo stat=,args= | grep -v ^Z | grep [c]ontainerd-shim; find /sys/fs/cgroup -maxdepth 2 -name kubepods; ls /run/netns 2>/dev/null | grep cni-',
    ],
    { encoding: 'utf8' },
  );
  assert.equal(leftovers.stdout, '');
});
