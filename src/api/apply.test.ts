import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkUnmanaged, serverSideApply, updateManagedFields } from './apply.ts';
import { undeclared } from './apply/declared.ts';
import { merge } from './apply/typed.ts';
import { defineKind } from './kind.ts';
import { any, int32, list, object, of, opt, ptr, shape, string, time } from './schema.ts';

const inner = shape('test.Inner', { size: opt(int32(1)), color: opt(string(2)) });
const item = shape('test.Item', { name: string(1), always: object(2, inner), sometimes: ptr(object(3, inner)) });
const spec = shape('test.Spec', {
  always: object(1, inner),
  items: opt(list(2, of(item), { listType: 'map', listKeys: ['name'] })),
  plain: list(3, string(0)),
});
const status = shape('test.Status', { phase: opt(string(1)), note: opt(string(2)) });
const Thing = defineKind({
  group: 'test.io',
  version: 'v1',
  kind: 'Thing',
  plural: 'things',
  scope: 'Cluster',
  subresources: ['approval', 'status'],
  resets: { approval: ['spec', 'status.note'] },
  openApiName: 'io.k8s.test.v1.Thing',
  fields: { spec: object(2, spec), status: object(3, status) },
});

const write = (updated: object, old?: object, subresource = '', manager = 'm') =>
  updateManagedFields({ kind: Thing, old, updated, manager, subresource, time: '2026-01-01T00:00:00Z' }) as any;
const fieldsOf = (written: any, manager = 'm', subresource?: string) =>
  written.metadata.managedFields?.find((entry: any) => entry.manager === manager && entry.subresource === subresource)?.fieldsV1;

test('what is always there is not owned as a whole, unless what holds it is new', () => {
  const written = write({
    metadata: {},
    spec: { always: { size: 1 }, items: [{ name: 'a', always: { size: 1 }, sometimes: { size: 2 } }], plain: ['x'] },
  });
  const itemFields = { '.': {}, 'f:name': {}, 'f:always': { '.': {}, 'f:size': {} }, 'f:sometimes': { '.': {}, 'f:size': {} } };
  assert.deepEqual(fieldsOf(written), {
    'f:spec': { 'f:always': { 'f:size': {} }, 'f:items': { '.': {}, 'k:{"name":"a"}': itemFields }, 'f:plain': {} },
  });
});

test('a value that is always there is owned when it is not the one that nobody sets', () => {
  const entry = shape('test.Entry', { note: string(1), count: int32(2), at: time(3), raw: any(4), name: opt(string(5)) });
  const kind = { ...Thing, shape: { name: 'test.Entry', fields: { ...entry.fields, more: ptr(object(6, entry)) } } };
  const empty = { note: '', count: 0, at: null, raw: null };
  const owned = (updated: object) =>
    fieldsOf(updateManagedFields({ kind, old: undefined, updated, manager: 'm', subresource: '', time: '' }));
  assert.deepEqual(owned({ ...empty, name: 'a' }), { 'f:name': {} });
  assert.deepEqual(owned({ ...empty, note: 'n', raw: { a: { b: 1 } } }), { 'f:note': {}, 'f:raw': {} });
  const all = { '.': {}, 'f:note': {}, 'f:count': {}, 'f:at': {}, 'f:raw': {} };
  assert.deepEqual(owned({ ...empty, more: empty }), { 'f:more': all });
});

test('a write owns nothing of what it cannot touch, and takes nothing of it from others', () => {
  const old = write({ metadata: {}, spec: { always: { size: 1 } }, status: { phase: 'A' } });
  assert.deepEqual(fieldsOf(old), { 'f:spec': { 'f:always': { 'f:size': {} } } });
  const state = { ...old, status: { phase: 'A' } };
  const reported = write({ ...state, status: { phase: 'B', note: 'n' } }, state, 'status', 's');
  assert.deepEqual(fieldsOf(reported, 's', 'status'), { 'f:status': { 'f:phase': {}, 'f:note': {} } });
  const changed = write({ ...reported, spec: { always: { size: 2 } }, status: {} }, reported);
  assert.deepEqual(fieldsOf(changed, 's', 'status'), { 'f:status': { 'f:phase': {}, 'f:note': {} } });
  const approved = write({ ...changed, spec: {}, status: { phase: 'C', note: 'other' } }, changed, 'approval', 'a');
  assert.deepEqual(fieldsOf(approved, 'a', 'approval'), { 'f:status': { 'f:phase': {} } });
  assert.deepEqual(fieldsOf(approved, 's', 'status'), { 'f:status': { 'f:note': {} } });
});

test('what was stored without managers stays so', () => {
  const written = write({ metadata: {}, spec: { always: { size: 2 } } }, { metadata: {}, spec: { always: { size: 1 } } });
  assert.equal(written.metadata.managedFields, undefined);
});

const apply = (live: object | undefined, spec: object, { manager = 'a', force = false, time = '2026-01-02T00:00:00Z' } = {}) => {
  const applied = { apiVersion: 'test.io/v1', kind: 'Thing', metadata: {}, spec };
  return serverSideApply({ kind: Thing, live, applied, sent: applied, manager, force, subresource: '', time }).object as any;
};
const entriesOf = (object: any) => object.metadata.managedFields?.map(({ manager, time }: any) => [manager, time?.slice(8, 10)]);

test('who applies what is already so is noted without a time, and stands first', () => {
  const first = apply(undefined, { always: { size: 1 } });
  assert.deepEqual(entriesOf(apply(first, { always: { size: 1 } }, { manager: 'b' })), [
    ['b', undefined],
    ['a', '02'],
  ]);
  assert.deepEqual(entriesOf(apply(first, { always: { size: 1 } }, { time: '2026-01-03T00:00:00Z' })), [['a', '02']]);
  assert.deepEqual(entriesOf(apply(first, { always: { size: 2 } }, { time: '2026-01-03T00:00:00Z' })), [['a', '03']]);
});

test('an update that takes fields is noted with its time, new ones or not', () => {
  const old = write({ metadata: {}, spec: { always: { size: 1 } } });
  const later = {
    kind: Thing,
    old,
    updated: { ...old, spec: { always: { size: 2 } } },
    manager: 'm',
    subresource: '',
    time: '2026-01-05T00:00:00Z',
  };
  assert.deepEqual(entriesOf(updateManagedFields(later)), [['m', '05']]);
});

test('what was there before the first apply is owned by nobody in particular', () => {
  const applied = apply({ metadata: {}, spec: { always: { size: 1 } } }, { always: { color: 'red' } });
  assert.deepEqual(entriesOf(applied), [
    ['a', '02'],
    ['before-first-apply', '02'],
  ]);
  assert.throws(() => apply({ metadata: {}, spec: { always: { size: 1 } } }, { always: { size: 2 } }), /before-first-apply/);
});

test('managedFields can be edited, and reset by an empty entry', () => {
  const old = write({ metadata: {}, spec: { always: { size: 1 } } });
  const [entry] = old.metadata.managedFields;
  assert.deepEqual(entriesOf(write({ ...old, metadata: { managedFields: [{ ...entry, manager: 'other' }] } }, old)), [['other', '01']]);
  assert.equal(write({ ...old, metadata: { managedFields: [{}] } }, old).metadata.managedFields, undefined);
  assert.deepEqual(entriesOf(write({ ...old, metadata: { managedFields: [{}] } }, old, 'status')), [['m', '01']]);
});

test('the oldest of more than ten entries of updates are put together', () => {
  let object = write({ metadata: {}, spec: { always: { size: 0 } } }, undefined, '', 'm0');
  for (let index = 1; index <= 11; index++) {
    const items = [...(object.spec.items ?? []), { name: `${index}`, always: {} }];
    const time = `2026-01-${10 + index}T00:00:00Z`;
    const updated = { ...object, spec: { ...object.spec, items } };
    object = updateManagedFields({ kind: Thing, old: object, updated, manager: `m${index}`, subresource: '', time });
  }
  assert.equal(entriesOf(object).length, 10);
  assert.deepEqual(entriesOf(object)[0], ['ancient-changes', '12']);
});

test('what kubectl applied by itself it may apply again through the server', () => {
  const annotation = 'kubectl.kubernetes.io/last-applied-configuration';
  const last = JSON.stringify({ apiVersion: 'test.io/v1', kind: 'Thing', spec: { always: { size: 1 } } });
  const live = write({ metadata: { annotations: { [annotation]: last } }, spec: { always: { size: 1, color: 'red' } } });
  const applied = apply(live, { always: { size: 2 } }, { manager: 'kubectl' });
  assert.equal(
    applied.metadata.annotations[annotation],
    '{"apiVersion":"test.io/v1","kind":"Thing","metadata":{},"spec":{"always":{"size":2}}}\n',
  );
  assert.throws(() => apply(live, { always: { size: 2 } }, { manager: 'other' }), /conflict/);
  assert.throws(() => apply(live, { always: { size: 2, color: 'blue' } }, { manager: 'kubectl' }), /1 conflict.*\.spec\.always\.color/);
});

test('who gives up all labels leaves the name', () => {
  const config = (labels?: object) => ({ apiVersion: 'test.io/v1', kind: 'Thing', metadata: { name: 'a', ...(labels && { labels }) } });
  const common = { kind: Thing, manager: 'm', force: false, subresource: '', time: '2026-01-01T00:00:00Z' };
  const live = serverSideApply({ ...common, live: undefined, applied: config({ x: 'y' }), sent: {} }).object as any;
  const after = serverSideApply({
    ...common,
    live: { ...live, metadata: { ...live.metadata, uid: 'u' } },
    applied: config(),
    sent: {},
  }).object;
  assert.deepEqual((after as any).metadata, { name: 'a', uid: 'u' });
});

test('lists merge in the order that is applied, and what only stood there keeps its place', () => {
  const entry = (name: string, size = 1) => ({ name, always: { size } });
  const names = (live: readonly string[], applied: readonly string[]) =>
    merge(
      object(0, spec),
      { items: live.map((name) => entry(name)) } as never,
      { items: applied.map((name) => entry(name, 2)) } as never,
    ) as any;
  const order = (live: readonly string[], applied: readonly string[]) => names(live, applied).items.map((one: any) => one.name);
  assert.deepEqual(order(['a', 'b'], ['c', 'a']), ['c', 'a', 'b']);
  assert.deepEqual(order(['a', 'b', 'c'], ['c', 'a']), ['b', 'c', 'a']);
  assert.deepEqual(order(['x', 'x', 'a'], ['a', 'y']), ['x', 'x', 'a', 'y']);
});

test('what pruning empties is null, what nothing is put over stays', () => {
  const first = apply(undefined, { items: [{ name: 'a', sometimes: { size: 1 } }] });
  assert.deepEqual(apply(first, { items: [{ name: 'a', sometimes: {} }] }).spec.items, [{ name: 'a', sometimes: null }]);
  assert.deepEqual((merge(object(0, spec), { always: { size: 1 } } as never, { always: null } as never) as any).always, { size: 1 });
});

test('keys that are always there have a value when they are left out', () => {
  assert.equal(undeclared(object(0, spec), { items: [{}, {}] } as never), '.items: duplicate entries for key [name=""]');
});

test('who manages an object is not applied; what cannot be read as that is refused later', () => {
  const config = (managedFields: unknown) => ({ metadata: { managedFields } });
  for (const said of [[], [{}], [{ time: '2026-01-01T00:00:00Z' }]])
    assert.throws(() => checkUnmanaged(config(said)), /metadata.managedFields must be nil/);
  for (const said of [undefined, null, 1, [1], [{ time: 1 }], [{ time: '10000-01-01T00:00:00Z' }]]) checkUnmanaged(config(said));
});

test('of items with one key nobody owns more than that they are there', () => {
  const thing = (...items: readonly object[]) => ({ metadata: {}, spec: { items } });
  const [small, large] = [
    { name: 'a', always: {}, sometimes: { size: 1 } },
    { name: 'a', always: {}, sometimes: { size: 2 } },
  ];
  const itemsOf = (written: any, manager: string) => fieldsOf(written, manager)?.['f:spec']?.['f:items'];
  const key = 'k:{"name":"a"}';
  const twice = write(thing(small, large));
  assert.deepEqual(itemsOf(twice, 'm'), { '.': {}, [key]: {} });
  assert.deepEqual(itemsOf(write(thing(small, large), twice, '', 'n'), 'n'), undefined);
  const changed = write({ ...thing(small, small), metadata: twice.metadata }, twice, '', 'n');
  assert.deepEqual(itemsOf(changed, 'n'), { [key]: {} });
  const once = write({ ...thing(large), metadata: twice.metadata }, twice, '', 'n');
  assert.deepEqual(itemsOf(once, 'n')[key]['f:sometimes'], { '.': {}, 'f:size': {} });
  const again = write({ ...thing(small, large), metadata: once.metadata }, once, '', 'o');
  assert.deepEqual(itemsOf(again, 'o'), { [key]: {} });
});
