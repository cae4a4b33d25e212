import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Endpoints } from '../../src/kinds/core/endpoints.ts';
import { Service } from '../../src/kinds/core/service.ts';
import { EndpointSlice } from '../../src/kinds/discovery/endpoint-slice.ts';
import { SimulatedCluster } from '../../src/testing/simulated-cluster.ts';

const namespace = 'default';
const labelSelector = 'kubernetes.io/service-name=web';

test('Endpoints of a service without a selector are mirrored, as long as both are there', async () => {
  await using cluster = await SimulatedCluster.start({ nodes: 0 });
  const { client } = cluster;
  const slices = async () => (await client.list(EndpointSlice, { namespace, labelSelector })).items;
  const shows = (...wanted: string[]) =>
    cluster.until(wanted.join() || 'nothing', async () => {
      const found = (await slices()).flatMap(({ endpoints }) => endpoints.flatMap(({ addresses }) => addresses));
      return found.sort().join() === wanted.join();
    });
  const key = { namespace, name: 'web' };
  const subsets = (...ips: string[]) => [{ addresses: ips.map((ip) => ({ ip })), ports: [{ name: 'http', port: 80 }] }];
  await client.create(Service, { metadata: key, spec: { ports: [{ name: 'http', port: 80 }] } });
  await client.create(Endpoints, { metadata: { ...key, labels: { own: 'yes' } }, subsets: subsets('192.0.2.1') });
  await shows('192.0.2.1');
  const [slice] = await slices();
  assert.deepEqual(slice?.metadata.labels, { ...slice?.metadata.labels, own: 'yes' });
  assert.equal(slice?.metadata.ownerReferences?.[0]?.kind, 'Endpoints');
  await client.patch(Endpoints, key, 'merge', { subsets: subsets('192.0.2.1', '192.0.2.2') });
  await shows('192.0.2.1', '192.0.2.2');
  assert.equal((await slices())[0]?.metadata.uid, slice?.metadata.uid);
  await client.delete(EndpointSlice, slice!.metadata);
  await shows('192.0.2.1', '192.0.2.2');

  const skip = (value: string | null) => ({ metadata: { labels: { 'endpointslice.kubernetes.io/skip-mirror': value } } });
  await client.patch(Endpoints, key, 'merge', skip('true'));
  await shows();
  await client.patch(Endpoints, key, 'merge', skip(null));
  await shows('192.0.2.1', '192.0.2.2');
  await client.delete(Endpoints, key);
  await shows();
});
