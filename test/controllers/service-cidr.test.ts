import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Service } from '../../src/kinds/core/service.ts';
import { IPAddress } from '../../src/kinds/networking/ip-address.ts';
import { ServiceCIDR } from '../../src/kinds/networking/service-cidr.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

test('a ServiceCIDR is ready, gives addresses, and does not go while one of them is in use', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 0 });
  const { client } = cluster;
  const key = { name: 'more' };
  const found = () => client.get(ServiceCIDR, key).catch(() => undefined);
  const isReady = async (status: string) => (await found())?.status.conditions?.find((one) => one.type === 'Ready')?.status === status;
  const serve = (name: string, clusterIP: string) =>
    client.create(Service, { metadata: { name, namespace: 'default' }, spec: { clusterIP, ports: [{ port: 80 }] } });
  await assert.rejects(serve('web', '10.97.0.9'), /the provided network does not match the current range/);

  await client.create(ServiceCIDR, { metadata: key, spec: { cidrs: ['10.97.0.0/24'] } });
  await cluster.until('it is ready', () => isReady('True'));
  assert.deepEqual((await found())?.metadata.finalizers, ['networking.k8s.io/service-cidr-finalizer']);
  await serve('web', '10.97.0.9');
  await client.delete(ServiceCIDR, key);
  await cluster.until('it is kept', () => isReady('False'));
  await cluster.advance(30_000);
  const kept = await found();
  assert.equal(
    kept?.status.conditions?.[0]?.message,
    'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
  );
  await assert.rejects(serve('late', '10.97.0.10'), /the provided network does not match the current range/);

  await client.delete(Service, { namespace: 'default', name: 'web' });
  await cluster.until('it goes', async () => (await found()) === undefined);
  assert.deepEqual((await client.list(IPAddress)).items.map(({ metadata }) => metadata.name).sort(), ['10.96.0.1']);
});

test('a ServiceCIDR whose addresses another one holds may go', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 0 });
  const { client } = cluster;
  const ranges = { small: '10.98.0.0/24', large: '10.98.0.0/16' };
  for (const [name, cidr] of Object.entries(ranges)) await client.create(ServiceCIDR, { metadata: { name }, spec: { cidrs: [cidr] } });
  await cluster.until('both are ready', async () =>
    (await client.list(ServiceCIDR)).items.every(({ status }) => status.conditions?.[0]?.status === 'True'),
  );
  await client.create(Service, {
    metadata: { name: 'web', namespace: 'default' },
    spec: { clusterIP: '10.98.0.9', ports: [{ port: 80 }] },
  });
  await client.delete(ServiceCIDR, { name: 'small' });
  await cluster.advance(5000);
  assert.equal((await client.list(ServiceCIDR)).items.length, 3, 'allocators are told first');
  await cluster.until('it goes', async () => (await client.list(ServiceCIDR)).items.length === 2);
});
