import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type HttpsAnswer, startHttpsServer } from '../../../test/helpers/https-server.ts';
import { MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { VirtualClock } from '../../base/clock.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import { formatYaml } from '../../base/yaml.ts';
import type { ApiServerFlags } from '../flags.ts';
import type { Attributes } from '../types.ts';
import { parseAbacPolicies } from './abac.ts';
import { parseAuthorizationConfiguration } from './authorization-configuration.ts';
import { createAuthorization } from './order.ts';

const root = mkdtempSync(join(tmpdir(), 'authorization-'));
const stop = new AbortController();
const clock = new VirtualClock();
after(() => {
  stop.abort();
  rmSync(root, { recursive: true, force: true });
});
const file = (name: string, text: string) => {
  writeFileSync(join(root, name), text);
  return join(root, name);
};
const authorization = (flags: ApiServerFlags) =>
  createAuthorization({ resources: new MemoryResources(), clock, random: seededRandom(1), log: silentLogger, signal: stop.signal, flags });
const request = (more: Partial<Attributes> = {}): Attributes => ({
  identity: { user: 'ann', groups: ['dev', 'system:authenticated'] },
  verb: 'get',
  group: '',
  version: 'v1',
  resource: 'pods',
  subresource: '',
  namespace: 'shop',
  name: 'web',
  path: '',
  isResource: true,
  ...more,
});
const kubeconfig = (url: string, ca: string) =>
  formatYaml({ clusters: [{ name: 'it', cluster: { server: url, 'certificate-authority-data': Buffer.from(ca).toString('base64') } }] });
const path = (text: string) => request({ isResource: false, path: text });

test('ABAC: lines of every version, wildcards, reading only', async () => {
  const policy = file(
    'policy.jsonl',
    [
      '# comment',
      '{"user":"bob"}',
      '{"user":"*","readonly":true,"resource":"events"}',
      '{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"user":"ann","namespace":"shop","resource":"*","apiGroup":"*","readonly":true}}',
      '{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"group":"dev","nonResourcePath":"/logs/*"}}',
      '{"apiVersion":"abac.authorization.kubernetes.io/v1beta1","kind":"Policy","spec":{"namespace":"*","resource":"*"}}',
    ].join('\n'),
  );
  const { authorize, rules } = authorization({ 'authorization-mode': ['ABAC'], 'authorization-policy-file': policy });
  const ask = async (attributes: Attributes) => (await authorize(attributes)).decision;
  const bob = { user: 'bob', groups: ['system:authenticated'] };
  assert.equal(await ask(request()), 'allow');
  assert.equal(await ask(request({ verb: 'delete' })), 'noOpinion');
  assert.equal(await ask(request({ namespace: 'other' })), 'noOpinion');
  assert.equal(await ask(request({ resource: 'events', namespace: 'other' })), 'allow');
  assert.equal(await ask(path('/logs/x')), 'allow');
  assert.equal(await ask(path('/metrics')), 'noOpinion');
  assert.equal(await ask({ ...path('/metrics'), identity: bob }), 'allow');
  assert.equal(await ask(request({ identity: { user: 'eve', groups: [] }, resource: 'events' })), 'noOpinion');
  assert.equal(await ask(request({ identity: { user: 'x', groups: ['system:masters'] }, verb: 'delete' })), 'allow');
  assert.equal((await authorize(path('/metrics'))).reason, 'No policy matched.');
  assert.deepEqual(rules.rulesFor(bob, 'shop').rules.slice(0, 2), [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ]);
  assert.throws(() => parseAbacPolicies('\n{"user":', 'p'), /error reading policy file p, line 2: \{"user":: /);
  assert.throws(() => parseAbacPolicies('{"user":5}', 'p'), /line 1: .*user is no string/);
});

test('AlwaysAllow and AlwaysDeny', async () => {
  assert.deepEqual(await authorization({ 'authorization-mode': ['AlwaysAllow'] }).authorize(request()), { decision: 'allow', reason: '' });
  const { authorize } = authorization({ 'authorization-mode': ['AlwaysDeny'] });
  assert.deepEqual(await authorize(request()), { decision: 'noOpinion', reason: 'Everything is forbidden.' });
});

test('a webhook is asked as upstream asks, remembered by its answer, and its failures decide as configured', async () => {
  const asked: any[] = [];
  let answer: HttpsAnswer | undefined;
  await using server = await startHttpsServer((_request, body) => {
    const review = JSON.parse(body);
    asked.push(review);
    return answer ?? { body: { ...review, status: { allowed: review.spec.user === 'ann', reason: 'because' } } };
  });
  const config = file('webhook.yaml', kubeconfig(server.url, server.ca));
  const old = authorization({ 'authorization-mode': ['Webhook'], 'authorization-webhook-config-file': config });
  assert.deepEqual(await old.authorize(request({ identity: { user: 'ann', groups: ['dev'] } })), { decision: 'allow', reason: 'because' });
  assert.deepEqual(asked[0], {
    kind: 'SubjectAccessReview',
    apiVersion: 'authorization.k8s.io/v1beta1',
    metadata: { creationTimestamp: null },
    spec: {
      resourceAttributes: { namespace: 'shop', verb: 'get', version: 'v1', resource: 'pods', name: 'web' },
      user: 'ann',
      group: ['dev'],
    },
    status: { allowed: false },
  });
  const { authorize, rules } = authorization({
    'authorization-mode': ['Webhook', 'AlwaysDeny'],
    'authorization-webhook-config-file': config,
    'authorization-webhook-version': 'v1',
    'authorization-webhook-cache-unauthorized-ttl': 1_000,
  });
  const list = request({ verb: 'list', name: '', fieldSelector: 'spec.nodeName=n1,a!=b', labelSelector: 'x in (b,a),!y,z>5' });
  await authorize(list);
  assert.deepEqual(asked.at(-1).spec.resourceAttributes, {
    namespace: 'shop',
    verb: 'list',
    version: 'v1',
    resource: 'pods',
    fieldSelector: {
      requirements: [
        { key: 'a', operator: 'NotIn', values: ['b'] },
        { key: 'spec.nodeName', operator: 'In', values: ['n1'] },
      ],
    },
    labelSelector: {
      requirements: [
        { key: 'x', values: ['a', 'b'], operator: 'In' },
        { key: 'y', operator: 'DoesNotExist' },
      ],
    },
  });
  const eve = request({ identity: { user: 'eve', groups: [] } });
  const counted = async (work: () => unknown) => {
    const before = asked.length;
    await work();
    return asked.length - before;
  };
  assert.equal(await counted(() => authorize(list)), 0);
  assert.deepEqual(await authorize(eve), { decision: 'noOpinion', reason: 'because\nEverything is forbidden.' });
  assert.equal(await counted(() => authorize(eve)), 0);
  await clock.advance(1_500);
  assert.equal(await counted(() => authorize(eve)), 1);
  assert.equal(await counted(() => authorize(list)), 0);
  const long = request({ name: 'x'.repeat(10_000) });
  assert.equal(await counted(async () => [await authorize(long), await authorize(long)]), 2);
  assert.deepEqual(rules.rulesFor(eve.identity, 'shop'), {
    rules: [],
    errors: ['webhook authorizer does not support user rule resolution'],
    incomplete: true,
  });
  answer = { body: { status: { allowed: true, denied: true } } };
  assert.equal((await authorize(request({ name: 'both' }))).decision, 'deny');
  answer = { code: 403, body: 'no' };
  assert.deepEqual(await authorize(request({ name: 'failing' })), {
    decision: 'noOpinion',
    reason: 'Everything is forbidden.',
    error: 'no',
  });
});

const written = (authorizers: readonly object[]) =>
  formatYaml({ apiVersion: 'apiserver.config.k8s.io/v1', kind: 'AuthorizationConfiguration', authorizers });

test('a chain in a file: conditions decide who is asked, failures deny, and the file is followed', async () => {
  const asked: string[] = [];
  await using server = await startHttpsServer((_request, body) => {
    const { spec } = JSON.parse(body);
    asked.push(spec.user);
    return spec.user === 'broken' ? { code: 400, body: '' } : { body: { status: { denied: true, reason: 'closed' } } };
  });
  const webhook = (more: object = {}) => ({
    timeout: '3s',
    subjectAccessReviewVersion: 'v1',
    matchConditionSubjectAccessReviewVersion: 'v1',
    failurePolicy: 'Deny',
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: file('chain-webhook.yaml', kubeconfig(server.url, server.ca)) },
    matchConditions: [
      { expression: "has(request.resourceAttributes) && request.resourceAttributes.namespace == 'shop'" },
      { expression: "!('system:masters' in request.groups)" },
    ],
    ...more,
  });
  const chain = (more?: object) => [
    { type: 'Webhook', name: 'gate.example.com', webhook: webhook(more) },
    { type: 'AlwaysAllow', name: 'alwaysallow' },
  ];
  const config = file('chain.yaml', written(chain()));
  const { authorize } = authorization({ 'authorization-config': config });
  assert.deepEqual(await authorize(request()), { decision: 'deny', reason: 'closed' });
  assert.deepEqual(await authorize(request({ namespace: 'other' })), { decision: 'allow', reason: '' });
  assert.deepEqual(await authorize(path('/x')), { decision: 'allow', reason: '' });
  assert.deepEqual(asked, ['ann']);
  const broken = { user: 'broken', groups: [] };
  assert.equal((await authorize(request({ identity: broken }))).decision, 'deny');
  const reload = async (text: string) => {
    writeFileSync(config, text);
    await clock.advance(6_000);
  };
  await reload(written([{ type: 'AlwaysDeny', name: 'alwaysdeny' }]));
  assert.equal((await authorize(request())).decision, 'deny', 'what may not be left out keeps the old chain');
  await reload(written(chain({ matchConditions: [{ expression: "request.resourceAttributes.name == 'y'" }], failurePolicy: 'NoOpinion' })));
  assert.equal((await authorize(request())).decision, 'allow');
  assert.deepEqual(await authorize(path('/x')), { decision: 'allow', reason: '' }, 'an expression that fails is no opinion');
});

test('what a configuration or flags get wrong is said in the words of upstream', () => {
  const one = (more: object) => [
    { type: 'Webhook', name: 'w', webhook: { failurePolicy: 'Deny', subjectAccessReviewVersion: 'v1', ...more } },
  ];
  const connectionInfo = { type: 'KubeConfigFile', kubeConfigFile: root };
  const table: readonly [readonly object[], RegExp][] = [
    [[], /^authorizers: Required value: at least one authorization mode must be defined$/],
    [
      [
        { type: 'RBAC', name: 'rbac' },
        { type: 'RBAC', name: 'x' },
      ],
      /^authorizers\[1\].type: Duplicate value: "RBAC"$/,
    ],
    [
      [{ type: 'Nope', name: 'x' }],
      /authorizers\[0\].type: Unsupported value: "Nope": supported values: "ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"/,
    ],
    [[{ type: 'RBAC', name: 'x' }], /expected name rbac for authorizer RBAC instead of x/],
    [[{ type: 'Webhook', name: 'w' }], /authorizers\[0\].webhook: Required value: required when type=Webhook/],
    [
      one({ connectionInfo }),
      /authorizers\[0\].timeout: Required value, authorizers\[0\].connectionInfo.kubeConfigFile: Invalid value: ".*": must be a regular file/,
    ],
    [one({ timeout: '31s', connectionInfo }), /timeout: Invalid value: "31s": must be > 0s and <= 30s/],
    [
      one({ timeout: '3s', connectionInfo, matchConditions: [{ expression: 'request.user' }] }),
      /matchConditionSubjectAccessReviewVersion: Required value: required if match conditions are specified.*matchConditions\[0\].expression: Invalid value: "request.user": must evaluate to bool but got string/,
    ],
  ];
  for (const [authorizers, message] of table) assert.throws(() => parseAuthorizationConfiguration(written(authorizers)), { message });
  const flags: readonly [ApiServerFlags, RegExp][] = [
    [{ 'authorization-mode': ['RBAC', 'RBAC'] }, /authorization-mode \["RBAC" "RBAC"\] has mode specified more than once/],
    [{ 'authorization-mode': ['Rbac'] }, /authorization-mode "Rbac" is not a valid mode/],
    [{ 'authorization-mode': ['ABAC'] }, /authorization policy file not passed/],
    [{ 'authorization-policy-file': '/x' }, /cannot specify --authorization-policy-file without mode ABAC/],
    [{ 'authorization-config': '/x', 'authorization-mode': ['RBAC'] }, /--authorization-config can not be specified when/],
  ];
  for (const [given, message] of flags) assert.throws(() => authorization(given), message);
});
