import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updateManagedFields } from './apply.ts';
import { defineKind } from './kind.ts';
import { int32, list, object, of, opt, ptr, shape, string } from './schema.ts';

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
