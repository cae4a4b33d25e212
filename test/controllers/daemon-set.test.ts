import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControllerRevision } from '../../src/kinds/apps/controller-revision.ts';
import { DaemonSet } from '../../src/kinds/apps/daemon-set.ts';
import { Event } from '../../src/kinds/core/event.ts';
import { Node } from '../../src/kinds/core/node.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { isPodReady } from '../../src/controllers/lib/pods.ts';
import type { FakeRuntime } from '../../src/kubelet/runtime-fake.ts';
import { type Runtime, RuntimeError } from '../../src/kubelet/runtime.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';
const key = { namespace, name: 'agent' };
const labels = { app: 'agent' };
const template = (image: string, spec: object = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: 'agent', image }], ...spec },
});
const set = (spec: object = {}) =>
  ({
    metadata: { name: 'agent', namespace },
    spec: { selector: { matchLabels: labels }, template: template('agent:1'), ...spec },
  }) as never;

const placed = async ({ client }: SimulatedCluster) =>
  (await client.list(Pod, { namespace })).items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ spec }) => `${spec.nodeName}=${spec.containers[0]!.image}`)
    .sort();
const complete = (cluster: SimulatedCluster, count: number): Promise<DaemonSet> =>
  cluster.until('the set is complete', async () => {
    const found = await cluster.client.get(DaemonSet, key);
    const { status, metadata } = found;
    const counts = [
      status.desiredNumberScheduled,
      status.updatedNumberScheduled ?? 0,
      status.numberAvailable ?? 0,
      status.currentNumberScheduled,
    ];
    return status.observedGeneration === metadata.generation && counts.every((each) => each === count) && found;
  });

test('a DaemonSet runs on every node that is fit for it', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 3 });
  const { client } = cluster;
  await client.create(DaemonSet, set());
  await complete(cluster, 3);
  assert.deepEqual(await placed(cluster), ['simulated-1=agent:1', 'simulated-2=agent:1', 'simulated-3=agent:1']);
  const [pod] = (await client.list(Pod, { namespace })).items;
  assert.deepEqual(pod!.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms, [
    { matchFields: [{ key: 'metadata.name', operator: 'In', values: [pod!.spec.nodeName] }] },
  ]);
  await client.patch(Node, { name: 'simulated-2' }, 'strategic', { spec: { unschedulable: true } });
  await cluster.advance(60_000);
  assert.equal((await placed(cluster)).length, 3);
  await client.patch(Node, { name: 'simulated-3' }, 'merge', { metadata: { labels: { disk: 'ssd' } } });
  await client.patch(DaemonSet, key, 'merge', { spec: { template: template('agent:1', { nodeSelector: { disk: 'ssd' } }) } });
  await complete(cluster, 1);
  await cluster.until('only one is left', async () => (await placed(cluster)).join() === 'simulated-3=agent:1');
  const taint = { key: 'gpu', value: 'yes', effect: 'NoExecute' };
  await client.patch(Node, { name: 'simulated-3' }, 'merge', { spec: { taints: [taint] } });
  await cluster.until('none is left', async () => (await placed(cluster)).length === 0);
  assert.equal((await client.get(DaemonSet, key)).status.desiredNumberScheduled, 0);
});

test('a DaemonSet rolls over one node at a time, and back to a former revision', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 3 });
  const { client } = cluster;
  await client.create(DaemonSet, set());
  await complete(cluster, 3);
  await client.patch(DaemonSet, key, 'merge', { spec: { template: template('agent:2') } });
  let worst = 3;
  await cluster.until('all are new', async () => {
    const { status, metadata } = await client.get(DaemonSet, key);
    if (status.observedGeneration !== metadata.generation) return false;
    worst = Math.min(worst, status.numberAvailable ?? 0);
    return status.updatedNumberScheduled === 3 && status.numberAvailable === 3;
  });
  assert.equal(worst, 2);
  assert.equal((await client.get(DaemonSet, key)).metadata.annotations?.['deprecated.daemonset.template.generation'], '2');
  await client.patch(DaemonSet, key, 'merge', { spec: { template: template('agent:1') } });
  await complete(cluster, 3);
  const revisions = (await client.list(ControllerRevision, { namespace })).items;
  assert.deepEqual(revisions.map(({ revision }) => revision).sort(), [2, 3]);
  const pods = (await client.list(Pod, { namespace })).items;
  const current = revisions.find(({ revision }) => revision === 3)!.metadata.labels?.['controller-revision-hash'];
  assert.ok(pods.every(({ metadata }) => metadata.labels?.['controller-revision-hash'] === current));
});

test('going back from a template that does not start restarts nothing that runs', async () => {
  const aroundRuntime = (runtime: FakeRuntime): Runtime => ({
    ...runtime,
    pullImage: (image, ...rest) =>
      image.includes('missing') ? Promise.reject(new RuntimeError('NotFound', 'not found')) : runtime.pullImage(image, ...rest),
  });
  await using cluster = await SimulatedCluster.start({ nodes: 3, aroundRuntime });
  const { client } = cluster;
  await client.create(DaemonSet, set());
  await complete(cluster, 3);
  const pods = async () => (await client.list(Pod, { namespace })).items;
  const before = new Set((await pods()).map(({ metadata }) => metadata.uid));
  await client.patch(DaemonSet, key, 'merge', { spec: { template: template('missing:1') } });
  await cluster.until('one is new', async () => (await placed(cluster)).some((one) => one.endsWith('missing:1')));
  await cluster.advance(60_000);
  assert.equal((await pods()).filter(({ metadata }) => before.has(metadata.uid)).length, 2);
  await client.patch(DaemonSet, key, 'merge', { spec: { template: template('agent:1') } });
  await complete(cluster, 3);
  assert.equal((await pods()).filter(({ metadata }) => before.has(metadata.uid)).length, 2);
  assert.ok((await pods()).every(({ status }) => status.containerStatuses?.[0]?.restartCount === 0));
});

test('with surge the new pod is there before the old one goes', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 2 });
  const { client } = cluster;
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  await client.create(DaemonSet, set({ updateStrategy }));
  await complete(cluster, 2);
  await client.patch(DaemonSet, key, 'merge', { spec: { template: template('agent:2') } });
  await cluster.until('all are new', async () => {
    const { status } = await client.get(DaemonSet, key);
    const ready = (await client.list(Pod, { namespace })).items.filter(isPodReady);
    assert.ok(ready.length >= 2, `ready: ${ready.length}`);
    return status.updatedNumberScheduled === 2 && (await placed(cluster)).every((one) => one.endsWith('agent:2'));
  });
});

test('a daemon pod that fails is replaced', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  await client.create(DaemonSet, set());
  await complete(cluster, 1);
  const [pod] = (await client.list(Pod, { namespace })).items;
  await client.updateStatus(Pod, { ...pod!, status: { ...pod!.status, phase: 'Failed' } });
  await cluster.until('another pod runs', async () => {
    const { items } = await client.list(Pod, { namespace });
    return items.some(({ metadata, status }) => metadata.uid !== pod!.metadata.uid && status.phase === 'Running');
  });
  const { items } = await client.list(Event, { namespace });
  assert.ok(
    items.some(({ reason, message }) => reason === 'FailedDaemonPod' && message?.includes('on node simulated-1, will try to kill it')),
  );
});

test('a revision that somebody else makes is left alone until there is something to do', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  await client.create(DaemonSet, set());
  await complete(cluster, 1);
  await cluster.advance(5_000);
  const revisions = async () => (await client.list(ControllerRevision, { namespace })).items;
  const [first] = await revisions();
  const { labels: given, annotations, ownerReferences } = first!.metadata;
  const metadata = {
    name: 'agent-other',
    namespace,
    annotations,
    ownerReferences,
    labels: { ...given, 'controller-revision-hash': 'other' },
  };
  await client.create(ControllerRevision, { metadata, data: first!.data, revision: 2 } as never);
  await cluster.advance(5_000);
  assert.equal((await revisions()).length, 2);
  await client.delete(ControllerRevision, first!.metadata);
  await cluster.advance(5_000);
  assert.deepEqual(
    (await revisions()).map((revision) => revision.metadata.name),
    ['agent-other'],
  );
});
