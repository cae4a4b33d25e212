import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from '../helpers/cluster.ts';
import { kill, leftovers, nodeProcesses, pidIn } from '../helpers/machine.ts';
import { containerStatus, forever, image, isReady, pod } from '../helpers/samples.ts';

/** Needs root and Debian's node packages: what happens to a real node when its parts are killed. In order; each finds what the one before left. */
const isPossible = process.getuid?.() === 0;
const cluster = new TestCluster(6443);
const ask = (...args: string[]) => cluster.ask(...args);
const serverPid = () => pidIn(join(cluster.env.SKIFF_HOME!, 'skiff.pid'));
const containerdPid = () => pidIn('/run/skiff/containerd.pid');

const load =
  'ok=0; bad=0; while [ ! -e /tmp/stop ]; do if timeout 5 wget -qO- http://web >/dev/null 2>&1; then ok=$((ok+1)); elif [ $ok -gt 0 ]; then bad=$((bad+1)); fi; sleep 0.05; done; echo "ok=$ok bad=$bad" > /tmp/result';
const objects = [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'api',
              image,
              env: [{ name: 'DRAIN_SECONDS', value: '0' }],
              readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
              livenessProbe: { exec: { command: ['test', '-e', '/app/run'] }, periodSeconds: 2 },
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
  },
  // Not by exec: that ends with the containerd that carries it.
  pod('client', `${load}; ${forever}`),
  pod(
    'keeper',
    forever,
    {
      volumes: [
        { name: 'disk', emptyDir: {} },
        { name: 'memory', emptyDir: { medium: 'Memory' } },
      ],
    },
    {
      ports: [{ containerPort: 80, hostPort: 18085 }],
      volumeMounts: [
        { name: 'disk', mountPath: '/disk' },
        { name: 'memory', mountPath: '/memory' },
      ],
    },
  ),
];

describe('a node whose parts are killed', { skip: !isPossible && 'needs root' }, () => {
  before(async () => {
    const up = cluster.up();
    assert.equal(up.status, 0, up.stderr);
    cluster.skiff('image', 'pack', 'examples/my-api/v1', '-t', 'my-api:v1');
    await cluster.until('there is an account for pods', () => cluster.get('serviceaccount', 'default'));
    await cluster.apply(...objects);
    await ask('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s');
    await ask('exec', 'keeper', '--', 'sh', '-c', 'echo kept > /disk/file; echo lost > /memory/file');
  });
  after(() => cluster[Symbol.asyncDispose]());

  const lives = async () =>
    (await cluster.get('pods')).items
      .flatMap((one: any) =>
        one.status.containerStatuses.map((status: any) => `${one.metadata.name} ${status.containerID} ${status.restartCount}`),
      )
      .sort();
  const nodeSays = async () => (await cluster.get('nodes')).items[0].status.conditions.find((one: any) => one.type === 'Ready');

  test('containerd killed under load: no container restarts, no request is lost, and work goes on', async () => {
    const before = await lives();
    for (let round = 0; round < 3; round++) {
      const pid = containerdPid();
      kill([pid]);
      await cluster.until(
        'another containerd runs',
        async () => containerdPid() !== pid && (await cluster.run(['exec', 'client', '--', 'true'])).code === 0,
      );
    }
    await ask('exec', 'client', '--', 'touch', '/tmp/stop');
    const result = await cluster.until(
      'the load has ended',
      async () => (await cluster.run(['exec', 'client', '--', 'cat', '/tmp/result'])).stdout,
    );
    assert.match(result, /ok=[1-9]\d* bad=0/);
    assert.deepEqual(await lives(), before);
    await cluster.apply(pod('later', forever));
    await cluster.until('a new pod starts', async () => isReady(await cluster.get('pod', 'later')));
    await ask('delete', 'pod', 'later', '--now');
  });

  test('containerd that hangs makes the node NotReady, and Ready once it works again; nothing restarts', async () => {
    const before = await lives();
    const pid = containerdPid();
    kill([pid], 'SIGSTOP');
    try {
      const ready = await cluster.until('the node is NotReady', async () => {
        const found = await nodeSays();
        return found.status === 'False' && found;
      });
      assert.match(ready.message, /container runtime is down/);
    } finally {
      kill([pid], 'SIGCONT');
    }
    await cluster.until('the node is Ready', async () => (await nodeSays()).status === 'True');
    await cluster.until('taints are gone', async () => (await cluster.get('nodes')).items[0].spec.taints === undefined);
    await cluster.until('pods are ready', async () => (await cluster.get('pods')).items.every(isReady));
    assert.deepEqual(await lives(), before);
  });

  test('a second server refuses to share the folder or the machine', async () => {
    const again = cluster.skiff('run', '--port', '16444');
    assert.equal(again.status, 1);
    assert.match(again.stderr, /a server already runs on .* \(process \d+\); "skiff down" stops it/);
    const other = new TestCluster(16444);
    try {
      const second = other.up();
      assert.equal(second.status, 1);
      assert.match(second.stderr, /this machine is already the node of the cluster in .*state.*down/);
      assert.equal(other.skiff('down').status, 0);
    } finally {
      rmSync(other.home, { recursive: true, force: true });
    }
    assert.equal((await nodeSays()).status, 'True');
    assert.equal((await cluster.run(['exec', 'client', '--', 'true'])).code, 0);
  });

  test('a shim that is killed takes its pod along, which is then started anew', async () => {
    const found = await cluster.get('pod', 'client');
    const id = containerStatus(found).containerID.replace('containerd://', '');
    const pids = nodeProcesses().filter((pid) => spawnSync('grep', ['-q', id, `/proc/${pid}/cgroup`]).status === 0);
    assert.ok(pids.length > 0);
    const parents = new Set(
      pids.map((pid) => Number(/^PPid:\s+(\d+)/m.exec(spawnSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8' }).stdout)?.[1])),
    );
    kill([...parents].filter((parent) => parent > 1 && !pids.includes(parent)));
    await cluster.until('it runs again', async () => {
      const now = await cluster.get('pod', 'client');
      return containerStatus(now).containerID !== containerStatus(found).containerID && isReady(now);
    });
    assert.equal((await cluster.run(['exec', 'client', '--', 'true'])).code, 0);
  });

  test('a reboot: everything comes back, with the data on disk', async () => {
    const before = (await cluster.get('pods')).items;
    kill([serverPid(), containerdPid()]);
    kill(nodeProcesses());
    await cluster.until('all processes are gone', () => nodeProcesses().length === 0);
    spawnSync('sh', [
      '-c',
      'rm -rf /run/skiff; ip link delete skiff0; nft delete table inet skiff; find /sys/fs/cgroup -mindepth 2 -depth -type d -path "*kubepods*" -exec rmdir {} +',
    ]);
    const up = cluster.up();
    assert.equal(up.status, 0, up.stderr);
    const after = await cluster.until('all pods are ready', async () => {
      const { items } = await cluster.get('pods');
      return (
        items.every((one: any) => isReady(one) && one.status.containerStatuses.every((status: any) => status.restartCount > 0)) && items
      );
    });
    const identity = (one: any) => `${one.metadata.name} ${one.metadata.uid} ${one.status.containerStatuses[0].restartCount}`;
    const expected = before.map(
      (one: any) => `${one.metadata.name} ${one.metadata.uid} ${one.status.containerStatuses[0].restartCount + 1}`,
    );
    assert.deepEqual(after.map(identity).sort(), expected.sort());
    assert.equal(await ask('exec', 'keeper', '--', 'cat', '/disk/file'), 'kept\n');
    assert.notEqual((await cluster.run(['exec', 'keeper', '--', 'cat', '/memory/file'])).code, 0);
    assert.match(await ask('exec', 'client', '--', 'wget', '-qO-', 'http://web'), /my-api v1/);
    const last = containerStatus(after.find((one: any) => one.metadata.name === 'keeper')).lastState.terminated;
    assert.equal(last.exitCode, 255);
  });

  test('down after the server was killed leaves nothing, and what was there comes back with up', async () => {
    kill([serverPid()]);
    await cluster.until('it is gone', () => cluster.skiff('status').status === 1);
    const down = cluster.skiff('down');
    assert.equal(down.status, 0, down.stderr);
    assert.equal(leftovers(), '');
    const up = cluster.up();
    assert.equal(up.status, 0, up.stderr);
    await cluster.until('all pods are ready', async () => (await cluster.get('pods')).items.every(isReady));
  });

  test('down after everything but the containers was killed leaves nothing', async () => {
    kill([serverPid(), containerdPid(), pidIn('/run/skiff/keeper.pid')]);
    const down = cluster.skiff('down');
    assert.equal(down.status, 0, down.stderr);
    assert.equal(leftovers(), '');
    assert.equal(cluster.skiff('down').status, 0);
  });

  test('down after the folder of the cluster was emptied leaves nothing', async () => {
    const up = cluster.up();
    assert.equal(up.status, 0, up.stderr);
    kill([serverPid()]);
    await cluster.until('it is gone', () => cluster.skiff('status').status === 1);
    for (const name of ['options.json', 'skiff.pid']) rmSync(join(cluster.env.SKIFF_HOME!, name), { force: true });
    const down = cluster.skiff('down');
    assert.equal(down.status, 0, down.stderr);
    assert.equal(leftovers(), '');
  });
});
