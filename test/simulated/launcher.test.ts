import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TestCluster } from '../helpers/cluster.ts';

/** The launcher and the real kubectl over simulated nodes: what a user without root gets. */
const cluster = new TestCluster(16443);
after(() => cluster[Symbol.asyncDispose]());

test('up gives Ready nodes, a Deployment runs on them, down ends it', async () => {
  const up = cluster.up('--nodes', 'simulated:3');
  assert.equal(up.status, 0, up.stderr);
  assert.equal(cluster.json('get', 'nodes').items.length, 3);
  cluster.kubectl('create', 'namespace', 'shop');
  cluster.kubectl('-n', 'shop', 'create', 'deployment', 'web', '--image=web:v1', '--replicas=6');
  cluster.kubectl('-n', 'shop', 'rollout', 'status', 'deploy/web', '--timeout=60s');
  const pods = cluster.json('-n', 'shop', 'get', 'pods').items as any[];
  assert.equal(new Set(pods.map((pod) => pod.spec.nodeName)).size, 3);
  assert.ok(pods.every((pod) => pod.status.conditions.find((one: any) => one.type === 'Ready').reason === undefined));
  assert.equal(cluster.skiff('status').status, 0);
  assert.equal(cluster.skiff('down').status, 0);
  assert.equal(cluster.skiff('status').status, 1);
});

test('what was there is there again after a stop and a start', async () => {
  assert.equal(cluster.up('--nodes', 'simulated:3').status, 0);
  await cluster.until('the pods run', () => (cluster.json('-n', 'shop', 'get', 'deploy', 'web').status.readyReplicas ?? 0) === 6);
});

test('what cannot start says why and leaves nothing that runs', async () => {
  const other = new TestCluster(cluster.port);
  const taken = other.up('--nodes', 'simulated:1');
  assert.equal(taken.status, 1);
  assert.match(taken.stderr, /the API cannot listen on 127\.0\.0\.1:16443: .*EADDRINUSE.*\nChoose another port with --port\./);
  assert.equal(other.skiff('status').status, 1);
  const again = cluster.skiff('run', '--nodes', 'simulated:1', '--port', '16999');
  assert.equal(again.status, 1);
  assert.match(again.stderr, /a server already runs on .* \(process \d+\); "skiff down" stops it/);
  assert.equal(cluster.skiff('status').status, 0);
  await other[Symbol.asyncDispose]();
});

test('of two that start together one wins', async () => {
  const pair = new TestCluster(16446);
  const results = await Promise.all([1, 2].map(() => pair.skiffAsync('up', '--nodes', 'simulated:1', '--port', '16446')));
  assert.ok(results.some(({ code }) => code === 0));
  assert.equal(pair.skiff('status').status, 0);
  await pair[Symbol.asyncDispose]();
});

test('wrong words get an answer that helps', () => {
  assert.match(cluster.skiff('up', '--nodes', 'nonsense').stderr, /--nodes must be local or simulated:N/);
  assert.match(cluster.skiff('image', 'pack').stderr, /usage: skiff image pack/);
  assert.match(cluster.skiff('nonsense').stderr, /unknown command/);
});
