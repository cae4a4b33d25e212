import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNotFound } from '../../src/api/status.ts';
import type { Client } from '../../src/client/client.ts';
import { Event } from '../../src/kinds/core/event.ts';
import { PersistentVolume } from '../../src/kinds/core/persistent-volume.ts';
import { PersistentVolumeClaim } from '../../src/kinds/core/persistent-volume-claim.ts';
import { Pod } from '../../src/kinds/core/pod.ts';
import { StorageClass } from '../../src/kinds/storage/storage-class.ts';
import { VolumeAttributesClass } from '../../src/kinds/storage/volume-attributes-class.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';

const volume = (client: Client, name: string, spec: object = {}, metadata: object = {}) =>
  client.create(PersistentVolume, {
    metadata: { name, ...metadata },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: `/data/${name}` },
      storageClassName: '',
      ...spec,
    },
  } as never);
const claim = (client: Client, name: string, spec: object = {}) =>
  client.create(PersistentVolumeClaim, {
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '500Mi' } }, storageClassName: '', ...spec },
  } as never);
const volumeNow = ({ client }: SimulatedCluster, name: string) => client.get(PersistentVolume, { name });
const claimNow = ({ client }: SimulatedCluster, name: string) => client.get(PersistentVolumeClaim, { namespace, name });
const bound = (cluster: SimulatedCluster, name: string) =>
  cluster.until(`${name} is bound`, async () => {
    const found = await claimNow(cluster, name);
    return found.status.phase === 'Bound' && found;
  });
const said = (cluster: SimulatedCluster, reason: string, message: string | RegExp) =>
  cluster.until(`the event ${reason}`, async () => {
    const { items } = await cluster.client.list(Event);
    const messages = items.filter((event) => event.reason === reason).map((event) => event.message ?? '');
    return messages.some((one) => (typeof message === 'string' ? one === message : message.test(one)));
  });

test('a claim gets the smallest volume that has all it asks for, and keeps it', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  await volume(client, 'large', { capacity: { storage: '10Gi' } });
  await volume(client, 'small');
  await volume(client, 'tiny', { capacity: { storage: '100Mi' } });
  await volume(client, 'classy', { storageClassName: 'slow' });
  await volume(client, 'shared', { accessModes: ['ReadWriteMany'] });
  await claim(client, 'data');
  const found = await bound(cluster, 'data');
  assert.equal(found.spec.volumeName, 'small');
  assert.deepEqual(found.status.capacity, { storage: '1Gi' });
  assert.deepEqual(found.status.accessModes, ['ReadWriteOnce']);
  assert.equal(found.metadata.annotations?.['pv.kubernetes.io/bind-completed'], 'yes');
  assert.equal(found.metadata.annotations?.['pv.kubernetes.io/bound-by-controller'], 'yes');
  const small = await volumeNow(cluster, 'small');
  assert.equal(small.status.phase, 'Bound');
  assert.equal(small.spec.claimRef?.uid, found.metadata.uid);
  assert.equal(small.metadata.annotations?.['pv.kubernetes.io/bound-by-controller'], 'yes');
  assert.equal((await volumeNow(cluster, 'large')).status.phase, 'Available');

  await claim(client, 'more', { resources: { requests: { storage: '20Gi' } } });
  await said(cluster, 'FailedBinding', 'no persistent volumes available for this claim and no storage class is set');
  await volume(client, 'huge', { capacity: { storage: '20Gi' } });
  assert.equal((await bound(cluster, 'more')).spec.volumeName, 'huge');
});

test('many claims made at once share no volume', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  const names = Array.from({ length: 20 }, (_, index) => `v${index}`);
  await Promise.all([...names.map((name) => claim(client, name)), ...names.map((name) => volume(client, name))]);
  const claims = await Promise.all(names.map((name) => bound(cluster, name)));
  assert.equal(new Set(claims.map(({ spec }) => spec.volumeName)).size, 20);
});

test('what users set aside for each other finds together, or says why not', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  await volume(client, 'reserved', { claimRef: { namespace, name: 'mine' } });
  await claim(client, 'other');
  await claim(client, 'mine');
  assert.equal((await bound(cluster, 'mine')).spec.volumeName, 'reserved');
  assert.equal((await volumeNow(cluster, 'reserved')).metadata.annotations, undefined);
  await claim(client, 'named', { volumeName: 'later' });
  await claim(client, 'thief', { volumeName: 'reserved' });
  await said(cluster, 'FailedBinding', 'volume "reserved" already bound to a different claim.');
  await volume(client, 'later', { capacity: { storage: '1Mi' } });
  await said(cluster, 'VolumeMismatch', 'Cannot bind to requested volume "later": requested PV is too small');
  assert.equal((await claimNow(cluster, 'other')).status.phase, 'Pending');
});

test('a volume is released with its claim, and a claim is lost with its volume', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  for (const policy of ['Retain', 'Delete', 'Recycle']) {
    const name = policy.toLowerCase();
    await volume(client, name, { persistentVolumeReclaimPolicy: policy });
    await claim(client, name, { volumeName: name });
    await bound(cluster, name);
    await client.delete(PersistentVolumeClaim, { namespace, name });
  }
  const phase = async (name: string) => (await volumeNow(cluster, name)).status.phase;
  await cluster.until('all are released', async () => (await phase('retain')) === 'Released' && (await phase('recycle')) === 'Failed');
  assert.equal(await phase('delete'), 'Failed');
  const deleting = 'error getting deleter volume plugin for volume "delete": no deletable volume plugin matched';
  assert.equal((await volumeNow(cluster, 'delete')).status.message, deleting);
  await said(cluster, 'VolumeFailedDelete', deleting);
  await said(cluster, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!');

  // Given back by taking its reference away
  const { claimRef: _, ...spec } = (await volumeNow(cluster, 'retain')).spec;
  await client.update(PersistentVolume, { ...(await volumeNow(cluster, 'retain')), spec });
  await cluster.until('it is available', async () => (await phase('retain')) === 'Available');

  await claim(client, 'again');
  await bound(cluster, 'again');
  await client.delete(PersistentVolume, { name: 'retain' });
  await cluster.advance(2_000);
  assert.ok((await volumeNow(cluster, 'retain')).metadata.deletionTimestamp !== undefined, 'a bound volume is kept');
  await client.patch(PersistentVolume, { name: 'retain' }, 'merge', { metadata: { finalizers: null } });
  await cluster.until('the claim is lost', async () => (await claimNow(cluster, 'again')).status.phase === 'Lost');
  await said(cluster, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
});

test('claims wait for their first consumer, for a provisioner, or for a class', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  await claim(client, 'unknown', { storageClassName: 'fast' });
  await said(cluster, 'ProvisioningFailed', 'storageclass.storage.k8s.io "fast" not found');
  await client.create(StorageClass, { metadata: { name: 'fast' }, provisioner: 'example.com/fast' } as never);
  await said(cluster, 'ExternalProvisioning', /^Waiting for a volume to be created either by the external provisioner 'example.com\/fast'/);
  const annotations = (await claimNow(cluster, 'unknown')).metadata.annotations;
  assert.equal(annotations?.['volume.kubernetes.io/storage-provisioner'], 'example.com/fast');
  assert.equal(annotations?.['volume.beta.kubernetes.io/storage-provisioner'], 'example.com/fast');
  const { uid } = (await claimNow(cluster, 'unknown')).metadata;
  await volume(client, 'made', {
    storageClassName: 'fast',
    persistentVolumeReclaimPolicy: 'Delete',
    claimRef: { namespace, name: 'unknown', uid },
  });
  assert.equal((await bound(cluster, 'unknown')).spec.volumeName, 'made');

  const lazy = { metadata: { name: 'lazy' }, provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' };
  await client.create(StorageClass, lazy as never);
  await volume(client, 'lazy', { storageClassName: 'lazy' });
  await claim(client, 'lazy', { storageClassName: 'lazy' });
  await said(cluster, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
  assert.equal((await claimNow(cluster, 'lazy')).status.phase, 'Pending');
});

test('claims and classes of attributes that are in use outlive their deletion', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  await volume(client, 'v');
  await claim(client, 'v');
  await bound(cluster, 'v');
  const spec = {
    nodeName: 'simulated-1',
    containers: [{ name: 'c', image: 'i' }],
    volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'v' } }],
  };
  await client.create(Pod, { metadata: { name: 'user', namespace }, spec } as never);
  await client.create(VolumeAttributesClass, { metadata: { name: 'gold' }, driverName: 'example.com', parameters: { a: 'b' } } as never);
  await claim(client, 'golden', { volumeAttributesClassName: 'gold', storageClassName: 'x' });
  await cluster.advance(1_000);
  await client.delete(PersistentVolumeClaim, { namespace, name: 'v' });
  await client.delete(VolumeAttributesClass, { name: 'gold' });
  await cluster.advance(5_000);
  assert.ok((await claimNow(cluster, 'v')).metadata.deletionTimestamp !== undefined);
  assert.ok((await client.get(VolumeAttributesClass, { name: 'gold' })).metadata.deletionTimestamp !== undefined);
  const gone = (what: string, look: () => Promise<unknown>) => cluster.until(`${what} is gone`, () => look().then(() => false, isNotFound));
  await client.delete(Pod, { namespace, name: 'user' });
  await client.delete(PersistentVolumeClaim, { namespace, name: 'golden' });
  await gone('the claim', () => claimNow(cluster, 'v'));
  await gone('the class', () => client.get(VolumeAttributesClass, { name: 'gold' }));
});

test('ephemeral volumes get claims that live as long as their pod', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 1 });
  const { client } = cluster;
  const template = {
    metadata: { labels: { a: 'b' } },
    spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'none', resources: { requests: { storage: '1Mi' } } },
  };
  const pod = (name: string) =>
    client.create(Pod, {
      metadata: { name, namespace },
      spec: { containers: [{ name: 'c', image: 'i' }], volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: template } }] },
    } as never);
  await claim(client, 'second-scratch');
  const { metadata } = await pod('first');
  const found = await cluster.until('the claim', () => claimNow(cluster, 'first-scratch').catch(() => undefined));
  assert.deepEqual(found.metadata.labels, { a: 'b' });
  assert.equal(found.metadata.ownerReferences?.[0]?.uid, metadata.uid);
  await pod('second');
  await said(
    cluster,
    'FailedBinding',
    /^ephemeral volume scratch: PVC default\/second-scratch was not created for pod default\/second \(pod is not owner\)$/,
  );
  await client.delete(Pod, { namespace, name: 'first' }, { gracePeriodSeconds: 0 });
  await cluster.until('the claim is gone', () => claimNow(cluster, 'first-scratch').then(() => false, isNotFound));
});

const podWith = (client: Client, name: string, volumes: readonly object[], spec: object = {}) =>
  client.create(Pod, {
    metadata: { name, namespace },
    spec: { containers: [{ name: 'c', image: 'i' }], volumes, ...spec },
  } as never);
const ofClaim = (claimName: string) => ({ name: claimName, persistentVolumeClaim: { claimName } });
const running = (cluster: SimulatedCluster, name: string) =>
  cluster.until(`${name} runs`, async () => {
    const pod = await cluster.client.get(Pod, { namespace, name });
    return pod.status.phase === 'Running' && pod;
  });
const onNode = (name: string) => ({
  nodeAffinity: {
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }] }] },
  },
});

test('the first pod of a claim takes it to a node with a volume for it', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 3 });
  const { client } = cluster;
  const lazy = { metadata: { name: 'lazy' }, provisioner: 'kubernetes.io/no-provisioner', volumeBindingMode: 'WaitForFirstConsumer' };
  await client.create(StorageClass, lazy as never);
  await claim(client, 'data', { storageClassName: 'lazy' });
  await podWith(client, 'user', [ofClaim('data')]);
  await said(cluster, 'FailedScheduling', /3 node\(s\) didn't find available persistent volumes to bind/);
  await said(cluster, 'WaitForPodScheduled', 'waiting for pod user to be scheduled');
  await volume(client, 'disk', { storageClassName: 'lazy', local: { path: '/disk' }, hostPath: undefined, ...onNode('simulated-2') });
  assert.equal((await running(cluster, 'user')).spec.nodeName, 'simulated-2');
  assert.equal((await bound(cluster, 'data')).spec.volumeName, 'disk');
  await podWith(client, 'second', [ofClaim('data')]);
  assert.equal((await running(cluster, 'second')).spec.nodeName, 'simulated-2');
});

test('while a volume is being made the pod says where it will be', async () => {
  await using cluster = await SimulatedCluster.start();
  const { client } = cluster;
  const slow = { metadata: { name: 'slow' }, provisioner: 'example.com/slow', volumeBindingMode: 'WaitForFirstConsumer' };
  await client.create(StorageClass, slow as never);
  await claim(client, 'data', { storageClassName: 'slow' });
  await podWith(client, 'user', [ofClaim('data')]);
  const get = () => client.get(Pod, { namespace, name: 'user' });
  await cluster.until('it is nominated', async () => (await get()).status.nominatedNodeName === 'simulated-1');
  assert.equal((await get()).spec.nodeName ?? '', '');
  await cluster.until('the wait is over', async () => ((await get()).status.nominatedNodeName ?? '') === '', 900_000);
});

test('claims of the default class get a folder of the node where their pod runs, and it goes with them', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 2 });
  const { client } = cluster;
  await cluster.until('the class', () => client.get(StorageClass, { name: 'standard' }).catch(() => undefined));
  await claim(client, 'data', { storageClassName: undefined });
  assert.equal((await claimNow(cluster, 'data')).spec.storageClassName, 'standard');
  await podWith(client, 'user', [ofClaim('data')]);
  const pod = await running(cluster, 'user');
  const { spec, metadata } = await bound(cluster, 'data');
  const made = await volumeNow(cluster, spec.volumeName!);
  assert.equal(made.metadata.name, `pvc-${metadata.uid}`);
  assert.equal(made.spec.local?.path, `/var/lib/skiff/volumes/pvc-${metadata.uid}_default_data`);
  assert.deepEqual(made.spec.nodeAffinity, onNode(pod.spec.nodeName!).nodeAffinity);
  assert.equal(made.spec.persistentVolumeReclaimPolicy, 'Delete');
  await client.delete(PersistentVolumeClaim, { namespace, name: 'data' });
  await cluster.advance(5_000);
  assert.equal((await volumeNow(cluster, made.metadata.name)).status.phase, 'Bound', 'the claim is kept while the pod uses it');
  await client.delete(Pod, { namespace, name: 'user' });
  await cluster.until('the volume is gone', () => volumeNow(cluster, made.metadata.name).then(() => false, isNotFound));

  await claim(client, 'many', { storageClassName: undefined, accessModes: ['ReadWriteMany'] });
  await podWith(client, 'sharer', [ofClaim('many')]);
  const refused =
    'failed to provision volume with StorageClass "standard": only ReadWriteOnce and ReadWriteOncePod access modes are supported';
  await said(cluster, 'ProvisioningFailed', refused);
});

test('a pod with a volume of its own waits for nobody', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 2 });
  const { client } = cluster;
  const template = { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } } };
  await cluster.until('the class', () => client.get(StorageClass, { name: 'standard' }).catch(() => undefined));
  await podWith(client, 'own', [{ name: 'scratch', ephemeral: { volumeClaimTemplate: template } }]);
  await running(cluster, 'own');
  const { spec } = await bound(cluster, 'own-scratch');
  await client.delete(Pod, { namespace, name: 'own' });
  await cluster.until('the volume is gone', () => volumeNow(cluster, spec.volumeName!).then(() => false, isNotFound));
});

test('a claim for one pod makes the next one wait', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 2 });
  const { client } = cluster;
  await volume(client, 'v', { accessModes: ['ReadWriteOncePod'] });
  await claim(client, 'one', { accessModes: ['ReadWriteOncePod'] });
  await bound(cluster, 'one');
  await podWith(client, 'first', [ofClaim('one')]);
  await running(cluster, 'first');
  await podWith(client, 'second', [ofClaim('one')]);
  await said(cluster, 'FailedScheduling', /ReadWriteOncePod access mode already in-use by another pod/);
  await client.delete(Pod, { namespace, name: 'first' });
  await running(cluster, 'second');
});
