import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { parseFlags } from '../../src/server/flags.ts';
import { startTestApi } from '../helpers/api-server.ts';

const policy = `
apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: None
  userGroups: [system:serviceaccounts, system:nodes]
- level: None
  users: [system:apiserver, system:kube-controller-manager]
  verbs: [get, list, watch, update, patch]
- level: RequestResponse
  omitManagedFields: true
  resources: [{group: "", resources: [configmaps]}]
- level: Metadata
`;
type Event = Record<string, any>;

/** A server that writes down what the policy says, to a file and where flags say. */
async function start(t: TestContext, ...flags: readonly string[]) {
  const dir = mkdtempSync(join(tmpdir(), 'audit-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'policy.yaml'), policy);
  const all = ['audit-policy-file=policy.yaml', 'audit-log-path=audit.log', ...flags.map((flag) => flag.replace('DIR', dir))];
  const api = await startTestApi(t, { flags: parseFlags(all, dir) });
  const path = join(dir, 'audit.log');
  const events = (): readonly Event[] =>
    existsSync(path)
      ? readFileSync(path, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
          .map((line) => JSON.parse(line))
      : [];
  return { api, dir, events };
}

test('requests are written down from their coming to their end', async (t) => {
  const { api, events } = await start(t);
  const place = '/api/v1/namespaces/default/configmaps';
  const answer = await api.send('POST', `${place}?fieldManager=me`, { metadata: { name: 'a' }, data: { k: 'v' } }, { 'audit-id': 'mine' });
  assert.equal(answer.headers['audit-id'], 'mine');
  const [received, complete] = events().filter(({ auditID }) => auditID === 'mine');
  assert.deepEqual(
    [received!.stage, received!.responseStatus, received!.requestObject, received!.annotations],
    ['RequestReceived', undefined, undefined, undefined],
  );
  const { requestReceivedTimestamp, stageTimestamp, requestObject, responseObject, ...rest } = complete!;
  assert.deepEqual(rest, {
    kind: 'Event',
    apiVersion: 'audit.k8s.io/v1',
    level: 'RequestResponse',
    auditID: 'mine',
    stage: 'ResponseComplete',
    requestURI: `${place}?fieldManager=me`,
    verb: 'create',
    user: rest.user,
    sourceIPs: ['127.0.0.1'],
    objectRef: { resource: 'configmaps', namespace: 'default', name: 'a', apiVersion: 'v1' },
    responseStatus: { metadata: {}, code: 201 },
    annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': '' },
  });
  assert.equal(rest.user.username, 'kubernetes-admin');
  assert.match(requestReceivedTimestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  assert.ok(stageTimestamp >= requestReceivedTimestamp);
  assert.deepEqual([requestObject.kind, requestObject.data, requestObject.metadata.uid], ['ConfigMap', { k: 'v' }, undefined]);
  assert.ok(responseObject.metadata.uid && !responseObject.metadata.managedFields);

  const patch = { 'content-type': 'application/merge-patch+json', 'audit-id': 'patch' };
  await api.send('PATCH', `${place}/a`, { data: { k: 'w' } }, patch);
  await api.send('GET', place, undefined, { 'audit-id': 'list' });
  await api.send('DELETE', `${place}/none`, { gracePeriodSeconds: 0 }, { 'audit-id': 'delete' });
  const last = (id: string) => events().findLast(({ auditID }) => auditID === id)!;
  assert.deepEqual(last('patch').requestObject, { data: { k: 'w' } });
  const list = last('list');
  assert.equal(list.responseObject.kind, 'ConfigMapList');
  assert.ok(list.responseObject.items.some((one: Event) => one.metadata.name === 'a'));
  const missing = last('delete');
  assert.deepEqual(missing.requestObject, { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/__internal', gracePeriodSeconds: 0 });
  assert.deepEqual(missing.responseStatus, {
    metadata: {},
    status: 'Failure',
    message: 'configmaps "none" not found',
    reason: 'NotFound',
    details: { name: 'none', kind: 'configmaps' },
    code: 404,
  });
  assert.equal(missing.responseObject.kind, 'Status');
  const metrics = (await api.send('GET', '/metrics')).text;
  assert.match(metrics, /apiserver_audit_event_total [1-9]/);
  assert.match(metrics, /apiserver_audit_level_total\{level="RequestResponse"\} [1-9]/);
});

test('who was somebody else, who was refused and who is nobody', async (t) => {
  const { api, events } = await start(t);
  const as = { 'impersonate-user': 'jane', 'impersonate-group': 'dev', 'audit-id': 'as' };
  assert.equal((await api.send('GET', '/api/v1/namespaces/default/secrets', undefined, as)).code, 403);
  const event = events().findLast(({ auditID }) => auditID === 'as')!;
  assert.deepEqual(event.impersonatedUser, { username: 'jane', groups: ['dev', 'system:authenticated'] });
  assert.deepEqual(event.annotations, { 'authorization.k8s.io/decision': 'forbid', 'authorization.k8s.io/reason': '' });
  assert.equal(event.responseStatus.code, 403);

  const nobody = await api.certificates.signClientCertificate('x', [], -1);
  const headers = { authorization: 'Bearer wrong', 'audit-id': 'nobody' };
  assert.equal((await api.send('GET', '/api', undefined, headers, nobody)).code, 401);
  const failed = events().filter(({ auditID }) => auditID === 'nobody');
  assert.deepEqual(
    failed.map(({ stage, user, responseStatus }) => ({ stage, user, responseStatus })),
    [
      {
        stage: 'ResponseStarted',
        user: {},
        responseStatus: { metadata: {}, status: 'Failure', message: 'Unauthorized', reason: 'Unauthorized', code: 401 },
      },
    ],
  );
});

test('a watch is written down when it begins and when it ends', async (t) => {
  const { api, events } = await start(t);
  const { admin, clusterCa } = api.certificates;
  const watching = request({
    host: '127.0.0.1',
    port: api.port,
    path: '/api/v1/pods?watch=true',
    ca: clusterCa.certificatePem,
    cert: admin.certificatePem,
    key: admin.privateKeyPem,
    headers: { 'audit-id': 'watch' },
    agent: false,
  });
  watching.on('error', () => undefined);
  watching.end();
  const stages = () => events().flatMap(({ auditID, stage }) => (auditID === 'watch' ? [stage] : []));
  await api.until('its beginning', () => stages().includes('ResponseStarted'));
  assert.deepEqual(stages(), ['RequestReceived', 'ResponseStarted']);
  watching.destroy();
  await api.until('its end', () => stages().includes('ResponseComplete'));
});

test("this process' own parts are written down too", async (t) => {
  const { events } = await start(t);
  const own = events().find(({ user, verb, objectRef }) => user.username === 'system:apiserver' && verb === 'create' && objectRef)!;
  assert.equal(own.userAgent, 'kube-apiserver');
  assert.deepEqual(own.sourceIPs, ['127.0.0.1']);
});

test('a webhook gets events in batches', async (t) => {
  const got: Event[] = [];
  const hook = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const list = JSON.parse(Buffer.concat(chunks).toString());
      assert.deepEqual([list.kind, list.apiVersion], ['EventList', 'audit.k8s.io/v1']);
      got.push(...list.items);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    hook.closeAllConnections();
    hook.close();
  });
  const { port } = hook.address() as AddressInfo;
  const dir = mkdtempSync(join(tmpdir(), 'audit-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const config = `apiVersion: v1\nkind: Config\nclusters: [{name: a, cluster: {server: "http://127.0.0.1:${port}/"}}]\n`;
  writeFileSync(join(dir, 'kubeconfig'), `${config}contexts: [{name: a, context: {cluster: a, user: ""}}]\ncurrent-context: a\n`);
  const flags = [`audit-webhook-config-file=${join(dir, 'kubeconfig')}`, 'audit-webhook-batch-max-wait=20ms'];
  const { api } = await start(t, ...flags);
  await api.send('GET', '/api/v1/namespaces', undefined, { 'audit-id': 'hooked' });
  await api.until('the event', () => got.some(({ auditID, stage }) => auditID === 'hooked' && stage === 'ResponseComplete'));
});

test('flags that make no sense keep the server from starting', async (t) => {
  const refused = (flag: string, message: RegExp) => assert.rejects(start(t, flag), message);
  await refused('audit-policy-file=DIR/none.yaml', /loading audit policy file: failed to read file path .*no such file or directory/);
  await refused('audit-log-format=xml', /invalid audit log format xml, allowed formats are "legacy,json"/);
  await refused('audit-log-mode=later', /invalid audit log mode later, allowed modes are "batch,blocking,blocking-strict"/);
  await refused('audit-webhook-config-file=DIR/none', /initializing audit webhook: open .*none: no such file or directory/);
});
