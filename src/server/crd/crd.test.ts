import assert from 'node:assert/strict';
import { createServer as createHttpsServer } from 'node:https';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { AnyKind } from '../../api/kind.ts';
import { Metrics } from '../../base/metrics.ts';
import { silentLogger } from '../../base/log.ts';
import { seededRandom } from '../../base/random.ts';
import type { Call, Reply } from '../../client/call.ts';
import { CustomResourceDefinition } from '../../kinds/apiextensions/custom-resource-definition.ts';
import { issueCertificate } from '../certs/issue.ts';
import { createTestServer, Widget } from '../lib/testing.ts';
import { told } from '../lib/told.ts';
import { createServer } from '../server.ts';
import { scale } from '../subresources/scale.ts';

const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['color'],
      properties: {
        color: { type: 'string', enum: ['red', 'blue'] },
        size: { type: 'integer', default: 3 },
        replicas: { type: 'integer' },
        tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      },
    },
    status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  },
};
const scalePaths = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' };
const versions = [
  {
    name: 'v1',
    served: true,
    storage: true,
    subresources: { status: {}, scale: scalePaths },
    selectableFields: [{ jsonPath: '.spec.color' }],
    schema: { openAPIV3Schema: schema },
  },
  {
    name: 'v2',
    served: true,
    storage: false,
    selectableFields: [{ jsonPath: '.spec.color' }, { jsonPath: '.spec.shade' }],
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { type: 'object', properties: { color: { type: 'string' }, shade: { type: 'string' } } } },
      },
    },
  },
];
const definition = (plural: string, kind: string, more: { names?: object; spec?: object } = {}) => ({
  metadata: { name: `${plural}.g.io` },
  spec: { group: 'g.io', scope: 'Namespaced', names: { plural, kind, ...more.names }, versions, ...more.spec },
});
const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
};
const until = async (isSo: () => Promise<boolean> | boolean) => {
  for (let turn = 0; turn < 2_000 && !(await isSo()); turn++) await new Promise<void>((resolve) => setImmediate(resolve));
};

async function started(more: Parameters<typeof createTestServer>[0] = {}) {
  const test = createTestServer({ kinds: [Widget, CustomResourceDefinition], ...more, more: { subresources: [scale], ...more.more } });
  await test.server.ready;
  const define = async (body: object) => {
    const made = await test.one(CustomResourceDefinition, { verb: 'create', body });
    await settle();
    return made;
  };
  const call = (call: Partial<Call> & Pick<Call, 'verb'>, version = 'v1', plural = 'foos'): Promise<Reply> =>
    test.transport({ group: 'g.io', version, resource: plural, namespace: 'default', options: {}, userAgent: 'test/1', ...call });
  const one = async (given: Parameters<typeof call>[0], version = 'v1', plural = 'foos'): Promise<any> => {
    const reply = await call(given, version, plural);
    return reply.type === 'object' ? reply.object : reply.type === 'list' ? reply.list : assert.fail(reply.type);
  };
  const read = (name: string) => test.one(CustomResourceDefinition, { verb: 'get', name });
  return { ...test, define, call, custom: one, read };
}
const foo = (name: string, spec: object, version = 'v1') => ({ apiVersion: `g.io/${version}`, kind: 'Foo', metadata: { name }, spec });
const conditions = ({ status }: any): string[] =>
  (status.conditions ?? []).map(({ type, status: is, reason }: any) => `${type}=${is} ${reason}`);
const refusal = (code: number, message: string | RegExp) => ({ code, message });

test('a definition is accepted, established, and what it declares is served', async (t) => {
  const { server, define, custom, call, read } = await started();
  t.after(() => server.close());
  const made = await define(definition('foos', 'Foo', { names: { shortNames: ['fo'] } }));
  assert.deepEqual(made.status, { conditions: [], acceptedNames: { plural: '', kind: '' }, storedVersions: ['v1'] });
  const now = await read('foos.g.io');
  assert.deepEqual(conditions(now), ['NamesAccepted=True NoConflicts', 'Established=True InitialNamesAccepted']);
  assert.deepEqual(now.status.acceptedNames, { plural: 'foos', singular: 'foo', shortNames: ['fo'], kind: 'Foo', listKind: 'FooList' });

  const reply = await call({ verb: 'create', body: foo('a', { color: 'red', extra: 1 }) });
  assert.deepEqual(reply.warnings, ['unknown field "spec.extra"']);
  const a: any = await custom({ verb: 'get', name: 'a' });
  assert.deepEqual(a.spec, { color: 'red', size: 3 });
  assert.equal(a.metadata.generation, 1);
  const strict = call({ verb: 'create', body: foo('b', { color: 'red', extra: 1 }), options: { fieldValidation: 'Strict' } });
  await assert.rejects(strict, refusal(400, /strict decoding error: unknown field "spec.extra"$/));
  const pink = call({ verb: 'create', body: foo('b', { color: 'pink' }) });
  await assert.rejects(
    pink,
    refusal(422, 'Foo.g.io "b" is invalid: spec.color: Unsupported value: "pink": supported values: "red", "blue"'),
  );
  const other = call({ verb: 'create', body: { ...foo('b', {}), kind: 'Bar' } });
  await assert.rejects(other, refusal(422, 'Bar.g.io "b" is invalid: kind: Invalid value: "Bar": must be Foo'));

  const selected = await custom({ verb: 'list', options: { fieldSelector: 'spec.color=blue' } });
  assert.deepEqual(selected.items, []);
  assert.deepEqual((await custom({ verb: 'get', name: 'a' }, 'v2')).spec, { color: 'red' });
  assert.equal((await custom({ verb: 'list' }, 'v2')).items[0].apiVersion, 'g.io/v2');
});

test('status, scale and patches', async (t) => {
  const { server, define, custom, call } = await started();
  t.after(() => server.close());
  await define(definition('foos', 'Foo'));
  await custom({ verb: 'create', body: { ...foo('a', { color: 'red' }), status: { phase: 'x' } } });
  const patch = (body: object, more: Partial<Call> = {}) => custom({ verb: 'patch', patchType: 'merge', name: 'a', body, ...more });
  const shown = await patch({ spec: { color: 'blue' }, status: { phase: 'fine' } }, { subresource: 'status' });
  assert.deepEqual([shown.spec.color, shown.status, shown.metadata.generation], ['red', { phase: 'fine' }, 1]);
  // Nothing else is taken of it, so nothing else is told.
  const other = await patch({ metadata: { uid: 'x', generateName: '-' }, status: { phase: 'fine' } }, { subresource: 'status' });
  assert.deepEqual([other.metadata.uid, other.metadata.generateName], [shown.metadata.uid, undefined]);
  assert.deepEqual((await patch({ spec: { size: 4 }, status: { phase: 'bad' } })).status, { phase: 'fine' });
  const missing = custom({ verb: 'get', name: 'a', subresource: 'scale' });
  await assert.rejects(missing, refusal(500, /the spec replicas field ".spec.replicas" does not exist$/));
  const scaled = await patch({ spec: { replicas: 2 } }, { subresource: 'scale' });
  assert.deepEqual([scaled.kind, scaled.spec, scaled.status], ['Scale', { replicas: 2 }, { replicas: 0 }]);
  assert.equal((await custom({ verb: 'get', name: 'a' })).spec.replicas, 2);
  await assert.rejects(call({ verb: 'patch', patchType: 'strategic', name: 'a', body: {} }), { code: 415 });
  await assert.rejects(patch({ metadata: { labels: 5 } }), refusal(422, /^ "" is invalid: patch: Invalid value: /));
  const apply = (manager: string, spec: object) =>
    custom({ verb: 'patch', patchType: 'apply', name: 's', body: foo('s', spec), options: { fieldManager: manager } });
  await apply('one', { color: 'red', tags: ['a'] });
  assert.deepEqual((await apply('two', { tags: ['b'] })).spec.tags, ['a', 'b']);
  assert.deepEqual((await apply('one', { color: 'red' })).spec.tags, ['b']);
  const undeclared = apply('one', { nope: 1 });
  const why = 'failed to create typed patch object (/s; g.io/v1, Kind=Foo): .spec.nope: field not declared in schema';
  await assert.rejects(undeclared, refusal(500, why));
});

test('names that are taken are waited for', async (t) => {
  const { server, define, read, one, custom } = await started();
  t.after(() => server.close());
  await define(definition('foos', 'Foo'));
  await define(definition('bars', 'Foo', { names: { singular: 'bar' } }));
  const waiting = await read('bars.g.io');
  assert.deepEqual(conditions(waiting), ['NamesAccepted=False ListKindConflict', 'Established=False NotAccepted']);
  assert.deepEqual(waiting.status.acceptedNames, { plural: 'bars', singular: 'bar', kind: '' });
  await assert.rejects(custom({ verb: 'list' }, 'v1', 'bars'), { code: 404 });
  await one(CustomResourceDefinition, { verb: 'delete', name: 'foos.g.io' });
  await settle();
  assert.deepEqual(conditions(await read('bars.g.io')), ['NamesAccepted=True NoConflicts', 'Established=True InitialNamesAccepted']);
  assert.deepEqual((await custom({ verb: 'list' }, 'v1', 'bars')).items, []);
});

test('a status that cannot be written is tried again, and holds up no other', async (t) => {
  let refused = 0;
  const refuse = ({ kind, subresource, name }: { kind: AnyKind; subresource: string; name: string }) => {
    if (kind.kind !== 'CustomResourceDefinition' || subresource !== 'status' || name !== 'bars.g.io' || refused === 3) return;
    refused++;
    throw new Error('not now');
  };
  const { server, define, read, clock } = await started({ admission: { validate: refuse } });
  t.after(() => server.close());
  await define(definition('bars', 'Bar'));
  await define(definition('foos', 'Foo'));
  assert.equal(conditions(await read('foos.g.io')).at(-1), 'Established=True InitialNamesAccepted');
  assert.deepEqual(conditions(await read('bars.g.io')), []);
  for (let step = 0; step < 5; step++) {
    await clock.advance(50);
    await settle();
  }
  assert.equal(refused, 3);
  assert.equal(conditions(await read('bars.g.io')).at(-1), 'Established=True InitialNamesAccepted');
});

test('a definition goes when its objects are gone', async (t) => {
  const { server, define, custom, call, read, one, clock } = await started();
  t.after(() => server.close());
  await define(definition('foos', 'Foo'));
  await custom({ verb: 'create', body: foo('plain', { color: 'red' }) });
  await custom({ verb: 'create', body: { ...foo('kept', { color: 'red' }), metadata: { name: 'kept', finalizers: ['x.io/y'] } } });
  const going = await one(CustomResourceDefinition, { verb: 'delete', name: 'foos.g.io' });
  assert.deepEqual(going.metadata.finalizers, ['customresourcecleanup.apiextensions.k8s.io']);
  await until(async () => (await custom({ verb: 'list' })).items.length === 1);
  assert.ok(conditions(await read('foos.g.io')).includes('Terminating=True InstanceDeletionInProgress'));
  const late = call({ verb: 'create', body: foo('late', { color: 'red' }) });
  const why = 'foos.g.io "late" is forbidden: create not allowed while custom resource definition is terminating';
  await assert.rejects(late, refusal(403, why));
  await custom({ verb: 'patch', patchType: 'merge', name: 'kept', body: { metadata: { finalizers: null } } });
  await clock.advance(5_000);
  await settle();
  await assert.rejects(read('foos.g.io'), { code: 404 });
  await assert.rejects(call({ verb: 'list' }), { code: 404 });
  await define(definition('foos', 'Foo'));
  assert.deepEqual((await custom({ verb: 'list' })).items, []);
});

test('definitions in the store are served from the start, and objects are read by the schema of today', async (t) => {
  const first = await started();
  await first.define(definition('foos', 'Foo'));
  await first.custom({ verb: 'create', body: foo('a', { color: 'red' }) });
  const weight = { ...schema.properties.spec.properties, weight: { type: 'integer', default: 7 } };
  const { size: _, ...kept } = weight;
  const changed = { ...schema, properties: { ...schema.properties, spec: { ...schema.properties.spec, properties: kept } } };
  const path = '/spec/versions/0/schema/openAPIV3Schema';
  const body = [{ op: 'replace', path, value: changed }];
  await first.one(CustomResourceDefinition, { verb: 'patch', patchType: 'json', name: 'foos.g.io', body });
  await settle();
  assert.deepEqual((await first.custom({ verb: 'get', name: 'a' })).spec, { color: 'red', weight: 7 });
  await first.server.close();

  const second = createServer({
    store: first.store,
    kinds: [CustomResourceDefinition],
    clock: first.clock,
    random: seededRandom(2),
    log: silentLogger,
    guards: () => ({
      authenticator: async () => undefined,
      authorizer: () => ({ decision: 'allow', reason: '' }),
      admission: { mutate: () => undefined, validate: () => undefined },
      tokens: undefined as never,
      rules: { rulesFor: () => ({ rules: [], errors: [] }) },
    }),
    subresources: [],
    nodeConnections: undefined as never,
    dialer: undefined as never,
  });
  t.after(() => second.close());
  await second.ready;
  const call: Call = { verb: 'get', group: 'g.io', version: 'v1', resource: 'foos', namespace: 'default', name: 'a', options: {} };
  const reply: any = await second.transport({ user: 'tester', groups: [] })(call);
  assert.deepEqual(reply.object.spec, { color: 'red', weight: 7 });
});

test('a change of the storage version brings what is written up to date', async (t) => {
  const { server, define, custom, one, read, store } = await started();
  t.after(() => server.close());
  await define(definition('foos', 'Foo'));
  await custom({ verb: 'create', body: foo('a', { color: 'red' }) });
  const body = [0, 1].map((index) => ({ op: 'replace', path: `/spec/versions/${index}/storage`, value: index === 1 }));
  await one(CustomResourceDefinition, { verb: 'patch', patchType: 'json', name: 'foos.g.io', body });
  await settle();
  assert.deepEqual((await read('foos.g.io')).status.storedVersions, ['v1', 'v2']);
  const stored = async () => {
    const { entries } = await store.range('/', {});
    const entry = entries.find(({ key }) => key.endsWith('/foos/default/a'))!;
    return JSON.parse(new TextDecoder().decode(entry.value)).apiVersion;
  };
  assert.equal(await stored(), 'g.io/v1');
  await custom({ verb: 'patch', patchType: 'merge', name: 'a', body: {} });
  assert.equal(await stored(), 'g.io/v2');
});

/** A webhook on this machine, and who signed its certificate. */
async function webhook(t: TestContext, convert: (object: any, apiVersion: string) => object) {
  const { certificatePem, privateKeyPem } = await issueCertificate({
    commonName: 'webhook',
    notBeforeMs: Date.UTC(2020),
    notAfterMs: Date.UTC(2120),
    use: 'server',
    ips: ['127.0.0.1'],
  });
  const server = createHttpsServer({ key: privateKeyPem, cert: certificatePem }, async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { request: asked, ...review } = JSON.parse(Buffer.concat(chunks).toString());
    const convertedObjects = asked.objects.map((object: any) => convert(object, asked.desiredAPIVersion));
    response.end(JSON.stringify({ ...review, response: { uid: asked.uid, result: { status: 'Success' }, convertedObjects } }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  return { url: `https://127.0.0.1:${port}/convert`, caBundle: Buffer.from(certificatePem).toString('base64') };
}

test('a webhook converts between versions', async (t) => {
  let lies = false;
  const clientConfig = await webhook(t, ({ spec, ...object }, apiVersion) => ({
    ...object,
    apiVersion,
    spec: apiVersion === 'g.io/v2' ? { color: `v2 ${spec.color}` } : { ...spec, color: spec.color.replace('v2 ', '') },
    metadata: { ...object.metadata, finalizers: ['ignored/x'], labels: { seen: 'yes' }, ...(lies ? { name: 'other' } : {}) },
  }));
  const dialer = {
    dial: (host: string, port: number) =>
      new Promise<never>((resolve, reject) => {
        const socket = connect(port, host, () => resolve(socket as never));
        socket.once('error', reject);
      }),
  };
  const { server, define, custom, call } = await started({ more: { dialer } });
  t.after(() => server.close());
  const conversion = { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'], clientConfig } };
  await define(definition('foos', 'Foo', { spec: { conversion } }));
  await custom({ verb: 'create', body: foo('a', { color: 'red' }) });
  const shown = await custom({ verb: 'get', name: 'a' }, 'v2');
  assert.deepEqual([shown.spec, shown.metadata.labels, shown.metadata.finalizers], [{ color: 'v2 red' }, { seen: 'yes' }, undefined]);
  await custom({ verb: 'create', body: foo('b', { color: 'v2 blue' }, 'v2') }, 'v2');
  assert.deepEqual(
    (await custom({ verb: 'list' })).items.map(({ spec }: any) => spec.color),
    ['red', 'blue'],
  );
  const watch = await call({ verb: 'watch', options: { timeoutSeconds: 3600 } }, 'v2');
  assert.ok(watch.type === 'watch');
  const events = watch.events[Symbol.asyncIterator]();
  const next = async () => (await events.next()).value as any;
  assert.deepEqual([(await next()).object.spec.color, (await next()).object.spec.color], ['v2 red', 'v2 blue']);
  await custom({ verb: 'patch', patchType: 'merge', name: 'a', body: { spec: { color: 'blue' } } });
  assert.equal((await next()).object.spec.color, 'v2 blue');
  const blue = await call({ verb: 'watch', options: { timeoutSeconds: 3600, fieldSelector: 'spec.color=v2 blue' } }, 'v2');
  assert.ok(blue.type === 'watch');
  const ofBlue = blue.events[Symbol.asyncIterator]();
  const nextBlue = async () => (await ofBlue.next()).value as any;
  await nextBlue();
  await nextBlue();
  await custom({ verb: 'patch', patchType: 'merge', name: 'b', body: { spec: { color: 'red' } } });
  await next();
  const left = await nextBlue();
  assert.deepEqual([left.type, left.object.spec?.color, left.object.metadata?.name], ['DELETED', 'v2 blue', 'b']);
  lies = true;
  await custom({ verb: 'patch', patchType: 'merge', name: 'a', body: { spec: { color: 'red' } } });
  const failure = await next();
  const why = 'conversion webhook for g.io/v1, Kind=Foo returned invalid object: must have the same name: a != other';
  assert.deepEqual([failure.type, failure.object.message], ['ERROR', why]);
  await assert.rejects(custom({ verb: 'get', name: 'a' }, 'v2'), refusal(500, why));
});

test('kinds that are built in are never replaced', async (t) => {
  const { server, define, one, send } = await started();
  t.after(() => server.close());
  const { group, plural, kind } = Widget;
  await define({
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Namespaced', names: { plural, kind }, versions: [versions[0]] },
  });
  const reply = await send(Widget as AnyKind, { verb: 'list' });
  assert.equal(reply.type, 'list');
  assert.equal((await one(Widget, { verb: 'create', body: { metadata: { name: 'w' }, spec: {} } })).spec.color, 'grey');
});

test('how long rules take is told: their compilation, each place that they run in, and what updates compare', async (t) => {
  const metrics = new Metrics();
  const { server, define, custom } = await started({ more: { metrics } });
  t.after(() => server.close());
  const rule = { rule: 'self.size < 100', message: 'too large' };
  const ruled = { ...schema.properties.spec, 'x-kubernetes-validations': [rule] };
  const openAPIV3Schema = { type: 'object', properties: { spec: ruled } };
  await define(
    definition('foos', 'Foo', { spec: { versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }] } }),
  );
  const { metadata } = await custom({ verb: 'create', body: foo('a', { color: 'red', size: 1 }) });
  const wrong = { ...foo('a', { color: 'red', size: 100 }), metadata };
  await assert.rejects(custom({ verb: 'update', name: 'a', body: wrong }), /too large/);
  const text = await metrics.text();
  // The rule's place and that around it.
  assert.deepEqual(told(text, 'apiserver_cel_compilation_duration_seconds_count'), { '': 2 });
  assert.deepEqual(told(text, 'apiserver_cel_evaluation_duration_seconds_count'), { '': 4 });
  assert.deepEqual(told(text, 'apiextensions_apiserver_validation_ratcheting_seconds_count'), { '': 1 });
});
