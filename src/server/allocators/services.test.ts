import assert from 'node:assert/strict';
import { test } from 'node:test';
import { depsOf, MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import type { AdmissionContext } from '../types.ts';
import { createServiceAllocators } from './services.ts';

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

function cluster(options: { serviceCidr?: string; nodePorts?: string } = {}, resources = new MemoryResources()) {
  const kind = resources.kinds.byKind('', 'Service')!;
  const clock = new VirtualClock();
  const abort = new AbortController();
  const { plugin } = createServiceAllocators({
    resources,
    clock,
    random: seededRandom(7),
    log: silentLogger,
    signal: abort.signal,
    ...options,
  });
  const context = (object: any, old: any, dryRun = false): AdmissionContext => ({
    operation: old === undefined ? 'CREATE' : 'UPDATE',
    verb: old === undefined ? 'create' : 'update',
    kind,
    subresource: '',
    namespace: object.metadata.namespace,
    name: object.metadata.name,
    object,
    old,
    options: {},
    identity: { user: 'x', groups: [] },
    dryRun,
    warn: () => undefined,
    together: () => undefined,
    deps: depsOf(resources),
  });
  const allocate = async (name: string, spec: object, dryRun = false): Promise<any> => {
    const object = { metadata: { name, namespace: 'a' }, spec: structuredClone({ type: 'ClusterIP', ...spec }) };
    await plugin.mutate!(context(object, undefined, dryRun));
    return object;
  };
  const create = async (name: string, spec: object): Promise<any> => await resources.create(kind, await allocate(name, spec));
  const update = async (stored: any, change: (spec: any) => void): Promise<any> => {
    const object = structuredClone(stored);
    change(object.spec);
    await plugin.mutate!(context(object, stored));
    return await resources.change(kind, { namespace: 'a', name: stored.metadata.name }, '', (draft) =>
      Object.assign(draft, { spec: object.spec }),
    );
  };
  const remove = (name: string) => resources.delete(kind, { namespace: 'a', name });
  return { allocate, create, update, remove, clock, resources, stop: () => abort.abort() };
}

test('fills in address and families; upper part of the range first', async () => {
  const { create, stop } = cluster();
  const { spec } = await create('web', { ports: [{ port: 80 }], selector: { a: 'b' } });
  assert.match(spec.clusterIP, /^10\.96\.\d+\.\d+$/);
  assert.ok(!spec.clusterIP.startsWith('10.96.0.'));
  assert.deepEqual([spec.clusterIPs, spec.ipFamilies, spec.ipFamilyPolicy], [[spec.clusterIP], ['IPv4'], 'SingleStack']);
  const headless = (await create('none', { clusterIP: 'None', selector: { a: 'b' } })).spec;
  assert.deepEqual([headless.clusterIPs, headless.ipFamilies, headless.ipFamilyPolicy], [['None'], ['IPv4'], 'SingleStack']);
  const bare = (await create('bare', { clusterIP: 'None' })).spec;
  assert.deepEqual([bare.ipFamilies, bare.ipFamilyPolicy], [['IPv4', 'IPv6'], 'RequireDualStack']);
  const external = (await create('ext', { type: 'ExternalName', externalName: 'x.org' })).spec;
  assert.deepEqual([external.clusterIP, external.ipFamilies], [undefined, undefined]);
  stop();
});

test('an address that is asked for: taken, outside, free again after deletion, also before the index knows', async () => {
  const { create, allocate, remove, stop } = cluster();
  await create('one', { clusterIP: '10.96.0.10' });
  await settle();
  await assert.rejects(create('two', { clusterIP: '10.96.0.10' }), {
    code: 422,
    message:
      'Service "two" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
  });
  await assert.rejects(allocate('two', { clusterIP: '10.97.0.1' }), {
    message:
      'Service "two" is invalid: spec.clusterIPs: Invalid value: ["10.97.0.1"]: failed to allocate IP 10.97.0.1: the provided IP (10.97.0.1) is not in the valid range. The range of valid IPs is 10.96.0.0/16',
  });
  await remove('one');
  assert.equal((await create('two', { clusterIP: '10.96.0.10' })).spec.clusterIP, '10.96.0.10');
  await assert.rejects(allocate('six', { clusterIP: 'fd00::1' }), /IPv6 is not configured on this cluster/);
  await assert.rejects(allocate('dual', { ipFamilyPolicy: 'RequireDualStack' }), /this cluster is not configured for dual-stack services/);
  stop();
});

test('concurrent creation never gives the same twice; a full range says so; what failed comes back', async () => {
  const { allocate, create, clock, stop } = cluster({ serviceCidr: '10.96.0.0/28', nodePorts: '30000-30009' });
  const names = Array.from({ length: 10 }, (_, index) => `s${index}`);
  const made = await Promise.all(names.map((name) => create(name, { type: 'NodePort', ports: [{ port: 80 }] })));
  assert.equal(new Set(made.map((service) => service.spec.clusterIP)).size, 10);
  assert.equal(new Set(made.map((service) => service.spec.ports[0].nodePort)).size, 10);
  await assert.rejects(allocate('more', { type: 'NodePort', ports: [{ port: 80 }] }), /failed to allocate a nodePort: range is full/);
  for (const name of ['x', 'y']) await allocate(name, {}).catch(() => undefined);
  await assert.rejects(allocate('z', {}), /failed to allocate a serviceIP for Service "z": range is full/);
  await clock.advance(60_001);
  await allocate('z', {});
  stop();
});

test('dry run takes nothing', async () => {
  const { allocate, create, stop } = cluster();
  await allocate('dry', { clusterIP: '10.96.3.3', type: 'NodePort', ports: [{ port: 80, nodePort: 31000 }] }, true);
  await create('wet', { clusterIP: '10.96.3.3', type: 'NodePort', ports: [{ port: 80, nodePort: 31000 }] });
  stop();
});

test('node ports: shared by protocols, kept on update, freed with the type, refused when taken', async () => {
  const { create, update, allocate, stop } = cluster();
  const dns = await create('dns', {
    type: 'NodePort',
    ports: [
      { name: 'u', port: 53, protocol: 'UDP' },
      { name: 't', port: 53, protocol: 'TCP' },
    ],
  });
  const [udp, tcp] = dns.spec.ports;
  assert.equal(udp.nodePort, tcp.nodePort);
  await settle();
  await assert.rejects(allocate('other', { type: 'NodePort', ports: [{ port: 1, nodePort: udp.nodePort }] }), {
    message: `Service "other" is invalid: spec.ports[0].nodePort: Invalid value: ${udp.nodePort}: provided port is already allocated`,
  });
  await assert.rejects(
    allocate('other', { type: 'NodePort', ports: [{ port: 1, nodePort: 80 }] }),
    /The range of valid ports is 30000-32767/,
  );
  const applied = await update(dns, (spec) => {
    for (const port of spec.ports) delete port.nodePort;
    delete spec.clusterIP;
    delete spec.clusterIPs;
  });
  assert.deepEqual(
    [applied.spec.clusterIP, applied.spec.ports.map((port: any) => port.nodePort)],
    [dns.spec.clusterIP, [udp.nodePort, udp.nodePort].slice(0, applied.spec.ports.length)],
  );
  const balancer = await update(applied, (spec) => Object.assign(spec, { type: 'LoadBalancer', externalTrafficPolicy: 'Local' }));
  assert.ok(balancer.spec.healthCheckNodePort >= 30000);
  await update(balancer, (spec) => {
    Object.assign(spec, { type: 'ClusterIP' });
    for (const port of spec.ports) delete port.nodePort;
  });
  await settle();
  await create('other', { type: 'NodePort', ports: [{ port: 1, nodePort: udp.nodePort }] });
  stop();
});

test('a restart knows what is stored', async () => {
  const first = cluster();
  await first.create('one', { clusterIP: '10.96.7.7' });
  first.stop();
  const second = cluster({}, first.resources);
  await assert.rejects(second.allocate('two', { clusterIP: '10.96.7.7' }), /provided IP is already allocated/);
  second.stop();
});
