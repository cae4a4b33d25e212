import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { requestInfo } from '../request-info.ts';
import { Audit } from './audit.ts';
import type { Backend } from './backend.ts';
import { BatchBackend } from './batch-backend.ts';
import { sourceIps } from './caller.ts';
import { LogBackend, legacyText } from './log-backend.ts';
import { parsePolicy } from './policy.ts';
import { type AuditEvent, eventText, type RecordInput } from './record.ts';
import { truncated } from './truncate.ts';

const header = 'apiVersion: audit.k8s.io/v1\nkind: Policy\n';
const refuse = (text: string) => assert.fail(text);
const policyOf = (rules: string) => parsePolicy(`${header}${rules}`, refuse);
const jane = { user: 'jane', groups: ['dev'] };

/** Keeps what it is given. */
class Memory implements Backend {
  readonly name = 'log';
  readonly events: AuditEvent[] = [];
  accepts = true;
  take(events: readonly AuditEvent[]): boolean {
    if (this.accepts) this.events.push(...events);
    return this.accepts;
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
}
const input = (method: string, path: string, more: Partial<RecordInput> = {}): RecordInput => ({
  auditId: 'a-1',
  info: requestInfo(method, path, {}),
  uri: path,
  identity: jane,
  sourceIps: ['192.0.2.7'],
  userAgent: 'kubectl/v1.36.3',
  receivedMs: 1_000,
  ...more,
});
function setUp(rules: string, mode: 'blocking' | 'blocking-strict' = 'blocking') {
  const clock = new VirtualClock();
  const backend = new Memory();
  const audit = new Audit({ policy: policyOf(rules), outputs: [{ backend, mode }], clock, log: silentLogger });
  return { audit, backend };
}

test('the first rule that matches says what is written down', () => {
  const policy = policyOf(`
omitStages: [RequestReceived]
rules:
- level: None
  users: [system:kube-proxy]
  verbs: [watch]
  resources: [{group: "", resources: [endpoints, services/status]}]
- level: Request
  namespaces: [kube-system]
  resources: [{group: "", resources: ["*/log", "pods/*", configmaps], resourceNames: [cm]}]
- level: RequestResponse
  omitStages: [ResponseStarted]
  omitManagedFields: true
  resources: [{group: apps}]
- level: Metadata
  nonResourceURLs: ["/api*", /version]
- level: Metadata
  userGroups: [dev]
`);
  const level = (method: string, path: string, identity = { user: 'x', groups: [] as string[] }) =>
    policy(requestInfo(method, path, { watch: path.includes('endpoints') ? ['1'] : [] }), identity).level;
  assert.equal(level('GET', '/api/v1/endpoints', { user: 'system:kube-proxy', groups: [] }), 'None');
  assert.equal(level('GET', '/api/v1/endpoints', jane), 'Metadata');
  assert.equal(level('GET', '/api/v1/namespaces/kube-system/configmaps/cm'), 'Request');
  assert.equal(level('GET', '/api/v1/namespaces/kube-system/configmaps/other'), 'None');
  assert.equal(level('GET', '/api/v1/namespaces/kube-system/pods/cm/log'), 'Request');
  assert.equal(level('GET', '/apis/apps/v1/deployments'), 'RequestResponse');
  assert.equal(level('GET', '/apis'), 'Metadata');
  assert.equal(level('GET', '/version'), 'Metadata');
  assert.equal(level('GET', '/healthz'), 'None');
  const { omitStages, omitManagedFields } = policy(requestInfo('GET', '/apis/apps/v1/deployments', {}), undefined);
  assert.deepEqual([[...omitStages], omitManagedFields], [['RequestReceived', 'ResponseStarted'], true]);
});

test('a policy that is wrong is refused with its faults', () => {
  const refused = (rules: string, message: RegExp) => assert.throws(() => policyOf(rules), message);
  refused('rules: []', /loaded illegal policy with 0 rules/);
  refused('rules: [{}]', /rules\[0\]\.level: Required value/);
  refused(
    'rules: [{level: Loud}]',
    /rules\[0\]\.level: Unsupported value: "Loud": supported values: "None", "Metadata", "Request", "RequestResponse"/,
  );
  refused(
    'rules: [{level: None, omitStages: [Never]}]',
    /rules\[0\]\.omitStages\[0\]: Invalid value: "Never": allowed stages are RequestReceived,/,
  );
  refused(
    'rules: [{level: None, nonResourceURLs: [api, "/a*b"], namespaces: [x]}]',
    /must begin with a '\/' character.*must be the final character of the rule.*cannot apply to both/,
  );
  refused('rules: [{level: None, resources: [{group: "", resourceNames: [a]}]}]', /using resourceNames requires at least one resource/);
  assert.throws(() => parsePolicy('kind: Policy\napiVersion: audit.k8s.io/v1beta1', refuse), /no kind "Policy" is registered for version/);
  const warnings: string[] = [];
  parsePolicy(`${header}rules: [{level: None, colour: red}]`, (text) => warnings.push(text));
  assert.deepEqual(warnings, ['strict decoding error: unknown field "rules[0].colour"']);
});

test('an event has all that is known, in the order of its fields', () => {
  const { audit, backend } = setUp('rules: [{level: RequestResponse, omitManagedFields: true}]');
  const record = audit.begin(input('POST', '/api/v1/namespaces/shop/pods'))!;
  record.tell('RequestReceived');
  record.impersonates({ user: 'joe', uid: '7', groups: ['g'], extra: { scopes: ['all'] } });
  record.annotate('authorization.k8s.io/decision', 'allow');
  record.annotate('authorization.k8s.io/decision', 'forbid');
  record.requested({ metadata: { name: 'web', managedFields: [{}] }, spec: {} });
  record.responded({ kind: 'Pod', metadata: { name: 'web', uid: 'u', managedFields: [{}] } });
  record.ended(201);
  record.tell('ResponseComplete');
  record.tell('ResponseComplete');
  assert.equal(backend.events.length, 2);
  assert.equal(
    eventText(backend.events[1]!),
    '{"kind":"Event","apiVersion":"audit.k8s.io/v1","level":"RequestResponse","auditID":"a-1","stage":"ResponseComplete",' +
      '"requestURI":"/api/v1/namespaces/shop/pods","verb":"create","user":{"username":"jane","groups":["dev"]},' +
      '"impersonatedUser":{"username":"joe","uid":"7","groups":["g"],"extra":{"scopes":["all"]}},' +
      '"sourceIPs":["192.0.2.7"],"userAgent":"kubectl/v1.36.3",' +
      '"objectRef":{"resource":"pods","namespace":"shop","name":"web","apiVersion":"v1"},"responseStatus":{"metadata":{},"code":201},' +
      '"requestObject":{"metadata":{"name":"web"},"spec":{}},"responseObject":{"kind":"Pod","metadata":{"name":"web","uid":"u"}},' +
      `"requestReceivedTimestamp":"1970-01-01T00:00:01.000000Z","stageTimestamp":"${backend.events[1]!.stageTimestamp}",` +
      '"annotations":{"authorization.k8s.io/decision":"allow"}}',
  );
  JSON.parse(eventText(backend.events[0]!));
});

test('levels below leave objects out, and notes that are for those above', () => {
  const { audit, backend } = setUp('rules: [{level: Metadata}]');
  const record = audit.begin(input('PATCH', '/apis/apps/v1/namespaces/a/deployments/b/scale'))!;
  record.sent([{ op: 'add' }]);
  record.responded({ a: 1 });
  record.annotate('patch.webhook.admission.k8s.io/round_0_index_0', '{}', 'Request');
  record.ended(404, { kind: 'Status', metadata: {}, status: 'Failure', message: 'm', reason: 'NotFound', code: 404 } as never);
  record.tell('ResponseComplete');
  const [event] = backend.events;
  assert.deepEqual([event?.requestObject, event?.responseObject, event?.annotations], [undefined, undefined, undefined]);
  assert.deepEqual(event?.responseStatus, { metadata: {}, status: 'Failure', message: 'm', reason: 'NotFound', code: 404 });
  assert.deepEqual(event?.objectRef, {
    resource: 'deployments',
    namespace: 'a',
    name: 'b',
    apiGroup: 'apps',
    apiVersion: 'v1',
    subresource: 'scale',
  });
  assert.equal(setUp('rules: [{level: None}]').audit.begin(input('GET', '/api')), undefined);
});

test('what can not be written down at its start is refused when that is demanded', () => {
  for (const [mode, goesOn] of [
    ['blocking', true],
    ['blocking-strict', false],
  ] as const) {
    const { audit, backend } = setUp('rules: [{level: Metadata}]', mode);
    backend.accepts = false;
    assert.equal(audit.begin(input('GET', '/api'))!.tell('RequestReceived'), goesOn);
  }
});

test('where callers are', () => {
  const headers = { 'x-forwarded-for': '10.0.0.1, nonsense, 10.0.0.2', 'x-real-ip': '10.0.0.3' };
  assert.deepEqual(sourceIps({ headers, remoteAddress: '::ffff:192.0.2.1' }), ['10.0.0.1', '10.0.0.2', '10.0.0.3', '192.0.2.1']);
  assert.deepEqual(sourceIps({ headers: {}, remoteAddress: '::1' }), ['::1']);
});

test('large events lose their objects, then everything', () => {
  const { audit, backend } = setUp('rules: [{level: Request}]');
  const record = audit.begin(input('POST', '/api/v1/namespaces/a/configmaps'))!;
  record.requested({ data: 'x'.repeat(2_000) });
  record.tell('RequestReceived');
  const [event] = backend.events;
  assert.equal(truncated(event!, { eventMaxBytes: 10_000 }), event);
  const shorter = truncated(event!, { eventMaxBytes: 1_000 })!;
  assert.deepEqual([shorter.requestObject, shorter.annotations], [undefined, { 'audit.k8s.io/truncated': 'true' }]);
  assert.equal(truncated(event!, { eventMaxBytes: 100 }), undefined);
});

function logIn(t: TestContext, more: object = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'audit-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const options = { format: 'json', sizeMaxBytes: 1_000, ageMaxMs: 0, backupsMax: 2, compress: false, clock, log: silentLogger } as const;
  return { dir, clock, backend: new LogBackend({ path: join(dir, 'logs/audit.log'), ...options, ...more }) };
}
function someEvent(): AuditEvent {
  const { audit, backend } = setUp('rules: [{level: Metadata}]');
  audit.begin(input('GET', '/api/v1/pods'))!.tell('RequestReceived');
  return backend.events[0]!;
}

test('the log begins a new file when one is full, and keeps so many', async (t) => {
  const { dir, clock, backend } = logIn(t);
  for (let count = 0; count < 20; count++) {
    backend.take([someEvent()]);
    await clock.advance(1_000);
  }
  await backend.close();
  const names = readdirSync(join(dir, 'logs')).sort();
  assert.equal(names.length, 3);
  assert.match(names[0]!, /^audit-2026-01-01T00-00-\d\d\.000\.log$/);
  assert.equal(names[2], 'audit.log');
  for (const name of names) {
    const text = readFileSync(join(dir, 'logs', name), 'utf8');
    assert.ok(text.length <= 1_000 && text.endsWith('}\n'), name);
    for (const line of text.trimEnd().split('\n')) assert.equal(JSON.parse(line).kind, 'Event');
  }
});

test('full files can be packed', async (t) => {
  const { dir, clock, backend } = logIn(t, { compress: true, sizeMaxBytes: 600 });
  backend.take([someEvent()]);
  await clock.advance(1_000);
  backend.take([someEvent()]);
  await backend.close();
  const packed = readdirSync(join(dir, 'logs')).find((name) => name.endsWith('.log.gz'))!;
  assert.equal(JSON.parse(gunzipSync(readFileSync(join(dir, 'logs', packed))).toString()).kind, 'Event');
});

test('the older format is a line of text', () => {
  assert.equal(
    legacyText(someEvent()),
    '1970-01-01T00:00:01Z AUDIT: id="a-1" stage="RequestReceived" ip="192.0.2.7" method="list" user="jane" groups="\\"dev\\"" as="<self>" ' +
      'asgroups="<lookup>" user-agent="kubectl/v1.36.3" namespace="<none>" uri="/api/v1/pods" response="<deferred>"',
  );
});

test('batches go out when they are full or old, not too often; what has no room is counted', async () => {
  const clock = new VirtualClock();
  const sent: number[] = [];
  const behind: Backend = { name: 'webhook', take: async (events) => sent.push(events.length) > 0, close: async () => undefined };
  let lost = 0;
  const options = { bufferMax: 5, batchMax: 3, waitMs: 1_000, throttle: { perSecond: 1, burst: 2 } };
  const batch = new BatchBackend(behind, options, clock, (count) => {
    lost += count;
  });
  const event = someEvent();
  batch.take([event, event]);
  await clock.advance(999);
  assert.deepEqual(sent, []);
  await clock.advance(1);
  assert.deepEqual(sent, [2]);
  batch.take([event, event, event]);
  await clock.advance(1);
  assert.deepEqual(sent, [2, 3]);
  batch.take([event, event, event]);
  batch.take([event, event, event, event, event, event, event]);
  assert.equal(lost, 2);
  await clock.advance(5_000);
  await batch.close();
  assert.equal(
    sent.reduce((sum, one) => sum + one, 0),
    13,
  );
});
