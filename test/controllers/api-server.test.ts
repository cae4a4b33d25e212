import assert from 'node:assert/strict';
import { test } from 'node:test';
import { APIService } from '../../src/kinds/apiregistration/api-service.ts';
import { Event } from '../../src/kinds/core/event.ts';
import { Service } from '../../src/kinds/core/service.ts';
import { FlowSchema } from '../../src/kinds/flowcontrol/flow-schema.ts';
import { PriorityLevelConfiguration } from '../../src/kinds/flowcontrol/priority-level-configuration.ts';
import { IPAddress } from '../../src/kinds/networking/ip-address.ts';
import { ServiceCIDR } from '../../src/kinds/networking/service-cidr.ts';
import { registerApiServices } from '../../src/server/controllers/lib/api-services.ts';
import { ensureFlowControl } from '../../src/server/controllers/lib/flow-control.ts';
import { TestControlPlane } from '../helpers/control-plane.ts';

const namespace = 'app';
const dangling = async ({ client }: TestControlPlane, name: string) =>
  (await client.get(FlowSchema, { name })).status.conditions?.find(({ type }) => type === 'Dangling');

test('the API server makes its own objects, and keeps them', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  const range = await client.get(ServiceCIDR, { name: 'kubernetes' });
  assert.deepEqual(range.spec.cidrs, ['10.96.0.0/16']);
  assert.equal(range.status.conditions?.[0]?.message, 'Kubernetes default Service CIDR is ready');
  assert.equal((await client.get(IPAddress, { name: '10.96.0.1' })).spec.parentRef?.name, 'kubernetes');

  await plane.until('local APIServices', async () => {
    const services = (await client.list(APIService)).items;
    return services.length > 10 && services.every(({ status }) => status.conditions?.[0]?.reason === 'Local');
  });
  assert.equal((await client.get(APIService, { name: 'v1.apps' })).spec.groupPriorityMinimum, 17_800);
  const stale = { group: 'gone.example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 10 };
  const labels = { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' };
  await client.create(APIService, { metadata: { name: 'v1.gone.example.com', labels }, spec: stale });
  await client.patch(APIService, { name: 'v1.apps' }, 'merge', { spec: { versionPriority: 99 } });
  await registerApiServices(client, [FlowSchema, Service]);
  assert.deepEqual((await client.list(APIService)).items.map(({ metadata }) => metadata.name).sort(), [
    'v1.',
    'v1.flowcontrol.apiserver.k8s.io',
  ]);

  await plane.until('what flow schemas lead to', async () => (await dangling(plane, 'global-default'))?.reason === 'Found');
  await client.create(FlowSchema, { metadata: { name: 'lost' }, spec: { priorityLevelConfiguration: { name: 'nowhere' } } });
  await plane.until('the schema that leads nowhere', async () => (await dangling(plane, 'lost'))?.status === 'True');
  const limited = { type: 'Limited', limited: { limitResponse: { type: 'Reject' } } };
  await client.create(PriorityLevelConfiguration, { metadata: { name: 'nowhere' }, spec: limited });
  await plane.until('the level it leads to', async () => (await dangling(plane, 'lost'))?.status === 'False');
});

test('bootstrap objects of flow control are kept as far as their owners want it', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  const shares = async (name: string) => (await client.get(PriorityLevelConfiguration, { name })).spec.limited?.nominalConcurrencyShares;
  const setShares = (name: string, value: number, said?: string) =>
    client.patch(PriorityLevelConfiguration, { name }, 'merge', {
      metadata: { annotations: { 'apf.kubernetes.io/autoupdate-spec': said ?? null } },
      spec: { limited: { nominalConcurrencyShares: value } },
    });
  await setShares('workload-low', 7, 'true');
  await setShares('workload-high', 8, 'false');
  await setShares('leader-election', 9);
  await client
    .patch(FlowSchema, { name: 'catch-all' }, 'merge', {
      metadata: { annotations: { 'apf.kubernetes.io/autoupdate-spec': 'false' } },
      spec: { matchingPrecedence: 9999 },
    })
    .catch(() => undefined);
  await client.delete(FlowSchema, { name: 'probes' });
  const foreign = { priorityLevelConfiguration: { name: 'workload-low' } };
  const annotated = (said: string) => ({ annotations: { 'apf.kubernetes.io/autoupdate-spec': said } });
  await client.create(FlowSchema, { metadata: { name: 'ours', ...annotated('false') }, spec: foreign });
  await client.create(FlowSchema, { metadata: { name: 'unwanted', ...annotated('true') }, spec: foreign });
  await ensureFlowControl(client);
  assert.deepEqual([await shares('workload-low'), await shares('workload-high'), await shares('leader-election')], [100, 8, 9]);
  const { metadata } = await client.get(PriorityLevelConfiguration, { name: 'leader-election' });
  assert.equal(metadata.annotations?.['apf.kubernetes.io/autoupdate-spec'], 'false');
  const names = (await client.list(FlowSchema)).items.map(({ metadata: { name } }) => name);
  assert.ok(names.includes('probes') && names.includes('ours') && !names.includes('unwanted'), names.join());
  const catchAll = await client.get(FlowSchema, { name: 'catch-all' });
  assert.deepEqual([catchAll.spec.matchingPrecedence, catchAll.metadata.annotations], [10_000, annotated('true').annotations]);
});

test('addresses of services and their objects are kept in step', async () => {
  await using plane = await TestControlPlane.start(namespace);
  const { client } = plane;
  const { spec } = await client.create(Service, { metadata: { name: 'web', namespace }, spec: { ports: [{ port: 80 }] } });
  const address = { name: spec.clusterIP! };
  const { metadata } = await client.get(IPAddress, address);
  await client.delete(IPAddress, address);
  const remade = await plane.until('the object again', () => client.get(IPAddress, address).catch(() => undefined));
  assert.notEqual(remade.metadata.uid, metadata.uid);
  assert.equal(remade.spec.parentRef?.name, 'web');
  await plane.until('the event', async () =>
    (await client.list(Event, { namespace })).items.some(
      ({ reason, message }) =>
        reason === 'ClusterIPNotAllocated' && message === `Cluster IP [IPv4]: ${address.name} is not allocated; repairing`,
    ),
  );
  await client.delete(IPAddress, address);
  const parentRef = { resource: 'services', namespace, name: 'another' };
  await client.create(IPAddress, { metadata: { ...address, labels: metadata.labels }, spec: { parentRef } }).catch(() => undefined);
  await plane.until(
    'the right owner',
    async () => (await client.get(IPAddress, address).catch(() => undefined))?.spec.parentRef?.name === 'web',
  );
  const lost = { name: '10.96.77.77', labels: metadata.labels };
  await client.create(IPAddress, { metadata: lost, spec: { parentRef: { resource: 'pods', namespace, name: 'p' } } });
  await plane.until(
    'what refers to no service to go',
    async () => (await client.get(IPAddress, lost).catch(() => undefined)) === undefined,
  );
});
