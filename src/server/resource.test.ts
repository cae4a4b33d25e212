import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Namespace } from '../kinds/core/namespace.ts';
import type { AnyKind } from '../api/kind.ts';
import { createTestServer, Gadget, Widget } from './lib/testing.ts';

const failure = (code: number, reason: string, message?: RegExp) => (error: any) => {
  assert.equal(error.code, code, error.message);
  assert.equal(error.reason, reason);
  if (message) assert.match(error.message, message);
  return true;
};

test('create fills in what the server owns', async () => {
  const { one, clock } = createTestServer();
  const made = await one(Widget, {
    verb: 'create',
    body: { metadata: { name: 'a', uid: 'mine', deletionTimestamp: '2020-01-01T00:00:00Z', generation: 7 }, spec: { size: 1 } },
  });
  assert.equal(made.apiVersion, 'test.io/v1');
  assert.equal(made.metadata.namespace, 'default');
  assert.equal(made.metadata.generation, 1);
  assert.notEqual(made.metadata.uid, 'mine');
  assert.equal(made.metadata.deletionTimestamp, undefined);
  assert.equal(made.metadata.creationTimestamp, new Date(clock.now()).toISOString().replace('.000', ''));
  assert.equal(made.spec.color, 'grey');
  assert.equal(made.metadata.managedFields[0].manager, 'test');
  const read = await one(Widget, { verb: 'get', name: 'a' });
  assert.equal(read, made, 'the same object is shared');
});

test('objects of the cluster lose the namespace that they name', async () => {
  const { one } = createTestServer({ kinds: [Gadget] });
  const made = await one(Gadget, { verb: 'create', body: { metadata: { name: 'g', namespace: 'other' }, value: 'x' } });
  assert.equal(made.metadata.namespace, undefined);
});

test('create refuses what it must', async (t) => {
  const { one, widget } = createTestServer();
  await widget('taken');
  const cases: [string, object, ReturnType<typeof failure>][] = [
    ['a taken name', { metadata: { name: 'taken' } }, failure(409, 'AlreadyExists', /^widgets\.test\.io "taken" already exists$/)],
    ['no name', { metadata: {} }, failure(422, 'Invalid', /name or generateName is required/)],
    ['a bad name', { metadata: { name: 'A_b' } }, failure(422, 'Invalid', /metadata\.name: Invalid value: "A_b"/)],
    [
      'the kind’s own rule',
      { metadata: { name: 'b' }, spec: { size: 101 } },
      failure(422, 'Invalid', /spec\.size: Invalid value: 101: must be at most 100/),
    ],
    ['another namespace', { metadata: { name: 'b', namespace: 'other' } }, failure(400, 'BadRequest', /does not match the namespace sent/)],
    [
      'a resourceVersion',
      { metadata: { name: 'b', resourceVersion: '5' } },
      failure(500, '', /should not be set on objects to be created/),
    ],
  ];
  for (const [name, body, check] of cases) {
    await t.test(name, () => assert.rejects(one(Widget, { verb: 'create', body }), check));
  }
});

test('generateName makes a name', async () => {
  const { one } = createTestServer();
  const made = await one(Widget, { verb: 'create', body: { metadata: { generateName: 'x-' } } });
  assert.match(made.metadata.name, /^x-[a-z0-9]{5}$/);
});

test('update: conflicts, generation, status apart, nothing for nothing', async () => {
  const { one, widget, store } = createTestServer();
  const first = await widget('a', { spec: { size: 1 } });
  const put = (body: object, subresource = '') => one(Widget, { verb: 'update', name: 'a', subresource, body });
  const same = await put(first);
  assert.equal(same, first);
  assert.equal(store.revision, Number(first.metadata.resourceVersion), 'no revision for a write that changes nothing');
  const second = await put({ ...first, spec: { size: 2, color: 'grey' }, status: { phase: 'Hacked' } });
  assert.equal(second.metadata.generation, 2);
  assert.equal(second.status.phase, undefined);
  await assert.rejects(put({ ...first, spec: { size: 3 } }), failure(409, 'Conflict', /the object has been modified/));
  const third = await put({ ...second, spec: { size: 50 }, status: { phase: 'Ready' } }, 'status');
  assert.equal(third.spec.size, 2);
  assert.equal(third.status.phase, 'Ready');
  assert.equal(third.metadata.generation, 2);
  const { resourceVersion: _, ...metadata } = third.metadata;
  const fourth = await put({ ...third, metadata, spec: { size: 4 } });
  assert.equal(fourth.spec.size, 4, 'an unconditional update');
  await assert.rejects(put({ metadata: { name: 'a', uid: 'other' }, spec: {} }), failure(409, 'Conflict', /UID in precondition: other/));
  await assert.rejects(put({ metadata: { name: 'b' } }), failure(400, 'BadRequest', /does not match the name on the URL/));
  await assert.rejects(one(Widget, { verb: 'update', name: 'none', body: { metadata: { name: 'none' } } }), failure(404, 'NotFound'));
});

test('PUT creates where the kind says so', async () => {
  const { send } = createTestServer();
  const put = () => send(Gadget, { verb: 'update', name: 'g', body: { metadata: { name: 'g' }, value: 'x' } });
  assert.equal((await put()).code, 201);
  assert.equal((await put()).code, 200);
});

test('patches of every type', async () => {
  const { one, widget, send } = createTestServer();
  await widget('a', { spec: { size: 1, extra: { k: 'v' } } });
  const patch = (patchType: any, body: object, options = {}) => one(Widget, { verb: 'patch', name: 'a', patchType, body, options });
  assert.equal((await patch('merge', { spec: { size: 2 } })).spec.size, 2);
  assert.equal((await patch('json', [{ op: 'replace', path: '/spec/size', value: 3 }])).spec.size, 3);
  assert.deepEqual((await patch('strategic', { spec: { extra: { k: null, n: 'w' } } })).spec.extra, { n: 'w' });
  await assert.rejects(patch('merge', { metadata: { resourceVersion: '1' }, spec: { size: 9 } }), failure(409, 'Conflict'));
  await assert.rejects(patch('merge', { metadata: { name: 'b' } }), failure(400, 'BadRequest'));
  const statusOf = (status: unknown) => patch('merge', { apiVersion: 'v1', kind: 'Status', spec: null, status });
  await assert.rejects(
    statusOf({}),
    failure(422, 'Invalid', /json: cannot unmarshal object into Go struct field Status\.status of type string$/),
  );
  await assert.rejects(statusOf('a'), failure(422, 'Invalid', /converting \(v1\.Status\) to \(test\.Widget\): unknown conversion$/));
  await assert.rejects(patch('merge', {}, { force: true }), failure(422, 'Invalid', /may not be specified for non-apply patch/));
  const applied = { apiVersion: 'test.io/v1', kind: 'Widget', metadata: { name: 'n' }, spec: { size: 5 } };
  const apply = (body: object, options: object) => send(Widget, { verb: 'patch', name: 'n', patchType: 'apply', body, options });
  assert.equal((await apply(applied, { fieldManager: 'one' })).code, 201);
  await assert.rejects(apply({ ...applied, spec: { size: 6 } }, { fieldManager: 'two' }), failure(409, 'Conflict'));
  assert.equal((await apply({ ...applied, spec: { size: 6 } }, { fieldManager: 'two', force: true })).code, 200);
});

test('delete: at once, with finalizers, with propagation, with preconditions', async () => {
  const { one, widget } = createTestServer();
  const remove = (name: string, options = {}) => one(Widget, { verb: 'delete', name, options });
  await widget('plain');
  const status = await remove('plain');
  assert.equal(status.status, 'Success');
  assert.equal(status.details.kind, 'widgets');
  await assert.rejects(remove('plain'), failure(404, 'NotFound'));

  await widget('held', { metadata: { finalizers: ['test.io/hold'] } });
  const held = await remove('held');
  assert.equal(held.metadata.deletionGracePeriodSeconds, 0);
  assert.equal(held.metadata.generation, 2);
  assert.notEqual(held.metadata.deletionTimestamp, undefined);
  await one(Widget, { verb: 'patch', name: 'held', patchType: 'merge', body: { metadata: { finalizers: null } } });
  await assert.rejects(one(Widget, { verb: 'get', name: 'held' }), failure(404, 'NotFound'));

  await widget('owner');
  const owner = await remove('owner', { propagationPolicy: 'Foreground' });
  assert.deepEqual(owner.metadata.finalizers, ['foregroundDeletion']);
  await widget('orphaned');
  assert.deepEqual((await remove('orphaned', { propagationPolicy: 'Orphan' })).metadata.finalizers, ['orphan']);
  await widget('kept');
  await assert.rejects(remove('kept', { preconditions: { uid: 'x' } }), failure(409, 'Conflict'));
  await assert.rejects(remove('kept', { propagationPolicy: 'Nonsense' }), failure(422, 'Invalid'));
});

test('dry run changes nothing', async () => {
  const { one, widget, store, list } = createTestServer();
  const made = await widget('a');
  const before = store.revision;
  const options = { dryRun: true };
  const dry = await one(Widget, { verb: 'create', body: { metadata: { name: 'b' } }, options });
  assert.equal(dry.metadata.resourceVersion, undefined);
  await assert.rejects(one(Widget, { verb: 'create', body: { metadata: { name: 'a' } }, options }), failure(409, 'AlreadyExists'));
  await one(Widget, { verb: 'update', name: 'a', body: { ...made, spec: { size: 9 } }, options });
  await one(Widget, { verb: 'patch', name: 'a', patchType: 'merge', body: { spec: { size: 9 } }, options });
  await one(Widget, { verb: 'delete', name: 'a', options });
  assert.equal(store.revision, before);
  assert.equal((await list(Widget)).items.length, 1);
});

test('writers that race all succeed, one after the other', async () => {
  const { widget, server, one } = createTestServer();
  await widget('a', { spec: { size: 0 } });
  const context = { identity: { user: 'x', groups: [] } };
  const bump = () =>
    server.resources.change(
      Widget,
      { namespace: 'default', name: 'a' },
      '',
      (draft) => {
        draft.spec.size = (draft.spec.size ?? 0) + 1;
      },
      context,
    );
  await Promise.all(Array.from({ length: 8 }, bump));
  assert.equal((await one(Widget, { verb: 'get', name: 'a' })).spec.size, 8);
});

test('deletecollection deletes what a selector finds', async () => {
  const { send, widget, list } = createTestServer();
  await widget('a', { labels: { x: '1' } });
  await widget('b', { labels: { x: '2' } });
  await send(Widget, { verb: 'deletecollection', options: { labelSelector: 'x=1' } });
  assert.deepEqual(
    (await list(Widget)).items.map((item: any) => item.metadata.name),
    ['b'],
  );
});

test('who may not is told so in upstream’s words', async () => {
  const { one, send } = createTestServer({ authorizer: () => ({ decision: 'noOpinion', reason: '' }) });
  await assert.rejects(
    one(Widget, { verb: 'get', name: 'a' }),
    failure(
      403,
      'Forbidden',
      /^widgets\.test\.io "a" is forbidden: User "tester" cannot get resource "widgets" in API group "test\.io" in the namespace "default"$/,
    ),
  );
  await assert.rejects(send(Gadget, { verb: 'list' }), failure(403, 'Forbidden', /^gadgets is forbidden: .* at the cluster scope$/));
});

test('a resourceVersion is a number', async () => {
  const { one, widget } = createTestServer();
  const made = await widget('a');
  const put = (resourceVersion: string) =>
    one(Widget, { verb: 'update', name: 'a', body: { ...made, metadata: { ...made.metadata, resourceVersion } } });
  await assert.rejects(put('x'), failure(500, '', /^strconv\.ParseUint: parsing "x": invalid syntax$/));
  await assert.rejects(put('18446744073709551616'), failure(500, '', /value out of range$/));
  await put(`0${made.metadata.resourceVersion}`);
  assert.ok(await one(Widget, { verb: 'create', body: { metadata: { name: 'b', resourceVersion: 'x' } } }));
  const tried = await one(Widget, { verb: 'create', body: { metadata: { name: 'c', resourceVersion: '5' } }, options: { dryRun: true } });
  assert.equal(tried.metadata.resourceVersion, '5');
});

test('preconditions of a delete are told of by the kind', async () => {
  const { one, widget } = createTestServer();
  await widget('a');
  const failed = failure(
    409,
    'Conflict',
    /^Operation cannot be fulfilled on Widget\.test\.io "a": the UID in the precondition \(x\) does not match/,
  );
  await assert.rejects(one(Widget, { verb: 'delete', name: 'a', options: { preconditions: { uid: 'x' } } }), failed);
});

test('an empty list of managed fields ends field management', async () => {
  const { one, widget } = createTestServer();
  const made = await widget('a');
  const body = { ...made, metadata: { ...made.metadata, managedFields: [] } };
  assert.equal((await one(Widget, { verb: 'update', name: 'a', body })).metadata.managedFields, undefined);
});

test('the update that ends a deletion gives the object with the version that it had', async () => {
  const { one, widget } = createTestServer();
  await widget('a', { metadata: { finalizers: ['example.com/a'] } });
  const going = await one(Widget, { verb: 'delete', name: 'a' });
  const last = await one(Widget, { verb: 'patch', name: 'a', patchType: 'merge', body: { metadata: { finalizers: null } } });
  assert.equal(last.metadata.resourceVersion, going.metadata.resourceVersion);
  await assert.rejects(one(Widget, { verb: 'get', name: 'a' }), failure(404, 'NotFound'));
});

test('an apply that creates says the name, one that changes need not', async () => {
  const { one } = createTestServer();
  const apply = (metadata?: object) =>
    one(Widget, {
      verb: 'patch',
      name: 'a',
      patchType: 'apply',
      body: { apiVersion: 'test.io/v1', kind: 'Widget', ...(metadata && { metadata }) },
      options: { fieldManager: 'm' },
    });
  await assert.rejects(apply(), failure(400, 'BadRequest', /^the name of the object \(a based on URL\) was undeterminable/));
  await apply({ name: 'a' });
  assert.equal((await apply()).metadata.name, 'a');
});

test('a namespace is not deleted when no uid is demanded of it', async () => {
  const { one } = createTestServer({ kinds: [Namespace as unknown as AnyKind] });
  await one(Namespace, { verb: 'create', body: { metadata: { name: 'a' } } });
  const remove = (uid: string) => one(Namespace, { verb: 'delete', name: 'a', options: { preconditions: { uid } } });
  await assert.rejects(remove(''), { code: 409, message: /Precondition failed: UID in precondition: , UID in object meta: \S+$/ });
});
