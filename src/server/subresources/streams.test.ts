import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { test } from 'node:test';
import { depsOf, MemoryResources } from '../../../test/helpers/memory-resources.ts';
import type { Authorizer, ConnectRequest, Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';
import { nodeProxy } from './node-proxy.ts';
import { podExec } from './pod-exec.ts';
import { podLog } from './pod-log.ts';
import { podPortforward } from './pod-portforward.ts';
import { podProxy } from './pod-proxy.ts';
import { serviceProxy } from './service-proxy.ts';

/** A cluster whose one backend answers as `answer` says, and echoes after an upgrade. */
function cluster(answer: (request: IncomingMessage, response: ServerResponse) => void, authorize?: Authorizer) {
  const resources = new MemoryResources();
  const seen: { url: string; method: string; headers: IncomingMessage['headers']; host: string }[] = [];
  const backend = createServer();
  let host = '';
  const note = (request: IncomingMessage) => seen.push({ url: request.url!, method: request.method!, headers: request.headers, host });
  backend.on('request', (request, response) => {
    note(request);
    answer(request, response);
  });
  backend.on('upgrade', (request, socket: Duplex) => {
    note(request);
    if (request.headers['x-refuse'] !== undefined) return void socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nno!\n');
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: v5.channel.k8s.io\r\n\r\nhello ',
    );
    socket.pipe(socket);
  });
  const open = async (to: string): Promise<Duplex> => {
    host = to;
    const [near, far] = duplexPair();
    backend.emit('connection', far);
    return near;
  };
  const deps: SubresourceDeps = {
    ...depsOf(resources, authorize),
    nodeConnections: { connect: (node) => (node === 'down' ? Promise.reject(new Error('no route to host')) : open(node)) },
    dialer: { dial: (ip, port) => (port === 1 ? Promise.reject(new Error('connect ECONNREFUSED')) : open(`${ip}:${port}`)) },
    admission: { mutate: () => undefined, validate: () => undefined },
    tokens: undefined as never,
    rules: undefined as never,
    components: [],
  };
  const containers = [{ name: 'a', ports: [{ containerPort: 8080 }] }, { name: 'b' }];
  resources.add('', 'Pod', {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { nodeName: 'n1', containers, initContainers: [{ name: 'i' }] },
    status: { podIP: '10.0.0.9' },
  });
  resources.add('', 'Pod', {
    metadata: { name: 'one', namespace: 'shop' },
    spec: { nodeName: 'n1', containers: [{ name: 'only' }] },
    status: { podIP: '127.0.0.1' },
  });
  resources.add('', 'Pod', { metadata: { name: 'homeless', namespace: 'shop' }, spec: { containers: [{ name: 'c' }] } });
  resources.add('', 'Pod', { metadata: { name: 'lost', namespace: 'shop' }, spec: { nodeName: 'down', containers: [{ name: 'c' }] } });
  return { resources, deps, seen };
}

function parseQuery(search: string): Record<string, readonly string[]> {
  const query: Record<string, string[]> = Object.create(null);
  for (const [key, value] of new URLSearchParams(search)) query[key] = [...(query[key] ?? []), value];
  return query;
}

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Sends an HTTP/1.1 request to a handler over a pair of streams, as the server would, and gives what comes back. */
async function exchange(
  deps: SubresourceDeps,
  definition: Subresource,
  kind: string,
  name: string,
  text: string,
  rest: { path?: string; search?: string },
  then?: (client: Duplex) => void,
): Promise<string> {
  const known = deps.resources.kinds.byKind('', kind)!;
  const server = createServer();
  const { path = '', search = '' } = rest;
  const handle = (request: IncomingMessage, more: Pick<ConnectRequest, 'response' | 'upgrade'>) =>
    definition.connect!(
      {
        kind: known,
        subresource: definition.subresource,
        key: { namespace: kind === 'Node' ? undefined : 'shop', name },
        identity: { user: 'eve', groups: [] },
        method: request.method!,
        path,
        search,
        query: parseQuery(search),
        request,
        signal: new AbortController().signal,
        ...more,
      },
      deps,
    );
  const failure = Promise.withResolvers<never>();
  server.on('request', (request, response) => void handle(request, { response }).catch(failure.reject));
  server.on('upgrade', (request, socket, head) => void handle(request, { upgrade: { socket, head } }).catch(failure.reject));
  const [client, far] = duplexPair();
  server.emit('connection', far);
  client.write(text);
  then?.(client);
  return await Promise.race([readAll(client), failure.promise]);
}

const upgradeText =
  'GET /x HTTP/1.1\r\nHost: api\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAuthorization: Bearer secret\r\nSec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.c2Vj, v5.channel.k8s.io\r\n';

test('exec joins the client with the kubelet, without the caller’s credentials', async () => {
  const { deps, seen } = cluster(() => undefined);
  const search = 'command=sh&command=-c&command=echo+hi&stdin=true&stdout=true&tty=false&container=b';
  const answer = await exchange(deps, podExec, 'Pod', 'web', `${upgradeText}\r\n`, { search }, (client) => {
    client.write('world');
    client.on('data', (chunk: Buffer) => chunk.includes('world') && client.end());
  });
  assert.match(answer, /^HTTP\/1.1 101 Switching Protocols\r\n/);
  assert.match(answer, /Sec-WebSocket-Protocol: v5.channel.k8s.io/);
  assert.match(answer, /hello world$/);
  const [request] = seen;
  assert.equal(request?.url, '/exec/shop/web/b?input=1&output=1&command=sh&command=-c&command=echo+hi');
  assert.equal(request?.headers.authorization, undefined);
  assert.equal(request?.headers['sec-websocket-protocol'], 'v5.channel.k8s.io');
});

test('a refused upgrade is relayed and the connection closed', async () => {
  const { deps } = cluster(() => undefined);
  const answer = await exchange(
    deps,
    podExec,
    'Pod',
    'one',
    `${upgradeText}X-Refuse: 1\r\n\r\n`,
    {},
    (client) => void client.write('GET /secrets HTTP/1.1\r\n\r\n'),
  );
  assert.match(answer, /^HTTP\/1.1 403 Forbidden\r\n/);
  assert.match(answer, /no!\n$/);
  assert.doesNotMatch(answer, /hello/);
});

test('exec and portforward check the pod, the container and the right to create', async () => {
  const { deps, seen } = cluster(() => undefined);
  const exec = (pod: string, search = '') => exchange(deps, podExec, 'Pod', pod, `${upgradeText}\r\n`, { search });
  await assert.rejects(exec('web'), { code: 400, message: 'a container name must be specified for pod web, choose one of: [i a b]' });
  await assert.rejects(exec('web', 'container=x'), { code: 400, message: 'container x is not valid for pod web' });
  await assert.rejects(exec('homeless'), { code: 400, message: 'pod homeless does not have a host assigned' });
  await assert.rejects(exec('nobody'), { code: 404 });
  await assert.rejects(exec('lost'), { code: 500, message: 'Internal error occurred: error dialing backend: no route to host' });
  await assert.rejects(exchange(deps, podExec, 'Pod', 'one', 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n', {}), {
    code: 400,
    message: 'Upgrade request required',
  });
  await assert.rejects(exchange(deps, podPortforward, 'Pod', 'one', `${upgradeText}\r\n`, { search: 'ports=99999' }), { code: 400 });
  await exchange(deps, podPortforward, 'Pod', 'one', `${upgradeText}X-Refuse: 1\r\n\r\n`, { search: 'ports=80,81' });
  assert.equal(seen.at(-1)?.url, '/portForward/shop/one?port=80%2C81');
  const strict = cluster(
    () => undefined,
    ({ verb }) => ({ decision: verb === 'create' ? 'noOpinion' : 'allow', reason: '' }),
  );
  await assert.rejects(exchange(strict.deps, podExec, 'Pod', 'one', `${upgradeText}\r\n`, {}), {
    code: 403,
    message: 'pods "one" is forbidden: User "eve" cannot create resource "pods/exec" in API group "" in the namespace "shop"',
  });
});

test('log', async () => {
  const { deps, seen } = cluster((request, response) => {
    if (request.url!.includes('previous'))
      return void response.writeHead(400).end('previous terminated container "a" in pod "web" not found');
    response.writeHead(200, { 'Content-Type': 'text/plain' });
    response.write('one\n');
    response.end('two\n');
  });
  const log = async (name: string, search: string) => {
    const request: SubresourceRequest = {
      kind: deps.resources.kinds.byKind('', 'Pod')!,
      subresource: 'log',
      verb: 'get',
      key: { namespace: 'shop', name },
      identity: { user: 'eve', groups: [] },
      options: {},
      body: undefined,
      query: parseQuery(search),
      signal: new AbortController().signal,
      warn: () => undefined,
      fieldManager: 'test',
    };
    const reply = await podLog.verbs.get!(request, deps);
    assert.ok(reply.type === 'stream');
    return await readAll(reply.stream);
  };
  assert.equal(await log('web', 'container=a&follow=true&tailLines=5&sinceTime=2026-01-01T00:00:00Z'), 'one\ntwo\n');
  assert.equal(seen[0]?.url, '/containerLogs/shop/web/a?follow=true&sinceTime=2026-01-01T00%3A00%3A00Z&tailLines=5&stream=All');
  assert.equal(await log('homeless', ''), '');
  await assert.rejects(log('web', 'container=a&previous=true'), {
    code: 400,
    message: 'previous terminated container "a" in pod "web" not found',
  });
  await assert.rejects(log('one', 'limitBytes=0'), {
    code: 422,
    message: 'PodLogOptions "one" is invalid: limitBytes: Invalid value: 0: must be greater than 0',
  });
  await assert.rejects(
    log('one', 'sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z'),
    /at most one of `sinceTime` or `sinceSeconds` may be specified/,
  );
  await assert.rejects(log('one', 'tailLines=x'), { code: 400 });
});

test('proxies: where to, what is passed on, what is not', async () => {
  const { deps, seen, resources } = cluster((request, response) => {
    response.writeHead(201, { 'X-Answer': 'yes', 'Keep-Alive': 'timeout=5', 'Set-Cookie': ['a=1', 'b=2'] });
    request.pipe(response);
  });
  const get = (definition: Subresource, kind: string, name: string, rest: object) =>
    exchange(
      deps,
      definition,
      kind,
      name,
      'GET /api/v1/x?q=1 HTTP/1.1\r\nHost: api\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nX-Mine: 2\r\nAuthorization: Bearer s\r\n\r\n',
      rest,
    );
  const answer = await get(podProxy, 'Pod', 'web', { path: '/a%20b', search: 'q=1' });
  assert.match(answer, /^HTTP\/1.1 201 Created\r\n/);
  assert.match(answer, /x-answer: yes/i);
  assert.match(answer, /set-cookie: a=1\r\nset-cookie: b=2/i);
  assert.deepEqual([seen[0]?.url, seen[0]?.host, seen[0]?.headers.host], ['/a%20b?q=1', '10.0.0.9:8080', '10.0.0.9:8080']);
  assert.deepEqual([seen[0]?.headers['x-hop'], seen[0]?.headers['x-mine'], seen[0]?.headers.authorization], [undefined, '2', undefined]);
  await get(podProxy, 'Pod', 'http:web:9090', { path: '/' });
  assert.equal(seen.at(-1)?.host, '10.0.0.9:9090');
  const posted = await exchange(
    deps,
    podProxy,
    'Pod',
    'web',
    'POST /x HTTP/1.1\r\nHost: api\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody',
    {},
  );
  assert.match(posted, /body/);
  assert.match(await get(podProxy, 'Pod', 'web', { search: 'q=1' }), /^HTTP\/1.1 301 [\s\S]*Location: \/api\/v1\/x\/\?q=1/);
  await assert.rejects(get(podProxy, 'Pod', 'one:80', { path: '/' }), { code: 400, message: 'address not allowed' });
  await assert.rejects(get(podProxy, 'Pod', 'ftp:web:80', { path: '/' }), { code: 400, message: 'invalid pod request "ftp:web:80"' });
  await assert.rejects(get(podProxy, 'Pod', 'web:1', { path: '/' }), {
    code: 503,
    message: 'error trying to reach service: connect ECONNREFUSED',
  });

  resources.add('', 'Service', { metadata: { name: 'web', namespace: 'shop' }, spec: { ports: [{ name: 'http', port: 80 }] } });
  resources.add('', 'Service', { metadata: { name: 'idle', namespace: 'shop' }, spec: { ports: [{ port: 80 }] } });
  resources.add('', 'Endpoints', { metadata: { name: 'idle', namespace: 'shop' } });
  resources.add('', 'Endpoints', {
    metadata: { name: 'web', namespace: 'shop' },
    subsets: [{ addresses: [{ ip: '10.0.0.9', targetRef: { kind: 'Pod', name: 'web' } }], ports: [{ name: 'http', port: 8080 }] }],
  });
  for (const name of ['web:80', 'web:http', 'http:web:http']) {
    await get(serviceProxy, 'Service', name, { path: '/s' });
    assert.deepEqual([seen.at(-1)?.host, seen.at(-1)?.url], ['10.0.0.9:8080', '/s'], name);
  }
  await assert.rejects(get(serviceProxy, 'Service', 'web:81', { path: '/' }), {
    code: 503,
    message: 'no service port 81 found for service "web"',
  });
  await assert.rejects(get(serviceProxy, 'Service', 'web:nope', { path: '/' }), {
    code: 503,
    message: 'no endpoints available for service "web:nope"',
  });
  await assert.rejects(get(serviceProxy, 'Service', 'idle:80', { path: '/' }), {
    code: 503,
    message: 'no endpoints available for service "idle"',
  });

  resources.add('', 'Node', { metadata: { name: 'n1' }, status: { addresses: [{ type: 'InternalIP', address: '192.0.2.1' }] } });
  await get(nodeProxy, 'Node', 'n1:10250', { path: '/stats/summary' });
  assert.deepEqual([seen.at(-1)?.host, seen.at(-1)?.url], ['n1', '/stats/summary']);
  await get(nodeProxy, 'Node', 'n1:9100', { path: '/metrics' });
  assert.equal(seen.at(-1)?.host, '192.0.2.1:9100');
});

test('an upgrade goes through a proxy too', async () => {
  const { deps } = cluster(() => undefined);
  const answer = await exchange(deps, podProxy, 'Pod', 'web', `${upgradeText}\r\n`, { path: '/ws' }, (client) => {
    client.write('there');
    client.on('data', (chunk: Buffer) => chunk.includes('there') && client.end());
  });
  assert.match(answer, /hello there$/);
});
