import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/clock.ts';
import { Metrics } from '../../base/metrics.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import { createClient } from '../../client/client.ts';
import { Service } from '../../kinds/core/service.ts';
import { IPAddress } from '../../kinds/networking/ip-address.ts';
import { ServiceCIDR } from '../../kinds/networking/service-cidr.ts';
import { createMemoryStore } from '../../store/memory.ts';
import type { Store } from '../../store/store.ts';
import { createServer } from '../server.ts';
import { told } from '../lib/told.ts';
import { createServiceAllocators } from './services.ts';

const identity = { user: 'tester', groups: ['system:masters'] };
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function cluster(options: { cidr?: string; nodePorts?: string; store?: Store; clock?: VirtualClock; metrics?: Metrics } = {}) {
  const clock = options.clock ?? new VirtualClock();
  const store = options.store ?? createMemoryStore({ clock });
  const abort = new AbortController();
  const common = { clock, random: seededRandom(7), log: silentLogger };
  const server = createServer({
    store,
    kinds: [Service, IPAddress, ServiceCIDR],
    ...common,
    guards(resources) {
      const { nodePorts, metrics = new Metrics() } = options;
      const allocators = createServiceAllocators({
        resources,
        ...common,
        metrics,
        signal: abort.signal,
        ...(nodePorts ? { nodePorts } : {}),
      });
      return {
        authenticator: async () => identity,
        authorizer: () => ({ decision: 'allow', reason: '' }),
        admission: { mutate: (context) => allocators.plugin.mutate!(context, undefined as never), validate: () => undefined },
        companions: allocators.companions,
        tokens: undefined as never,
        rules: { rulesFor: () => ({ rules: [], errors: [] }) },
      };
    },
    subresources: [],
    nodeConnections: undefined as never,
    dialer: undefined as never,
  });
  const client = createClient(server.transport(identity));
  const addRange = async (name: string, cidr: string, ready = true) => {
    await client.create(ServiceCIDR, { metadata: { name }, spec: { cidrs: [cidr] } });
    const conditions = [
      { type: 'Ready', status: ready ? 'True' : 'False', reason: '', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' },
    ];
    await client.patch(ServiceCIDR, { name }, 'merge', { status: { conditions } }, { subresource: 'status' });
  };
  if (options.store === undefined) await addRange('kubernetes', options.cidr ?? '10.96.0.0/16');
  const create = (name: string, spec: object, dryRun = false): Promise<Service> =>
    client.create(Service, { metadata: { name, namespace: 'a' }, spec: { ports: [{ port: 80 }], ...spec } }, dryRun ? { dryRun } : {});
  const patch = (name: string, spec: object): Promise<Service> => client.patch(Service, { namespace: 'a', name }, 'merge', { spec });
  const remove = (name: string) => client.delete(Service, { namespace: 'a', name });
  const addresses = async () => (await client.list(IPAddress)).items.map(({ metadata, spec }) => [metadata.name, spec.parentRef?.name]);
  const stop = async () => {
    abort.abort();
    await server.close();
  };
  return { client, clock, store, addRange, create, patch, remove, addresses, stop };
}

test('fills in address and families; upper part of the range first', async () => {
  const { create, stop } = await cluster();
  const { spec } = await create('web', { selector: { a: 'b' } });
  assert.match(spec.clusterIP!, /^10\.96\.\d+\.\d+$/);
  assert.ok(!spec.clusterIP!.startsWith('10.96.0.'));
  assert.deepEqual([spec.clusterIPs, spec.ipFamilies, spec.ipFamilyPolicy], [[spec.clusterIP], ['IPv4'], 'SingleStack']);
  const headless = (await create('none', { clusterIP: 'None', selector: { a: 'b' } })).spec;
  assert.deepEqual([headless.clusterIPs, headless.ipFamilies, headless.ipFamilyPolicy], [['None'], ['IPv4'], 'SingleStack']);
  const bare = (await create('bare', { clusterIP: 'None' })).spec;
  assert.deepEqual([bare.ipFamilies, bare.ipFamilyPolicy], [['IPv4', 'IPv6'], 'RequireDualStack']);
  const external = (await create('ext', { type: 'ExternalName', externalName: 'x.org' })).spec;
  assert.deepEqual([external.clusterIP, external.ipFamilies], [undefined, undefined]);
  await stop();
});

test('an address has an object, which comes and goes with the service in one transaction', async () => {
  const { client, create, patch, remove, addresses, stop } = await cluster();
  const service = await create('one', { clusterIP: '10.96.0.20' });
  const address = await client.get(IPAddress, { name: '10.96.0.20' });
  assert.equal(address.metadata.resourceVersion, service.metadata.resourceVersion);
  assert.deepEqual(address.metadata.labels, {
    'ipaddress.kubernetes.io/ip-family': 'IPv4',
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  });
  assert.deepEqual(address.spec.parentRef, { resource: 'services', namespace: 'a', name: 'one' });
  assert.equal(address.metadata.managedFields![0]!.manager, 'kube-apiserver');
  await patch('one', { type: 'ExternalName', externalName: 'x.org' });
  assert.deepEqual(await addresses(), []);
  await patch('one', { type: 'ClusterIP', externalName: null, clusterIP: '10.96.0.21' });
  assert.deepEqual(await addresses(), [['10.96.0.21', 'one']]);
  await client.patch(Service, { namespace: 'a', name: 'one' }, 'merge', { metadata: { finalizers: ['a.b/c'] } });
  await remove('one');
  assert.deepEqual(await addresses(), [['10.96.0.21', 'one']]);
  await client.patch(Service, { namespace: 'a', name: 'one' }, 'merge', { metadata: { finalizers: null } });
  assert.deepEqual(await addresses(), []);
  await stop();
});

test("an address of somebody else's is left alone", async () => {
  const { client, create, remove, addresses, stop } = await cluster();
  await client.create(IPAddress, { metadata: { name: '10.96.0.30' }, spec: { parentRef: { group: 'x.y', resource: 'foos', name: 'f' } } });
  await assert.rejects(create('one', { clusterIP: '10.96.0.30' }), /provided IP is already allocated/);
  await create('two', { clusterIP: '10.96.0.31' });
  await client.delete(IPAddress, { name: '10.96.0.31' });
  await client.create(IPAddress, { metadata: { name: '10.96.0.31' }, spec: { parentRef: { group: 'x.y', resource: 'foos', name: 'g' } } });
  await remove('two');
  assert.deepEqual(await addresses(), [
    ['10.96.0.30', 'f'],
    ['10.96.0.31', 'g'],
  ]);
  await stop();
});

test('an address that is asked for: taken, outside, free again after deletion', async () => {
  const { create, remove, stop } = await cluster();
  await create('one', { clusterIP: '10.96.0.10' });
  await assert.rejects(create('two', { clusterIP: '10.96.0.10' }), {
    code: 422,
    message:
      'Service "two" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
  });
  for (const ip of ['10.97.0.1', '10.96.0.0', '10.96.255.255'])
    await assert.rejects(create('two', { clusterIP: ip }), {
      message: `Service "two" is invalid: spec.clusterIPs: Invalid value: ["${ip}"]: failed to allocate IP ${ip}: the provided network does not match the current range`,
    });
  await remove('one');
  assert.equal((await create('two', { clusterIP: '10.96.0.10' })).spec.clusterIP, '10.96.0.10');
  await assert.rejects(create('six', { clusterIP: 'fd00::1' }), /IPv6 is not configured on this cluster/);
  await assert.rejects(create('dual', { ipFamilyPolicy: 'RequireDualStack' }), /this cluster is not configured for dual-stack services/);
  await stop();
});

test('addresses and families that do not go together are refused before any is given out', async () => {
  const { create, patch, stop } = await cluster();
  const wrong = { clusterIP: 'x', clusterIPs: ['y'], ipFamilies: ['z'], ipFamilyPolicy: 'q' };
  await assert.rejects(create('one', wrong), {
    code: 422,
    message:
      'Service "one" is invalid: [spec.clusterIPs: Invalid value: ["y"]: first value must match `clusterIP`, ' +
      'spec.ipFamilies[0]: Unsupported value: "z": supported values: "IPv4", "IPv6", ' +
      'spec.ipFamilyPolicy: Unsupported value: "q": supported values: "PreferDualStack", "RequireDualStack", "SingleStack", ' +
      'spec.clusterIPs[0]: Invalid value: "y": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)]',
  });
  await create('bare', { clusterIP: 'None' });
  await assert.rejects(patch('bare', { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4'] }), {
    message: `Service "bare" is invalid: spec.ipFamilyPolicy: Invalid value: "PreferDualStack": must be 'SingleStack' to release the secondary IP family`,
  });
  assert.deepEqual((await patch('bare', { ipFamilyPolicy: 'SingleStack' })).spec.ipFamilies, ['IPv4']);
  await stop();
});

test('further ranges are used once they are ready', async () => {
  const { create, addRange, client, stop } = await cluster({ cidr: '10.96.0.0/30' });
  await create('one', {});
  await create('two', { clusterIP: '10.96.0.1' });
  await assert.rejects(create('more', {}), /failed to allocate a serviceIP for Service "more": range is full/);
  await addRange('more', '10.100.0.0/24', false);
  await assert.rejects(create('more', {}), /range is full/);
  const conditions = [{ type: 'Ready', status: 'True', reason: '', message: '', lastTransitionTime: '2026-01-01T00:00:00Z' }];
  await client.patch(ServiceCIDR, { name: 'more' }, 'merge', { status: { conditions } }, { subresource: 'status' });
  assert.match((await create('more', {})).spec.clusterIP!, /^10\.100\.0\./);
  await stop();
});

test('concurrent creation never gives the same twice; a full range says so; what failed comes back', async () => {
  const { client, create, clock, stop } = await cluster({ cidr: '10.96.0.0/28', nodePorts: '30000-30009' });
  const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
  const made = await Promise.all(names.map((name) => create(name, { type: 'NodePort' })));
  assert.equal(new Set(made.map((service) => service.spec.clusterIP)).size, 10);
  assert.equal(new Set(made.map((service) => service.spec.ports![0]!.nodePort)).size, 10);
  await settle();
  await assert.rejects(create('more', { type: 'NodePort' }), /failed to allocate a nodePort: range is full/);
  await assert.rejects(create('odd', { ports: [{ port: 0 }] }), /Invalid value: 0/);
  await assert.rejects(create('z', {}), /failed to allocate a serviceIP for Service "z": range is full/);
  await clock.advance(10_001);
  await create('z', {});
  assert.equal((await client.list(IPAddress)).items.length, 11);
  await stop();
});

test('a dry run takes nothing and does not look', async () => {
  const { create, addresses, stop } = await cluster();
  await create('dry', { clusterIP: '10.96.3.3', type: 'NodePort', ports: [{ port: 80, nodePort: 31000 }] }, true);
  assert.deepEqual(await addresses(), []);
  await create('wet', { clusterIP: '10.96.3.3', type: 'NodePort', ports: [{ port: 80, nodePort: 31000 }] });
  assert.equal((await create('dry', { clusterIP: '10.96.3.3' }, true)).spec.clusterIP, '10.96.3.3');
  assert.equal((await create('dry', {}, true)).spec.clusterIP, '10.96.0.0');
  await stop();
});

test('node ports: shared by protocols, kept on update, freed with the type, refused when taken', async () => {
  const { create, patch, stop } = await cluster();
  const ports = [
    { name: 'u', port: 53, protocol: 'UDP' },
    { name: 't', port: 53, protocol: 'TCP' },
  ];
  const dns = await create('dns', { type: 'NodePort', ports });
  const [udp, tcp] = dns.spec.ports!;
  assert.equal(udp!.nodePort, tcp!.nodePort);
  await settle();
  await assert.rejects(create('other', { type: 'NodePort', ports: [{ port: 1, nodePort: udp!.nodePort }] }), {
    message: `Service "other" is invalid: spec.ports[0].nodePort: Invalid value: ${udp!.nodePort}: provided port is already allocated`,
  });
  await assert.rejects(
    create('other', { type: 'NodePort', ports: [{ port: 1, nodePort: 80 }] }),
    /The range of valid ports is 30000-32767/,
  );
  const applied = await patch('dns', { ports, clusterIP: null, clusterIPs: null });
  assert.deepEqual(
    [applied.spec.clusterIP, applied.spec.ports!.map((port) => port.nodePort)],
    [dns.spec.clusterIP, [udp!.nodePort, udp!.nodePort]],
  );
  const balancer = await patch('dns', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' });
  assert.ok(balancer.spec.healthCheckNodePort! >= 30000);
  await patch('dns', { type: 'ClusterIP', externalTrafficPolicy: null, ports });
  await settle();
  await create('other', { type: 'NodePort', ports: [{ port: 1, nodePort: udp!.nodePort }] });
  await stop();
});

test('a restart knows what is stored', async () => {
  const first = await cluster();
  await first.create('one', { clusterIP: '10.96.7.7', type: 'NodePort', ports: [{ port: 80, nodePort: 31000 }] });
  await first.stop();
  const second = await cluster({ store: first.store, clock: first.clock });
  await assert.rejects(second.create('two', { clusterIP: '10.96.7.7' }), /provided IP is already allocated/);
  await assert.rejects(
    second.create('two', { type: 'NodePort', ports: [{ port: 80, nodePort: 31000 }] }),
    /provided port is already allocated/,
  );
  await second.stop();
});

test('what is given out is counted, by network and by whether it was asked for', async () => {
  const metrics = new Metrics();
  const { create, stop } = await cluster({ cidr: '10.96.0.0/24', metrics });
  await create('one', { type: 'NodePort' });
  await create('two', { clusterIP: '10.96.0.200', type: 'NodePort', ports: [{ port: 1, nodePort: 30_001 }] });
  await assert.rejects(create('three', { clusterIP: '10.96.0.200' }));
  await assert.rejects(create('four', { type: 'NodePort', ports: [{ port: 1, nodePort: 1 }] }));
  await settle();
  const text = await metrics.text();
  const ips = 'kube_apiserver_clusterip_allocator_';
  const at = (scope: string) => `{cidr="10.96.0.0/24",scope="${scope}"}`;
  assert.deepEqual(told(text, `${ips}allocation_total`), { [at('dynamic')]: 2, [at('static')]: 1 });
  assert.deepEqual(told(text, `${ips}allocation_errors_total`), { [at('static')]: 1 });
  assert.deepEqual(told(text, `${ips}allocated_ips`), { '{cidr="10.96.0.0/24"}': 2 });
  assert.deepEqual(told(text, `${ips}available_ips`), { '{cidr="10.96.0.0/24"}': 252 });
  const ports = 'kube_apiserver_nodeport_allocator_';
  assert.deepEqual(told(text, `${ports}allocation_total`), { '{scope="dynamic"}': 1, '{scope="static"}': 1 });
  assert.deepEqual(told(text, `${ports}allocation_errors_total`), { '{scope="static"}': 1 });
  assert.deepEqual(told(text, `${ports}allocated_ports`), { '': 2 });
  await stop();
});
