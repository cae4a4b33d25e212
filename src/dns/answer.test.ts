import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { decode, encode, type Packet } from 'dns-packet';
import { VirtualClock } from '../base/clock.ts';
import { silentLogger } from '../base/log.ts';
import { seededRandom, systemRandom } from '../base/random.ts';
import type { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import type { Service } from '../kinds/core/service.ts';
import { answer } from './answer.ts';
import { nameserversOf, type Forward } from './forward.ts';
import { respond, serveDns } from './server.ts';
import type { Zone } from './zone.ts';

const services = {
  'default/web': {
    spec: { type: 'ClusterIP', clusterIP: '10.96.0.20', clusterIPs: ['10.96.0.20'], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
  },
  'default/db': {
    spec: { type: 'ClusterIP', clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }] },
  },
  'default/out': { spec: { type: 'ExternalName', externalName: 'example.org' } },
  'default/alias': { spec: { type: 'ExternalName', externalName: 'web.default.svc.cluster.local' } },
  'default/loop': { spec: { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local' } },
} as Record<string, object>;
const slices = [
  {
    metadata: { namespace: 'default', name: 'db-1', labels: { 'kubernetes.io/service-name': 'db', 'service.kubernetes.io/headless': '' } },
    addressType: 'IPv4',
    ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    endpoints: [
      { addresses: ['10.244.0.5'], hostname: 'db-0', conditions: { ready: true } },
      { addresses: ['10.244.0.6'], conditions: { ready: true } },
      { addresses: ['10.244.0.7'], conditions: { ready: false } },
    ],
  },
] as unknown as EndpointSlice[];
const serviceOf = (key: string) =>
  services[key] === undefined
    ? undefined
    : ({ metadata: { namespace: key.split('/')[0], name: key.split('/')[1] }, ...services[key] } as unknown as Service);
const zone: Zone = {
  domain: 'cluster.local',
  namespace: (name) => (name === 'default' ? ({} as never) : undefined),
  service: (namespace, name) => serviceOf(`${namespace}/${name}`),
  slices: (_namespace, service) => slices.filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === service),
  serviceByIp: (ip) => (ip === '10.96.0.20' ? serviceOf('default/web') : undefined),
  slicesByIp: (ip) => slices.filter((slice) => slice.endpoints.some((endpoint) => endpoint.addresses.includes(ip))),
};
const ask = (name: string, type = 'A') => {
  const found = answer({ name, type }, zone);
  return found.type === 'forward'
    ? 'forward'
    : found.code === 'NXDOMAIN'
      ? 'NXDOMAIN'
      : found.answers.map((record) => ('data' in record ? record.data : record.type));
};

test('names of the specification', () => {
  assert.deepEqual(ask('web.default.svc.cluster.local'), ['10.96.0.20']);
  assert.deepEqual(ask('WEB.Default.svc.cluster.local'), ['10.96.0.20']);
  assert.deepEqual(ask('web.default.svc.cluster.local', 'AAAA'), []);
  assert.deepEqual(ask('_http._tcp.web.default.svc.cluster.local', 'SRV'), [
    { priority: 0, weight: 100, port: 80, target: 'web.default.svc.cluster.local' },
  ]);
  assert.deepEqual(ask('db.default.svc.cluster.local'), ['10.244.0.5', '10.244.0.6']);
  assert.deepEqual(ask('db-0.db.default.svc.cluster.local'), ['10.244.0.5']);
  assert.deepEqual(ask('10-244-0-6.db.default.svc.cluster.local'), ['10.244.0.6']);
  assert.deepEqual(ask('_sql._tcp.db.default.svc.cluster.local', 'SRV').length, 2);
  assert.deepEqual(ask('out.default.svc.cluster.local', 'CNAME'), ['example.org']);
  assert.deepEqual(ask('1-2-3-4.default.pod.cluster.local'), ['1.2.3.4']);
  assert.deepEqual(ask('20.0.96.10.in-addr.arpa', 'PTR'), ['web.default.svc.cluster.local']);
  assert.deepEqual(ask('5.0.244.10.in-addr.arpa', 'PTR'), ['db-0.db.default.svc.cluster.local']);
});

test('what is not there does not exist, and what is not ours is passed on', () => {
  for (const name of [
    'nope.default.svc.cluster.local',
    'x.web.default.svc.cluster.local',
    'web.other.svc.cluster.local',
    '1-2-3-999.default.pod.cluster.local',
    'web.cluster.local',
  ]) {
    assert.equal(ask(name), 'NXDOMAIN', name);
  }
  assert.deepEqual(ask('default.svc.cluster.local'), []);
  for (const name of ['example.org', 'cluster.local.example.org', '1.1.1.1.in-addr.arpa']) assert.equal(ask(name), 'forward', name);
});

const forward: Forward = Object.assign(async () => undefined, {
  resolve: async () => [{ type: 'A' as const, name: 'example.org', data: '93.184.215.14' }],
});
const options = { address: '', port: 0, zone, forward, clock: new VirtualClock(), random: seededRandom(1), log: silentLogger };
const query = (name: string, type: string) =>
  encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type, class: 'IN' }] } as unknown as Packet);

test('replies carry the question, the flags and an SOA when there is nothing', async () => {
  const hit = decode((await respond(query('web.default.svc.cluster.local', 'A'), options, 'udp'))!) as unknown as Packet & {
    rcode: string;
    flag_aa: boolean;
  };
  assert.equal(hit.id, 7);
  assert.equal(hit.flag_aa, true);
  assert.equal(hit.answers?.length, 1);
  const miss = decode((await respond(query('nope.default.svc.cluster.local', 'A'), options, 'udp'))!) as unknown as Packet & {
    rcode: string;
  };
  assert.equal(miss.rcode, 'NXDOMAIN');
  assert.equal(miss.authorities?.[0]?.type, 'SOA');
  const outside = decode((await respond(query('example.org', 'A'), options, 'udp'))!) as unknown as Packet & { rcode: string };
  assert.equal(outside.rcode, 'SERVFAIL');
  const external = decode((await respond(query('out.default.svc.cluster.local', 'A'), options, 'udp'))!) as unknown as Packet;
  assert.deepEqual(
    external.answers?.map((record) => record.type),
    ['CNAME', 'A'],
  );
});

test('a name for another name of the cluster is followed, but not for ever', async () => {
  const addressesOf = async (name: string) =>
    (decode((await respond(query(name, 'A'), options, 'tcp'))!.subarray(2)) as Packet).answers?.map((record) =>
      'data' in record ? record.data : '',
    );
  assert.deepEqual(await addressesOf('alias.default.svc.cluster.local'), ['web.default.svc.cluster.local', '10.96.0.20']);
  assert.equal((await addressesOf('loop.default.svc.cluster.local'))?.length, 9);
});

test('junk is dropped', async () => {
  for (const bytes of [new Uint8Array(0), new Uint8Array(5), new Uint8Array(600).fill(255)])
    assert.equal(await respond(bytes, options, 'udp'), undefined);
});

test('nameservers of resolv.conf', () => {
  assert.deepEqual(nameserversOf('# x\nnameserver 1.1.1.1\nsearch a\nnameserver 10.96.0.10\n nameserver ::1\n', '10.96.0.10'), ['1.1.1.1']);
});

test('a name that is no text is not sent back as another one', async () => {
  const bytes = Buffer.from(query(`${'x'.repeat(63)}.default.svc.cluster.local`, 'A'));
  bytes.fill(0x80, 13, 13 + 63);
  const reply = decode((await respond(bytes, options, 'udp'))!) as unknown as Packet & { rcode: string };
  assert.deepEqual([reply.rcode, reply.questions], ['NXDOMAIN', []]);
});

test('a connection may ask any number of questions at once, and is answered as fast as it listens', async () => {
  const stop = new AbortController();
  const listening = Promise.withResolvers<void>();
  const port = 20_000 + systemRandom.int(30_000);
  const served = serveDns({ ...options, address: '127.0.0.1', port }, listening.resolve, stop.signal);
  await listening.promise;
  const socket = connect(port, '127.0.0.1');
  const question = query('web.default.svc.cluster.local', 'A');
  const framed = Buffer.concat([Buffer.from([0, question.length]), question]);
  const asked = 2_000;
  // Nothing is read before all is sent, but for what waits in the two sockets.
  socket.write(Buffer.concat(Array.from({ length: asked }, () => framed)));
  let [pending, answered] = [Buffer.alloc(0), 0];
  for await (const chunk of socket) {
    pending = Buffer.concat([pending, chunk as Buffer]);
    for (; pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0); answered++)
      pending = pending.subarray(2 + pending.readUInt16BE(0));
    if (answered === asked) break;
  }
  stop.abort();
  await served;
  assert.equal(answered, asked);
});
