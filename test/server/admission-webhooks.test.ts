import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { AnyKind } from '../../src/api/kind.ts';
import type { Call, Reply } from '../../src/client/call.ts';
import { MutatingWebhookConfiguration } from '../../src/kinds/admissionregistration/mutating-webhook-configuration.ts';
import { ValidatingWebhookConfiguration } from '../../src/kinds/admissionregistration/validating-webhook-configuration.ts';
import { CustomResourceDefinition } from '../../src/kinds/apiextensions/custom-resource-definition.ts';
import { Deployment } from '../../src/kinds/apps/deployment.ts';
import { ConfigMap } from '../../src/kinds/core/config-map.ts';
import { Namespace } from '../../src/kinds/core/namespace.ts';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatYaml } from '../../src/base/yaml.ts';
import { startTestApi as startServedApi } from '../helpers/api-server.ts';
import { admin, startTestApi } from '../helpers/api.ts';
import { type Answer, startWebhookServer } from '../helpers/webhook-server.ts';

const jsonPatch = (...operations: object[]) => ({
  allowed: true,
  patchType: 'JSONPatch',
  patch: Buffer.from(JSON.stringify(operations)).toString('base64'),
});
const add = (path: string, value: unknown) => ({ op: 'add', path, value });
const marker = (name: string) => ({ metadata: { name, namespace: 'shop' } });
const configMaps = { apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] };

async function setUp(t: TestContext, answer: Answer) {
  const hook = await startWebhookServer(t, answer);
  const { client: clientOf } = await startTestApi(t);
  const client = clientOf(admin);
  await client.create(Namespace, { metadata: { name: 'shop', labels: { hooks: 'yes' } } });
  const webhook = (name: string, more: object = {}) => ({
    name: `${name}.example.com`,
    clientConfig: hook.at(`/${name}`),
    rules: [configMaps],
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    ...more,
  });
  const settle = async () => {
    for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
  };
  const mutating = async (name: string, ...webhooks: object[]) => {
    await client.create(MutatingWebhookConfiguration, { metadata: { name }, webhooks: webhooks as never });
    await settle();
  };
  const validating = async (name: string, ...webhooks: object[]) => {
    await client.create(ValidatingWebhookConfiguration, { metadata: { name }, webhooks: webhooks as never });
    await settle();
  };
  const send = async (kind: AnyKind, call: Partial<Call> & Pick<Call, 'verb'>): Promise<Reply> =>
    await client.transport({
      group: kind.group,
      version: kind.version,
      resource: kind.plural,
      namespace: 'shop',
      options: {},
      userAgent: 'test/1',
      ...call,
    });
  return { hook, client, clientOf, webhook, mutating, validating, send, settle };
}

test('a validating webhook sees the request and refuses it in its own words', async (t) => {
  const { hook, client, webhook, validating } = await setUp(t, ({ object }) =>
    object?.data?.bad === undefined
      ? { allowed: true }
      : { allowed: false, status: { message: 'the data is bad', reason: 'Odd', code: 418 } },
  );
  await validating('v', webhook('deny'));
  await client.create(ConfigMap, { ...marker('good'), data: { a: 'b' } }, { fieldManager: 'me' });
  const { request, apiVersion } = hook.calls[0]!;
  assert.equal(apiVersion, 'admission.k8s.io/v1');
  const { uid, object, ...rest } = request;
  assert.match(uid, /^[0-9a-f-]{36}$/);
  assert.equal(object.metadata.uid.length, 36);
  assert.equal(object.kind, 'ConfigMap');
  assert.deepEqual(rest, {
    kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
    requestResource: { group: '', version: 'v1', resource: 'configmaps' },
    name: 'good',
    namespace: 'shop',
    operation: 'CREATE',
    userInfo: { username: 'test', groups: ['system:masters', 'system:authenticated'] },
    oldObject: null,
    dryRun: false,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'me' },
  });
  await assert.rejects(client.create(ConfigMap, { ...marker('bad'), data: { bad: 'x' } }), {
    code: 418,
    reason: 'Odd',
    message: 'admission webhook "deny.example.com" denied the request: the data is bad',
  });
});

test('mutating webhooks change objects in turn, and are asked again when others change them later', async (t) => {
  const { hook, client, webhook, mutating } = await setUp(t, ({ object }, path) => {
    if (path === '/second') return jsonPatch(add('/data/second', object.data?.first ?? 'nothing'));
    return object.data?.first === undefined ? jsonPatch(add('/data', { first: 'one' })) : { allowed: true };
  });
  await mutating('b', webhook('second'));
  await mutating('a', webhook('first', { reinvocationPolicy: 'IfNeeded' }));
  const { data } = await client.create(ConfigMap, { ...marker('m'), data: {} });
  assert.deepEqual(data, { first: 'one', second: 'one' });
  assert.deepEqual(
    hook.calls.map(({ path }) => path),
    ['/first', '/second', '/first'],
  );
});

test("failures: by policy, with the reason in upstream's words", async (t) => {
  const { client, webhook, mutating, validating, settle } = await setUp(t, (_, path) =>
    path === '/slow' ? undefined : path === '/silent' ? { uid: 'other', allowed: true } : jsonPatch({ op: 'remove', path: '/data/absent' }),
  );
  const refused = async (why: RegExp, code = 500) => {
    await assert.rejects(client.create(ConfigMap, { ...marker('x'), data: {} }), (error: any) => {
      assert.match(error.message, why);
      assert.equal(error.code, code);
      return true;
    });
    await client.deleteCollection(ValidatingWebhookConfiguration);
    await client.deleteCollection(MutatingWebhookConfiguration);
    await settle();
  };
  const nowhere = { clientConfig: { url: 'https://127.0.0.1:1/x', caBundle: webhook('x').clientConfig.caBundle } };
  await validating('v', webhook('gone', nowhere));
  await refused(
    /^Internal error occurred: failed calling webhook "gone.example.com": failed to call webhook: Post "https:\/\/127.0.0.1:1\/x\?timeout=10s": dial tcp 127.0.0.1:1: connect: connection refused$/,
  );
  await validating('v', webhook('slow', { timeoutSeconds: 1 }));
  await refused(/failed to call webhook: Post "https:\/\/127.0.0.1:\d+\/slow\?timeout=1s": context deadline exceeded$/);
  await validating('v', webhook('silent'));
  await refused(
    /failed calling webhook "silent.example.com": received invalid webhook response: expected response.uid="[^"]+", got "other"$/,
  );
  await mutating('m', webhook('patch'));
  await refused(/^Internal error occurred: .*\/data\/absent/);
  await validating('v', webhook('patch'));
  await refused(/received invalid webhook response: validating webhook may not return response.patch$/);
  await validating('v', webhook('gone', { ...nowhere, failurePolicy: 'Ignore' }));
  await mutating('m', webhook('gone', { ...nowhere, failurePolicy: 'Ignore' }));
  await client.create(ConfigMap, marker('fine'));
});

test('selectors, rules and conditions choose', async (t) => {
  const { hook, client, webhook, validating } = await setUp(t, () => ({ allowed: true }));
  const notHere = { namespaceSelector: { matchLabels: { hooks: 'no' } } };
  const labelled = { objectSelector: { matchLabels: { look: 'yes' } } };
  const condition = (expression: string) => ({ matchConditions: [{ name: 'c', expression }] });
  await validating(
    'v',
    webhook('namespace', notHere),
    webhook('object', labelled),
    webhook('false', condition('request.name != "one"')),
    webhook('true', condition('object.metadata.namespace == "shop" && request.operation == "CREATE"')),
    webhook('error', { ...condition('object.data.absent == ""'), failurePolicy: 'Ignore' }),
    webhook('authorizer', condition('authorizer.group("").resource("pods").namespace("shop").check("list").allowed()')),
    webhook('update', { rules: [{ ...configMaps, operations: ['UPDATE'] }] }),
    webhook('cluster', { rules: [{ ...configMaps, scope: 'Cluster' }] }),
    webhook('star', { rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE'], resources: ['*/*'] }] }),
  );
  const called = () =>
    hook.calls
      .splice(0)
      .map(({ path }) => path.slice(1))
      .sort();
  await client.create(ConfigMap, { ...marker('one'), data: {} });
  assert.deepEqual(called(), ['authorizer', 'star', 'true']);
  await client.patch(ConfigMap, { namespace: 'shop', name: 'one' }, 'merge', { metadata: { labels: { look: 'yes' } } });
  assert.deepEqual(called(), ['authorizer', 'object', 'update']);
  await client.patch(ConfigMap, { namespace: 'shop', name: 'one' }, 'merge', { metadata: { labels: null } });
  assert.deepEqual(called(), ['authorizer', 'object', 'update'], 'the old labels count, too');
  await validating('w', webhook('broken', condition('object.data.absent == ""')));
  await assert.rejects(client.create(ConfigMap, { ...marker('two'), data: {} }), {
    code: 403,
    message: `configmaps "two" is forbidden: expression 'object.data.absent == ""' resulted in error: no such key: data`,
  });
});

test('deletes show what goes, one by one', async (t) => {
  const { hook, client, webhook, validating } = await setUp(t, ({ oldObject }) => ({
    allowed: oldObject.metadata.labels?.keep === undefined,
    status: { message: 'kept' },
  }));
  for (const name of ['a', 'b']) await client.create(ConfigMap, marker(name));
  await client.create(ConfigMap, { metadata: { name: 'c', namespace: 'shop', labels: { keep: 'yes' } } });
  await validating('v', webhook('delete', { rules: [{ ...configMaps, operations: ['DELETE'] }] }));
  await assert.rejects(client.delete(ConfigMap, { namespace: 'shop', name: 'c' }), {
    code: 400,
    message: 'admission webhook "delete.example.com" denied the request: kept',
  });
  const { request } = hook.calls.at(-1)!;
  assert.equal(request.object, null);
  assert.deepEqual(request.options, { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' });
  await assert.rejects(client.deleteCollection(ConfigMap, { namespace: 'shop' }), /denied the request: kept/);
  const names = hook.calls.map((call) => call.request.name);
  assert.deepEqual([...new Set(names)], ['c', undefined], 'of a collection, objects are not named');
});

test('dry runs leave webhooks with side effects out', async (t) => {
  const { hook, client, webhook, validating } = await setUp(t, () => ({ allowed: true }));
  await validating('v', webhook('quiet', { sideEffects: 'NoneOnDryRun' }));
  await client.create(ConfigMap, marker('x'), { dryRun: true });
  assert.equal(hook.calls[0]!.request.dryRun, true);
  assert.deepEqual(hook.calls[0]!.request.options.dryRun, ['All']);
});

test('subresources are shown in types of their own', async (t) => {
  const { hook, client, webhook, mutating, send } = await setUp(t, ({ object }) =>
    object.kind === 'Scale' ? jsonPatch(add('/spec/replicas', 7)) : { allowed: object.kind !== 'PodAttachOptions' },
  );
  const any = { apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'] };
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const spec = { replicas: 1, selector: { matchLabels: { a: 'b' } }, template };
  await client.create(Deployment, { metadata: { name: 'd', namespace: 'shop' }, spec });
  await mutating('m', webhook('any', { rules: [any] }));
  const body = { spec: { replicas: 3 } };
  const reply: any = await send(Deployment, { verb: 'patch', name: 'd', subresource: 'scale', patchType: 'merge', body });
  assert.equal(reply.object.spec.replicas, 7);
  const { request } = hook.calls[0]!;
  assert.deepEqual(request.kind, { group: 'autoscaling', version: 'v1', kind: 'Scale' });
  assert.deepEqual(request.resource, { group: 'apps', version: 'v1', resource: 'deployments' });
  assert.equal(request.subResource, 'scale');
  assert.equal(request.oldObject.spec.replicas, 1);
  assert.equal(request.object.spec.replicas, 3);
});

test('custom resources: other versions, pruning, configurations that nobody intercepts', async (t) => {
  const { hook, client, webhook, mutating, send, settle } = await setUp(t, ({ object }) =>
    object?.spec === undefined ? { allowed: false } : jsonPatch(add('/spec/b', 'added'), add('/spec/unknown', 1)),
  );
  const schema = { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } } } };
  const version = (name: string) => ({ name, served: true, storage: name === 'v1', schema: { openAPIV3Schema: schema } });
  await client.create(CustomResourceDefinition, {
    metadata: { name: 'foos.g.io' },
    spec: { group: 'g.io', scope: 'Namespaced', names: { plural: 'foos', kind: 'Foo' }, versions: [version('v1'), version('v2')] } as never,
  });
  await settle();
  await settle();
  const rules = [{ apiGroups: ['g.io'], apiVersions: ['v2'], operations: ['*'], resources: ['foos'] }];
  const everything = [{ apiGroups: ['admissionregistration.k8s.io'], apiVersions: ['*'], operations: ['*'], resources: ['*'] }];
  await mutating(
    'm',
    webhook('custom', { rules }),
    webhook('exact', { rules, matchPolicy: 'Exact' }),
    webhook('own', { rules: everything }),
  );
  const foo = { group: 'g.io', version: 'v1', plural: 'foos' } as AnyKind;
  const body = { apiVersion: 'g.io/v1', kind: 'Foo', metadata: { name: 'f' }, spec: { a: 'x' } };
  const reply: any = await send(foo, { verb: 'create', body });
  assert.equal(reply.object.apiVersion, 'g.io/v1');
  assert.deepEqual(reply.object.spec, { a: 'x', b: 'added' });
  assert.deepEqual(
    hook.calls.map(({ path, request }) => [path, request.kind.version, request.requestKind.version, request.object.apiVersion]),
    [['/custom', 'v2', 'v1', 'g.io/v2']],
  );
  await mutating('another', webhook('x'));
});

test('a hundred webhooks that do not match are not asked', async (t) => {
  const { hook, client, webhook, validating, mutating } = await setUp(t, () => ({ allowed: true }));
  for (let index = 0; index < 100; index++) {
    const rules = [{ apiGroups: ['g.io'], apiVersions: ['v1'], operations: ['*'], resources: [`things${index}`] }];
    await (index % 2 === 0 ? validating : mutating)(`h${index}`, webhook(`h${index}`, { rules }));
  }
  await client.create(ConfigMap, marker('x'));
  assert.equal(hook.calls.length, 0);
});

test('connections are kept, and made anew when the webhook gave them up', async (t) => {
  const { hook, client, webhook, validating } = await setUp(t, () => ({ allowed: true }));
  await validating('v', webhook('a'));
  for (const name of ['a', 'b', 'c']) await client.create(ConfigMap, marker(name));
  assert.equal(hook.connections, 1);
  hook.drop();
  await client.create(ConfigMap, marker('d'));
  assert.equal(hook.connections, 2);
  assert.equal(hook.calls.length, 4);
});

test('field managers that a webhook made unreadable are those of before', async (t) => {
  const entry = { manager: 'hook', operation: 'Update', apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1: { 'f:data': {} } };
  let entries: readonly object[] = [];
  const { webhook, mutating, send } = await setUp(t, () => jsonPatch({ op: 'replace', path: '/metadata/managedFields', value: entries }));
  await mutating('m', webhook('managers'));
  const create = async (name: string, ...given: readonly object[]) => {
    entries = given;
    const reply = await send(ConfigMap, { verb: 'create', body: { metadata: { name }, data: { a: 'b' } } });
    assert.equal(reply.type, 'object');
    const { metadata } = (reply as { object: { metadata: { managedFields: { manager: string }[] } } }).object;
    return { managers: metadata.managedFields.map(({ manager }) => manager), warnings: reply.warnings ?? [] };
  };
  assert.deepEqual(await create('good', entry), { managers: ['hook'], warnings: [] });
  const why =
    '.metadata.managedFields was in an invalid state after admission; this could be caused by an outdated mutating admission controller';
  for (const [name, bad, fault] of [
    ['operation', { ...entry, operation: 'Delete' }, 'operation must be `Apply` or `Update`'],
    ['version', { ...entry, apiVersion: '' }, 'apiVersion must not be empty'],
    ['untyped', { ...entry, fieldsType: undefined }, 'missing fieldsType in managed fields entry 0'],
    ['type', { ...entry, fieldsType: 'FieldsV2' }, 'invalid fieldsType "FieldsV2" in managed fields entry 0'],
  ] as const)
    assert.deepEqual(await create(name, bad), { managers: ['test'], warnings: [`${why}; please fix your requests: ${fault}`] });
  const { managers, warnings } = await create('fields', { ...entry, fieldsV1: { 'x:data': {} } });
  assert.deepEqual(managers, ['test']);
  assert.match(warnings[0]!, /error decoding versioned set from .*unrecognized key type "x:"/);
});

test('the API server shows itself to webhooks as the users of a kubeconfig say, which are named after hosts', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'webhook-users-'));
  t.after(() => rmSync(dir, { recursive: true }));
  const kubeconfig = join(dir, 'kubeconfig');
  const file = join(dir, 'admission.yaml');
  const configuration = (more: object) =>
    writeFileSync(
      file,
      formatYaml({
        apiVersion: 'apiserver.config.k8s.io/v1',
        kind: 'AdmissionConfiguration',
        plugins: [
          {
            name: 'ValidatingAdmissionWebhook',
            configuration: { apiVersion: 'apiserver.config.k8s.io/v1', kind: 'WebhookAdmissionConfiguration', ...more },
          },
        ],
      }),
    );
  const shown: (string | undefined)[] = [];
  const hook = await startWebhookServer(t, (_, __, headers) => {
    shown.push(headers.authorization);
    return { allowed: true };
  });
  const host = new URL(hook.clientConfig.url).host;
  const user = (name: string, token: string) => ({ name, user: { token } });
  writeFileSync(kubeconfig, formatYaml({ users: [user('*', 'any'), user(host, 'named'), user('*.shop.svc', 'service')] }));
  const flags = { 'admission-control-config-file': file };
  configuration({ kubeConfigFile: kubeconfig });
  const api = await startServedApi(t, { flags });
  const rules = [configMaps];
  const common = { rules, sideEffects: 'None', admissionReviewVersions: ['v1'] };
  const port = Number(new URL(hook.clientConfig.url).port);
  const webhooks = [
    { ...common, name: 'a.example.com', clientConfig: hook.at('/a') },
    {
      ...common,
      name: 'b.example.com',
      failurePolicy: 'Ignore',
      clientConfig: { service: { namespace: 'shop', name: 'x', port, path: '/b' }, caBundle: hook.clientConfig.caBundle },
    },
  ];
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  assert.equal((await api.send('POST', path, { metadata: { name: 'v' }, webhooks })).code, 201);
  await api.until('the webhook is asked', async () => {
    await api.send('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', { metadata: { name: 'x' } });
    return shown.length > 0;
  });
  assert.equal(shown[0], 'Bearer named');

  configuration({ kubeConfigFile: 'kubeconfig' });
  await assert.rejects(startServedApi(t, { flags }), /kubeConfigFile: Invalid value: "kubeconfig": must be an absolute file path/);
  configuration({ staticManifestsDir: dir });
  await assert.rejects(
    startServedApi(t, { flags }),
    /staticManifestsDir: Forbidden: staticManifestsDir requires the ManifestBasedAdmissionControlConfig feature gate to be enabled/,
  );
});
