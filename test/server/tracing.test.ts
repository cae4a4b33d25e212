import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { issueCertificate } from '../../src/server/certs/issue.ts';
import { exportCall } from '../../src/server/tracing/otlp.ts';
import { systemClock } from '../../src/base/clock.ts';
import { startTestApi } from '../helpers/api-server.ts';
import { GrpcServer } from '../helpers/grpc-server.ts';
import { startWebhookServer } from '../helpers/webhook-server.ts';

interface Seen {
  readonly name: string;
  readonly kind: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string;
  readonly links: readonly string[];
  readonly attributes: Record<string, unknown>;
  readonly events: readonly string[];
}
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** A collector of spans, and a configuration that leads there. */
async function collect(t: TestContext, samplingRatePerMillion: number) {
  const seen: Seen[] = [];
  const resources: unknown[] = [];
  const collector = new GrpcServer();
  collector.serve(exportCall, ({ resourceSpans }) => {
    for (const { resource, scopeSpans } of resourceSpans) {
      resources.push(resource?.attributes.map(({ key }) => key));
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        seen.push({
          name: span.name,
          kind: span.kind,
          traceId: hex(span.traceId),
          spanId: hex(span.spanId),
          parentId: hex(span.parentSpanId),
          links: span.links.map(({ traceId, spanId }) => `${hex(traceId)}-${hex(spanId)}`),
          attributes: Object.fromEntries(
            span.attributes.map(({ key, value }) => [key, value?.stringValue ?? value?.intValue ?? value?.boolValue]),
          ),
          events: span.events.map(({ name, attributes }) => [name, ...attributes.map(({ key }) => key)].join(' ')),
        });
      }
    }
    return {};
  });
  const port = await collector.listen('127.0.0.1:0');
  const dir = mkdtempSync(join(tmpdir(), 'tracing-'));
  const file = join(dir, 'tracing.yaml');
  writeFileSync(
    file,
    `apiVersion: apiserver.config.k8s.io/v1\nkind: TracingConfiguration\nendpoint: 127.0.0.1:${port}\nsamplingRatePerMillion: ${samplingRatePerMillion}\n`,
  );
  t.after(async () => {
    await collector[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });
  return { seen, resources, flags: { 'tracing-config-file': file } };
}
const theirs = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };
const traceparent = `00-${theirs.traceId}-${theirs.spanId}-01`;

test('a create is traced from the server to the store and the webhooks, as upstream names it', async (t) => {
  const { seen, resources, flags } = await collect(t, 0);
  const api = await startTestApi(t, { flags });
  const carried: unknown[] = [];
  const hook = await startWebhookServer(t, (_, __, headers) => {
    carried.push(headers.traceparent);
    return { allowed: true };
  });
  const webhook = {
    name: 'v.example.com',
    clientConfig: hook.at('/v'),
    rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
  };
  const configuration = { metadata: { name: 'v' }, webhooks: [webhook] };
  const made = await api.send('POST', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', configuration);
  assert.equal(made.code, 201, made.text);
  await api.until('the webhook is asked', async () => {
    await api.send('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', { metadata: { name: 'probe' } });
    return carried.length > 0;
  });
  carried.length = 0;
  const path = '/api/v1/namespaces/default/configmaps';
  const answer = await api.send('POST', path, { metadata: { name: 'a' } }, { traceparent, 'audit-id': 'id-1', 'user-agent': 'me/1' });
  assert.equal(answer.code, 201);
  await api.server.close();

  assert.deepEqual(resources[0], ['service.name', 'service.instance.id']);
  const { traceId } = theirs;
  assert.ok(
    seen.every((span) => span.traceId === traceId),
    'nothing is traced that was not asked for',
  );
  const one = (name: string) => {
    const found = seen.filter((span) => span.name === name);
    assert.equal(found.length, 1, `${name}: ${found.length}`);
    return found[0]!;
  };
  const server = one('POST /api/v1/namespaces/{:namespace}/configmaps');
  assert.equal(server.kind, 'server');
  assert.equal(server.parentId, theirs.spanId);
  const {
    'network.peer.port': peerPort,
    'http.request.body.size': size,
    'http.response.body.size': sent,
    ...attributes
  } = server.attributes;
  assert.ok(Number(peerPort) > 0 && Number(size) > 0 && Number(sent) > 0);
  assert.deepEqual(attributes, {
    'server.address': '127.0.0.1',
    'server.port': api.port,
    'http.request.method': 'POST',
    'url.scheme': 'https',
    'network.peer.address': '127.0.0.1',
    'user_agent.original': 'me/1',
    'client.address': '127.0.0.1',
    'url.path': path,
    'network.protocol.version': '1.1',
    'http.target': path,
    'audit-id': 'id-1',
    'http.response.status_code': 201,
  });
  const handler = [
    'limitedReadBody succeeded len',
    'About to convert to expected version',
    'Conversion done',
    'About to store object in database',
    'Write to database call succeeded len',
    'About to write a response',
    'Writing http response done',
  ];
  assert.deepEqual(one('Create').events, handler);
  assert.deepEqual(one('Create etcd3').events, ['Txn call succeeded']);
  assert.deepEqual(one('Call validating webhook').events, ['Request completed']);
  assert.deepEqual(one('SerializeObject').events, ['About to start writing response', 'Write call succeeded size']);
  // Each filter holds what comes after it.
  let { spanId } = server;
  for (const name of ['audit', 'constrainedimpersonation', 'priorityandfairness', 'authorization', 'Create']) {
    const span = one(name);
    assert.equal(span.parentId, spanId, name);
    ({ spanId } = span);
  }
  const create = one('Create');
  assert.deepEqual(
    [
      create.attributes.resource,
      create.attributes.verb,
      create.attributes.scope,
      create.attributes['api-version'],
      create.attributes.namespace,
    ],
    ['configmaps', 'POST', 'resource', 'v1', 'default'],
  );
  assert.equal(one('Create etcd3').parentId, create.spanId);
  assert.equal(one('Create etcd3').attributes.key, '/configmaps/default/a');
  const call = one('Call validating webhook');
  assert.equal(call.parentId, create.spanId);
  assert.deepEqual(
    [call.attributes.webhook, call.attributes.configuration, call.attributes.resource],
    ['v.example.com', 'v', '/v1, Resource=configmaps'],
  );
  const client = one('HTTP POST');
  assert.deepEqual([client.kind, client.parentId, client.attributes['http.response.status_code']], ['client', call.spanId, 200]);
  assert.deepEqual(carried, [`00-${traceId}-${client.spanId}-01`]);
  assert.equal(one('SerializeObject').parentId, create.spanId);
});

test('who may not do all does not decide what is traced; a trace of his is told as a link', async (t) => {
  const { seen, flags } = await collect(t, 1_000_000);
  const api = await startTestApi(t, { flags });
  const nowMs = systemClock.now();
  const ann = await issueCertificate({
    commonName: 'ann',
    use: 'client',
    issuer: api.certificates.clusterCa,
    notBeforeMs: nowMs - 60_000,
    notAfterMs: nowMs + 60_000,
  });
  await api.send('GET', '/version', undefined, { traceparent }, ann);
  await api.send('GET', '/api/v1/nodes/x', undefined, { traceparent: traceparent.replace(/1$/, '0') }, ann);
  await api.server.close();
  const server = seen.find((span) => span.kind === 'server' && span.attributes['url.path'] === '/version')!;
  assert.equal(server.name, 'GET');
  assert.notEqual(server.traceId, theirs.traceId);
  assert.equal(server.parentId, '');
  assert.deepEqual(server.links, [`${theirs.traceId}-${theirs.spanId}`]);
  const refused = seen.find((span) => span.name === 'GET /api/v1/nodes/{:name}')!;
  assert.equal(refused.attributes['http.response.status_code'], 403);
});
