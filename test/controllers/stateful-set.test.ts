import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControllerRevision } from '../../src/kinds/apps/controller-revision.ts';
import { StatefulSet } from '../../src/kinds/apps/stateful-set.ts';
import { Event } from '../../src/kinds/core/event.ts';
import { PersistentVolumeClaim } from '../../src/kinds/core/persistent-volume-claim.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';
const key = { namespace, name: 'db' };
const labels = { app: 'db' };
const template = (image: string) => ({ metadata: { labels }, spec: { containers: [{ name: 'db', image }] } });
const set = (spec: object = {}) =>
  ({
    metadata: { name: 'db', namespace },
    spec: { replicas: 3, serviceName: 'db', selector: { matchLabels: labels }, template: template('db:1'), ...spec },
  }) as never;

const podNames = async ({ client }: SimulatedCluster) =>
  (await client.list(Pod, { namespace })).items.map(({ metadata }) => metadata.name).sort();
const images = async ({ client }: SimulatedCluster) =>
  (await client.list(Pod, { namespace })).items
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata, spec }) => `${metadata.name}=${spec.containers[0]!.image}`)
    .sort();
const complete = (cluster: SimulatedCluster, replicas: number): Promise<StatefulSet> =>
  cluster.until('the set is complete', async () => {
    const found = await cluster.client.get(StatefulSet, key);
    const { status, metadata } = found;
    const counts = [status.replicas, status.readyReplicas ?? 0, status.updatedReplicas ?? 0, status.availableReplicas];
    const done = status.observedGeneration === metadata.generation && counts.every((count) => count === replicas);
    return done && status.currentRevision === status.updateRevision && found;
  });

test('pods of a StatefulSet come one after the other, and go in the opposite order', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(StatefulSet, set({ ordinals: { start: 5 } }));
  const orders: string[] = [];
  const watch = async () => {
    const names = (await podNames(cluster)).join();
    if (orders.at(-1) !== names) orders.push(names);
  };
  await cluster.until('all are there', async () => {
    await watch();
    return (await client.get(StatefulSet, key)).status.readyReplicas === 3;
  });
  assert.deepEqual(orders.filter(Boolean), ['db-5', 'db-5,db-6', 'db-5,db-6,db-7']);
  const pod = await client.get(Pod, { namespace, name: 'db-6' });
  const revision = (await client.get(StatefulSet, key)).status.updateRevision!;
  assert.deepEqual(pod.metadata.labels, {
    ...labels,
    'apps.kubernetes.io/pod-index': '6',
    'controller-revision-hash': revision,
    'statefulset.kubernetes.io/pod-name': 'db-6',
  });
  const [stored] = (await client.list(ControllerRevision, { namespace })).items;
  assert.equal(`db-${stored!.metadata.labels?.['controller.kubernetes.io/hash']}`, revision);
  assert.deepEqual([pod.spec.hostname, pod.spec.subdomain], ['db-6', 'db']);
  await client.patch(StatefulSet, key, 'merge', { spec: { replicas: 1 } });
  orders.length = 0;
  await cluster.until('one is left', async () => {
    await watch();
    return (await client.get(StatefulSet, key)).status.replicas === 1 && (await podNames(cluster)).length === 1;
  });
  assert.deepEqual(orders.slice(-2), ['db-5,db-6', 'db-5']);
  const { items } = await client.list(Event, { namespace });
  const messages = items.filter(({ involvedObject }) => involvedObject.kind === 'StatefulSet').map(({ message }) => message);
  assert.ok(messages.includes('Create Pod db-5 in StatefulSet db successful'));
  assert.ok(messages.includes('Delete Pod db-7 in StatefulSet db successful'));
});

test('a StatefulSet rolls over from the highest pod down to the partition, and back', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  await client.create(StatefulSet, set());
  const first = (await complete(cluster, 3)).status.updateRevision!;
  await client.patch(StatefulSet, key, 'merge', {
    spec: { template: template('db:2'), updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } },
  });
  await cluster.until('the canary', async () => (await images(cluster)).includes('db-2=db:2'));
  await cluster.advance(60_000);
  assert.deepEqual(await images(cluster), ['db-0=db:1', 'db-1=db:1', 'db-2=db:2']);
  const { status } = await client.get(StatefulSet, key);
  assert.deepEqual([status.currentRevision, status.currentReplicas, status.updatedReplicas], [first, 2, 1]);
  assert.notEqual(status.updateRevision, first);
  await client.delete(Pod, { namespace, name: 'db-0' });
  await cluster.until('it comes back as it was', async () => (await images(cluster)).includes('db-0=db:1'));
  await client.patch(StatefulSet, key, 'merge', { spec: { updateStrategy: { rollingUpdate: { partition: 0 } } } });
  await complete(cluster, 3);
  assert.deepEqual(await images(cluster), ['db-0=db:2', 'db-1=db:2', 'db-2=db:2']);
  await client.patch(StatefulSet, key, 'merge', { spec: { template: template('db:1') } });
  assert.equal((await complete(cluster, 3)).status.currentRevision, first);
  const revisions = (await client.list(ControllerRevision, { namespace })).items;
  assert.deepEqual(revisions.map(({ revision }) => revision).sort(), [2, 3]);
});

test('in parallel nothing waits, and with OnDelete pods are replaced when they are deleted', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  const broken = {
    ...template('db:1'),
    spec: { containers: [{ name: 'db', image: 'db:1', readinessProbe: { exec: { command: ['x'] }, initialDelaySeconds: 3600 } }] },
  };
  await client.create(StatefulSet, set({ podManagementPolicy: 'Parallel', template: broken, updateStrategy: { type: 'OnDelete' } }));
  await cluster.until('all are there', async () => (await podNames(cluster)).length === 3);
  assert.equal((await client.get(StatefulSet, key)).status.readyReplicas ?? 0, 0);
  await client.patch(StatefulSet, key, 'merge', { spec: { template: template('db:2') } });
  await cluster.advance(30_000);
  assert.equal((await images(cluster)).join(), 'db-0=db:1,db-1=db:1,db-2=db:1');
  await client.delete(Pod, { namespace, name: 'db-1' });
  await cluster.until('a new one', async () => (await images(cluster)).join() === 'db-0=db:1,db-1=db:2,db-2=db:1');
});

test('claims of a StatefulSet stay, or go with the pod or the set', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  const claim = { metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
  const claims = async () => (await client.list(PersistentVolumeClaim, { namespace })).items;
  const owners = async () =>
    (await claims()).map(({ metadata }) => `${metadata.name}:${(metadata.ownerReferences ?? []).map(({ kind }) => kind).join()}`).sort();
  await client.create(StatefulSet, set({ podManagementPolicy: 'Parallel', volumeClaimTemplates: [claim] }));
  await cluster.until('pods', async () => (await podNames(cluster)).length === 3);
  assert.deepEqual(await owners(), ['data-db-0:', 'data-db-1:', 'data-db-2:']);
  assert.deepEqual((await claims())[0]!.metadata.labels, labels);
  const pod = await client.get(Pod, { namespace, name: 'db-2' });
  assert.deepEqual(pod.spec.volumes?.[0], { name: 'data', persistentVolumeClaim: { claimName: 'data-db-2' } });
  const policy = { whenScaled: 'Delete', whenDeleted: 'Delete' };
  await client.patch(StatefulSet, key, 'merge', { spec: { persistentVolumeClaimRetentionPolicy: policy } });
  await cluster.until('the set owns them', async () => (await owners()).every((owner) => owner.endsWith(':StatefulSet')));
  await client.patch(StatefulSet, key, 'merge', { spec: { replicas: 2 } });
  await cluster.until('the pod took its claim along', async () =>
    (await claims()).every(({ metadata }) => metadata.name !== 'data-db-2' || metadata.deletionTimestamp !== undefined),
  );
});
