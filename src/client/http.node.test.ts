import assert from 'node:assert/strict';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import test from 'node:test';
import { conflict, StatusError } from '../api/status.ts';
import { VirtualClock } from '../base/clock.ts';
import { seededRandom } from '../base/random.ts';
import type { Call } from './call.ts';
import { Pod } from '../kinds/core/pod.ts';
import { EndpointSlice } from '../kinds/discovery/endpoint-slice.ts';
import { createClient } from './client.ts';
import { connectHttp, decodeWatch } from './http.node.ts';
import { retry } from './interceptors/retry.ts';
import { requestOf } from './request-path.ts';

const call: Call = { verb: 'get', group: 'apps', version: 'v1', resource: 'deployments', namespace: 'a', name: 'web', options: {} };

test('calls become requests', () => {
  assert.equal(requestOf(call).path, '/apis/apps/v1/namespaces/a/deployments/web');
  const list: Call = { ...call, verb: 'list', name: undefined, options: { labelSelector: 'a in (b,c)', limit: 5, dryRun: true } };
  assert.equal(requestOf(list).path, '/apis/apps/v1/namespaces/a/deployments?labelSelector=a+in+%28b%2Cc%29&limit=5&dryRun=All');
  const gone = requestOf({ ...call, verb: 'delete', options: { propagationPolicy: 'Foreground', preconditions: { uid: 'u' } } });
  assert.deepEqual(JSON.parse(gone.body!), {
    kind: 'DeleteOptions',
    apiVersion: 'v1',
    propagationPolicy: 'Foreground',
    preconditions: { uid: 'u' },
  });
});

test('watch frames may be cut anywhere', async () => {
  const event = { type: 'ADDED', object: { metadata: { name: 'grün' } } };
  const bytes = Buffer.from(`${JSON.stringify(event)}\n${JSON.stringify(event)}\n`);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 7) yield bytes.subarray(at, at + 7);
  }
  assert.deepEqual(await Array.fromAsync(decodeWatch(pieces())), [event, event]);
});

test('what the API shows as null is read as the types of the kind say', async () => {
  const slice = { metadata: { name: 's', creationTimestamp: null }, addressType: 'IPv4', endpoints: null, ports: null };
  const web = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'p', labels: null },
    spec: { containers: [{ name: 'c', env: null, resources: null }], volumes: null },
    status: {},
  };
  const server = http.createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url!.includes('watch')) response.end(`${JSON.stringify({ type: 'ADDED', object: web })}\n`);
    else if (request.url!.includes('/pods')) response.end(JSON.stringify(web));
    else response.end(JSON.stringify({ kind: 'EndpointSliceList', apiVersion: 'discovery.k8s.io/v1', metadata: {}, items: [slice] }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const connection = connectHttp({ server: `http://127.0.0.1:${port}`, clock: new VirtualClock() });
  const client = createClient(connection.transport);
  const pod = {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: { name: 'p' },
    spec: { containers: [{ name: 'c' }] },
    status: {},
  };
  try {
    const [first] = (await client.list(EndpointSlice)).items;
    assert.deepEqual(first, {
      kind: 'EndpointSlice',
      apiVersion: 'discovery.k8s.io/v1',
      metadata: { name: 's' },
      addressType: 'IPv4',
      endpoints: [],
      ports: [],
    });
    assert.deepEqual(await client.get(Pod, { namespace: 'a', name: 'p' }), pod);
    assert.deepEqual(await Array.fromAsync(await client.watch(Pod)), [{ type: 'ADDED', object: pod }]);
  } finally {
    connection.close();
    server.close();
  }
});

test('answers, errors and warnings over the wire', async () => {
  const server = http.createServer((request, response) => {
    response.setHeader('content-type', 'application/json');
    if (request.url!.includes('/taken')) {
      response.writeHead(409).end(JSON.stringify(conflict({ group: 'apps', resource: 'deployments' }, 'taken').toStatus()));
    } else {
      response.setHeader('warning', '299 - "be \\"careful\\""');
      response.end(
        JSON.stringify({ kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'web', token: request.headers.authorization } }),
      );
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const connection = connectHttp({ server: `http://127.0.0.1:${port}`, token: 'secret', clock: new VirtualClock() });
  try {
    const reply = await connection.transport(call);
    assert.deepEqual(reply.warnings, ['be "careful"']);
    assert.ok(reply.type === 'object' && JSON.stringify(reply.object).includes('Bearer secret'));
    await assert.rejects(
      connection.transport({ ...call, name: 'taken' }),
      (error: StatusError) => error.reason === 'Conflict' && error.code === 409,
    );
  } finally {
    connection.close();
    server.closeAllConnections();
    server.close();
  }
  await assert.rejects(connection.transport(call), (error: StatusError) => error.code === 503);
});

test('retry obeys Retry-After and leaves writes alone that may have happened', async () => {
  const clock = new VirtualClock();
  let calls = 0;
  const failing = (error: StatusError) =>
    retry(
      clock,
      seededRandom(1),
    )(async () => {
      if (++calls < 3) throw error;
      return { code: 200, type: 'object', object: {} };
    });
  const answer = failing(new StatusError(429, 'TooManyRequests', 'busy', { retryAfterSeconds: 2 }))({ ...call, verb: 'create' });
  await clock.advance(3999);
  assert.equal(calls, 2);
  await clock.advance(1);
  assert.equal((await answer).code, 200);
  calls = 0;
  await assert.rejects(failing(new StatusError(500, 'InternalError', 'oops'))({ ...call, verb: 'create' }));
  assert.equal(calls, 1);
});
