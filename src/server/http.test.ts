import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AnyKind, defineKind } from '../api/kind.ts';
import { type Send, serve } from './lib/serving.ts';
import { Gadget, Widget } from './lib/testing.ts';

const widgets = '/apis/test.io/v1/namespaces/default/widgets';
const json = { 'content-type': 'application/json' };
const widget = (name: string, size = 1) => JSON.stringify({ metadata: { name }, spec: { size } });

test('the verbs over both protocols', async (t) => {
  const { h1, h2 } = await serve(t);
  for (const [name, send] of Object.entries({ h1, h2 })) {
    await t.test(name, async () => {
      assert.equal((await send('POST', widgets, widget(name), json)).code, 201);
      const got = await send('GET', `${widgets}/${name}`);
      assert.equal(got.code, 200);
      assert.equal(got.headers['content-type'], 'application/json');
      assert.match(got.headers['audit-id'], /^[0-9a-f-]{36}$/);
      assert.equal(got.json.spec.size, 1);
      const yaml = 'metadata:\n  name: yaml\nspec:\n  size: 4\n';
      const posted = await send('POST', `${widgets}?dryRun=All`, yaml, { 'content-type': 'application/yaml' });
      assert.equal(posted.json.spec.size, 4);
      const patched = await send('PATCH', `${widgets}/${name}`, '{"spec":{"size":2}}', { 'content-type': 'application/merge-patch+json' });
      assert.equal(patched.json.spec.size, 2);
      assert.equal((await send('DELETE', `${widgets}/${name}`)).json.status, 'Success');
      assert.equal((await send('GET', `${widgets}/${name}`)).json.reason, 'NotFound');
    });
  }
});

test('what cannot be read is answered with a Status', async (t) => {
  const { h1, h2 } = await serve(t);
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
  const huge = Buffer.alloc(3 * 1024 * 1024 + 1, 0x20);
  const cases: [string, number, Parameters<Send>][] = [
    ['an unknown resource', 404, ['GET', '/apis/test.io/v1/namespaces/default/nothings']],
    ['a cluster kind in a namespace', 404, ['GET', '/api/v1/namespaces/default/gadgets/x']],
    ['a method it does not have', 405, ['POST', `${widgets}/a`, '{}', json]],
    ['a watch that is no GET', 405, ['PUT', '/apis/test.io/v1/watch/namespaces/default/widgets', '{}', json]],
    ['a document of discovery that is no GET', 405, ['DELETE', '/api/', undefined]],
    ['a name that is a step', 400, ['GET', `${widgets}/..`]],
    ['broken JSON', 400, ['POST', widgets, '{"a', json]],
    ['no UTF-8', 400, ['POST', widgets, Buffer.from([0x22, 0xff, 0x22]), json]],
    ['deep nesting', 400, ['POST', widgets, deep, json]],
    ['no body', 400, ['POST', widgets, '', json]],
    ['not an object', 400, ['POST', widgets, '[1]', json]],
    ['a wrong type', 400, ['POST', widgets, '{"metadata":{"name":"a"},"spec":{"size":"x"}}', json]],
    ['an unknown field, strictly', 400, ['POST', `${widgets}?fieldValidation=Strict`, '{"metadata":{"name":"a"},"spec":{"nope":1}}', json]],
    ['broken YAML', 400, ['POST', widgets, 'a: [', { 'content-type': 'application/yaml' }]],
    ['broken protobuf', 400, ['POST', widgets, 'k8s\u0000\u00ff\u00ff', { 'content-type': 'application/vnd.kubernetes.protobuf' }]],
    ['an unknown media type', 415, ['POST', widgets, '<a/>', { 'content-type': 'application/xml' }]],
    ['an unknown media type, with wrong options', 415, ['POST', `${widgets}?dryRun=x`, '', { 'content-type': 'text/plain' }]],
    ['wrong options of an update, with an unknown media type', 422, ['PUT', `${widgets}/a?dryRun=x`, '', { 'content-type': 'text/plain' }]],
    ['a patch without its type', 415, ['PATCH', `${widgets}/a`, '{}', json]],
    ['an answer it cannot give', 406, ['GET', widgets, undefined, { accept: 'application/xml' }]],
    ['a body too large', 413, ['POST', widgets, huge, json]],
    ['a broken escape', 400, ['GET', `${widgets}/%zz`]],
    ['a limit that is no number', 400, ['GET', `${widgets}?limit=x`]],
    ['a timeout that is none', 400, ['GET', `${widgets}?timeout=soon`]],
  ];
  for (const [protocol, send] of Object.entries({ h1, h2 })) {
    for (const [name, code, call] of cases) {
      await t.test(`${name} (${protocol})`, async () => {
        const answer = await send(...call);
        assert.equal(answer.code, code, answer.text);
        assert.equal(answer.json.kind, 'Status');
        assert.equal(answer.json.code, code);
      });
    }
  }
  const odd = await h2('POST', widgets, '{"metadata":{"name":"p","__proto__":{"x":1}},"spec":{"nope":1}}', json);
  assert.equal(odd.code, 201);
  assert.equal(({} as any).x, undefined);
  assert.match(String(odd.headers.warning), /^299 - "unknown field/);
});

test('what upstream looks at before others', async (t) => {
  const Old = defineKind({
    group: 'old.io',
    version: 'v1',
    kind: 'Old',
    plural: 'olds',
    scope: 'Namespaced',
    openApiName: 'x',
    fields: {},
    deprecated: 'old',
  });
  const { h1, h2, widget: make } = await serve(t, { kinds: [Widget, Gadget, Old as unknown as AnyKind] });
  const refused = await h2('GET', '/apis/old.io/v1/namespaces/default/olds?limit=x');
  assert.deepEqual([refused.code, refused.headers.warning], [400, '299 - "old"']);
  const unlisted = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
  await h2('POST', '/apis/old.io/v1/namespaces/default/olds', '{"metadata":{"name":"a"}}', json);
  const unshown = await h2('GET', '/apis/old.io/v1/namespaces/default/olds/a', undefined, unlisted);
  assert.deepEqual([unshown.code, unshown.headers.warning], [406, '299 - "old"']);
  const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };
  const unincluded = await h2('GET', '/apis/old.io/v1/namespaces/default/olds/a?includeObject=x', undefined, table);
  assert.deepEqual([unincluded.code, unincluded.headers.warning], [400, '299 - "old"']);
  await make('a');
  const empty = '/apis/test.io/v1/namespaces//widgets';
  assert.equal((await h2('DELETE', empty)).json.message, 'Namespace parameter required.');
  assert.equal((await h2('GET', empty)).json.items.length, 1);
  // What no field has may be any number.
  const remove = (body: string) => h1('DELETE', `${widgets}/a`, body, { ...json, 'content-length': String(body.length) });
  assert.match((await remove('{"gracePeriodSeconds":1e999}')).json.message, /cannot unmarshal number 1e999 into/);
  assert.equal((await remove('{"a":1e999}')).code, 200);
});

test('lists: tables, partial metadata, pages and gzip', async (t) => {
  const { h2, widget: make } = await serve(t);
  for (const name of ['a', 'b', 'c']) await make(name);
  const table = await h2('GET', widgets, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' });
  assert.equal(table.json.kind, 'Table');
  assert.deepEqual(
    table.json.rows.map((row: any) => row.cells[0]),
    ['a', 'b', 'c'],
  );
  const asList = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
  const partial = await h2('GET', widgets, undefined, asList);
  assert.deepEqual(Object.keys(partial.json.items[0]), ['kind', 'apiVersion', 'metadata']);
  const page = (await h2('GET', `${widgets}?limit=2`)).json;
  assert.equal(page.kind, 'WidgetList');
  assert.equal(page.items.length, 2);
  assert.equal(page.items[0].kind, undefined, 'items of built-in kinds do not repeat it');
  for (let index = 0; index < 300; index++) await make(`many-${index}`, { metadata: { annotations: { text: 'x'.repeat(1000) } } });
  const packed = await h2('GET', widgets, undefined, { 'accept-encoding': 'gzip' });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  const plain = await h2('GET', widgets);
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(plain.json.items.length, 303);
});

test('a watch streams frames until its client goes away', async (t) => {
  const { session, widget: make, server, clock } = await serve(t);
  await make('a');
  const stream = session.request({ ':path': `${widgets}?watch=true` });
  const frames: any[] = [];
  let rest = '';
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (frames.length >= count) resolve();
        else stream.once('data', () => setImmediate(look));
      };
      look();
    });
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop()!;
    frames.push(...lines.map((line) => JSON.parse(line)));
  });
  await until(1);
  await make('b');
  await until(2);
  assert.deepEqual(
    frames.map((frame) => `${frame.type} ${frame.object.metadata.name}`),
    ['ADDED a', 'ADDED b'],
  );
  assert.equal(frames[1].object.kind, 'Widget');
  const closed = new Promise((resolve) => stream.once('close', resolve));
  stream.close();
  await closed;
  await clock.advance(0);
  await server.close();
});

test('what is served nowhere is a plain page', async (t) => {
  const { h2 } = await serve(t);
  for (const path of ['/nowhere', '/apis/nobody.io', '/apis/nobody.io/v1/things', '/healthz/nothing', '/openapi/v9']) {
    const { code, text, headers } = await h2('GET', path);
    assert.deepEqual([code, text, headers['content-type']], [404, '404 page not found\n', 'text/plain; charset=utf-8'], path);
  }
  for (const path of [
    '/apis/test.io/v9',
    '/api/v9',
    '/apis/test.io/v9/widgets',
    '/apis/test.io/v1/nothings',
    '/version/x',
    '/version/x/y',
  ]) {
    assert.equal((await h2('GET', path)).json.message, 'the server could not find the requested resource', path);
  }
});

test('discovery, health and version', async (t) => {
  const { h2 } = await serve(t);
  const groups = (await h2('GET', '/apis')).json;
  assert.deepEqual(groups.groups[0], {
    name: 'test.io',
    versions: [{ groupVersion: 'test.io/v1', version: 'v1' }],
    preferredVersion: { groupVersion: 'test.io/v1', version: 'v1' },
  });
  const resources = (await h2('GET', '/apis/test.io/v1')).json.resources;
  assert.deepEqual(
    resources.map((resource: any) => resource.name),
    ['widgets', 'widgets/status'],
  );
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const aggregated = await h2('GET', '/apis', undefined, { accept });
  assert.equal(aggregated.json.items[0].versions[0].resources[0].responseKind.kind, 'Widget');
  const again = await h2('GET', '/apis', undefined, { accept, 'if-none-match': aggregated.headers.etag });
  assert.equal(again.code, 304);
  assert.equal((await h2('GET', '/version')).json.gitVersion, 'v1.36.3+skiff');
  assert.match((await h2('GET', '/readyz?verbose')).text, /\[\+\]ping ok\n[\s\S]*readyz check passed\n$/);
  assert.equal((await h2('GET', '/livez/ping')).text, 'ok');
  assert.equal((await h2('GET', '/livez/ping/x')).code, 404);
  assert.equal((await h2('GET', '/%6civez%2Fping')).text, 'ok');
  const unclear = await h2('GET', '/api/v1/watch?a=<');
  const why = 'failed to create RequestInfo: unable to determine kind and namespace from url, /api/v1/watch?a=&lt;';
  assert.equal(unclear.headers['cache-control'], undefined);
  assert.deepEqual([unclear.code, unclear.text], [500, `Internal Server Error: "/api/v1/watch?a=&lt;": ${why}\n`]);
  const structured = 'application/json;as=Statusz;g=config.k8s.io;v=';
  const page = await h2('GET', '/statusz', undefined, { accept: `${structured}v1beta1` });
  assert.equal(page.headers['content-type'], 'application/json;g=config.k8s.io;v=v1beta1;as=Statusz');
  assert.deepEqual(
    [page.json.apiVersion, page.json.kind, page.json.metadata, page.json.binaryVersion, page.json.paths.length],
    ['config.k8s.io/v1beta1', 'Statusz', { name: 'apiserver' }, '1.36.3', 7],
  );
  const old = await h2('GET', '/statusz', undefined, { accept: `${structured}v1alpha1` });
  assert.equal(old.headers.warning, '299 - "This version of the statusz endpoint is deprecated. Please use a newer version."');
  // Pages have no protobuf, nor has what refuses them.
  const binary = await h2('GET', '/statusz', undefined, { accept: 'application/vnd.kubernetes.protobuf' });
  assert.deepEqual([binary.code, binary.headers['content-type'], binary.json.code], [406, 'application/json', 406]);
  assert.match(binary.text, /\n {2}"message": /);
  assert.match((await h2('GET', '/metrics')).text, /apiserver_request_total\{/);
  const index = (await h2('GET', '/openapi/v3')).json;
  const document = await h2('GET', index.paths['apis/test.io/v1'].serverRelativeURL);
  assert.notEqual(document.json.components.schemas['io.k8s.test.v1.Widget'], undefined);
  const unreadable = await h2('GET', index.paths['apis/test.io/v1'].serverRelativeURL, undefined, { accept: ',' });
  assert.deepEqual([unreadable.code, unreadable.text], [200, '']);
});

test('who is refused by an authorizer is told not to guess what the answer is, and shown no markup', async (t) => {
  const { h1 } = await serve(t, {
    more: {
      guards: () => ({
        authenticator: async () => ({ user: '<a>', groups: [] }),
        authorizer: () => ({ decision: 'deny', reason: 'a < b' }),
        admission: { mutate: () => undefined, validate: () => undefined },
        tokens: undefined as never,
        rules: { rulesFor: () => ({ rules: [], errors: [] }) },
      }),
    },
  });
  const refused = await h1('GET', '/healthz');
  assert.deepEqual([refused.code, refused.headers['x-content-type-options']], [403, 'nosniff']);
  assert.equal(refused.json.message, 'forbidden: User "&lt;a&gt;" cannot get path "/healthz": a < b');
});

test('what is to be told of credentials is told beside the warnings of the request', async (t) => {
  const { h1 } = await serve(t, {
    more: {
      guards: () => ({
        authenticator: async (request) => {
          request.notes = [
            { type: 'annotation', key: 'a', value: 'b' },
            { type: 'warning', text: 'an old token' },
          ];
          return { user: 'tester', groups: [] };
        },
        authorizer: () => ({ decision: 'allow', reason: '' }),
        admission: { mutate: () => undefined, validate: () => undefined },
        tokens: undefined as never,
        rules: { rulesFor: () => ({ rules: [], errors: [] }) },
      }),
    },
  });
  assert.equal((await h1('GET', widgets)).headers.warning, '299 - "an old token"');
  const made = await h1('POST', widgets, JSON.stringify({ metadata: { name: 'a' }, spec: {}, more: 1 }), json);
  assert.equal(made.headers.warning, '299 - "an old token", 299 - "unknown field \\"more\\""');
});
