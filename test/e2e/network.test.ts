import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { after, before, describe, test } from 'node:test';
import { TestCluster } from '../helpers/cluster.ts';
import { image, forever, pod, shell } from '../helpers/samples.ts';

/** Needs root and Debian's node packages: Services, ports of the node and DNS, from the machine and from pods. */
const isPossible = process.getuid?.() === 0;
const cluster = new TestCluster(6443);
const ask = (...args: string[]) => cluster.ask(...args);
const inside = (script: string, name = 'client') => ask('exec', name, '--', 'sh', '-c', script);

const service = (name: string, spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name }, spec });
const http = [{ name: 'http', port: 80, targetPort: 8080 }];
const objects = () => [
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          terminationGracePeriodSeconds: 1,
          containers: [
            {
              name: 'api',
              image,
              env: [{ name: 'DRAIN_SECONDS', value: '0' }],
              readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  },
  service('any', { selector: { app: 'web' }, ports: http }),
  service('sticky', { selector: { app: 'web' }, ports: http, sessionAffinity: 'ClientIP' }),
  service('outside', { type: 'NodePort', selector: { app: 'web' }, ports: [{ ...http[0], nodePort: 30081 }] }),
  service('alias', { type: 'ExternalName', externalName: 'any.default.svc.cluster.local' }),
  service('members', { clusterIP: 'None', selector: { group: 'members' }, ports: [{ name: 'http', port: 8080 }] }),
  service('nobody', { selector: { app: 'nobody' }, ports: http }),
  // Without a selector: its endpoints are made by hand.
  service('echo', { ports: [{ name: 'echo', port: 7, protocol: 'UDP' }] }),
  pod('one', forever, { hostname: 'one', subdomain: 'members' }, {}, { labels: { group: 'members' } }),
  pod('two', forever, { hostname: 'two', subdomain: 'members' }, {}, { labels: { group: 'members' } }),
  pod('client', forever),
  pod('self', '', { containers: [{ name: 'main', image }, shell('curl', forever)] }, {}, { labels: { app: 'self' } }),
  service('mirror', { selector: { app: 'self' }, ports: http }),
  pod('ported', '', { containers: [{ name: 'main', image, ports: [{ containerPort: 8080, hostPort: 18084 }] }] }),
  pod('strict', forever, {
    dnsPolicy: 'None',
    dnsConfig: { nameservers: ['10.96.0.10'], searches: ['default.svc.cluster.local'], options: [{ name: 'ndots', value: '1' }] },
    hostAliases: [{ ip: '10.9.9.9', hostnames: ['printer'] }],
  }),
];

describe('the network', { skip: !isPossible && 'needs root', concurrency: 4 }, () => {
  let nodeIp = '';
  before(async () => {
    const up = cluster.up();
    assert.equal(up.status, 0, up.stderr);
    cluster.skiff('image', 'pack', 'examples/my-api/v1', '-t', 'my-api:v1');
    await cluster.until('there is an account for pods', () => cluster.get('serviceaccount', 'default'));
    nodeIp = (await cluster.get('nodes')).items[0].status.addresses.find((one: any) => one.type === 'InternalIP').address;
    await cluster.apply(...objects());
    await ask('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s');
  });
  after(() => cluster[Symbol.asyncDispose]());
  const hosts = async (script: string, name = 'client') => new Set((await inside(script, name)).trim().split('\n'));
  const fetchText = async (url: string) => (await fetch(url, { headers: { Connection: 'close' } })).text();

  test('a Service spreads over its pods, from pods and from the machine', async () => {
    assert.equal((await hosts('for n in $(seq 40); do wget -qO- http://any; done')).size, 3);
    const { clusterIP } = (await cluster.get('service', 'any')).spec;
    assert.match(await fetchText(`http://${clusterIP}/`), /my-api v1 on web-/);
  });

  test('a Service with affinity sends a client to the same pod, also when another pod goes', async () => {
    const many = 'for n in $(seq 15); do wget -qO- http://sticky; done';
    const [mine, ...others] = await hosts(many);
    assert.deepEqual(others, []);
    const other = (await cluster.get('pods', '-l', 'app=web')).items.find((one: any) => !mine!.endsWith(one.metadata.name));
    await ask('delete', 'pod', other.metadata.name);
    assert.deepEqual([...(await hosts(many))], [mine]);
    await ask('rollout', 'status', 'deploy/web', '--timeout=60s');
    assert.deepEqual([...(await hosts(many))], [mine]);
  });

  test('a pod reaches itself through its Service', async () => {
    assert.match(await ask('exec', 'self', '-c', 'curl', '--', 'wget', '-qO-', 'http://mirror'), /my-api v1 on self/);
  });

  test('a node port answers on the address of the node, to the machine and to pods', async () => {
    assert.match(await fetchText(`http://${nodeIp}:30081/`), /my-api v1 on web-/);
    assert.match(await inside(`wget -qO- http://${nodeIp}:30081/`), /my-api v1 on web-/);
  });

  test('a host port leads to its pod, from the machine and from pods', async () => {
    assert.match(await fetchText(`http://${nodeIp}:18084/`), /on ported/);
    assert.match(await fetchText('http://127.0.0.1:18084/'), /on ported/);
    assert.match(await inside(`wget -qO- http://${nodeIp}:18084/`), /on ported/);
  });

  test('a Service without endpoints refuses at once', async () => {
    const { code, stderr } = await cluster.run(['exec', 'client', '--', 'timeout', '5', 'wget', '-qO-', 'http://nobody']);
    assert.equal(code, 1);
    assert.match(stderr, /Connection refused/);
  });

  test('a Service carries UDP', async () => {
    const { clusterIP } = (await cluster.get('service', 'echo')).spec;
    const [server, client] = [createSocket('udp4'), createSocket('udp4')];
    try {
      server.on('message', (message, { port, address }) => server.send(message, port, address));
      await new Promise<void>((resolve) => server.bind(0, resolve));
      await cluster.apply({
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { name: 'echo-by-hand', labels: { 'kubernetes.io/service-name': 'echo' } },
        addressType: 'IPv4',
        ports: [{ name: 'echo', port: server.address().port, protocol: 'UDP' }],
        endpoints: [{ addresses: [nodeIp] }],
      });
      const heard = new Promise<string>((resolve) => client.once('message', (message) => resolve(String(message))));
      let answer = '';
      void heard.then((text) => (answer = text));
      await cluster.until('the echo comes back', () => {
        client.send('hello', 7, clusterIP);
        return answer === 'hello';
      });
    } finally {
      server.close();
      client.close();
    }
  });

  test('DNS: A, SRV, PTR, CNAME, names of pods, and what is not there', async () => {
    const resolver = new Resolver();
    resolver.setServers(['10.96.0.10']);
    const addressOf = async (name: string) => (await cluster.get('pod', name)).status.podIP;
    const [one, two] = [await addressOf('one'), await addressOf('two')];
    assert.deepEqual((await resolver.resolve4('members.default.svc.cluster.local')).sort(), [one, two].sort());
    assert.deepEqual(await resolver.resolve4('one.members.default.svc.cluster.local'), [one]);
    const srv = await resolver.resolveSrv('_http._tcp.members.default.svc.cluster.local');
    assert.deepEqual(srv.map(({ name, port }) => `${name}:${port}`).sort(), [
      'one.members.default.svc.cluster.local:8080',
      'two.members.default.svc.cluster.local:8080',
    ]);
    assert.deepEqual(await resolver.resolveCname('alias.default.svc.cluster.local'), ['any.default.svc.cluster.local']);
    const { clusterIP } = (await cluster.get('service', 'any')).spec;
    assert.deepEqual(await resolver.reverse(clusterIP), ['any.default.svc.cluster.local']);
    assert.deepEqual(await resolver.reverse(one), ['one.members.default.svc.cluster.local']);
    await assert.rejects(resolver.resolve4('missing.default.svc.cluster.local'), /ENOTFOUND/);
    await assert.rejects(resolver.resolve6('any.default.svc.cluster.local'), /ENODATA/);
  });

  test('DNS as pods see it', async () => {
    const { clusterIP } = (await cluster.get('service', 'any')).spec;
    assert.match(
      await inside('cat /etc/resolv.conf'),
      /^search default\.svc\.cluster\.local svc\.cluster\.local cluster\.local.*\nnameserver 10\.96\.0\.10\noptions ndots:5/,
    );
    assert.match(await inside('nslookup -type=srv _http._tcp.any.default.svc.cluster.local'), /0 100 80 any\.default\.svc\.cluster\.local/);
    assert.match(await inside(`nslookup ${clusterIP}`), /name = any\.default\.svc\.cluster\.local/);
    assert.match(await inside('wget -qO- http://alias'), /my-api v1/);
    assert.match(await inside('wget -qO- http://any.default'), /my-api v1/);
    assert.match(
      await inside('cat /etc/resolv.conf', 'strict'),
      /^search default\.svc\.cluster\.local\nnameserver 10\.96\.0\.10\noptions ndots:1\n$/,
    );
    assert.match(await inside('cat /etc/hosts', 'strict'), /10\.9\.9\.9\s+printer/);
    assert.match(await inside('hostname -f', 'one'), /^one\.members\.default\.svc\.cluster\.local$/m);
  });

  test('environment variables of Services', async () => {
    assert.match(await inside('env'), /^KUBERNETES_SERVICE_HOST=10\.96\.0\.1$/m);
  });
});
