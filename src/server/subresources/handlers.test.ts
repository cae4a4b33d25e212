import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { bareKind, commonKinds, depsOf, MemoryResources } from '../../../test/helpers/memory-resources.ts';
import { VirtualClock } from '../../base/clock.ts';
import type { Identity } from '../../client/call.ts';
import { createTokens, defaultIssuer } from '../authn/tokens.ts';
import type { Authorizer, Subresource, SubresourceDeps, SubresourceRequest } from '../types.ts';
import { localSubjectAccessReview } from './local-subject-access-review.ts';
import { podBinding } from './pod-binding.ts';
import { podEviction } from './pod-eviction.ts';
import { scale } from './scale.ts';
import { selfSubjectReview } from './self-subject-review.ts';
import { selfSubjectRulesReview } from './self-subject-rules-review.ts';
import { serviceAccountToken } from './service-account-token.ts';
import { subjectAccessReview } from './subject-access-review.ts';
import { tokenReview } from './token-review.ts';

const eve: Identity = { user: 'eve', uid: 'u1', groups: ['dev', 'system:authenticated'] };
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const keyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const scaled = bareKind('apps', 'Deployment', 'deployments', 'Namespaced', {
  scale: { specReplicas: 'spec.replicas', statusReplicas: 'status.replicas', selector: 'spec.selector' },
});

function cluster(authorize?: Authorizer) {
  const resources = new MemoryResources([...commonKinds.filter((kind) => kind.kind !== 'Deployment'), scaled]);
  const clock = new VirtualClock();
  const base = depsOf(resources, authorize);
  const deps: SubresourceDeps = {
    ...base,
    clock,
    nodeConnections: { connect: () => Promise.reject(new Error('no nodes')) },
    dialer: { dial: () => Promise.reject(new Error('no network')) },
    admission: { mutate: () => undefined, validate: () => undefined },
    tokens: createTokens({ keyPem, resources, clock }),
    components: [],
    rules: {
      rulesFor: () => ({
        rules: [
          { verbs: ['get'], apiGroups: [''], resources: ['pods'] },
          { verbs: ['get'], nonResourceURLs: ['/version'] },
        ],
        errors: ['no role'],
      }),
    },
  };
  const call = async (
    definition: Subresource,
    verb: SubresourceRequest['verb'],
    kind: string,
    name: string,
    body?: unknown,
    more: Partial<SubresourceRequest> = {},
  ): Promise<any> => {
    const known =
      resources.kinds.all.find((candidate) => candidate.kind === kind) ?? bareKind(definition.group, kind, 'reviews', 'Cluster');
    const request: SubresourceRequest = {
      kind: known,
      subresource: definition.subresource,
      verb,
      key: { namespace: 'shop', name },
      identity: eve,
      options: {},
      body,
      query: {},
      signal: new AbortController().signal,
      warn: () => undefined,
      fieldManager: 'test',
      ...more,
    };
    return await definition.verbs[verb]!(request, deps);
  };
  const pod = (name: string, more: any = {}) =>
    resources.add('', 'Pod', {
      metadata: { name, namespace: 'shop', labels: { app: 'web' } },
      spec: { serviceAccountName: 'default', ...more.spec },
      status: { phase: 'Running', ...more.status },
    }) as any;
  const get = async (kind: string, name: string): Promise<any> =>
    await resources.get(resources.kinds.all.find((candidate) => candidate.kind === kind)!, { namespace: 'shop', name });
  return { resources, deps, call, pod, get, clock };
}

test('binding places a pod once', async () => {
  const { call, pod, get } = cluster();
  const { metadata } = pod('web', { spec: { nodeName: undefined } });
  const binding = (more: object = {}) => ({
    metadata: { name: 'web', labels: { 'topology.kubernetes.io/zone': 'a' }, ...more },
    target: { kind: 'Node', name: 'n1' },
  });
  const bind = (body: object, name = 'web') => call(podBinding, 'create', 'Pod', name, body);
  await assert.rejects(bind(binding(), 'other'), { code: 400, message: 'name in URL does not match name in Binding object' });
  await assert.rejects(bind({ metadata: { name: 'web' }, target: { kind: 'Node' } }), { message: 'target.name: Required value' });
  await assert.rejects(bind(binding({ uid: 'wrong' })), { code: 409 });
  const reply = await bind(binding({ uid: metadata.uid }));
  assert.deepEqual([reply.code, reply.object.status], [201, 'Success']);
  const bound = await get('Pod', 'web');
  assert.equal(bound.spec.nodeName, 'n1');
  assert.equal(bound.metadata.labels['topology.kubernetes.io/zone'], 'a');
  assert.deepEqual(bound.status.conditions, [
    { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: '2026-01-01T00:00:00Z' },
  ]);
  await assert.rejects(bind(binding()), {
    code: 409,
    message: 'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "n1"',
  });
  pod('gated', { spec: { schedulingGates: [{ name: 'x' }] } });
  await assert.rejects(bind(binding({ name: 'gated' }), 'gated'), /pod gated has non-empty .spec.schedulingGates/);
});

test('eviction asks the budget', async (t) => {
  const setUp = (status: object | undefined, more: any = {}) => {
    const made = cluster();
    made.pod('web', { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], ...more.pod } });
    if (status !== undefined)
      made.resources.add('policy', 'PodDisruptionBudget', {
        metadata: { name: 'budget', namespace: 'shop', generation: 1 },
        spec: { selector: { matchLabels: { app: 'web' } }, ...more.spec },
        status: { observedGeneration: 1, ...status },
      });
    return {
      ...made,
      evict: (body: object = {}, options: object = {}) =>
        made.call(podEviction, 'create', 'Pod', 'web', { metadata: { name: 'web' }, ...body }, { options }),
    };
  };
  await t.test('no budget: goes', async () => {
    const { evict, get } = setUp(undefined);
    assert.equal((await evict()).code, 201);
    assert.equal(await get('Pod', 'web'), undefined);
  });
  await t.test('one disruption allowed: taken and noted', async () => {
    const { evict, get } = setUp({ disruptionsAllowed: 1 });
    assert.equal((await evict()).code, 201);
    const { status } = await get('PodDisruptionBudget', 'budget');
    assert.deepEqual([status.disruptionsAllowed, Object.keys(status.disruptedPods)], [0, ['web']]);
    assert.equal(await get('Pod', 'web'), undefined);
  });
  await t.test('none allowed: 429 with the reason', async () => {
    const { evict, get } = setUp({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 1 });
    await assert.rejects(evict(), {
      code: 429,
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      details: {
        causes: [{ reason: 'DisruptionBudget', message: 'The disruption budget budget needs 1 healthy pods and has 1 currently' }],
        retryAfterSeconds: 0,
      },
    });
    assert.ok(await get('Pod', 'web'));
  });
  await t.test('controller behind: 429 with a wait', async () => {
    const { evict } = setUp({ observedGeneration: 0, disruptionsAllowed: 5 });
    await assert.rejects(evict(), (error: any) => error.code === 429 && error.details.retryAfterSeconds === 10);
  });
  await t.test('dry run changes nothing, and still refuses', async () => {
    const { evict, get } = setUp({ disruptionsAllowed: 1 });
    await evict({ deleteOptions: { dryRun: ['All'] } }).catch(() => undefined);
    assert.equal((await get('PodDisruptionBudget', 'budget')).status.disruptionsAllowed, 1);
    await assert.rejects(setUp({ disruptionsAllowed: 0 }).evict({}, { dryRun: true }), { code: 429 });
  });
  await t.test('pending and finished pods need no budget', async () => {
    for (const phase of ['Pending', 'Succeeded', 'Failed'])
      assert.equal((await setUp({ disruptionsAllowed: 0 }, { pod: { phase } }).evict()).code, 201);
  });
  await t.test('an unready pod goes when the budget is healthy, or when its policy says so', async () => {
    const unready = { conditions: [{ type: 'Ready', status: 'False' }] };
    assert.equal((await setUp({ disruptionsAllowed: 0, currentHealthy: 2, desiredHealthy: 2 }, { pod: unready }).evict()).code, 201);
    assert.equal(
      (await setUp({ disruptionsAllowed: 0 }, { pod: unready, spec: { unhealthyPodEvictionPolicy: 'AlwaysAllow' } }).evict()).code,
      201,
    );
    await assert.rejects(setUp({ disruptionsAllowed: 0, currentHealthy: 1, desiredHealthy: 2 }, { pod: unready }).evict(), { code: 429 });
  });
  await t.test('two budgets are one too many', async () => {
    const { evict, resources } = setUp({ disruptionsAllowed: 1 });
    resources.add('policy', 'PodDisruptionBudget', { metadata: { name: 'second', namespace: 'shop' }, spec: { selector: {} } });
    const reply = await evict();
    assert.equal(reply.code, 500);
    assert.match(reply.object.message, /more than one PodDisruptionBudget/);
  });
});

test('scale shows and sets replicas', async () => {
  const { call, resources, get } = cluster();
  const stored: any = resources.add('apps', 'Deployment', {
    metadata: { name: 'web', namespace: 'shop' },
    spec: { replicas: 2, selector: { matchLabels: { b: 'x', a: 'y' } } },
    status: { replicas: 1 },
  });
  const shown = (await call(scale, 'get', 'Deployment', 'web')).object;
  assert.deepEqual([shown.kind, shown.spec, shown.status], ['Scale', { replicas: 2 }, { replicas: 1, selector: 'a=y,b=x' }]);
  const body = (replicas: number, metadata: object = {}) => ({ metadata: { name: 'web', ...metadata }, spec: { replicas } });
  assert.deepEqual((await call(scale, 'update', 'Deployment', 'web', body(5))).object.spec, { replicas: 5 });
  assert.deepEqual((await call(scale, 'patch', 'Deployment', 'web', { spec: { replicas: 0 } }, { patchType: 'merge' })).object.spec, {});
  await call(scale, 'patch', 'Deployment', 'web', [{ op: 'add', path: '/spec/replicas', value: 3 }], { patchType: 'json' });
  assert.equal((await get('Deployment', 'web')).spec.replicas, 3);
  await assert.rejects(call(scale, 'update', 'Deployment', 'web', body(-1)), {
    code: 422,
    message: 'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  });
  for (const [metadata, message] of [
    [{ name: 'other' }, 'the name of the object (other) does not match the name on the URL (web)'],
    [{ name: '' }, /undeterminable/],
    [{ namespace: 'other' }, /namespace of the provided object does not match/],
    [{ labels: { '!': 'a' } }, /^Scale\.autoscaling "web" is invalid: metadata\.labels: /],
    [{ uid: 'x' }, /StorageError: .*Precondition failed: UID in precondition: x/],
  ] as const)
    await assert.rejects(call(scale, 'update', 'Deployment', 'web', body(1, metadata)), { message });
  await assert.rejects(call(scale, 'update', 'Deployment', 'web', body(1, { resourceVersion: stored.metadata.resourceVersion })), {
    code: 409,
  });
  await assert.rejects(call(scale, 'update', 'Deployment', 'web', 'text'), { code: 400 });
  await assert.rejects(call(scale, 'get', 'Deployment', 'none'), { message: 'deployments.apps "none" not found' });
  await assert.rejects(call(scale, 'update', 'Deployment', 'none', body(1, { name: 'none' })), {
    message: 'deployments.apps "none" not found',
  });
  await assert.rejects(call(scale, 'update', 'Deployment', 'none', body(1, { name: '' })), { message: /undeterminable/ });
});

test('tokens: what is issued is recognized, bound and bounded', async () => {
  const { call, resources, pod, deps, clock } = cluster();
  const account = resources.add('', 'ServiceAccount', { metadata: { name: 'default', namespace: 'shop' } });
  const node = resources.add('', 'Node', { metadata: { name: 'n1' } });
  const bound = pod('web', { spec: { nodeName: 'n1' } });
  const ask = (spec: object, metadata: object = {}) => call(serviceAccountToken, 'create', 'ServiceAccount', 'default', { metadata, spec });
  const payload = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());
  const plain = (await ask({})).object;
  assert.equal(plain.status.expirationTimestamp, '2026-01-01T01:00:00Z');
  assert.deepEqual(Object.keys(plain.metadata), ['name', 'namespace', 'uid', 'creationTimestamp', 'managedFields']);
  assert.deepEqual(plain.spec, { expirationSeconds: 3600, audiences: [defaultIssuer] });
  assert.equal((await deps.tokens.authenticate(plain.status.token, [defaultIssuer]))?.identity.uid, account.metadata.uid);

  const ref = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: bound.metadata.uid };
  const long = payload((await ask({ boundObjectRef: ref, expirationSeconds: 3607 })).object.status.token);
  assert.equal(long.exp - long.iat, 365 * 24 * 3600);
  assert.deepEqual(long['kubernetes.io'], {
    namespace: 'shop',
    node: { name: 'n1', uid: node.metadata.uid },
    pod: { name: 'web', uid: bound.metadata.uid },
    serviceaccount: { name: 'default', uid: account.metadata.uid },
    warnafter: Math.floor(clock.now() / 1000) + 3607,
  });
  assert.equal(
    payload((await ask({ expirationSeconds: 3607, audiences: ['vault'], boundObjectRef: ref })).object.status.token)['kubernetes.io']
      .warnafter,
    undefined,
  );
  const wrong: readonly [object, object, number, RegExp][] = [
    [
      { expirationSeconds: 599 },
      {},
      422,
      /TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes/,
    ],
    [{ expirationSeconds: 2 ** 33 }, {}, 422, /may not specify a duration larger than 2\^32 seconds/],
    [{}, { name: 'other' }, 422, /must match the service account name if specified/],
    [{}, { uid: 'other' }, 409, /the UID in the token request \(other\) does not match/],
    [{ boundObjectRef: { ...ref, uid: 'old' } }, {}, 409, /the UID in the bound object reference \(old\) does not match the UID in record/],
    [{ boundObjectRef: { ...ref, kind: 'ConfigMap' } }, {}, 400, /cannot bind token to object of type \/v1, Kind=ConfigMap/],
    [{ boundObjectRef: { ...ref, name: 'gone' } }, {}, 404, /pods "gone" not found/],
  ];
  for (const [spec, metadata, code, message] of wrong) await assert.rejects(ask(spec, metadata), { code, message });

  const seen = (await call(tokenReview, 'create', 'TokenReview', '', { spec: { token: plain.status.token } })).object.status;
  assert.deepEqual([seen.authenticated, seen.user.username, seen.audiences], [true, 'system:serviceaccount:shop:default', [defaultIssuer]]);
  const elsewhere = (await call(tokenReview, 'create', 'TokenReview', '', { spec: { token: plain.status.token, audiences: ['vault'] } }))
    .object.status;
  assert.equal(elsewhere.authenticated, undefined);
  assert.match(elsewhere.error, /token audiences/);
  await assert.rejects(call(tokenReview, 'create', 'TokenReview', '', { spec: {} }), { code: 400 });
  // A blank token is none.
  const blank = { spec: { token: ' ' } };
  assert.deepEqual((await call(tokenReview, 'create', 'TokenReview', '', blank)).object.status, { user: {}, authenticated: undefined });
  Object.assign(deps.tokens, { anonymous: { user: 'system:anonymous', groups: ['system:unauthenticated'] } });
  assert.deepEqual((await call(tokenReview, 'create', 'TokenReview', '', blank)).object.status, {
    authenticated: true,
    user: { username: 'system:anonymous', groups: ['system:unauthenticated'] },
    audiences: [defaultIssuer],
  });
});

test('reviews of access', async () => {
  const { call } = cluster(({ verb, identity }) => ({
    decision: verb === 'get' && identity.user === 'bob' ? 'allow' : 'noOpinion',
    reason: 'because',
  }));
  const ask = async (spec: object, metadata: object = {}) =>
    (await call(subjectAccessReview, 'create', 'SubjectAccessReview', '', { metadata, spec })).object.status;
  assert.deepEqual(await ask({ user: 'bob', resourceAttributes: { verb: 'get', resource: 'pods' } }), { allowed: true, reason: 'because' });
  assert.deepEqual(await ask({ user: 'bob', nonResourceAttributes: { verb: 'post', path: '/x' } }), { allowed: false, reason: 'because' });
  await assert.rejects(ask({ resourceAttributes: {} }), /spec.user: Invalid value: "": at least one of user or group must be specified/);
  await assert.rejects(ask({ user: 'x' }), /exactly one of nonResourceAttributes or resourceAttributes must be specified/);
  await assert.rejects(ask({ user: 'x', resourceAttributes: {} }, { name: 'n', uid: 'u' }), {
    message:
      '.authorization.k8s.io "" is invalid: metadata: Invalid value: {"name":"n","managedFields":[{"manager":"test","operation":"Update","apiVersion":"authorization.k8s.io/v1","time":"2026-01-01T00:00:00Z","fieldsType":"FieldsV1","fieldsV1":{"f:spec":{"f:resourceAttributes":{},"f:user":{}}}}]}: must be empty',
  });
  await assert.rejects(ask({ user: 'x', resourceAttributes: {}, nonResourceAttributes: { path: '/' } }), {
    message: /: Invalid value: \{"Path":"\/","Verb":""\}: cannot be specified in combination with resourceAttributes$/,
  });
  const selecting = (labelSelector: object, fieldSelector: object) => ({
    user: 'bob',
    resourceAttributes: { verb: 'get', resource: 'pods', labelSelector, fieldSelector },
  });
  const partly = selecting(
    {
      requirements: [
        { key: 'a', operator: 'Exists' },
        { key: 'a', operator: 'New' },
      ],
    },
    { requirements: [{ key: 'a', operator: 'Exists' }] },
  );
  assert.equal(
    (await ask(partly)).evaluationError,
    'spec.resourceAttributes.fieldSelector ignored due to parse error; spec.resourceAttributes.labelSelector partially ignored due to parse error',
  );
  await assert.rejects(ask(selecting({ requirements: [{ key: '-', operator: 'In' }] }, { requirements: [{ key: '', operator: 'X' }] })), {
    message:
      /fieldSelector.requirements\[0\].key: Required value: must be specified, .*values: Required value: must be spec.*key: Invalid value: "-"/,
  });
  await assert.rejects(
    call(localSubjectAccessReview, 'create', 'LocalSubjectAccessReview', '', {
      spec: { user: 'x', resourceAttributes: { namespace: 'other' } },
    }),
    /must match metadata.namespace/,
  );
  const rules = (await call(selfSubjectRulesReview, 'create', 'SelfSubjectRulesReview', '', { spec: { namespace: 'shop' } })).object.status;
  assert.deepEqual([rules.resourceRules.length, rules.nonResourceRules.length, rules.evaluationError], [1, 1, 'no role']);
  const me = (await call(selfSubjectReview, 'create', 'SelfSubjectReview', '', {})).object.status.userInfo;
  assert.deepEqual(me, { username: 'eve', uid: 'u1', groups: ['dev', 'system:authenticated'] });
});
