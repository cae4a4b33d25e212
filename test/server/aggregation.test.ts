import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:tls';
import { test, type TestContext } from 'node:test';
import { CustomResourceDefinition } from '../../src/kinds/apiextensions/custom-resource-definition.ts';
import { APIService } from '../../src/kinds/apiregistration/api-service.ts';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { Service } from '../../src/kinds/core/service.ts';
import { EndpointSlice } from '../../src/kinds/discovery/endpoint-slice.ts';
import type { KeyPair } from '../../src/server/certs/certificate.ts';
import { issueCertificate } from '../../src/server/certs/issue.ts';
import { startTestApi, type TestApi } from '../helpers/api-server.ts';

const place = '/apis/wardle.example.com/v1alpha1';
const ca = issueCertificate({ commonName: 'wardle-ca', use: 'ca', notBeforeMs: 0, notAfterMs: Date.UTC(2100, 0, 1) });
const resources = [
  { name: 'flunders', singularName: 'flunder', namespaced: true, kind: 'Flunder', verbs: ['get', 'list', 'watch'] },
  { name: 'flunders/status', singularName: '', namespaced: true, kind: 'Flunder', verbs: ['get'] },
];
const openApi = {
  swagger: '2.0',
  info: { title: 'wardle', version: 'v1' },
  paths: {
    [`${place}/flunders`]: {
      get: {
        operationId: 'listFlunders',
        produces: ['application/json'],
        parameters: [{ $ref: '#/parameters/limit-1' }],
        responses: { 200: { description: 'OK', schema: { $ref: '#/definitions/example.Flunder' } } },
      },
    },
    '/apis/other.example.com/v1/things': { get: { responses: {} } },
  },
  definitions: {
    'example.Flunder': {
      type: 'object',
      properties: { metadata: { description: 'who', $ref: '#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta' } },
    },
    'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta': { type: 'object' },
    'example.Unused': { type: 'object' },
  },
  parameters: { 'limit-1': { name: 'limit', in: 'query', type: 'integer', uniqueItems: true } },
};

type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;
const json = (response: ServerResponse, body: object, code = 200) => {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

/** A small extension API server over HTTPS, behind a Service. */
async function extension(t: TestContext, api: TestApi, answer: Answer = () => false, pair?: KeyPair) {
  const issuer = await ca;
  const host = 'wardle.extensions.svc';
  const keys =
    pair ??
    (await issueCertificate({
      commonName: host,
      dnsNames: [host],
      use: 'server',
      notBeforeMs: 0,
      notAfterMs: Date.UTC(2100, 0, 1),
      issuer,
    }));
  const seen: { url: string; headers: IncomingMessage['headers']; peer: string }[] = [];
  const server = createServer({
    key: keys.privateKeyPem,
    cert: keys.certificatePem,
    requestCert: true,
    ca: api.certificates.frontProxyCa.certificatePem,
    rejectUnauthorized: false,
  });
  server.on('request', (request, response) => {
    const socket = request.socket as import('node:tls').TLSSocket;
    const peer = socket.authorized ? String(socket.getPeerCertificate().subject.CN) : '';
    seen.push({ url: request.url!, headers: request.headers, peer });
    if (answer(request, response)) return;
    if (request.url === place) return json(response, { kind: 'APIResourceList', groupVersion: 'wardle.example.com/v1alpha1', resources });
    if (request.url === '/openapi/v2') return json(response, openApi);
    json(response, { kind: 'Status', status: 'Failure', code: 404 }, 404);
  });
  server.on('upgrade', (request, socket) => {
    seen.push({ url: request.url!, headers: request.headers, peer: '' });
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n');
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  await api.send('POST', '/api/v1/namespaces', { metadata: { name: 'extensions' } });
  const metadata = { namespace: 'extensions', name: 'wardle' };
  await api.client.create(Service, { metadata, spec: { ports: [{ port: 7443, targetPort: port, protocol: 'TCP' }] } } as never);
  const slice = () =>
    api.client.create(EndpointSlice, {
      metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'wardle' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.244.0.7'] }],
      ports: [{ name: '', port, protocol: 'TCP' }],
    } as never);
  return { seen, slice, server };
}
const register = async (api: TestApi, more: object = {}) =>
  await api.client.create(APIService, {
    metadata: { name: 'v1alpha1.wardle.example.com' },
    spec: {
      group: 'wardle.example.com',
      version: 'v1alpha1',
      groupPriorityMinimum: 2000,
      versionPriority: 15,
      caBundle: Buffer.from((await ca).certificatePem).toString('base64'),
      service: { namespace: 'extensions', name: 'wardle', port: 7443 },
      ...more,
    },
  } as never);
const condition = async (api: TestApi) => {
  const service = await api.client.get(APIService, { name: 'v1alpha1.wardle.example.com' });
  return service.status.conditions?.find(({ type }) => type === 'Available');
};
const available = (api: TestApi) => api.until('available', async () => (await condition(api))?.status === 'True');
const reason = (api: TestApi, wanted: string) =>
  api.until(wanted, async () => {
    const found = await condition(api);
    return found?.reason === wanted ? found : undefined;
  });

test('an APIService is available once its server answers, and says why not before', async (t) => {
  const api = await startTestApi(t);
  await register(api);
  const first = await reason(api, 'ServiceNotFound');
  assert.equal(first.message, 'service/wardle in "extensions" is not present');
  assert.equal((await api.send('GET', `${place}/flunders`)).code, 503);
  let healthy = false;
  const { slice } = await extension(t, api, (_, response) => {
    if (!healthy) json(response, {}, 500);
    return !healthy;
  });
  assert.equal((await reason(api, 'EndpointsNotFound')).message, 'cannot find endpointslices for service/wardle in "extensions"');
  await slice();
  assert.match(
    (await reason(api, 'FailedDiscoveryCheck')).message!,
    /bad status from https:.*\/apis\/wardle\.example\.com\/v1alpha1: 500$/,
  );
  const refused = await api.send('GET', `${place}/flunders`);
  assert.deepEqual([refused.code, refused.text], [503, 'service unavailable\n']);
  const stale = await api.send('GET', '/apis', undefined, {
    accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  });
  assert.deepEqual(stale.json.items.find((group: any) => group.metadata.name === 'wardle.example.com').versions, [
    { version: 'v1alpha1', freshness: 'Stale' },
  ]);
  healthy = true;
  await available(api);
});

test('requests go to the server of their group, as the caller, and answers come back as they are', async (t) => {
  const api = await startTestApi(t);
  const { seen, slice } = await extension(t, api, (request, response) => {
    if (request.url === `${place}/namespaces/default/flunders?limit=1` && request.method === 'POST') {
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => json(response, { got: JSON.parse(body) }, 201));
      return true;
    }
    if (request.url === `${place}/redirect`) {
      response.writeHead(302, { location: 'https://127.0.0.1/evil' });
      response.end();
      return true;
    }
    if (request.url === `${place}/flunders?watch=true`) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"type":"ADDED"}\n');
      return true;
    }
    return false;
  });
  await slice();
  await register(api);
  await available(api);
  const created = await api.send(
    'POST',
    `${place}/namespaces/default/flunders?limit=1`,
    { a: 1 },
    {
      authorization: 'Bearer no',
      'x-remote-user': 'evil',
      'x-remote-extra-scopes': 'all',
      'impersonate-user': 'jane',
      'impersonate-group': 'system:masters',
      'impersonate-extra-acme.com%2fproject': 'p1',
      'impersonate-uid': '17',
    },
  );
  assert.deepEqual([created.code, created.json], [201, { got: { a: 1 } }]);
  const { headers, peer } = seen.find(({ url }) => url.endsWith('limit=1'))!;
  assert.equal(peer, 'front-proxy-client');
  assert.equal(headers['x-remote-user'], 'jane');
  assert.equal(headers['x-remote-uid'], '17');
  assert.equal(headers['x-remote-group'], 'system:masters, system:authenticated');
  assert.equal(headers['x-remote-extra-acme.com%2fproject'], 'p1');
  for (const name of ['authorization', 'impersonate-user', 'x-remote-extra-scopes']) assert.equal(headers[name], undefined);
  assert.equal(headers['audit-id'], created.headers['audit-id']);
  assert.equal(headers['x-forwarded-for'], '127.0.0.1');

  const redirect = await api.send('GET', `${place}/redirect`);
  assert.deepEqual([redirect.code, redirect.headers.location], [502, undefined]);
  assert.equal((await api.send('GET', `${place}/nothing`)).code, 404);

  const stranger = await api.certificates.signClientCertificate('stranger', []);
  const forbidden = await api.send('GET', `${place}/flunders`, undefined, {}, stranger);
  assert.match(forbidden.json.message, /flunders\.wardle\.example\.com is forbidden: User "stranger" cannot list resource "flunders"/);
});

test('parts of this process reach it as others do', async (t) => {
  const api = await startTestApi(t);
  const flunder = { metadata: { name: 'a' } };
  const { seen, slice } = await extension(t, api, (request, response) => {
    const { pathname } = new URL(request.url!, 'https://a');
    if (pathname === `${place}/namespaces/default/flunders`) {
      json(response, { apiVersion: 'wardle.example.com/v1alpha1', kind: 'FlunderList', metadata: {}, items: [flunder] });
      return true;
    }
    if (pathname !== `${place}/namespaces/default/flunders/*/size`) return false;
    json(response, { kind: 'Status', status: 'Failure', code: 403, reason: 'Forbidden', message: 'not you' }, 403);
    return true;
  });
  await register(api);
  const call = { group: 'wardle.example.com', version: 'v1alpha1', resource: 'flunders', namespace: 'default' } as const;
  const list = () => api.client.transport({ ...call, verb: 'list', options: { labelSelector: 'app=web' } });
  await api.until('it is known', () =>
    list().then(
      () => false,
      (error) => error.code === 503,
    ),
  );
  await slice();
  await available(api);
  const reply = await list();
  assert.deepEqual(reply.type === 'list' && reply.list.items, [{ apiVersion: 'wardle.example.com/v1alpha1', kind: 'Flunder', ...flunder }]);
  const { headers } = seen.find(({ url }) => url.endsWith('labelSelector=app%3Dweb'))!;
  assert.match(String(headers['x-remote-group']), /system:masters/);
  const query = { metricLabelSelector: ['a=b'] };
  await assert.rejects(
    Promise.resolve(api.client.transport({ ...call, verb: 'get', name: '*', subresource: 'size', options: {}, query })),
    { code: 403, message: 'not you' },
  );
  assert.ok(seen.some(({ url }) => url.endsWith('/flunders/*/size?metricLabelSelector=a%3Db')));
});

test('a watch streams, and ends with its client; upgrades pass', async (t) => {
  const api = await startTestApi(t);
  let closed = 0;
  const { slice, seen } = await extension(t, api, (request, response) => {
    if (request.url !== `${place}/flunders?watch=true`) return false;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.write('{"type":"ADDED"}\n');
    response.once('close', () => closed++);
    return true;
  });
  await slice();
  await register(api);
  await available(api);
  const { admin, clusterCa } = api.certificates;
  const open = () =>
    connect({ host: '127.0.0.1', port: api.port, ca: clusterCa.certificatePem, cert: admin.certificatePem, key: admin.privateKeyPem });
  const watching = open();
  watching.write(`GET ${place}/flunders?watch=true HTTP/1.1\r\nHost: api\r\n\r\n`);
  let text = '';
  watching.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await api.until('the first event', () => text.includes('"ADDED"'));
  watching.destroy();
  await api.until('the watch ends', () => closed === 1);

  const upgraded = open();
  upgraded.write(
    `POST ${place}/namespaces/default/flunders/a/exec HTTP/1.1\r\nHost: api\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Remote-User: evil\r\n\r\nhello`,
  );
  let echoed = '';
  upgraded.on('data', (chunk: Buffer) => {
    echoed += chunk.toString();
  });
  await api.until('the echo', () => /^HTTP\/1\.1 101 .*hello$/s.test(echoed));
  assert.equal(seen.find(({ url }) => url.endsWith('/exec'))!.headers['x-remote-user'], 'kubernetes-admin');
  upgraded.destroy();
});

test('discovery and OpenAPI tell of other servers too', async (t) => {
  const api = await startTestApi(t);
  const { slice } = await extension(t, api);
  await slice();
  await register(api);
  await available(api);
  const aggregated = { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' };
  const group = await api.until('fresh discovery', async () => {
    const { items } = (await api.send('GET', '/apis', undefined, aggregated)).json;
    const found = items.find((one: any) => one.metadata.name === 'wardle.example.com');
    return found?.versions[0].freshness === 'Current' ? found : undefined;
  });
  assert.deepEqual(group.versions[0].resources, [
    {
      resource: 'flunders',
      responseKind: { group: '', version: '', kind: 'Flunder' },
      scope: 'Namespaced',
      singularResource: 'flunder',
      verbs: ['get', 'list', 'watch'],
      subresources: [{ subresource: 'status', responseKind: { group: '', version: '', kind: 'Flunder' }, verbs: ['get'] }],
    },
  ]);
  const groups = (await api.send('GET', '/apis')).json.groups.map(({ name }: any) => name);
  assert.deepEqual([groups[0], groups.at(-1)], ['apiregistration.k8s.io', 'wardle.example.com']);
  assert.equal((await api.send('GET', '/apis/wardle.example.com')).json.preferredVersion.version, 'v1alpha1');
  assert.deepEqual((await api.send('GET', place)).json.resources, resources);

  const path = `${place}/flunders`;
  const v2 = await api.until('OpenAPI 2', async () => {
    const document = (await api.send('GET', '/openapi/v2')).json;
    return document.paths[path] === undefined ? undefined : document;
  });
  assert.ok(v2.paths['/api/v1/pods']);
  assert.equal(v2.paths['/apis/other.example.com/v1/things'], undefined);
  assert.ok(v2.definitions['example.Flunder']);
  assert.equal(v2.definitions['example.Unused'], undefined);
  assert.ok(Object.keys(v2.definitions['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'].properties).length > 5);
  const message = await api.send('GET', '/openapi/v2', undefined, {
    accept: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  });
  assert.ok(message.text.includes('example.Flunder'));

  const index = (await api.send('GET', '/openapi/v3')).json.paths;
  const v3 = (await api.send('GET', index['apis/wardle.example.com/v1alpha1'].serverRelativeURL)).json;
  const operation = v3.paths[path].get;
  assert.deepEqual(operation.parameters, [{ name: 'limit', in: 'query', schema: { type: 'integer', uniqueItems: true } }]);
  const reference = { $ref: '#/components/schemas/example.Flunder' };
  assert.deepEqual(operation.responses[200].content, { 'application/json': { schema: reference } });
  assert.equal(
    v3.components.schemas['example.Flunder'].properties.metadata.allOf[0].$ref,
    '#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta',
  );

  await api.client.delete(APIService, { name: 'v1alpha1.wardle.example.com' });
  await api.until('gone', async () => (await api.send('GET', place)).code === 404);
  assert.ok(!(await api.send('GET', '/apis')).text.includes('wardle'));
});

test('a certificate that is not the one wanted is not believed, unless told so', async (t) => {
  const api = await startTestApi(t);
  const strangers = await issueCertificate({ commonName: 'x', use: 'server', notBeforeMs: 0, notAfterMs: Date.UTC(2100, 0, 1) });
  const { slice } = await extension(t, api, undefined, strangers);
  await slice();
  await register(api);
  assert.match((await reason(api, 'FailedDiscoveryCheck')).message!, /tls: failed to verify certificate: x509:/);
  const service = await api.client.get(APIService, { name: 'v1alpha1.wardle.example.com' });
  const { caBundle: _, ...spec } = service.spec;
  await api.client.update(APIService, { ...service, spec: { ...spec, insecureSkipTLSVerify: true } });
  await available(api);
  assert.equal((await api.send('GET', place)).code, 200);
});

test('groups of custom resources have APIServices that come and go with them', async (t) => {
  const api = await startTestApi(t);
  const schema = { openAPIV3Schema: { type: 'object' } };
  await api.client.create(CustomResourceDefinition, {
    metadata: { name: 'crons.stable.example.com' },
    spec: {
      group: 'stable.example.com',
      names: { plural: 'crons', kind: 'Cron' },
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  } as never);
  const key = { name: 'v1.stable.example.com' };
  const get = () => api.client.get(APIService, key).catch(() => undefined);
  const service = await api.until('its APIService', get);
  assert.equal(service.metadata.labels!['kube-aggregator.kubernetes.io/automanaged'], 'true');
  assert.deepEqual([service.spec.groupPriorityMinimum, service.spec.versionPriority], [1000, 100]);
  await api.client.delete(APIService, key);
  await api.until('it is made again', get);
  await api.client.delete(CustomResourceDefinition, { name: 'crons.stable.example.com' });
  await api.until('it is gone', async () => (await get()) === undefined);
});

test('extension API servers find whom to believe', async (t) => {
  const api = await startTestApi(t);
  const key = { namespace: 'kube-system', name: 'extension-apiserver-authentication' };
  const map = await api.until('the ConfigMap', () => api.client.get(ConfigMap, key).catch(() => undefined));
  assert.deepEqual(
    { ...map.data },
    {
      'client-ca-file': api.certificates.clusterCa.certificatePem,
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-client-ca-file': api.certificates.frontProxyCa.certificatePem,
      'requestheader-extra-headers-prefix': '["X-Remote-Extra-"]',
      'requestheader-group-headers': '["X-Remote-Group"]',
      'requestheader-uid-headers': '["X-Remote-Uid"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    },
  );
  await api.client.update(ConfigMap, { ...map, data: { 'requestheader-allowed-names': '["other"]' } });
  await api.until('it is mended', async () => {
    const { data } = await api.client.get(ConfigMap, key);
    return data?.['requestheader-allowed-names'] === '["other","front-proxy-client"]';
  });
});
